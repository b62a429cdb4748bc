/** An expansion module beside the phone: twenty keys at a time, their labels on its own LCD, two pages. */
import { useState } from "preact/hooks";
import { KeyButton, Lamp, type PressKey } from "./key-button.tsx";
import { dark, type PanelState } from "./types.ts";

const keysPerPage = 20;

interface ExpansionProps {
  /** From 1. */
  readonly module: number;
  readonly name: string;
  readonly keys: number;
  readonly state: PanelState;
  readonly press: PressKey;
}

export function Expansion({ module, name, keys, state, press }: ExpansionProps) {
  const [page, setPage] = useState(0);
  const pages = Math.ceil(keys / keysPerPage);
  const at = (place: number) => {
    const key = `exp${module}.${page * keysPerPage + place}`;
    const seen = state.keys.find((one) => one.key === key);
    return { key, label: seen?.label ?? "", lamp: seen?.lamp ?? dark };
  };
  const column = (from: number, side: "left" | "right") => (
    <fieldset class={`linekeys ${side}`} aria-label={`Keys of module ${module}, ${side}`}>
      {Array.from({ length: keysPerPage / 2 }, (_, n) => at(from + n)).map(({ key, label, lamp }) => (
        <KeyButton
          key={key}
          name={key}
          label={`expansion key ${key.slice(3)}${label && `: ${label}`}`}
          press={press}
          class="linekey"
        >
          <Lamp state={lamp} label={`expansion key ${key.slice(3)}`} />
        </KeyButton>
      ))}
    </fieldset>
  );
  return (
    <section class="case expansion" aria-label={`Expansion module ${module}`}>
      <div class="brand">
        <span class="model">
          {name} · {module}
        </span>
      </div>
      <div class="screen">
        {column(1, "left")}
        <ol class="labels" aria-hidden="true">
          {Array.from({ length: keysPerPage / 2 }, (_, n) => (
            <li key={n}>
              <span>{at(1 + n).label}</span>
              <span>{at(11 + n).label}</span>
            </li>
          ))}
        </ol>
        {column(11, "right")}
      </div>
      <div class="pages">
        {Array.from({ length: pages }, (_, n) => (
          <button
            key={n}
            type="button"
            class={`key page ${n === page ? "chosen" : ""}`}
            aria-label={`page ${n + 1} of module ${module}`}
            aria-pressed={n === page}
            onClick={() => setPage(n)}
          >
            {n + 1}
          </button>
        ))}
      </div>
    </section>
  );
}
