/** The case of a desk phone: handset at the left, LCD with line keys, soft keys, navigation, digits. */
import { Handset } from "./handset.tsx";
import { Lamp, type PressKey } from "./key-button.tsx";
import { Digits, FeatureKeys, LineKeys, Navigation, SoftKeys, Volume } from "./keypad.tsx";
import type { LcdCanvas } from "./lcd.ts";
import { LcdView } from "./lcd-view.tsx";
import type { Model, PanelState } from "./types.ts";

export interface PhoneProps {
  readonly model: Model;
  readonly state: PanelState;
  readonly press: PressKey;
  readonly onCanvas: (canvas: LcdCanvas) => void;
  readonly onHook: (off: boolean) => void;
}

export function DeskPhone({ model, state, press, onCanvas, onHook }: PhoneProps) {
  const lines = model.lineKeysPerPage;
  // Up to three stand at the left, more at both sides of the LCD: where their labels are on it.
  const left = lines <= 3 ? lines : Math.ceil(lines / 2);
  return (
    <section class="case desk" aria-label={`${model.name} desk phone`}>
      {model.handset && <Handset off={state.hook === "off"} onToggle={() => onHook(state.hook === "on")} />}
      <div class="face">
        <Brand model={model} state={state} />
        <div class="screen">
          <LineKeys model={model} state={state} from={1} to={left} rows={left} press={press} side="left" />
          <div class="bezel">
            <LcdView model={model} state={state} onCanvas={onCanvas} />
            <SoftKeys press={press} labels={state.screen.softkeys} />
          </div>
          <LineKeys model={model} state={state} from={left + 1} to={lines} rows={left} press={press} side="right" />
        </div>
        <div class="deck">
          <FeatureKeys model={model} state={state} names={["message", "headset", "mute", "speaker"]} press={press} />
          <Digits press={press} />
          <div class="steer">
            <Navigation press={press} />
            <FeatureKeys
              model={model}
              state={state}
              names={["hold", "transfer", "conference", "redial"]}
              press={press}
            />
            <Volume press={press} step={state.volume} />
          </div>
        </div>
      </div>
    </section>
  );
}

/** CP860 and its kind: a round loudspeaker that lies on the table, without a handset. */
export function ConferencePhone({ model, state, press, onCanvas }: PhoneProps) {
  return (
    <section class="case round" aria-label={`${model.name} conference phone`}>
      <div class="grille" aria-hidden="true" />
      {[0, 1, 2].map((leg) => (
        <span key={leg} class={`leg leg${leg}`} aria-hidden="true">
          <span class={`lamp bar ${legLamp(state)}`} />
        </span>
      ))}
      <div class="console">
        <Brand model={model} state={state} />
        <div class="bezel">
          <LcdView model={model} state={state} onCanvas={onCanvas} />
          <SoftKeys press={press} labels={state.screen.softkeys} />
        </div>
        <div class="deck">
          <div class="steer">
            <Navigation press={press} />
            <Volume press={press} step={state.volume} />
          </div>
          <Digits press={press} />
          <div class="steer">
            <FeatureKeys
              model={model}
              state={state}
              names={["speaker", "mute", "redial", "hold", "transfer", "conference"]}
              press={press}
            />
          </div>
        </div>
      </div>
    </section>
  );
}

/** The three bars repeat what the power lamp says; people sit all around. */
function legLamp({ powerLamp }: PanelState): string {
  return powerLamp.pattern === "off" ? "off" : `${powerLamp.color} ${powerLamp.pattern}`;
}

function Brand({ model, state }: { model: Model; state: PanelState }) {
  return (
    <div class="brand">
      <span class="name">Offhook</span>
      <span class="model">{model.name}</span>
      <Lamp state={state.powerLamp} label="power" class="power" />
    </div>
  );
}
