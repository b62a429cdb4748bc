/** The file syntax (feature row PRV-01), line by line and against anything that bytes can be. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileLimits, isName, parseFile, serializeEntries, versionLine } from "../../../src/config/file.ts";

const parse = (text: string | Uint8Array) => parseFile("phone.cfg", text);
const pairs = (text: string | Uint8Array) => parse(text).entries.map(({ name, value }) => [name, value]);
const bytes = (...parts: (string | number)[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...new TextEncoder().encode(part)])));

describe("configuration files", () => {
  test("PRV-01: names and values stand on both sides of the first equals sign", () => {
    expect(pairs(`${versionLine}\na.b = 1\nc=2\n  d   =   3  \ne = x = y = z\n`)).toEqual([
      ["a.b", "1"],
      ["c", "2"],
      ["d", "3"],
      ["e", "x = y = z"],
    ]);
  });

  test("PRV-01: values keep inner spaces and number signs, and lose outer spaces", () => {
    expect(pairs(`${versionLine}\nlabel =  The  front desk #2 \t\n`)).toEqual([["label", "The  front desk #2"]]);
  });

  test("PRV-01: comments and empty lines say nothing", () => {
    const parsed = parse(`${versionLine}\n\n# a = 1\n   # b = 2\n   \n\t\n`);
    expect(parsed).toEqual({ entries: [], problems: [] });
  });

  test("PRV-01: blank values and %NULL% are handed on, not interpreted", () => {
    expect(pairs(`${versionLine}\na =\nb = %NULL%\n`)).toEqual([
      ["a", ""],
      ["b", "%NULL%"],
    ]);
  });

  test.each([
    ["LF", "\n"],
    ["CRLF", "\r\n"],
    ["CR", "\r"],
  ])("PRV-01: lines may end with %s", (_, end) => {
    const parsed = parse([versionLine, "a = 1", "b = 2", ""].join(end));
    expect(parsed.problems).toEqual([]);
    expect(parsed.entries).toEqual([
      { name: "a", value: "1", file: "phone.cfg", line: 2 },
      { name: "b", value: "2", file: "phone.cfg", line: 3 },
    ]);
  });

  test("PRV-01: a byte order mark is no part of the first line", () => {
    expect(parse(bytes(0xef, 0xbb, 0xbf, `${versionLine}\na = 1\n`)).problems).toEqual([]);
  });

  test("PRV-01: the last line needs no end", () => {
    expect(pairs(`${versionLine}\na = 1`)).toEqual([["a", "1"]]);
  });

  test.each(["#!version:1.0.0.2", "a = 1", "", "# version 1"])(
    "PRV-01: another first line (%j) is noted, and the file is read all the same",
    (first) => {
      const parsed = parse(`${first}\nb = 2\n`);
      expect(parsed.entries.at(-1)).toMatchObject({ name: "b", value: "2" });
      expect(parsed.problems).toEqual([
        { level: "note", file: "phone.cfg", line: 1, name: "", value: "", why: expect.stringContaining(versionLine) },
      ]);
    },
  );

  test("PRV-01: a line without an equals sign is reported by file, line and text", () => {
    expect(parse(`${versionLine}\na = 1\nthis is no setting\nb = 2\n`)).toMatchObject({
      entries: [{ name: "a" }, { name: "b" }],
      problems: [{ level: "error", file: "phone.cfg", line: 3, value: "this is no setting" }],
    });
  });

  test.each(["two words = 1", "= 1", "a$b = 1", "ä = 1", `${"n".repeat(256)} = 1`])(
    "PRV-01: %j has no name and is reported",
    (line) => {
      const parsed = parse(`${versionLine}\n${line}\n`);
      expect(parsed.entries).toEqual([]);
      expect(parsed.problems).toMatchObject([{ level: "error", line: 2 }]);
    },
  );

  test("PRV-01: UTF-8 is read as such; a line that is none is read as Latin-1, alone, with a warning", () => {
    const parsed = parse(bytes(`${versionLine}\na = Käthe\nb = J`, 0xf6, `rg\nc = 北京\n`));
    expect(parsed.entries.map(({ value }) => value)).toEqual(["Käthe", "Jörg", "北京"]);
    expect(parsed.problems).toMatchObject([{ level: "warning", line: 3, why: expect.stringContaining("Latin-1") }]);
  });

  test("PRV-01: a binary file is refused as a whole, with one sentence", () => {
    const parsed = parse(bytes(`${versionLine}\na = 1\n`, 0, 1, 2));
    expect(parsed.entries).toEqual([]);
    expect(parsed.problems).toMatchObject([
      { level: "error", file: "phone.cfg", why: expect.stringContaining("not text") },
    ]);
  });

  test("PRV-01: a file that is too large is refused as a whole, and says the limit", () => {
    const parsed = parse(new Uint8Array(fileLimits.sizeBytes + 1).fill(0x0a));
    expect(parsed.entries).toEqual([]);
    expect(parsed.problems).toMatchObject([{ why: expect.stringContaining(String(fileLimits.sizeBytes)) }]);
  });

  test("PRV-01: lines beyond the limit are left out with one report", () => {
    const parsed = parse(`${versionLine}\n${"a=1\n".repeat(fileLimits.lines + 5)}`);
    expect(parsed.entries).toHaveLength(fileLimits.lines - 1);
    expect(parsed.problems).toMatchObject([{ level: "error", line: fileLimits.lines + 1 }]);
  });

  test("PRV-01: a line that is too long is left out, its report is short", () => {
    const parsed = parse(`${versionLine}\na = ${"x".repeat(fileLimits.lineCharacters)}\nb = 1\n`);
    expect(parsed.entries).toMatchObject([{ name: "b" }]);
    expect(parsed.problems[0]?.value.length).toBeLessThan(200);
  });

  test("PRV-01: a file full of wrong lines is told of in a bounded number of reports", () => {
    const parsed = parse(`${versionLine}\n${"rubbish\n".repeat(5000)}`);
    expect(parsed.problems).toHaveLength(fileLimits.problems + 1);
    expect(parsed.problems.at(-1)?.why).toContain(`${5000 - fileLimits.problems} more`);
  });

  test("PRV-01: any bytes are read without an exception, and what is read is well formed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (content) => {
        const { entries, problems } = parse(content);
        for (const { name, value, line } of entries) {
          expect(isName(name)).toBe(true);
          expect(value).toBe(value.trim());
          expect(line).toBeGreaterThan(0);
        }
        for (const problem of problems) expect(problem.why).not.toBe("");
      }),
      { numRuns: 500 },
    );
  });

  test("PRV-01: what is written is read back the same", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}$/);
    const value = fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => text.replaceAll(/[\r\n\0]/g, "").trim());
    fc.assert(
      fc.property(
        fc.array(fc.record({ name, value })),
        fc.array(fc.stringMatching(/^[a-z ]{0,20}$/)),
        (entries, comments) => {
          const parsed = parse(serializeEntries(entries, comments));
          expect(parsed.problems).toEqual([]);
          expect(parsed.entries.map((entry) => ({ name: entry.name, value: entry.value }))).toEqual(entries);
        },
      ),
      { numRuns: 300 },
    );
  });
});
