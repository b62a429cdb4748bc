/** Drawing with words: text in a box, rounded boxes, icons and fades on a surface; masks are kept, so that frames allocate little. */
import type { Face } from "./face.ts";
import { drawIcon, handIcon, type IconName } from "./icon.ts";
import { type Color, type Mask, type Rect, rgb565, type Surface } from "./surface.ts";
import { drawLine, type Line, layLine } from "./text.ts";

export type Align = "left" | "center" | "right";
/** Which corners of a box are round. */
export type Corners = "all" | "left" | "right" | "top" | "none";

const mostLines = 256;

export class Canvas {
  readonly surface: Surface;
  readonly #icons = new Map<string, Mask>();
  readonly #corners = new Map<number, Mask>();
  readonly #lines = new Map<string, Line>();
  readonly #faces = new Map<Face, number>();

  constructor(surface: Surface) {
    this.surface = surface;
  }

  get width(): number {
    return this.surface.width;
  }

  get height(): number {
    return this.surface.height;
  }

  fill(x: number, y: number, width: number, height: number, color: Color): void {
    const left = Math.round(x);
    const top = Math.round(y);
    this.surface.fill(left, top, Math.round(x + width) - left, Math.round(y + height) - top, color);
  }

  /** Draws one line, cut to `box.width`, in the middle of the box's height by its capitals. Returns the ink's width. */
  text(face: Face, text: string, box: Rect, color: Color, align: Align = "left"): number {
    const line = this.lay(face, text, box.width);
    const spare = box.width - line.width;
    const x = box.x + (align === "left" ? 0 : align === "right" ? spare : Math.floor(spare / 2));
    const middle = Math.round((face.capitalTop + face.baseline) / 2);
    drawLine(this.surface, face, line, Math.round(x), Math.round(box.y + box.height / 2 - middle), color);
    return line.width;
  }

  widthOf(face: Face, text: string): number {
    return this.lay(face, text, Number.POSITIVE_INFINITY).width;
  }

  lay(face: Face, text: string, most: number): Line {
    let face_ = this.#faces.get(face);
    if (face_ === undefined) {
      face_ = this.#faces.size;
      this.#faces.set(face, face_);
    }
    const key = `${face_} ${most} ${text}`;
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    if (this.#lines.size >= mostLines) this.#lines.clear();
    const line = layLine(face, text, most);
    this.#lines.set(key, line);
    return line;
  }

  /** A filled box with round corners. */
  box(rect: Rect, radius: number, color: Color, corners: Corners = "all"): void {
    const { x, y, width, height } = whole(rect);
    const r = corners === "none" ? 0 : Math.min(Math.round(radius), Math.floor(height / 2), Math.floor(width / 2));
    const left = corners === "right" ? 0 : r;
    const right = corners === "left" ? 0 : r;
    this.fill(x + left, y, width - left - right, r, color);
    this.fill(x, y + r, width, height - (corners === "top" ? r : 2 * r), color);
    if (corners !== "top") this.fill(x + left, y + height - r, width - left - right, r, color);
    if (r === 0) return;
    if (left > 0) this.#corner(x, y, r, 0, color);
    if (right > 0) this.#corner(x + width - r, y, r, 1, color);
    if (corners === "top") return;
    if (left > 0) this.#corner(x, y + height - r, r, 2, color);
    if (right > 0) this.#corner(x + width - r, y + height - r, r, 3, color);
  }

  /** A box of `edge` with a box of `color` inside it. */
  framed(rect: Rect, radius: number, color: Color, edge: Color, thick = 1): void {
    const { x, y, width, height } = whole(rect);
    const t = Math.round(thick);
    this.box(rect, radius, edge);
    this.box({ x: x + t, y: y + t, width: width - 2 * t, height: height - 2 * t }, Math.max(0, radius - t), color);
  }

  disc(centerX: number, centerY: number, radius: number, color: Color): void {
    this.box({ x: centerX - radius, y: centerY - radius, width: 2 * radius, height: 2 * radius }, radius, color);
  }

  icon(name: IconName, x: number, y: number, sizePx: number, color: Color): void {
    this.surface.mask(this.iconMask(name, sizePx), Math.round(x), Math.round(y), color);
  }

  /** On one bit the icon drawn by hand, whatever `sizePx` says. */
  iconMask(name: IconName, sizePx: number): Mask {
    const key = `${name} ${sizePx}`;
    const known = this.#icons.get(key);
    if (known !== undefined) return known;
    const made = this.surface.format === "mono" ? handIcon(name) : drawIcon(name, sizePx);
    this.#icons.set(key, made);
    return made;
  }

  /** From one colour at the top to another at the bottom, spread by an ordered pattern so that 16 bits show no bands. */
  fade(rect: Rect, top: Color, bottom: Color): void {
    const pixels = this.surface.pixels;
    const part = (color: Color, shift: number): number => (color >> shift) & 255;
    for (let row = 0; row < rect.height; row++) {
      const t = rect.height > 1 ? row / (rect.height - 1) : 0;
      const mix = (shift: number): number => part(top, shift) + (part(bottom, shift) - part(top, shift)) * t;
      const [red, green, blue] = [mix(16), mix(8), mix(0)];
      const at = (rect.y + row) * this.width + rect.x;
      for (let column = 0; column < 4; column++) {
        const spread = (bayer[(row & 3) * 4 + column] ?? 0) / 16;
        const step = (value: number, size: number): number => Math.min(255, value + spread * size);
        const word = rgb565((step(red, 8) << 16) | (step(green, 4) << 8) | step(blue, 8));
        for (let x = column; x < rect.width; x += 4) pixels[at + x] = word;
      }
    }
  }

  /** `which`: 0 upper left, 1 upper right, 2 lower left, 3 lower right. */
  #corner(x: number, y: number, radius: number, which: number, color: Color): void {
    const key = radius * 4 + which;
    let mask = this.#corners.get(key);
    if (mask === undefined) {
      mask = cornerMask(radius, which);
      this.#corners.set(key, mask);
    }
    this.surface.mask(mask, x, y, color);
  }
}

/** Layouts calculate with fractions; pixels are whole, and neighbours must meet. */
function whole(rect: Rect): Rect {
  const x = Math.round(rect.x);
  const y = Math.round(rect.y);
  return { x, y, width: Math.round(rect.x + rect.width) - x, height: Math.round(rect.y + rect.height) - y };
}

const bayer = [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5];

function cornerMask(radius: number, which: number): Mask {
  const shades = new Uint8Array(radius * radius);
  const centerX = which % 2 === 0 ? radius : 0;
  const centerY = which < 2 ? radius : 0;
  for (let y = 0; y < radius; y++)
    for (let x = 0; x < radius; x++) {
      let hits = 0;
      for (let s = 0; s < 16; s++) {
        const px = x + ((s % 4) + 0.5) / 4;
        const py = y + (Math.floor(s / 4) + 0.5) / 4;
        if (Math.hypot(px - centerX, py - centerY) <= radius) hits++;
      }
      shades[y * radius + x] = Math.round((hits * 255) / 16);
    }
  return { width: radius, height: radius, shades };
}
