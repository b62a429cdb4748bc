/** A packed bitmap font as test/lab/fonts.mjs writes it; knows pixels of single characters, nothing of text. */

/** One character of a font: `width` x height of the font, rows padded to whole bytes, most significant bit left. */
export interface Bitmap {
  readonly width: number;
  readonly combining: boolean;
  readonly rows: Uint8Array;
}

/**
 * Little-endian: "OHF1", u16 height, u16 zero, u32 glyphs, then, each padded to 4 bytes:
 * u16 code[], u8 width[] (bit 7: combining mark), u32 offset[] into the rows that follow. Codes ascend.
 */
export class FontFile {
  /** Pixels. */
  readonly height: number;
  readonly #codes: Uint16Array;
  readonly #widths: Uint8Array;
  readonly #offsets: Uint32Array;
  readonly #rows: Uint8Array;

  /** @param name for the message of the Error that a damaged file throws. */
  constructor(bytes: Uint8Array, name: string) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 12 || view.getUint32(0) !== 0x4f484631) throw new Error(`${name}: not a packed font`);
    this.height = view.getUint16(4, true);
    const count = view.getUint32(8, true);
    const widthsAt = 12 + padded(count * 2);
    const offsetsAt = widthsAt + padded(count);
    const rowsAt = offsetsAt + count * 4;
    if (rowsAt > bytes.length) throw new Error(`${name}: cut short`);
    this.#codes = new Uint16Array(count);
    this.#offsets = new Uint32Array(count);
    for (let i = 0; i < count; i++) {
      this.#codes[i] = view.getUint16(12 + i * 2, true);
      this.#offsets[i] = view.getUint32(offsetsAt + i * 4, true);
    }
    this.#widths = bytes.subarray(widthsAt, widthsAt + count);
    this.#rows = bytes.subarray(rowsAt);
  }

  /** Undefined when the font lacks the character. */
  bitmap(code: number): Bitmap | undefined {
    let low = 0;
    let high = this.#codes.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.#codes[middle] ?? 0;
      if (found === code) return this.#at(middle);
      if (found < code) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  #at(index: number): Bitmap {
    const packed = this.#widths[index] ?? 0;
    const width = packed & 0x7f;
    const offset = this.#offsets[index] ?? 0;
    const rows = this.#rows.subarray(offset, offset + ((width + 7) >> 3) * this.height);
    return { width, combining: (packed & 0x80) !== 0, rows };
  }
}

/** True when the pixel is ink; outside is not. */
export function inkAt(bitmap: Bitmap, x: number, y: number): boolean {
  if (x < 0 || x >= bitmap.width || y < 0) return false;
  const byte = bitmap.rows[y * ((bitmap.width + 7) >> 3) + (x >> 3)] ?? 0;
  return (byte & (0x80 >> (x & 7))) !== 0;
}

function padded(size: number): number {
  return (size + 3) & ~3;
}
