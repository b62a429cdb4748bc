/** Pixels: packing, clipping, blending, and the PNG that shows them. */
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../../src/ui/png.ts";
import { ColorSurface, type Mask, MonoSurface, rgb565 } from "../../../src/ui/surface.ts";

const full = (width: number, height: number, shade = 255): Mask => ({
  width,
  height,
  shades: new Uint8Array(width * height).fill(shade),
});

describe("one bit", () => {
  it("puts the first pixel into the high bit and pads rows to bytes", () => {
    const surface = new MonoSurface(10, 2);
    surface.fill(0, 0, 1, 1, 1);
    surface.fill(9, 1, 1, 1, 1);
    expect([...surface.pixels]).toEqual([0x80, 0, 0, 0x40]);
  });

  it("clips to the surface and to the clip, on every side", () => {
    const surface = new MonoSurface(16, 4);
    surface.fill(-5, -5, 100, 100, 1);
    expect([...surface.pixels].every((byte) => byte === 0xff)).toBe(true);
    surface.clip({ x: 4, y: 1, width: 4, height: 2 });
    surface.fill(0, 0, 16, 4, 0);
    expect([...surface.pixels]).toEqual([0xff, 0xff, 0xf0, 0xff, 0xf0, 0xff, 0xff, 0xff]);
    surface.clip(undefined);
    surface.invert(0, 0, 16, 4);
    expect([...surface.pixels]).toEqual([0, 0, 0x0f, 0, 0x0f, 0, 0, 0]);
  });

  it("takes half covered pixels as ink", () => {
    const surface = new MonoSurface(8, 1);
    surface.mask({ width: 3, height: 1, shades: Uint8Array.from([127, 128, 255]) }, 0, 0, 1);
    expect(surface.pixels[0]).toBe(0x60);
  });
});

describe("RGB565", () => {
  it("keeps red high, green middle, blue low", () => {
    expect([rgb565(0xff0000), rgb565(0x00ff00), rgb565(0x0000ff)]).toEqual([0xf800, 0x07e0, 0x001f]);
  });

  it("blends by the shade, and full shade is the colour itself", () => {
    const surface = new ColorSurface(4, 1);
    surface.mask(full(1, 1), 0, 0, 0xffffff);
    surface.mask(full(1, 1, 128), 1, 0, 0xffffff);
    surface.mask(full(1, 1, 0), 2, 0, 0xffffff);
    expect(surface.pixels[0]).toBe(0xffff);
    expect(surface.pixels[1]).toBe((16 << 11) | (32 << 5) | 16);
    expect(surface.pixels[2]).toBe(0);
  });

  it("never leaves the range of a part, whatever is blended onto what", () => {
    const surface = new ColorSurface(1, 1);
    for (const below of [0x000000, 0xffffff, 0x123456, 0xfedcba])
      for (const above of [0x000000, 0xffffff, 0xff0000, 0x00ff7f])
        for (let shade = 0; shade <= 255; shade++) {
          surface.fill(0, 0, 1, 1, below);
          surface.mask(full(1, 1, shade), 0, 0, above);
          const [seen = 0, low, high] = [surface.pixels[0], rgb565(below), rgb565(above)];
          for (const [shift, most] of [
            [11, 31],
            [5, 63],
            [0, 31],
          ] as const) {
            const [s, a, b] = [(seen >> shift) & most, (low >> shift) & most, (high >> shift) & most];
            expect(s >= Math.min(a, b) && s <= Math.max(a, b)).toBe(true);
          }
        }
  });

  it("clips masks at all four edges", () => {
    const surface = new ColorSurface(6, 6);
    for (const [x, y] of [
      [-2, -2],
      [4, 4],
      [-2, 4],
      [4, -2],
      [-9, 0],
      [0, 9],
    ] as const)
      surface.mask(full(4, 4), x, y, 0xffffff);
    const lit = [...surface.pixels].map((word) => (word === 0xffff ? 1 : 0));
    expect(lit.reduce((sum: number, one) => sum + one, 0)).toBe(16);
  });
});

describe("PNG", () => {
  it("has exactly the LCD's size and colours", () => {
    const surface = new ColorSurface(5, 3);
    surface.fill(0, 0, 5, 3, 0xff0000);
    surface.fill(4, 2, 1, 1, 0xffffff);
    const png = PNG.sync.read(Buffer.from(encodePng({ width: 5, height: 3, format: "rgb565" }, surface.pixels)));
    expect([png.width, png.height]).toEqual([5, 3]);
    expect([...png.data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    expect([...png.data.subarray(-4)]).toEqual([255, 255, 255, 255]);
  });

  it("shows ink darker than paper on one bit, widths that are no multiple of 8 included", () => {
    const surface = new MonoSurface(132, 64);
    surface.fill(131, 63, 1, 1, 1);
    const png = PNG.sync.read(Buffer.from(encodePng({ width: 132, height: 64, format: "mono" }, surface.pixels)));
    expect([png.width, png.height]).toEqual([132, 64]);
    expect(png.data[0]).toBeGreaterThan(150);
    expect(png.data[png.data.length - 4]).toBeLessThan(80);
  });
});
