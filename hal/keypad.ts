export type Digit = "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "*" | "#";

/**
 * Keys of a desk phone. `line1`... and `exp<module>.<key>` count from the top left, `soft1` to `soft4` from the left.
 * A model that lacks a key never sends it.
 */
export type Key =
  | Digit
  | "ok"
  | "cancel"
  | "up"
  | "down"
  | "left"
  | "right"
  | "soft1"
  | "soft2"
  | "soft3"
  | "soft4"
  | `line${number}`
  | `exp${number}.${number}`
  | "speaker"
  | "headset"
  | "mute"
  | "hold"
  | "transfer"
  | "conference"
  | "message"
  | "redial"
  | "volume_up"
  | "volume_down";

/** Contract: debounced; every `down: true` is followed by exactly one `down: false` of the same key. */
export interface Keypad {
  onKey: ((key: Key, down: boolean) => void) | undefined;
  /** Idempotent; keys still down are released first. */
  close(): Promise<void>;
}

const plain: readonly string[] = [
  "0",
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "*",
  "#",
  "ok",
  "cancel",
  "up",
  "down",
  "left",
  "right",
  "soft1",
  "soft2",
  "soft3",
  "soft4",
  "speaker",
  "headset",
  "mute",
  "hold",
  "transfer",
  "conference",
  "message",
  "redial",
  "volume_up",
  "volume_down",
];

/** True for every name of `Key`, whatever the model. */
export function isKey(name: string): name is Key {
  return plain.includes(name) || /^line[1-9][0-9]?$/.test(name) || /^exp[1-6]\.[1-9][0-9]?$/.test(name);
}

export function isDigit(key: string): key is Digit {
  return key.length === 1 && "0123456789*#".includes(key);
}
