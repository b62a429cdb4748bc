/** What stands beside the phone: talking through this computer, plugs, figures, the keyboard's help. */
import type { ComponentChildren } from "preact";
import { help } from "./keyboard.ts";
import { Statistics } from "./statistics.tsx";
import type { TalkState } from "./talk.ts";
import type { MediaFigures, Model, PanelState } from "./types.ts";

export interface SideProps {
  readonly model: Model;
  readonly state: PanelState;
  readonly talk: TalkState;
  readonly figures: MediaFigures | undefined;
  readonly figuresTrouble: string | undefined;
  readonly expansions: number;
  readonly onTalk: (on: boolean) => void;
  readonly onPlug: (jack: "headset" | "ethernet", plugged: boolean) => void;
  readonly onExpansions: (shown: number) => void;
}

export function Side(props: SideProps) {
  const { model, state, talk, expansions } = props;
  return (
    <aside class="side">
      <Card title="Microphone and loudspeaker">
        <TalkSwitch talk={talk} onTalk={props.onTalk} path={state.path} />
      </Card>
      <Card title="Call figures">
        <Statistics figures={props.figures} trouble={props.figuresTrouble} />
      </Card>
      <Card title="Plugs">
        <div class="plugs">
          <Plug name="Network cable" on={state.jacks.ethernet} set={(on) => props.onPlug("ethernet", on)} />
          {model.headset && <Plug name="Headset" on={state.jacks.headset} set={(on) => props.onPlug("headset", on)} />}
          {model.expansion && (
            <Plug
              name={`Expansion module ${model.expansion.module}`}
              on={expansions > 0}
              set={(on) => props.onExpansions(on ? 1 : 0)}
            />
          )}
        </div>
      </Card>
      <Card title="Keyboard" id="help">
        <dl class="help">
          {help.map(([keys, does]) => (
            <div key={keys}>
              <dt>{keys}</dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Card>
    </aside>
  );
}

function Card({ title, id, children }: { title: string; id?: string; children: ComponentChildren }) {
  return (
    <details class="card" id={id} open>
      <summary>{title}</summary>
      {children}
    </details>
  );
}

function Plug({ name, on, set }: { name: string; on: boolean; set: (on: boolean) => void }) {
  return (
    <button type="button" role="switch" class="switch" aria-checked={on} aria-label={name} onClick={() => set(!on)}>
      <span class="knob" aria-hidden="true" />
      <span>{name}</span>
      <small>{on ? "plugged in" : "unplugged"}</small>
    </button>
  );
}

function TalkSwitch({ talk, path, onTalk }: { talk: TalkState; path: string; onTalk: (on: boolean) => void }) {
  const on = talk.name !== "off";
  return (
    <div class="talk">
      <button
        type="button"
        class={`talk-button ${on ? "on" : ""}`}
        aria-pressed={on}
        disabled={talk.name === "starting"}
        onClick={() => onTalk(!on)}
      >
        {talk.name === "starting"
          ? "Asking for the microphone…"
          : on
            ? "Stop talking here"
            : "Talk through this computer"}
      </button>
      {talk.why !== undefined && (
        <p class="trouble" role="alert">
          {talk.why}
        </p>
      )}
      {on && talk.name !== "starting" && (
        <>
          <Meter name="Microphone" level={talk.spoken} />
          <Meter name="Phone" level={talk.heard} />
        </>
      )}
      <p class="quiet small">
        {on
          ? path === "none"
            ? "Nothing is open now: lift the handset or answer a call."
            : `You are at the ${path}.`
          : "Your microphone is used only after you click, and only by this phone."}
      </p>
    </div>
  );
}

function Meter({ name, level }: { name: string; level: number }) {
  // Loudness is heard in decibels: 60 dB fill the bar.
  const shown = level <= 0.001 ? 0 : 1 + Math.log10(level) / 3;
  return (
    <div class="level">
      <span>{name}</span>
      <meter min={0} max={1} high={0.95} value={shown} aria-label={`${name} level`} />
    </div>
  );
}
