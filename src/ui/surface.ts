/** What screens are drawn on: rectangles and masks on one bit or RGB565, clipped; knows nothing of text or layout. */
import type { PixelFormat } from "../../hal/display.ts";

/** How much of each pixel is covered, 0 to 255, rows from the top. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly shades: Uint8Array;
}

/**
 * A colour as the surface takes it: 0xRRGGBB on RGB565; on one bit 0 is paper and everything else ink.
 */
export type Color = number;

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Surface {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /** In the form that `Display.show` takes. */
  readonly pixels: Uint8Array | Uint16Array;
  /** Drawing outside is cut off. `undefined` is the whole surface. */
  clip(rect: Rect | undefined): void;
  fill(x: number, y: number, width: number, height: number, color: Color): void;
  /** Blends `color` by the mask's shade; on one bit a pixel that is at least half covered is set. */
  mask(mask: Mask, x: number, y: number, color: Color): void;
  /** Exchanges ink and paper; on RGB565 each pixel's complement. */
  invert(x: number, y: number, width: number, height: number): void;
}

interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function edgesOf(surface: { width: number; height: number }, rect: Rect | undefined): Edges {
  if (rect === undefined) return { left: 0, top: 0, right: surface.width, bottom: surface.height };
  return {
    left: Math.max(0, Math.round(rect.x)),
    top: Math.max(0, Math.round(rect.y)),
    right: Math.min(surface.width, Math.round(rect.x + rect.width)),
    bottom: Math.min(surface.height, Math.round(rect.y + rect.height)),
  };
}

/** 0xRRGGBB to red in the high five bits, green in six, blue in five. */
export function rgb565(color: Color): number {
  return ((color >> 8) & 0xf800) | ((color >> 5) & 0x07e0) | ((color >> 3) & 0x001f);
}

export class ColorSurface implements Surface {
  readonly format = "rgb565";
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint16Array;
  #edges: Edges;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint16Array(width * height);
    this.#edges = edgesOf(this, undefined);
  }

  clip(rect: Rect | undefined): void {
    this.#edges = edgesOf(this, rect);
  }

  fill(x: number, y: number, width: number, height: number, color: Color): void {
    const { left, top, right, bottom } = this.#edges;
    const from = Math.max(left, x);
    const to = Math.min(right, x + width);
    if (from >= to) return;
    const word = rgb565(color);
    for (let row = Math.max(top, y); row < Math.min(bottom, y + height); row++)
      this.pixels.fill(word, row * this.width + from, row * this.width + to);
  }

  mask(mask: Mask, x: number, y: number, color: Color): void {
    const { left, top, right, bottom } = this.#edges;
    const pixels = this.pixels;
    const shades = mask.shades;
    const word = rgb565(color);
    const red = word >> 11;
    const green = (word >> 5) & 63;
    const blue = word & 31;
    const fromX = Math.max(0, left - x);
    const toX = Math.min(mask.width, right - x);
    const toY = Math.min(mask.height, bottom - y);
    for (let my = Math.max(0, top - y); my < toY; my++) {
      let at = (y + my) * this.width + x + fromX;
      let from = my * mask.width + fromX;
      for (let mx = fromX; mx < toX; mx++, at++, from++) {
        const shade = shades[from] as number;
        if (shade === 0) continue;
        if (shade === 255) {
          pixels[at] = word;
          continue;
        }
        const below = pixels[at] as number;
        const r = below >> 11;
        const g = (below >> 5) & 63;
        const b = below & 31;
        // +127 rounds to the nearest step, so that shades do not drift towards dark.
        const nr = r + Math.trunc(((red - r) * shade + (red >= r ? 127 : -127)) / 255);
        const ng = g + Math.trunc(((green - g) * shade + (green >= g ? 127 : -127)) / 255);
        const nb = b + Math.trunc(((blue - b) * shade + (blue >= b ? 127 : -127)) / 255);
        pixels[at] = (nr << 11) | (ng << 5) | nb;
      }
    }
  }

  invert(x: number, y: number, width: number, height: number): void {
    const { left, top, right, bottom } = this.#edges;
    for (let row = Math.max(top, y); row < Math.min(bottom, y + height); row++)
      for (let column = Math.max(left, x); column < Math.min(right, x + width); column++) {
        const at = row * this.width + column;
        this.pixels[at] = ~(this.pixels[at] as number) & 0xffff;
      }
  }
}

export class MonoSurface implements Surface {
  readonly format = "mono";
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly #stride: number;
  #edges: Edges;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#stride = (width + 7) >> 3;
    this.pixels = new Uint8Array(this.#stride * height);
    this.#edges = edgesOf(this, undefined);
  }

  clip(rect: Rect | undefined): void {
    this.#edges = edgesOf(this, rect);
  }

  fill(x: number, y: number, width: number, height: number, color: Color): void {
    this.#each(x, y, width, height, (at, bit) => {
      const before = this.pixels[at] as number;
      this.pixels[at] = color === 0 ? before & ~bit : before | bit;
    });
  }

  invert(x: number, y: number, width: number, height: number): void {
    this.#each(x, y, width, height, (at, bit) => {
      this.pixels[at] = (this.pixels[at] as number) ^ bit;
    });
  }

  mask(mask: Mask, x: number, y: number, color: Color): void {
    this.#each(x, y, mask.width, mask.height, (at, bit, px, py) => {
      if ((mask.shades[(py - y) * mask.width + (px - x)] as number) < 128) return;
      const before = this.pixels[at] as number;
      this.pixels[at] = color === 0 ? before & ~bit : before | bit;
    });
  }

  #each(
    x: number,
    y: number,
    width: number,
    height: number,
    run: (at: number, bit: number, px: number, py: number) => void,
  ): void {
    const { left, top, right, bottom } = this.#edges;
    for (let py = Math.max(top, y); py < Math.min(bottom, y + height); py++)
      for (let px = Math.max(left, x); px < Math.min(right, x + width); px++)
        run(py * this.#stride + (px >> 3), 0x80 >> (px & 7), px, py);
  }
}

export function surfaceFor(lcd: {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
}): Surface {
  return lcd.format === "mono" ? new MonoSurface(lcd.width, lcd.height) : new ColorSurface(lcd.width, lcd.height);
}
