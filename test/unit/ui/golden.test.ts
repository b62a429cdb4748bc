/** Pictures of every state compared pixel by pixel; `GOLDEN=update npx vitest run --config test/vitest.config.ts test/unit/ui/golden` writes them anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import pixelmatch from "pixelmatch";
import { PNG } from "pngjs";
import { describe, expect, it } from "vitest";
import { encodePng } from "../../../src/ui/png.ts";
import { models, rig } from "./kit.ts";
import { type Scene, scenes } from "./scenes.ts";

const golden = fileURLToPath(new URL("golden/", import.meta.url));
const out = fileURLToPath(new URL("../../out/golden/", import.meta.url));
const update = process.env["GOLDEN"] === "update";

const pictures: readonly (readonly [keyof typeof models, readonly string[] | "all"])[] = [
  ["t46g", "all"],
  ["t42g", "all"],
  ["t23g", "all"],
  ["t19p", ["idle", "idle-busy", "predial", "incoming", "talking", "talking-news", "talking-news-long"]],
  ["t48g", ["idle-busy", "incoming", "talking-two", "talking-news", "talking-news-long", "history"]],
  [
    "t27p",
    ["idle-busy", "predial", "incoming", "talking", "talking-two", "talking-news", "talking-news-long", "history"],
  ],
];

/** Compared as bytes: the matcher for typed arrays is slow. */
function bytesOf(pixels: Uint8Array | Uint16Array): Buffer {
  return Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

function take(model: keyof typeof models, scene: Scene): Uint8Array {
  const { ui, phone, press, clock, front } = rig(models[model], scene.view);
  phone.history = [...(scene.history ?? [])];
  press(...(scene.keys ?? []));
  clock.advance(scene.afterMs ?? 1);
  ui.refresh();
  clock.advance(1);
  expect(bytesOf(front.person.picture).equals(bytesOf(ui.pixels))).toBe(true);
  ui.close();
  return encodePng(models[model].lcd, ui.pixels);
}

describe.each(pictures)("UIX-01: pictures of %s", (model, names) => {
  it.each(names === "all" ? scenes : scenes.filter((scene) => names.includes(scene.name)))("$name", (scene) => {
    const png = take(model, scene);
    const name = `${model}-${scene.name}`;
    const path = `${golden}${name}.png`;
    if (update) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(path, png);
    }
    expect(existsSync(path), `${path} is missing: run with GOLDEN=update and look at it`).toBe(true);
    const want = PNG.sync.read(readFileSync(path));
    const seen = PNG.sync.read(Buffer.from(png));
    expect([seen.width, seen.height]).toEqual([want.width, want.height]);
    const same = want.data.equals(seen.data);
    if (!same) {
      const difference = new PNG({ width: want.width, height: want.height });
      pixelmatch(want.data, seen.data, difference.data, want.width, want.height, { threshold: 0 });
      mkdirSync(out, { recursive: true });
      writeFileSync(`${out}${name}.seen.png`, png);
      writeFileSync(`${out}${name}.difference.png`, PNG.sync.write(difference));
    }
    expect(same, `${name} looks different: see ${out}${name}.difference.png`).toBe(true);
  });
});
