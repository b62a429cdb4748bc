/** The layer rule: every import of every source follows the table, and no source escapes it. */
import { describe, expect, test } from "vitest";
import { layerOf, layers } from "./layer-table.ts";
import { filesBelow, importsOf, textOf } from "./sources.ts";

const code = ["hal", "board", "src"].flatMap(filesBelow).filter(
  // What makes the card image runs where the project is built, not in the phone.
  (path) => /\.(?:ts|tsx|mts|js|mjs)$/.test(path) && !path.startsWith("board/image/"),
);

/** What is wrong with one file, in words. */
function trespasses(path: string, source: string): string[] {
  const layer = layerOf(path);
  if (layer === undefined) return [`${path} is in no layer`];
  const wrong: string[] = [];
  for (const { target, own } of importsOf(path, source)) {
    if (own) {
      const other = layerOf(target);
      if (other === undefined) wrong.push(`${path} imports ${target}, which is in no layer`);
      else if (other !== layer && !layer.uses.includes(other.name))
        wrong.push(`${path} (${layer.name}) imports ${target} (${other.name})`);
    } else if (target.startsWith("node:")) {
      if (layer.node !== "any" && !layer.node.includes(target.slice(5))) wrong.push(`${path} imports ${target}`);
    } else if (!layer.packages.includes(target)) wrong.push(`${path} imports the package ${target}`);
  }
  return wrong;
}

describe("design: layers", () => {
  test("the table names each layer once and only layers that exist", () => {
    const names = layers.map((layer) => layer.name);
    expect(new Set(names).size).toBe(names.length);
    expect(layers.flatMap((layer) => layer.uses).filter((name) => !names.includes(name))).toEqual([]);
  });

  test("the table has no way back up", () => {
    const below = (name: string, seen: ReadonlySet<string>): void => {
      expect(seen.has(name), `circle of layers: ${[...seen, name].join(" > ")}`).toBe(false);
      for (const next of layers.find((layer) => layer.name === name)?.uses ?? []) below(next, new Set([...seen, name]));
    };
    for (const layer of layers) below(layer.name, new Set());
  });

  test("every file is in a layer, and there are as many as a phone needs", () => {
    expect(code.filter((path) => layerOf(path) === undefined)).toEqual([]);
    expect(code.length).toBeGreaterThan(60);
    for (const layer of ["hal", "model", "sip", "media-protocol", "phone", "ui", "web", "page", "base"])
      expect(code.filter((path) => layerOf(path)?.name === layer).length, layer).toBeGreaterThan(0);
  });

  test("imports follow the arrows", () => {
    expect(code.flatMap((path) => trespasses(path, textOf(path)))).toEqual([]);
  });

  test("the imports are seen at all", () => {
    const seen = code.reduce((sum, path) => sum + importsOf(path, textOf(path)).length, 0);
    expect(seen).toBeGreaterThan(100);
  });

  test.each([
    ["src/sip/x.ts", 'import { a } from "../phone/state.ts";'],
    ["src/sip/x.ts", 'import type { A } from "../../hal/driver/sim/clock.ts";'],
    ["src/phone/x.ts", 'import { a } from "../media/engine.ts";'],
    ["src/phone/x.ts", 'import { a,\n  b } from "../../board/sim/board.ts";'],
    ["src/ui/x.ts", 'import "node:child_process";'],
    ["src/codec/x.ts", 'export { a } from "left-pad";'],
    ["src/media/engine.ts", 'const a = await import("../sip/uri.ts");'],
    ["src/web/page/panel/x.tsx", 'import { a } from "../../panel/server.ts";'],
    ["hal/x.ts", 'import { a } from "../src/base/event.ts";'],
    ["src/nowhere/x.ts", ""],
  ])("%s with %j is refused", (path, source) => {
    expect(trespasses(path, source)).toHaveLength(1);
  });
});
