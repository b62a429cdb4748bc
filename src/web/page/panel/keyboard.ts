/** The computer's keyboard as the phone's: which key is which, and what the help says of it. */
import type { PressKey } from "./key-button.tsx";

const fixed: Readonly<Record<string, string>> = {
  Enter: "ok",
  Escape: "cancel",
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "left",
  ArrowRight: "right",
  F1: "soft1",
  F2: "soft2",
  F3: "soft3",
  F4: "soft4",
  "+": "volume_up",
  "-": "volume_down",
  m: "mute",
  s: "speaker",
  h: "hold",
};

export const help: readonly (readonly [keys: string, does: string])[] = [
  ["0–9 * #", "digits"],
  ["Enter", "OK, dial"],
  ["Esc", "cancel, hang up"],
  ["← ↑ ↓ →", "navigation ring"],
  ["F1–F4", "soft keys, from the left"],
  ["Space", "handset, or speaker"],
  ["+ −", "volume"],
  ["M  S  H", "mute, speaker, hold"],
  ["mouse", "hold for a long press"],
];

/** Listens on the window; returns the function that ends it. `onHook` is for the space bar. */
export function listenToKeyboard(target: Window, press: PressKey, onHook: () => void): () => void {
  const down = new Map<string, string>();
  const onDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const focused = document.activeElement;
    // Somebody who tabs through the page presses what has the focus.
    const taken = focused instanceof HTMLElement && focused.matches(":focus-visible") && focused !== document.body;
    if (taken && (event.key === "Enter" || event.key === " ")) return;
    if (focused instanceof HTMLInputElement && focused.type === "text") return;
    const key = keyFor(event.key);
    if (key === undefined && event.key !== " ") return;
    event.preventDefault();
    if (event.repeat || down.has(event.code)) return;
    if (key === undefined) onHook();
    else {
      down.set(event.code, key);
      press(key, true);
    }
  };
  const lift = (code: string): void => {
    const key = down.get(code);
    down.delete(code);
    if (key !== undefined) press(key, false);
  };
  const onUp = (event: KeyboardEvent): void => lift(event.code);
  // A window that lost the keyboard never hears of the keys going up.
  const onBlur = (): void => [...down.keys()].forEach(lift);
  target.addEventListener("keydown", onDown);
  target.addEventListener("keyup", onUp);
  target.addEventListener("blur", onBlur);
  return () => {
    onBlur();
    target.removeEventListener("keydown", onDown);
    target.removeEventListener("keyup", onUp);
    target.removeEventListener("blur", onBlur);
  };
}

function keyFor(typed: string): string | undefined {
  if (/^[0-9*#]$/.test(typed)) return typed;
  return fixed[typed] ?? fixed[typed.toLowerCase()];
}
