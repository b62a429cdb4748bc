/** SSD1306 and SH1106 controllers of small OLEDs: commands and changed pages as bytes for the bus. Pure. */

export type OledChip = "ssd1306" | "sh1106";

/** The first byte of a transfer: commands follow, or pixels. */
const commands = 0x00;
const pixels = 0x40;

/**
 * Makes the panel ready, dark until pixels come. Both chips are used in page addressing, which is all that the SH1106
 * has; the SSD1306 is told so. Height is 32 or 64 rows.
 */
export function initial(chip: OledChip, height: number, upsideDown: boolean): Uint8Array {
  const charge = chip === "ssd1306" ? [0x8d, 0x14, 0x20, 0x02] : [0xad, 0x8b];
  return Uint8Array.from([
    commands,
    ...[0xae, 0xd5, 0x80, 0xa8, height - 1, 0xd3, 0x00, 0x40],
    ...charge,
    ...(upsideDown ? [0xa0, 0xc0] : [0xa1, 0xc8]),
    ...[0xda, height === 32 ? 0x02 : 0x12, 0xd9, 0xf1, 0xdb, 0x40, 0xa4, 0xa6],
  ]);
}

/** @param contrast 0 to 255 */
export function brightness(on: boolean, contrast: number): Uint8Array {
  return Uint8Array.from(on ? [commands, 0x81, contrast, 0xaf] : [commands, 0xae]);
}

/** Rows from the top, least significant bit left, into pages: a byte is eight pixels below each other, the top one least significant. */
export function pagesOf(picture: Uint8Array, width: number, height: number, into: Uint8Array): void {
  const stride = width >> 3;
  into.fill(0);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if ((((picture[y * stride + (x >> 3)] ?? 0) >> (x & 7)) & 1) === 0) continue;
      const at = (y >> 3) * width + x;
      into[at] = (into[at] ?? 0) | (1 << (y & 7));
    }
}

/**
 * What has to be sent so that `after` is shown where `before` was: from the first to the last changed column of each
 * changed page. `before` undefined: everything.
 * @param most bytes of a transfer, 3 or more: some bridges take few
 */
export function changes(
  chip: OledChip,
  width: number,
  before: Uint8Array | undefined,
  after: Uint8Array,
  most: number,
): readonly Uint8Array[] {
  const transfers: Uint8Array[] = [];
  // The SH1106 has 132 columns, of which most panels show the middle 128.
  const margin = chip === "sh1106" ? (132 - width) >> 1 : 0;
  for (let page = 0; page * width < after.length; page++) {
    const base = page * width;
    let first = 0;
    let end = width;
    if (before !== undefined) {
      while (first < width && before[base + first] === after[base + first]) first++;
      while (end > first && before[base + end - 1] === after[base + end - 1]) end--;
      if (first === end) continue;
    }
    const column = first + margin;
    transfers.push(Uint8Array.from([commands, 0xb0 + page, column & 15, 0x10 | (column >> 4)]));
    for (let at = first; at < end; at += most - 1) {
      const piece = after.subarray(base + at, base + Math.min(end, at + most - 1));
      const transfer = new Uint8Array(1 + piece.length);
      transfer[0] = pixels;
      transfer.set(piece, 1);
      transfers.push(transfer);
    }
  }
  return transfers;
}
