/** Linux input codes (include/uapi/linux/input-event-codes.h) and the keys of a phone; and events out of the bytes of an event node. Pure. */
import type { Key } from "../keypad.ts";

export const eventType = { syn: 0, key: 1, switch: 5 } as const;
/** Code of `syn`: events were lost. */
export const synDropped = 3;

export const keyOfCode: ReadonlyMap<number, Key> = new Map<number, Key>([
  [1, "cancel"],
  ...[..."1234567890"].map((digit, i) => [2 + i, digit as Key] as const),
  ...[..."0123456789"].map((digit, i) => [0x200 + i, digit as Key] as const),
  [0x20a, "*"],
  [0x20b, "#"],
  ...([71, 72, 73, 75, 76, 77, 79, 80, 81] as const).map((code, i) => [code, "789456123"[i] as Key] as const),
  [82, "0"],
  [55, "*"],
  [98, "#"],
  [83, "#"],
  [14, "cancel"],
  [28, "ok"],
  [96, "ok"],
  [352, "ok"],
  [103, "up"],
  [105, "left"],
  [106, "right"],
  [108, "down"],
  [74, "volume_down"],
  [78, "volume_up"],
  [113, "mute"],
  [114, "volume_down"],
  [115, "volume_up"],
  [248, "mute"],
  [169, "speaker"],
  [129, "redial"],
  [155, "message"],
  ...[1, 2, 3, 4].map((n) => [58 + n, `soft${n}` as Key] as const),
]);

export interface InputEvent {
  readonly type: number;
  readonly code: number;
  readonly value: number;
}

/**
 * `struct input_event`: two longs of time, then
 *
 *     0      2      4        8
 *     | type | code | value  |
 *
 * Pieces of an event are kept for the next bytes.
 */
export class InputEventReader {
  readonly #size: number;
  #rest = new Uint8Array(0);

  /** @param longBytes 8 on 64-bit machines, 4 on others */
  constructor(longBytes: 4 | 8) {
    this.#size = 2 * longBytes + 8;
  }

  read(bytes: Uint8Array): readonly InputEvent[] {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    const view = new DataView(all.buffer);
    const events: InputEvent[] = [];
    let at = 0;
    for (; at + this.#size <= all.length; at += this.#size) {
      const body = at + this.#size - 8;
      events.push({
        type: view.getUint16(body, true),
        code: view.getUint16(body + 2, true),
        value: view.getInt32(body + 4, true),
      });
    }
    this.#rest = all.slice(at);
    return events;
  }
}
