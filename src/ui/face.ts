/** A typeface at one size: glyphs out of packed fonts, scaled and smoothed where the LCD has shades, measured, cached. */
import { type Bitmap, type FontFile, inkAt } from "./font-file.ts";
import type { Mask } from "./surface.ts";

/** A glyph ready to be drawn: `mask` at `left`, `top` from the pen (top of the line), then the pen moves by `advance`. */
export interface Glyph {
  readonly mask: Mask;
  readonly left: number;
  readonly top: number;
  readonly advance: number;
  readonly combining: boolean;
}

export interface FaceOptions {
  /** Height of a line, pixels. */
  readonly sizePx: number;
  /** Where Latin comes from, with the rows of its capitals' top, its small letters' top and its baseline. */
  readonly main: FontFile;
  readonly anchors: readonly [capital: number, small: number, baseline: number];
  /** Everything else: 16 pixels high, drawn as it is or scaled to fit. */
  readonly wide: FontFile;
  readonly bold: boolean;
  /** Shades: false makes every pixel ink or nothing. */
  readonly smooth: boolean;
}

/** Unifont's capitals stand on row 14 of 16. */
const wideBaseline = 14;
const wideHeight = 16;
const mostGlyphs = 1024;

export class Face {
  readonly sizePx: number;
  /** Row of the baseline from the top of the line. */
  readonly baseline: number;
  /** Row of the top of capitals. */
  readonly capitalTop: number;
  readonly #options: FaceOptions;
  readonly #scale: number;
  readonly #wideScale: number;
  readonly #gap: number;
  readonly #glyphs = new Map<number, Glyph>();

