/** A key: down while the pointer is down, so that it can be held; Enter and Space press it for those who tab to it. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { dark, type LampState } from "./types.ts";

export type PressKey = (key: string, down: boolean) => void;

interface KeyButtonProps {
  readonly name: string;
  /** For people who do not see the key. */
  readonly label: string;
  readonly press: PressKey;
  readonly class?: string;
  readonly hint?: string;
  readonly children?: ComponentChildren;
}

/** Long enough for the phone to count it as a press. */
const tapMs = 60;

export function KeyButton({ name, label, press, hint, children, ...rest }: KeyButtonProps) {
  const [down, setDown] = useState(false);
  const pointer = useRef<number | undefined>(undefined);
  const set = (now: boolean): void => {
    setDown(now);
    press(name, now);
  };
  const lift = (event: PointerEvent): void => {
    if (pointer.current !== event.pointerId) return;
    pointer.current = undefined;
    set(false);
  };
  return (
    <button
      type="button"
      class={`key ${rest.class ?? ""} ${down ? "down" : ""}`}
      data-key={name}
      aria-label={label}
      title={hint ?? label}
      onPointerDown={(event) => {
        if (event.button !== 0 || pointer.current !== undefined) return;
        // The keyboard stays with the phone, not with the key that was clicked.
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        pointer.current = event.pointerId;
        set(true);
      }}
      onPointerUp={lift}
      onPointerCancel={lift}
      onLostPointerCapture={lift}
      onContextMenu={(event) => event.preventDefault()}
      onClick={(event) => {
        // Clicks of a pointer were handled above; those of a keyboard or a screen reader have no detail.
        if (event.detail !== 0) return;
        set(true);
        setTimeout(() => set(false), tapMs);
      }}
    >
      {children}
    </button>
  );
}

export function Lamp({
  state = dark,
  label,
  class: extra,
}: {
  state?: LampState | undefined;
  label: string;
  class?: string;
}) {
  const lit = state.pattern === "off" ? "off" : state.color;
  return (
    <span
      role="img"
      class={`lamp ${lit} ${state.pattern} ${extra ?? ""}`}
      data-color={lit}
      data-pattern={state.pattern}
      aria-label={`${label} lamp: ${lampWords(state)}`}
    />
  );
}

function lampWords({ color, pattern }: LampState): string {
  if (pattern === "off" || color === "off") return "off";
  return pattern === "on" ? color : `${color}, flashing ${pattern === "fast" ? "fast" : "slowly"}`;
}
