/** The screen of the machine that is tested, read back from its framebuffer; draws nothing. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

export interface ScreenPicture {
  readonly width: number;
  readonly height: number;
  /** RGB565, which is what the phone's LCD has. */
  readonly pixels: Uint16Array;
}

const fact = (name: string): string => readFileSync(`/sys/class/graphics/fb0/${name}`, "utf8").trim();

/** All bytes of the framebuffer. @throws Error where there is none */
export function screenBytes(): Buffer {
  const [, height = 0] = fact("virtual_size").split(",").map(Number);
  const bytes = Buffer.alloc(Number(fact("stride")) * height);
  const node = openSync("/dev/fb0", "r");
  try {
    for (let at = 0, got = -1; at < bytes.length && got !== 0; at += got)
      got = readSync(node, bytes, at, bytes.length - at, at);
  } finally {
    closeSync(node);
  }
  return bytes;
}

/** @throws Error where there is none, or one of other than 16 or 32 bits */
export function screenPicture(): ScreenPicture {
  const [width = 0, height = 0] = fact("virtual_size").split(",").map(Number);
  const stride = Number(fact("stride"));
  const bits = Number(fact("bits_per_pixel"));
  if (bits !== 16 && bits !== 32) throw new Error(`/dev/fb0 has ${bits} bits a pixel: 16 and 32 are read`);
  const bytes = screenBytes();
  const pixels = new Uint16Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * stride + x * (bits / 8);
      const value = bits === 16 ? bytes.readUInt16LE(at) : bytes.readUInt32LE(at);
      pixels[y * width + x] =
        bits === 16 ? value : ((value >> 8) & 0xf800) | ((value >> 5) & 0x07e0) | ((value >> 3) & 0x1f);
    }
  return { width, height, pixels };
}
