// Packs the phone's bitmap fonts out of Debian's unifont and fonts-spleen into one file a font (format: src/ui/font.ts).
// Run by the build: `node test/lab/fonts.mjs [folder]`, default dist/fonts. Plain Node, so that it runs before the compiler.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const unifontFolder = "/usr/share/unifont";
const spleenFolder = "/usr/share/consolefonts";
const spleenSizes = ["5x8", "6x12", "8x16", "12x24", "16x32", "32x64"];

/** @typedef {{ code: number, width: number, combining: boolean, rows: Uint8Array }} Glyph rows are padded to whole bytes. */

/**
 * Spleen has of Greek and Cyrillic only the letters that look Latin: left out, so that a word comes whole from Unifont.
 * Box drawing and the like are left out because no screen of ours draws with characters.
 */
function wantedOfSpleen(code) {
  return code >= 0x20 && (code < 0x370 || (code >= 0x2010 && code <= 0x2122)) && code !== 0x7f && code !== 0xad;
}

/** Spleen 5x8 has four columns for these; with their middle stroke they are read at a glance. Rows from the top, our own drawing. */
const drawnSmall = {
  m: ["", "", "", "##.#.", "#.#.#", "#.#.#", "#.#.#", ""],
  w: ["", "", "", "#...#", "#.#.#", "#.#.#", ".#.#.", ""],
  M: ["", "#...#", "##.##", "#.#.#", "#.#.#", "#...#", "#...#", ""],
  W: ["", "#...#", "#...#", "#.#.#", "#.#.#", "#.#.#", ".#.#.", ""],
};

function drawn(characters) {
  return Object.entries(characters).map(([character, lines]) => ({
    code: character.charCodeAt(0),
    width: 5,
    combining: false,
    rows: Uint8Array.from(lines, (line) =>
      [...line].reduce((byte, dot, x) => (dot === "#" ? byte | (0x80 >> x) : byte), 0),
    ),
  }));
}

function need(path, packageName) {
  if (existsSync(path)) return;
  throw new Error(`${path} is missing: install Debian's package ${packageName} (apt-get install ${packageName})`);
}

/** A PSF console font of either version: glyphs, then for each glyph the characters it stands for. */
function readPsf(path) {
  const bytes = gunzipSync(readFileSync(path));
  if (bytes.readUInt32LE(0) === 0x864ab572) return readPsf2(path, bytes);
  if (bytes.readUInt16LE(0) === 0x0436) return readPsf1(path, bytes);
  throw new Error(`${path}: not a PSF font`);
}

/** Header of eight words; the characters are UTF-8, ended by 0xFF. */
function readPsf2(path, bytes) {
  const [start, flags, count, size, height, width] = [8, 12, 16, 20, 24, 28].map((at) => bytes.readUInt32LE(at));
  if ((flags & 1) === 0) throw new Error(`${path}: has no table of characters`);
  const glyphs = [];
  let at = start + count * size;
  for (let i = 0; i < count; i++) {
    const end = bytes.indexOf(0xff, at);
    const entry = bytes.subarray(at, end < 0 ? bytes.length : end);
    // 0xFE begins sequences of several characters, which no screen of ours needs.
    const cut = entry.indexOf(0xfe);
    const rows = bytes.subarray(start + i * size, start + (i + 1) * size);
    for (const character of entry.subarray(0, cut < 0 ? entry.length : cut).toString("utf8")) {
      const code = character.codePointAt(0);
      if (wantedOfSpleen(code)) glyphs.push({ code, width, combining: false, rows });
    }
    at = end + 1;
  }
  return { height, glyphs };
}

/** Header of four bytes; glyphs are 8 pixels wide; the characters are 16-bit words, ended by 0xFFFF. */
function readPsf1(path, bytes) {
  const mode = bytes.readUInt8(2);
  const height = bytes.readUInt8(3);
  if ((mode & 2) === 0) throw new Error(`${path}: has no table of characters`);
  const count = (mode & 1) === 0 ? 256 : 512;
  const glyphs = [];
  let at = 4 + count * height;
  for (let i = 0; i < count; i++) {
    const rows = bytes.subarray(4 + i * height, 4 + (i + 1) * height);
    let sequence = false;
    for (; at + 1 < bytes.length && bytes.readUInt16LE(at) !== 0xffff; at += 2) {
      const code = bytes.readUInt16LE(at);
      if (code === 0xfffe) sequence = true;
      else if (!sequence && wantedOfSpleen(code)) glyphs.push({ code, width: 8, combining: false, rows });
    }
    at += 2;
  }
  return { height, glyphs };
}

