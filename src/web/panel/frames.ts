/**
 * Binary frames of the panel's WebSocket. Numbers are little-endian.
 *
 *     picture  | 1 | format | width u16 | height u16 | first row u16 | rows u16 | 0 u16 | rows as the display has them |
 *     heard    | 2 | 0      | rate/100 u16 | samples s16 ... |     from the phone's active output
 *     said     | 3 | 0      | rate/100 u16 | samples s16 ... |     from the person's microphone
 */
import type { PixelFormat } from "../../../hal/display.ts";

const pictureKind = 1;
const heardKind = 2;
const saidKind = 3;
const pictureHeaderBytes = 12;
const soundHeaderBytes = 4;

interface Lcd {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
}

/** Remembers the picture that one viewer has, and makes frames of the rows that differ. */
export class PictureStream {
  readonly #lcd: Lcd;
  #shown: Uint8Array | undefined;

  constructor(lcd: Lcd) {
    this.#lcd = lcd;
  }

  /** A frame that brings the viewer up to `picture`, or undefined when there is nothing new. */
  next(picture: Uint8Array | Uint16Array): Uint8Array | undefined {
    const { width, height, format } = this.#lcd;
    const stride = format === "mono" ? (width + 7) >> 3 : width * 2;
    const bytes = new Uint8Array(picture.buffer, picture.byteOffset, Math.min(picture.byteLength, stride * height));
    const shown = this.#shown;
    let first = 0;
    let end = height;
    if (shown !== undefined) {
      while (first < height && sameRow(bytes, shown, first, stride)) first += 1;
      if (first === height) return undefined;
      while (sameRow(bytes, shown, end - 1, stride)) end -= 1;
    }
    this.#shown = bytes.slice();
    const frame = new Uint8Array(pictureHeaderBytes + (end - first) * stride);
    const view = new DataView(frame.buffer);
    frame[0] = pictureKind;
    frame[1] = format === "mono" ? 0 : 1;
    [width, height, first, end - first].forEach((value, at) => {
      view.setUint16(2 + at * 2, value, true);
    });
    frame.set(bytes.subarray(first * stride, end * stride), pictureHeaderBytes);
    return frame;
  }
}

function sameRow(a: Uint8Array, b: Uint8Array, row: number, stride: number): boolean {
  return (
    Buffer.compare(a.subarray(row * stride, (row + 1) * stride), b.subarray(row * stride, (row + 1) * stride)) === 0
  );
}

export function heardFrame(samples: Int16Array, rateHz: number): Uint8Array {
  const frame = new Uint8Array(soundHeaderBytes + samples.length * 2);
  const view = new DataView(frame.buffer);
  frame[0] = heardKind;
  view.setUint16(2, rateHz / 100, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(soundHeaderBytes + i * 2, samples[i] ?? 0, true);
  return frame;
}

/** Undefined when the frame is none of a person's speech, or longer than half a second. */
export function readSaid(frame: Uint8Array): { readonly samples: Int16Array; readonly rateHz: number } | undefined {
  if (frame[0] !== saidKind || frame.length < soundHeaderBytes || frame.length % 2 !== 0) return undefined;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const rateHz = view.getUint16(2, true) * 100;
  const samples = new Int16Array((frame.length - soundHeaderBytes) / 2);
  if (rateHz < 8000 || rateHz > 48_000 || samples.length > rateHz / 2) return undefined;
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(soundHeaderBytes + i * 2, true);
  return { samples, rateHz };
}
