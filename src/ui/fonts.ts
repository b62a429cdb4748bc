/** The faces the phone draws with, made from the packed fonts of a folder; made once and shared by all screens. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Anchors, Face } from "./face.ts";
import { FontFile } from "./font-file.ts";

export type Weight = "plain" | "bold";

interface Source {
  readonly file: FontFile;
  readonly anchors: Anchors;
}

/** Rows of the tops of capitals and small letters and of the baseline in each size of Spleen. */
const spleen: readonly (readonly [name: string, sizePx: number, anchors: Anchors])[] = [
  ["5x8", 8, [1, 3, 7]],
  ["6x12", 12, [1, 3, 9]],
  ["8x16", 16, [2, 5, 12]],
  ["12x24", 24, [4, 8, 19]],
  ["16x32", 32, [6, 12, 26]],
  ["32x64", 64, [12, 24, 52]],
];

export class Fonts {
  readonly #wide: FontFile;
  readonly #sources: ReadonlyMap<number, Source>;
  readonly #faces = new Map<string, Face>();

  constructor(wide: FontFile, sources: ReadonlyMap<number, Source>) {
    this.#wide = wide;
    this.#sources = sources;
  }

  /** For LCDs with shades: any size, drawn from the largest design. */
  smooth(sizePx: number, weight: Weight = "plain"): Face {
    return this.#face(`s${sizePx}${weight}`, 64, sizePx, weight, true);
  }

  /** For one bit: a size the font was drawn in (8, 12, 16, 24, 32 or 64); others take the next smaller. */
  crisp(sizePx: number, weight: Weight = "plain"): Face {
    const drawn = spleen.map(([, size]) => size).filter((size) => size <= sizePx);
    const size = drawn.at(-1) ?? 8;
    return this.#face(`c${size}${weight}`, size, size, weight, false);
  }

  #face(key: string, design: number, sizePx: number, weight: Weight, smooth: boolean): Face {
    const known = this.#faces.get(key);
    if (known !== undefined) return known;
    const source = this.#sources.get(design);
    if (source === undefined) throw new Error(`no font is ${design} pixels high`);
    // The smallest font has few letters with signs; the next size has them all.
    const taller = !smooth && design === 8 ? this.#sources.get(12) : undefined;
    const face = new Face({
      ...(taller === undefined ? {} : { next: { file: taller.file, baseline: taller.anchors[2] } }),
      sizePx,
      main: source.file,
      anchors: source.anchors,
      wide: this.#wide,
      bold: weight === "bold",
      smooth,
    });
    this.#faces.set(key, face);
    return face;
  }
}

/** Reads what test/lab/fonts.mjs packed; throws an Error naming the file and the remedy when it is not there. */
export function loadFonts(folder: URL): Fonts {
  const read = (name: string): FontFile => {
    const path = fileURLToPath(new URL(`${name}.bin`, folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`)));
    try {
      return new FontFile(readFileSync(path), path);
    } catch (cause) {
      throw new Error(`font ${path} cannot be read: run "npm run build" to pack the fonts`, { cause });
    }
  };
  const sources = new Map<number, Source>();
  for (const [name, sizePx, anchors] of spleen) sources.set(sizePx, { file: read(`spleen-${name}`), anchors });
  return new Fonts(read("unifont"), sources);
}
