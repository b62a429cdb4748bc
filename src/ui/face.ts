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

/** Rows of a font: the tops of its capitals and of its small letters, and its baseline. */
export type Anchors = readonly [capital: number, small: number, baseline: number];

export interface FaceOptions {
  /** Height of a line, pixels. */
  readonly sizePx: number;
  /** Where Latin comes from, with the rows of its capitals' top, its small letters' top and its baseline. */
  readonly main: FontFile;
  readonly anchors: Anchors;
  /** Where letters come from that `main` lacks, drawn as they are. */
  readonly next?: { readonly file: FontFile; readonly baseline: number };
  /** Everything else: 16 pixels high, drawn as it is or scaled to fit. */
  readonly wide: FontFile;
  readonly bold: boolean;
  /** Shades: false makes every pixel ink or nothing. */
  readonly smooth: boolean;
}

/** Unifont's capitals reach from row 4 to row 14 of 16, its small letters from row 6. */
const wideAnchors = [4, 6, 14] as const;
const wideBaseline = 14;
const wideHeight = 16;
const mostGlyphs = 1024;
/** Fonts with more rows than this are not doubled. */
const mostRows = 64;

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
  /** Of the widest digit: all keep one width, or a timer would dance. */
  readonly #digitWidth: number;
  readonly #glyphs = new Map<number, Glyph>();

  constructor(options: FaceOptions) {
    this.#options = options;
    this.sizePx = options.sizePx;
    this.#scale = options.sizePx / options.main.height;
    this.baseline = Math.round(options.anchors[2] * this.#scale);
    this.capitalTop = Math.round(options.anchors[0] * this.#scale);
    // Chinese keeps even strokes only at halves of its own 16 pixels.
    const halves = Math.floor((options.sizePx + 3) / (wideHeight / 2));
    this.#wideScale = Math.max(1, (options.smooth ? halves : halves - (halves % 2)) / 2);
    this.#gap = Math.max(1, Math.round(options.sizePx / 11));
    const widths = [..."0123456789"].map((digit) => {
      const bitmap = options.main.bitmap(digit.charCodeAt(0));
      const ink = bitmap === undefined ? undefined : inkColumns(bitmap, options.main.height);
      return ink === undefined ? 0 : Math.round((ink.right - ink.left) * this.#scale);
    });
    this.#digitWidth = Math.max(...widths);
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
    const { main, next, wide, anchors, smooth } = this.#options;
    if (code > 0xffff) return this.#unknown();
    const own = main.bitmap(code);
    if (own !== undefined) return this.#fit(own, main.height, anchors, this.#scale, isDigit(code));
    const second = next?.file.bitmap(code);
    if (next !== undefined && second !== undefined) {
      const glyph = this.#fit(second, next.file.height, undefined, 1, false);
      return { ...glyph, top: this.baseline - next.baseline };
    }
    const other = wide.bitmap(code);
    if (other === undefined) return this.#unknown();
    if (!isAlphabet(code)) return this.#asItIs(other);
    if (smooth) return this.#fit(other, wideHeight, wideAnchors, (this.baseline - this.capitalTop) / 10, false);
    return { ...this.#fit(other, wideHeight, undefined, 1, false), top: this.baseline - wideBaseline };
  }

  /**
   * Without the font's own side bearings, which are those of a typewriter. Where `anchors` are given, the rows are
   * stretched so that capitals, small letters and baseline fall on the rows of this face.
   */
  #fit(bitmap: Bitmap, rows: number, anchors: Anchors | undefined, scale: number, digit: boolean): Glyph {
    const ink = inkColumns(bitmap, rows);
    if (ink === undefined) return { ...this.#unknown(), mask: { width: 0, height: 0, shades: new Uint8Array(0) } };
    const inkWidth = ink.right - ink.left;
    const width = Math.max(1, Math.round(inkWidth * scale));
    const height = anchors === undefined ? rows : this.sizePx;
    const map = anchors === undefined ? (row: number) => row : this.#rowMap(anchors, rows);
    const mask = this.#finish({
      width,
      height,
      shades: resample(bitmap, ink.left, inkWidth, width, height, map, this.#options.smooth),
    });
    const digitWidth = Math.max(width, this.#digitWidth);
    const advance = (digit ? digitWidth : width) + this.#gap + (mask.width - width);
    const left = digit ? Math.floor((digitWidth - width + 1) / 2) : 0;
    return { mask, left, top: 0, advance, combining: bitmap.combining };
  }

  /** In its cell: scripts whose letters touch, and marks. */
  #asItIs(bitmap: Bitmap): Glyph {
    const scale = this.#wideScale;
    const width = Math.max(1, Math.round(bitmap.width * scale));
    const height = Math.max(1, Math.round(wideHeight * scale));
    const { smooth } = this.#options;
    const rowOf = (row: number): number => (row * wideHeight) / height;
    const shades = resample(bitmap, 0, bitmap.width, width, height, rowOf, smooth);
    const narrow = bitmap.width <= 8;
    const mask = narrow ? this.#finish({ width, height, shades }) : this.#clear({ width, height, shades });
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

  /** From a row of the line to a row of the font. */
  #rowMap(anchors: Anchors, rows: number): (row: number) => number {
    if (this.sizePx === rows) return (row) => row;
    const from = [0, ...anchors, rows];
    const to = [0, ...this.#options.anchors, this.#options.main.height].map((row) => Math.round(row * this.#scale));
    return (row) => {
      for (let i = 1; i < to.length; i++) {
        const [a = 0, b = 0, x = 0, y = 0] = [to[i - 1], to[i], from[i - 1], from[i]];
        if (row <= b || i === to.length - 1) return b === a ? y : x + ((row - a) * (y - x)) / (b - a);
      }
      return row;
    };
  }

  #finish(mask: Mask): Mask {
    return this.#clear(this.#options.bold ? widen(mask, Math.max(1, Math.round(this.sizePx / 28))) : mask);
  }

  /** Without shades every pixel is ink or nothing. */
  #clear(mask: Mask): Mask {
    if (!this.#options.smooth)
      for (let i = 0; i < mask.shades.length; i++) mask.shades[i] = (mask.shades[i] ?? 0) >= 128 ? 255 : 0;
    return mask;
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Greek, Cyrillic, Armenian, and the rest of Latin: letters that stand apart and may lose the room beside them. */
function isAlphabet(code: number): boolean {
  if (code >= 0x300 && code < 0x370) return false;
  return code < 0x590 || (code >= 0x1c80 && code <= 0x1c8f) || (code >= 0x1e00 && code < 0x2000);
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

/** Share of ink under each target pixel, 0 to 255. What grows is doubled first, so that steps become slopes. */
function resample(
  bitmap: Bitmap,
  fromX: number,
  fromWidth: number,
  width: number,
  height: number,
  rowOf: (row: number) => number,
  smooth: boolean,
): Uint8Array {
  const rows = bitmap.rows.length / ((bitmap.width + 7) >> 3);
  // The large design at its own size too: its steps are as tall as a stroke of the small ones is wide.
  const soften = smooth && rows > wideHeight ? width >= fromWidth : width > fromWidth;
  if (soften && rows <= mostRows) {
    const large = rows > wideHeight ? doubled(bitmap, rows) : doubled(doubled(bitmap, rows), rows * 2);
    const times = large.width / bitmap.width;
    return resample(large, fromX * times, fromWidth * times, width, height, (row) => rowOf(row) * times, smooth);
  }
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

/** Twice as large by the rule of Scale2x: a corner is cut where both its neighbours are of the other colour. */
function doubled(bitmap: Bitmap, rows: number): Bitmap {
  const width = bitmap.width * 2;
  const stride = (width + 7) >> 3;
  const out = new Uint8Array(stride * rows * 2);
  const ink = (x: number, y: number): boolean => y < rows && inkAt(bitmap, x, y);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < bitmap.width; x++) {
      const [middle, up, left, right, down] = [ink(x, y), ink(x, y - 1), ink(x - 1, y), ink(x + 1, y), ink(x, y + 1)];
      const open = up !== down && left !== right;
      const quarters = [left === up, up === right, left === down, down === right];
      const takes = [left, right, left, right];
      for (let i = 0; i < 4; i++) {
        if (!(open && quarters[i] === true ? takes[i] === true : middle)) continue;
        const [column, row] = [x * 2 + (i & 1), y * 2 + (i >> 1)];
        const at = row * stride + (column >> 3);
        out[at] = (out[at] ?? 0) | (0x80 >> (column & 7));
      }
    }
  return { width, combining: bitmap.combining, rows: out };
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
