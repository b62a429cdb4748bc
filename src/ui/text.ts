/** Text as it is drawn: composed, cleaned, in visual order (a short form of Unicode's UAX #9), measured and cut with an ellipsis. */
import { shapeArabic } from "./arabic.ts";
import type { Face } from "./face.ts";
import type { Color, Surface } from "./surface.ts";

const ellipsis = 0x2026;

/** Code points from left to right as drawn. Marks follow their base; controls and invisible characters are left out. */
export function visualOrder(text: string): number[] {
  const codes: number[] = [];
  for (const character of text.normalize("NFC")) {
    const code = character.codePointAt(0) ?? 0;
    if (code === 0x09 || code === 0x0a || code === 0x0d) codes.push(0x20);
    else if (!isInvisible(code)) codes.push(code);
  }
  return codes.some(isRightToLeft) ? reorder(shapeArabic(codes)) : codes;
}

function isInvisible(code: number): boolean {
  return (
    code < 0x20 ||
    (code >= 0x7f && code < 0xa0) ||
    code === 0xad ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff
  );
}

/** Hebrew, Arabic and their neighbours, with the presentation forms. */
export function isRightToLeft(code: number): boolean {
  return (code >= 0x590 && code <= 0x8ff) || (code >= 0xfb1d && code <= 0xfdff) || (code >= 0xfe70 && code <= 0xfefc);
}

/** Marks that stand on the character before them. */
export function isMark(code: number): boolean {
  return (
    (code >= 0x300 && code <= 0x36f) ||
    (code >= 0x591 && code <= 0x5bd) ||
    (code >= 0x610 && code <= 0x61a) ||
    (code >= 0x64b && code <= 0x65f) ||
    (code >= 0x1ab0 && code <= 0x1aff) ||
    (code >= 0x20d0 && code <= 0x20ff)
  );
}

type Way = "left" | "right" | "digit" | "neutral";

function wayOf(code: number): Way {
  if ((code >= 0x30 && code <= 0x39) || (code >= 0x660 && code <= 0x669) || (code >= 0x6f0 && code <= 0x6f9))
    return "digit";
  if (isRightToLeft(code)) return "right";
  const letter =
    (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || (code >= 0xc0 && code !== ellipsis);
  return letter && !(code >= 0x2000 && code <= 0x206f) ? "left" : "neutral";
}

/** Levels as UAX #9 gives them without embeddings; what has a level is then turned, highest first (rule L2). */
function reorder(codes: readonly number[]): number[] {
  const clusters: number[][] = [];
  for (const code of codes) {
    const last = clusters.at(-1);
    if (last !== undefined && isMark(code)) last.push(code);
    else clusters.push([code]);
  }
  const ways = clusters.map((cluster) => wayOf(cluster[0] ?? 0x20));
  const base = ways.find((way) => way === "left" || way === "right") === "right" ? 1 : 0;
  const levels: number[] = [];
  let strong: Way = base === 1 ? "right" : "left";
  for (const [i, way] of ways.entries()) {
    if (way === "left" || way === "right") strong = way;
    if (way === "right") levels.push(1);
    else if (way === "left") levels.push(base === 1 ? 2 : 0);
    else if (way === "digit") levels.push(strong === "right" || base === 1 ? 2 : 0);
    else levels.push(neutralLevel(ways, i, strong, base));
  }
  return turned(clusters, levels);
}

function neutralLevel(ways: readonly Way[], at: number, before: Way, base: number): number {
  const after = ways.slice(at).find((way) => way !== "neutral");
  const next = after === "digit" ? before : (after ?? (base === 1 ? "right" : "left"));
  if (before !== next) return base;
  if (before === "right") return 1;
  return base === 1 ? 2 : 0;
}

function turned(clusters: readonly number[][], levels: readonly number[]): number[] {
  const order = clusters.map((_, i) => i);
  for (let level = Math.max(0, ...levels); level >= 1; level--)
    for (let i = 0; i < order.length; ) {
      let end = i;
      while (end < order.length && (levels[end] ?? 0) >= level) end++;
      if (end > i) order.splice(i, end - i, ...order.slice(i, end).reverse());
      i = Math.max(end, i + 1);
    }
  return order.flatMap((i) => mirrored(clusters[i] ?? [], (levels[i] ?? 0) % 2 === 1));
}

const mirrors = new Map(
  ["()", ")(", "[]", "][", "<>", "><", "{}", "}{"].map((pair) => [pair.charCodeAt(0), pair.charCodeAt(1)]),
);

function mirrored(cluster: readonly number[], right: boolean): readonly number[] {
  const first = cluster[0] ?? 0x20;
  return right && mirrors.has(first) ? [mirrors.get(first) ?? first, ...cluster.slice(1)] : cluster;
}

/** A line of text for one face, cut where it would be wider than `most`. */
export interface Line {
  readonly codes: readonly number[];
  /** Pixels from the first to the last ink. */
  readonly width: number;
}

export function layLine(face: Face, text: string, most = Number.POSITIVE_INFINITY): Line {
  const codes = visualOrder(text);
  const width = widthOf(face, codes);
  if (width <= most) return { codes, width };
  // Cut in reading order, so that what is left out is the end of the text whichever way it runs.
  const characters = [...text.normalize("NFC")];
  let low = 0;
  let high = characters.length;
  const cutAt = (count: number): number[] => [
    ...visualOrder(`${characters.slice(0, count).join("").trimEnd()}${face.ellipsis}`),
  ];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(face, cutAt(middle)) <= most) low = middle;
    else high = middle - 1;
  }
  const cut = cutAt(low);
  return { codes: cut, width: widthOf(face, cut) };
}

function widthOf(face: Face, codes: readonly number[]): number {
  let width = 0;
  let gap = 0;
  for (const code of codes) {
    const glyph = face.glyph(code);
    if (glyph.combining) continue;
    width += glyph.advance;
    gap = glyph.mask.width > 0 ? Math.max(0, glyph.advance - glyph.left - glyph.mask.width) : 0;
  }
  return Math.max(0, width - gap);
}

/** Draws with the top of the line at `y`. */
export function drawLine(surface: Surface, face: Face, line: Line, x: number, y: number, color: Color): void {
  let pen = x;
  let before = 0;
  for (const code of line.codes) {
    const glyph = face.glyph(code);
    // A mark is drawn over the middle of its base, whatever the base's width.
    const left = glyph.combining ? pen - before + Math.round((before - glyph.mask.width) / 2) : pen + glyph.left;
    surface.mask(glyph.mask, left, y + glyph.top, color);
    if (glyph.combining) continue;
    pen += glyph.advance;
    before = glyph.advance;
  }
}

/** Breaks a text into lines of at most `most` pixels at spaces, or inside a word that alone is too wide. */
export function wrap(face: Face, text: string, most: number, lines: number): string[] {
  const out: string[] = [];
  let rest = text.trim();
  while (rest !== "" && out.length < lines) {
    if (out.length === lines - 1 || layLine(face, rest).width <= most) {
      out.push(rest);
      return out;
    }
    let end = rest.length;
    while (end > 1 && layLine(face, rest.slice(0, end)).width > most) {
      const space = rest.lastIndexOf(" ", end - 1);
      end = space > 0 ? space : end - 1;
    }
    out.push(rest.slice(0, end).trim());
    rest = rest.slice(end).trim();
  }
  return out;
}
