/** Text on the LCD: coverage of the packed fonts, cutting, marks, writing from right to left. */
import { describe, expect, it } from "vitest";
import { Canvas } from "../../../src/ui/canvas.ts";
import { FontFile } from "../../../src/ui/font-file.ts";
import { MonoSurface } from "../../../src/ui/surface.ts";
import { drawLine, layLine, visualOrder, wrap } from "../../../src/ui/text.ts";
import { testFonts } from "./kit.ts";

const fonts = testFonts();
const text = (codes: readonly number[]): string => String.fromCodePoint(...codes);

describe("UIX-19: characters of the fonts", () => {
  it.each([
    ["Latin", "Az\u00e9\u0142\u0151\u1ea1"],
    ["Greek", "\u0391\u03c9\u03ac"],
    ["Cyrillic", "\u0416\u0451\u0491"],
    ["Chinese", "\u738b\u5f35\u9f98"],
    ["Japanese", "\u3042\u30ab"],
    ["Korean", "\ud55c\uae00"],
    ["Hebrew", "\u05d0\u05ea"],
    ["Arabic", "\u0628\u064a\u062a"],
    ["Thai", "\u0e01\u0e33"],
  ])("%s has a picture of its own in every face", (_script, sample) => {
    for (const face of [fonts.smooth(20), fonts.smooth(36, "bold"), fonts.crisp(8), fonts.crisp(12), fonts.crisp(24)]) {
      const box = face.glyph(0xe000 + 0x18ff).mask.shades;
      for (const character of sample) {
        const glyph = face.glyph(character.codePointAt(0) ?? 0);
        expect(
          glyph.mask.shades.some((shade) => shade > 127),
          character,
        ).toBe(true);
        expect(glyph.mask.shades).not.toEqual(box);
      }
    }
  });

  it("what no font has is a box: surrogate pairs among them", () => {
    const face = fonts.crisp(12);
    expect(layLine(face, "\u{1f600}").codes).toEqual([0x1f600]);
    const { mask } = face.glyph(0x1f600);
    const row = (y: number): number[] => [...mask.shades.subarray(y * mask.width, (y + 1) * mask.width)];
    expect(row(0).every((shade) => shade === 255)).toBe(true);
    expect(row(2).map((shade) => shade > 0)).toEqual(row(2).map((_, x) => x === 0 || x === mask.width - 1));
  });

  it("a lone half of a surrogate pair and controls do no harm", () => {
    for (const bad of ["\ud83d", "\ude00x", "a\u0000b\u0007c", "\u202eabc\u202c", "\ufeff", ""])
      expect(() => layLine(fonts.smooth(20), bad, 50)).not.toThrow();
    expect(text(visualOrder("a\tb\u0007c\u202e"))).toBe("a bc");
  });

  it("digits are all as wide as each other", () => {
    for (const face of [fonts.smooth(17), fonts.smooth(20, "bold"), fonts.crisp(12), fonts.crisp(24)])
      expect(new Set([..."0123456789"].map((digit) => face.glyph(digit.charCodeAt(0)).advance)).size).toBe(1);
  });

  it("a damaged font file is refused by name", () => {
    expect(() => new FontFile(new Uint8Array(4), "unifont.bin")).toThrow("unifont.bin: not a packed font");
    const short = Uint8Array.from([0x4f, 0x48, 0x46, 0x31, 16, 0, 0, 0, 255, 255, 0, 0]);
    expect(() => new FontFile(short, "unifont.bin")).toThrow("unifont.bin: cut short");
  });
});

describe("cutting", () => {
  const name = "Bartholomew Featherstonehaugh";
  it("never is wider than the room, and says that something is missing", () => {
    for (const face of [fonts.smooth(20), fonts.crisp(8), fonts.crisp(16)])
      for (let most = 0; most < 300; most += 7) {
        const line = layLine(face, name, most);
        if (text(line.codes) === name) continue;
        expect(text(line.codes).endsWith(face.ellipsis)).toBe(true);
        if (line.codes.length > face.ellipsis.length) expect(line.width).toBeLessThanOrEqual(most);
      }
  });

  it("does nothing where the text fits exactly", () => {
    const face = fonts.smooth(20);
    const { width } = layLine(face, name);
    expect(text(layLine(face, name, width).codes)).toBe(name);
    expect(text(layLine(face, name, width - 1).codes)).not.toBe(name);
  });

  it("draws nothing outside its width", () => {
    const surface = new MonoSurface(120, 20);
    const canvas = new Canvas(surface);
    canvas.text(fonts.crisp(12), name, { x: 10, y: 0, width: 60, height: 20 }, 1);
    for (let y = 0; y < 20; y++)
      for (const x of [...Array(10).keys(), ...Array.from({ length: 50 }, (_, i) => 70 + i)])
        expect((surface.pixels[y * 15 + (x >> 3)] ?? 0) & (0x80 >> (x & 7))).toBe(0);
  });

  it("wraps at spaces, and inside a word that is too long for a line", () => {
    const face = fonts.crisp(12);
    const lines = wrap(face, "Call to sip:averyveryverylongname@example.com failed", 90, 9);
    for (const line of lines) expect(layLine(face, line).width).toBeLessThanOrEqual(90);
    expect(lines.join("").replaceAll(" ", "")).toBe("Calltosip:averyveryverylongname@example.comfailed");
    expect(wrap(face, "one two three four five six", 60, 2)).toHaveLength(2);
  });
});

describe("visual order", () => {
  it("leaves left-to-right text alone, composed", () => {
    expect(text(visualOrder("Zoe\u0308 +49 (30) 1"))).toBe("Zo\u00eb +49 (30) 1");
  });

  it("turns Hebrew round, keeps numbers and Latin inside it, mirrors brackets", () => {
    expect(text(visualOrder("\u05d0\u05d1\u05d2"))).toBe("\u05d2\u05d1\u05d0");
    expect(text(visualOrder("\u05d0\u05d1 102"))).toBe("102 \u05d1\u05d0");
    expect(text(visualOrder("\u05d0\u05d1 Bob \u05d2"))).toBe("\u05d2 Bob \u05d1\u05d0");
    expect(text(visualOrder("Bob \u05d0\u05d1 102"))).toBe("Bob 102 \u05d1\u05d0");
    expect(text(visualOrder("\u05d0 (\u05d1)"))).toBe("(\u05d1) \u05d0");
  });

  it("joins Arabic letters", () => {
    // beh, yeh, teh: initial, medial, final, from right to left.
    expect(visualOrder("\u0628\u064a\u062a")).toEqual([0xfe96, 0xfef4, 0xfe91]);
    // dal joins only what is before it.
    expect(visualOrder("\u062f\u0628")).toEqual([0xfe8f, 0xfea9]);
    // lam-alef is one character, final after beh.
    expect(visualOrder("\u0628\u0644\u0627")).toEqual([0xfefc, 0xfe91]);
  });

  it("keeps marks on their letters", () => {
    expect(visualOrder("x\u0323y")).toEqual([0x78, 0x323, 0x79]);
    const face = fonts.crisp(12);
    expect(layLine(face, "x\u0323y").width).toBe(layLine(face, "xy").width);
    const surface = new MonoSurface(40, 20);
    expect(() => drawLine(surface, face, layLine(face, "\u0323x"), 0, 0, 1)).not.toThrow();
  });
});