/** GNU Unifont's own text form: `code:32 or 64 hexadecimal digits`, 8 or 16 pixels wide and 16 high. */
function readUnifont(path, combiningPath) {
  const combining = new Set();
  for (const line of readFileSync(combiningPath, "utf8").split("\n")) {
    const code = Number.parseInt(line, 16);
    if (!Number.isNaN(code)) combining.add(code);
  }
  const glyphs = [];
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const code = Number.parseInt(line.slice(0, colon), 16);
    const rows = Buffer.from(line.slice(colon + 1).trim(), "hex");
    if (code > 0xffff || (rows.length !== 16 && rows.length !== 32)) continue;
    glyphs.push({ code, width: rows.length / 2, combining: combining.has(code), rows });
  }
  return { height: 16, glyphs };
}

/**
 * "OHF1", u16 height, u16 zero, u32 glyphs; then, each padded to 4 bytes: u16 code[], u8 width[] (bit 7: combining),
 * u32 offset[] into the rest, which is rows of pixels padded to whole bytes. Little-endian, codes ascending.
 */
function pack({ height, glyphs }) {
  const byCode = new Map();
  for (const glyph of glyphs) if (glyph.code <= 0xffff && !byCode.has(glyph.code)) byCode.set(glyph.code, glyph);
  const sorted = [...byCode.values()].sort((a, b) => a.code - b.code);
  const padded = (size) => (size + 3) & ~3;
  const codesAt = 12;
  const widthsAt = codesAt + padded(sorted.length * 2);
  const offsetsAt = widthsAt + padded(sorted.length);
  const rowsAt = offsetsAt + sorted.length * 4;
  const out = Buffer.alloc(rowsAt + sorted.reduce((sum, glyph) => sum + glyph.rows.length, 0));
  out.write("OHF1", 0, "latin1");
  out.writeUInt16LE(height, 4);
  out.writeUInt32LE(sorted.length, 8);
  let offset = 0;
  for (const [i, glyph] of sorted.entries()) {
    out.writeUInt16LE(glyph.code, codesAt + i * 2);
    out.writeUInt8(glyph.width | (glyph.combining ? 0x80 : 0), widthsAt + i);
    out.writeUInt32LE(offset, offsetsAt + i * 4);
    out.set(glyph.rows, rowsAt + offset);
    offset += glyph.rows.length;
  }
  return out;
}

const licence = `The *.bin files of this folder are made at build time out of fonts of other people:

unifont.bin       GNU Unifont glyphs, from Debian's package unifont: GPL-2+ with the GNU font embedding exception,
                  also SIL OFL 1.1; authors and terms: /usr/share/doc/unifont/copyright.
spleen-*.bin      Spleen by Frederic Cambus, from Debian's package fonts-spleen: BSD-2-Clause; terms:

`;

/** Writes all fonts; the folder appears whole or not at all. */
export function packFonts(folder) {
  need(join(unifontFolder, "unifont.hex"), "unifont");
  for (const size of spleenSizes) need(join(spleenFolder, `spleen-${size}.psfu.gz`), "fonts-spleen");
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  writeFileSync(
    join(fresh, "unifont.bin"),
    pack(readUnifont(join(unifontFolder, "unifont.hex"), join(unifontFolder, "plane00-combining.txt"))),
  );
  for (const size of spleenSizes) {
    const { height, glyphs } = readPsf(join(spleenFolder, `spleen-${size}.psfu.gz`));
    // The small sizes have empty places for letters that were never drawn: those come from the next font.
    const inked = glyphs.filter((glyph) => glyph.code === 0x20 || glyph.rows.some((byte) => byte !== 0));
    const own = size === "5x8" ? drawn(drawnSmall) : [];
    writeFileSync(join(fresh, `spleen-${size}.bin`), pack({ height, glyphs: [...own, ...inked] }));
  }
  const terms = "/usr/share/doc/fonts-spleen/copyright";
  writeFileSync(join(fresh, "LICENCES.txt"), licence + (existsSync(terms) ? readFileSync(terms, "utf8") : ""));
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Somebody else packed at the same moment: theirs is the same.
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(join(folder, "unifont.bin"))) throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2] ?? join(dirname(fileURLToPath(import.meta.url)), "../../dist/fonts");
  try {
    mkdirSync(dirname(folder), { recursive: true });
    packFonts(folder);
  } catch (error) {
    process.stderr.write(`fonts: ${error.message}\n`);
    process.exitCode = 1;
  }
}
