/** Letters from the dial keys, pressed several times each; pure: what a press appends or replaces, given the presses before it. */
import type { Digit } from "../../hal/keypad.ts";
import type { InputMode } from "./state.ts";

/** A second press of the same key within this time goes on to its next letter. */
export const tapMs = 1000;

export type TapState =
  | { readonly name: "none" }
  | { readonly name: "tapping"; readonly key: Digit; readonly index: number; readonly atMs: number };

/** "#" is not here: it stays the send key in every mode. */
const letters: Readonly<Record<Exclude<Digit, "#">, string>> = {
  "1": "@.-_:1",
  "2": "abc2",
  "3": "def3",
  "4": "ghi4",
  "5": "jkl5",
  "6": "mno6",
  "7": "pqrs7",
  "8": "tuv8",
  "9": "wxyz9",
  "0": "0+",
  "*": ".*",
};

export interface Tap {
  readonly text: string;
  /** The character typed last has to go first. */
  readonly replaces: boolean;
}

/** Undefined where the key types what is printed on it. */
export function nextTap(state: TapState, key: Digit, mode: InputMode, nowMs: number): [TapState, Tap | undefined] {
  if (mode === "123" || key === "#") return [{ name: "none" }, undefined];
  const choices = letters[key];
  const again = state.name === "tapping" && state.key === key && nowMs - state.atMs <= tapMs;
  const index = again ? (state.index + 1) % choices.length : 0;
  const letter = choices[index] ?? key;
  const text = mode === "ABC" ? letter.toUpperCase() : letter;
  return [
    { name: "tapping", key, index, atMs: nowMs },
    { text, replaces: again },
  ];
}

export function nextMode(mode: InputMode): InputMode {
  if (mode === "123") return "abc";
  return mode === "abc" ? "ABC" : "123";
}
