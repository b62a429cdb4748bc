/** The documentation is made of the registry and lacks nothing of it. */
import { describe, expect, test } from "vitest";
import { aliases } from "../../../src/config/registry/alias.ts";
import { parameters } from "../../../src/config/registry.ts";
import { configurationTable } from "../../../src/config/table.ts";

const lines = configurationTable().split("\n");

describe("configuration table", () => {
  test("has a line for each parameter, with its values, effect, help and feature row", () => {
    for (const row of parameters) {
      const line = lines.find((text) => text.startsWith(`| \`${row.name}\``));
      expect(line, row.name).toBeDefined();
      for (const part of [row.effect, row.feature, row.help.replaceAll("|", "\\|")])
        expect(line, row.name).toContain(part);
    }
  });

  test("every line has as many cells as its heading, whatever stands in them", () => {
    let cells = 0;
    for (const line of lines) {
      if (!line.startsWith("|")) cells = 0;
      else {
        const count = line.replaceAll("\\|", "").split("|").length;
        if (cells === 0) cells = count;
        expect(count, line).toBe(cells);
      }
    }
  });

  test("names each older spelling beside the parameter that it means", () => {
    for (const [alias, name] of aliases) {
      const line = lines.find((text) => text.includes(`\`${alias}\``));
      expect(line, alias).toContain(name.split(".").at(-1));
    }
  });

  test("ACC-17: says where defaults are safer than the reference's, and why", () => {
    expect(lines.at(lines.indexOf("## Where the default is safer than the reference's") + 4)).toMatch(
      /sip_trust_ctrl.*\| 1 \| 0: /,
    );
  });
});
