/** Keys that stand on every model: digits, navigation ring, soft keys; and the feature keys that the model has. */
import { Icon } from "./icons.tsx";
import { KeyButton, Lamp, type PressKey } from "./key-button.tsx";
import { lcdScale } from "./lcd.ts";
import type { Model, PanelState } from "./types.ts";

const digits = [
  ["1", ""],
  ["2", "ABC"],
  ["3", "DEF"],
  ["4", "GHI"],
  ["5", "JKL"],
  ["6", "MNO"],
  ["7", "PQRS"],
  ["8", "TUV"],
  ["9", "WXYZ"],
  ["*", "."],
  ["0", "+"],
  ["#", "SEND"],
] as const;

export function Digits({ press }: { press: PressKey }) {
  return (
    <fieldset class="digits" aria-label="Digit keys">
      {digits.map(([digit, letters]) => (
        <KeyButton key={digit} name={digit} label={digitLabel(digit)} press={press} class="digit">
          <b>{digit}</b>
          <small>{letters}</small>
        </KeyButton>
      ))}
    </fieldset>
  );
}

function digitLabel(digit: string): string {
  return digit === "*" ? "star" : digit === "#" ? "pound" : digit;
}

export function Navigation({ press }: { press: PressKey }) {
  return (
    <fieldset class="navigation" aria-label="Navigation keys">
      <div class="ring">
        {["up", "left", "right", "down"].map((way) => (
          <KeyButton key={way} name={way} label={way} press={press} class={`way ${way}`} hint={`${way} (arrow key)`}>
            <Icon name={way} />
          </KeyButton>
        ))}
        <KeyButton name="ok" label="OK" press={press} class="ok" hint="OK (Enter)">
          OK
        </KeyButton>
      </div>
      <KeyButton name="cancel" label="cancel" press={press} class="cancel" hint="Cancel (Esc)">
        <Icon name="cancel" />
      </KeyButton>
    </fieldset>
  );
}

export function SoftKeys({ press, labels }: { press: PressKey; labels: readonly string[] }) {
  return (
    <fieldset class="softkeys" aria-label="Soft keys">
      {[1, 2, 3, 4].map((n) => (
        <KeyButton
          key={n}
          name={`soft${n}`}
          label={`soft key ${n}${labels[n - 1] ? `: ${labels[n - 1]}` : ""}`}
          press={press}
          class="softkey"
          hint={`${labels[n - 1] || `Soft key ${n}`} (F${n})`}
        />
      ))}
    </fieldset>
  );
}

const featureNames: Readonly<Record<string, string>> = {
  message: "message",
  headset: "headset",
  hold: "hold",
  transfer: "transfer",
  conference: "conference",
  redial: "redial",
  mute: "mute",
  speaker: "speaker",
};

/** Those of `names` that the model has, in that order. */
export function FeatureKeys({ model, state, names, press }: FeatureKeysProps) {
  return (
    <fieldset class="features" aria-label="Feature keys">
      {names
        .filter((name) => model.keys.includes(name))
        .map((name) => (
          <KeyButton key={name} name={name} label={featureNames[name] ?? name} press={press} class={`feature ${name}`}>
            <Icon name={name} />
            {lampOf(state, name) && <Lamp state={lampOf(state, name)} label={name} />}
          </KeyButton>
        ))}
    </fieldset>
  );
}

interface FeatureKeysProps {
  readonly model: Model;
  readonly state: PanelState;
  readonly names: readonly string[];
  readonly press: PressKey;
}

function lampOf(state: PanelState, name: string) {
  return name === "message" || name === "mute" || name === "headset" || name === "speaker"
    ? state.lamps[name]
    : undefined;
}

export function Volume({ press, step }: { press: PressKey; step: number }) {
  return (
    <fieldset class="volume" aria-label={`Volume: ${step} of 15`}>
      <KeyButton name="volume_down" label="volume down" press={press} hint="Volume down (-)">
        <Icon name="volume_down" />
      </KeyButton>
      <span class="volume-marks" aria-hidden="true" />
      <KeyButton name="volume_up" label="volume up" press={press} hint="Volume up (+)">
        <Icon name="volume_up" />
      </KeyButton>
    </fieldset>
  );
}

/** Line keys from `from` to `to`, counted from 1, at one side of the LCD, each beside its label there. */
export function LineKeys({ model, state, from, to, rows, press, side }: LineKeysProps) {
  const numbers = Array.from({ length: Math.max(0, to - from + 1) }, (_, at) => from + at);
  if (numbers.length === 0) return null;
  const { height } = model.lcd;
  const [top, bottom] = height <= 64 ? [0.17, 0.17] : [0.1, 0.13];
  const tall = height * lcdScale(model);
  const place = {
    marginTop: `${bezelPx + tall * top}px`,
    height: `${tall * (1 - top - bottom)}px`,
    gridTemplateRows: `repeat(${rows}, 1fr)`,
  };
  return (
    <fieldset class={`linekeys ${side}`} style={place} aria-label={`Line keys, ${side}`}>
      {numbers.map((n) => {
        const seen = state.keys.find(({ key }) => key === `line${n}`);
        const label = seen?.label ?? "";
        return (
          <KeyButton
            key={n}
            name={`line${n}`}
            label={`line key ${n}${label && `: ${label}`}`}
            press={press}
            class="linekey"
          >
            <Lamp state={seen?.lamp} label={`line key ${n}`} />
          </KeyButton>
        );
      })}
    </fieldset>
  );
}

/** From the upper edge of the bezel to that of the LCD, as in panel.css. */
const bezelPx = 14;

interface LineKeysProps {
  readonly model: Model;
  readonly state: PanelState;
  readonly from: number;
  readonly to: number;
  /** Places in a column, some of which may be empty. */
  readonly rows: number;
  readonly side: "left" | "right";
  readonly press: PressKey;
}
