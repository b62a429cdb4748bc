/**
 * Holds features.tsv and the titles of the tests together, so that the table cannot promise what no test shows; what of a
 * row is there is for people to judge.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { idsOf, parseFeatures, shown } from "../lab/features.ts";

const root = new URL("../", import.meta.url);
const rows = parseFeatures(readFileSync(new URL("features.tsv", root), "utf8"));
const titles = (readdirSync(root, { recursive: true }) as string[])
  .filter((file) => file.endsWith(".test.ts"))
  .flatMap((file) =>
    [...readFileSync(new URL(file, root), "utf8").matchAll(/["'`]((?:[A-Z0-9]{2,4}-\d{2,3}(?:, | and )?)+: )/g)].map(
      ([, head = ""]) => ({ file, head }),
    ),
  );

describe("rows of the reference guide", () => {
  it("all 355 are listed once", () => {
    expect(rows).toHaveLength(355);
    expect(new Set(rows.map((row) => row.id)).size).toBe(355);
  });

  it("every id that a test's title begins with is a row, or a rule that holds for many of them (XCT)", () => {
    const known = new Set(rows.map((row) => row.id));
    const unknown = titles.filter(({ head }) => idsOf(head).some((id) => !known.has(id) && !id.startsWith("XCT-")));
    expect(unknown).toEqual([]);
    expect(titles.length).toBeGreaterThan(100);
  });

  it("a row without a word of what is missing has a test, and one with a test is not listed as not yet", () => {
    const tested = new Set(titles.flatMap(({ head }) => idsOf(head)));
    expect(rows.filter((row) => row.state === "" && !tested.has(row.id)).map((row) => row.id)).toEqual([]);
    expect(rows.filter((row) => row.state === "not yet" && tested.has(row.id)).map((row) => row.id)).toEqual([]);
  });

  it("a failed test outweighs every word, and words outweigh passed tests", () => {
    const row = { id: "ACC-01", feature: "x", state: "" as const, note: "" };
    const passed = { title: "ACC-01: a", state: "passed" as const };
    const failed = { title: "ACC-01: b", state: "failed" as const };
    expect(shown(row, [passed])).toBe("works");
    expect(shown(row, [])).toBe("not shown");
    expect(shown(row, [passed, failed])).toBe("FAILS");
    expect(shown({ ...row, state: "partly", note: "n" }, [passed])).toBe("partly");
    expect(idsOf("AUD-01, AUD-03: pcma")).toEqual(["AUD-01", "AUD-03"]);
    expect(idsOf("RFC 3261 §9: x")).toEqual([]);
  });
});
