/** Pixels of an LCD as a PNG file (ISO/IEC 15948): RGB for RGB565, a palette of two for one bit. No other kinds. */
import { crc32, deflateSync } from "node:zlib";
import type { PixelFormat } from "../../hal/display.ts";

/** Paper and ink of a lit monochrome panel, as a person sees it. */
const paper = [0xc9, 0xd6, 0xc3] as const;
const ink = [0x1c, 0x2a, 0x22] as const;

/** @param pixels as `Display.show` takes them. */
export function encodePng(
  lcd: { readonly width: number; readonly height: number; readonly format: PixelFormat },
  pixels: Uint8Array | Uint16Array,
): Uint8Array {
  const { width, height } = lcd;
  const mono = lcd.format === "mono";
  const stride = mono ? (width + 7) >> 3 : width * 3;
  const raw = new Uint8Array((stride + 1) * height);
  for (let y = 0; y < height; y++) {
    // Each row begins with its filter; 0 is none (§9.2).
    const at = y * (stride + 1) + 1;
    if (mono) raw.set(pixels.subarray(y * stride, (y + 1) * stride), at);
    else for (let x = 0; x < width; x++) writeRgb(raw, at + x * 3, pixels[y * width + x] ?? 0);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set(mono ? [1, 3, 0, 0, 0] : [8, 2, 0, 0, 0], 8);
  const chunks = [chunk("IHDR", header)];
  if (mono) chunks.push(chunk("PLTE", Uint8Array.from([...paper, ...ink])));
  chunks.push(chunk("IDAT", deflateSync(raw, { level: 3 })), chunk("IEND", new Uint8Array(0)));
  return Buffer.concat([Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), ...chunks]);
}

/** Five or six bits spread over eight, so that full is 255. */
function writeRgb(raw: Uint8Array, at: number, word: number): void {
  const red = word >> 11;
  const green = (word >> 5) & 63;
  const blue = word & 31;
  raw[at] = (red << 3) | (red >> 2);
  raw[at + 1] = (green << 2) | (green >> 4);
  raw[at + 2] = (blue << 3) | (blue >> 2);
}

/** Length, type, data, CRC over type and data (§5.3). */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(Buffer.from(type, "latin1"), 4);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}