  constructor(options: FaceOptions) {
    this.#options = options;
    this.sizePx = options.sizePx;
    this.#scale = options.sizePx / options.main.height;
    this.baseline = Math.round(options.anchors[2] * this.#scale);
    this.capitalTop = Math.round(options.anchors[0] * this.#scale);
    // Below a line of 20 pixels Chinese has to stay at its own 16, or its strokes run together.
    this.#wideScale = options.sizePx < 20 || !options.smooth ? wholeScale(options.sizePx) : options.sizePx / 18;
    this.#gap = Math.max(1, Math.round(options.sizePx / 11));
  }

  /** What a cut text ends with: small fonts have no ellipsis of their own. */
  get ellipsis(): string {
    return this.#options.main.bitmap(0x2026) === undefined ? ".." : "\u2026";
  }

  glyph(code: number): Glyph {
    const known = this.#glyphs.get(code);
    if (known !== undefined) return known;
    if (this.#glyphs.size >= mostGlyphs) this.#glyphs.clear();
    const made = this.#make(code);
    this.#glyphs.set(code, made);
    return made;
  }

  #make(code: number): Glyph {
    const blank = (advance: number): Glyph => ({
      mask: { width: 0, height: 0, shades: new Uint8Array(0) },
      left: 0,
      top: 0,
      advance,
      combining: false,
    });
    if (code === 0x20 || code === 0xa0) return blank(Math.max(2, Math.round(this.sizePx * 0.3)));
    if (code === 0x3000) return blank(this.sizePx);
    const own = code < 0x10000 ? this.#options.main.bitmap(code) : undefined;
    if (own !== undefined) return this.#fromMain(code, own);
    const other = code < 0x10000 ? this.#options.wide.bitmap(code) : undefined;
    if (other !== undefined) return this.#fromWide(other);
    return this.#unknown();
  }

  #fromMain(code: number, bitmap: Bitmap): Glyph {
    const height = this.#options.main.height;
    const ink = inkColumns(bitmap, height);
    if (ink === undefined) return { ...this.#unknown(), mask: { width: 0, height: 0, shades: new Uint8Array(0) } };
    const digit = code >= 0x30 && code <= 0x39;
    const inkWidth = ink.right - ink.left;
    const width = Math.max(1, Math.round(inkWidth * this.#scale));
    const shades = resample(bitmap, ink.left, inkWidth, width, this.sizePx, this.#rowMap());
    const mask = this.#finish({ width, height: this.sizePx, shades });
    // Digits keep one width, or a timer would dance.
    const digitWidth = Math.max(width, Math.round(bitmap.width * this.#scale * 0.78));
    const advance = (digit ? digitWidth : width) + this.#gap + (mask.width - width);
    const left = digit ? Math.floor((digitWidth - width + 1) / 2) : 0;
    return { mask, left, top: 0, advance, combining: false };
  }

  #fromWide(bitmap: Bitmap): Glyph {
    const scale = this.#wideScale;
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(wideHeight * scale));
    const map = linear(wideHeight, height);
    const mask = this.#finish({ width, height, shades: resample(bitmap, 0, bitmap.width, width, height, map) });
    const top = this.baseline - Math.round(wideBaseline * scale);
    return { mask, left: 0, top, advance: bitmap.combining ? 0 : width, combining: bitmap.combining };
  }

  /** What stands for a character that no font has, surrogate pairs among them: an empty box. */
  #unknown(): Glyph {
    const width = Math.max(3, Math.round(this.sizePx * 0.4));
    const height = Math.max(4, this.baseline - this.capitalTop);
    const shades = new Uint8Array(width * height);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        if (x === 0 || y === 0 || x === width - 1 || y === height - 1) shades[y * width + x] = 255;
    return {
      mask: { width, height, shades },
      left: 0,
      top: this.capitalTop,
      advance: width + this.#gap,
      combining: false,
    };
  }

  /** From a row of the line to a row of the font: capitals, small letters and baseline fall on whole rows. */
  #rowMap(): (row: number) => number {
    const height = this.#options.main.height;
    if (this.sizePx === height) return (row) => row;
    const from = [0, ...this.#options.anchors, height];
    const to = from.map((row) => Math.round(row * this.#scale));
    return (row) => {
      for (let i = 1; i < to.length; i++) {
        const [a = 0, b = 0, x = 0, y = 0] = [to[i - 1], to[i], from[i - 1], from[i]];
        if (row <= b || i === to.length - 1) return b === a ? y : x + ((row - a) * (y - x)) / (b - a);
      }
      return row;
    };
  }

  #finish(mask: Mask): Mask {
    const bolder = this.#options.bold ? widen(mask, Math.max(1, Math.round(this.sizePx / 28))) : mask;
    if (!this.#options.smooth)
      for (let i = 0; i < bolder.shades.length; i++) bolder.shades[i] = (bolder.shades[i] ?? 0) >= 128 ? 255 : 0;
    return bolder;
  }
}

function wholeScale(sizePx: number): number {
  return Math.max(1, Math.floor((sizePx + 4) / wideHeight));
}

function linear(from: number, to: number): (row: number) => number {
  return (row) => (row * from) / to;
}

function inkColumns(bitmap: Bitmap, height: number): { left: number; right: number } | undefined {
  let left = bitmap.width;
  let right = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < bitmap.width; x++)
      if (inkAt(bitmap, x, y)) {
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
      }
  return right === 0 ? undefined : { left, right };
}

/** Share of ink under each target pixel, 0 to 255. */
function resample(
  bitmap: Bitmap,
  fromX: number,
  fromWidth: number,
  width: number,
  height: number,
  rowOf: (row: number) => number,
): Uint8Array {
  const shades = new Uint8Array(width * height);
  const step = fromWidth / width;
  for (let y = 0; y < height; y++) {
    const top = rowOf(y);
    const bottom = rowOf(y + 1);
    for (let x = 0; x < width; x++) {
      const left = fromX + x * step;
      shades[y * width + x] = Math.round(255 * coverage(bitmap, left, left + step, top, bottom));
    }
  }
  return shades;
}

function coverage(bitmap: Bitmap, left: number, right: number, top: number, bottom: number): number {
  let ink = 0;
  for (let y = Math.floor(top + 1e-6); y < bottom - 1e-6; y++) {
    const tall = Math.min(bottom, y + 1) - Math.max(top, y);
    for (let x = Math.floor(left + 1e-6); x < right - 1e-6; x++)
      if (inkAt(bitmap, x, y)) ink += tall * (Math.min(right, x + 1) - Math.max(left, x));
  }
  return Math.min(1, ink / ((right - left) * (bottom - top)));
}

function widen(mask: Mask, by: number): Mask {
  const width = mask.width + by;
  const shades = new Uint8Array(width * mask.height);
  for (let y = 0; y < mask.height; y++)
    for (let x = 0; x < mask.width; x++) {
      const shade = mask.shades[y * mask.width + x] ?? 0;
      for (let d = 0; d <= by; d++) {
        const at = y * width + x + d;
        shades[at] = Math.max(shades[at] ?? 0, shade);
      }
    }
  return { width, height: mask.height, shades };
}
