/** What each kind of value accepts, moves and refuses (feature row XCT-04). */
import { describe, expect, test } from "vitest";
import type { Kind } from "../../../src/config/parameter.ts";
import { checkValue, isAddress, kindInWords } from "../../../src/config/value.ts";

const number = (least: number, most: number, decimals = false, also: number[] = []): Kind => ({
  type: "number",
  least,
  most,
  decimals,
  also,
});
const text: Kind = { type: "text", most: 5 };

describe("values", () => {
  test.each<[Kind, string]>([
    [{ type: "flag" }, "0"],
    [{ type: "flag" }, "1"],
    [number(1, 14), "14"],
    [number(-48, 0), "-3"],
    [number(0.5, 10, true), "0.75"],
    [number(60, 100, false, [0]), "0"],
    [{ type: "port" }, "65535"],
    [{ type: "steps", steps: [0, 3, 5] }, "3"],
    [{ type: "choice", choices: { UDP: "", 1: "x" } }, "UDP"],
    [{ type: "ip" }, "192.0.2.1"],
    [{ type: "ip" }, "2001:db8::1"],
    [{ type: "host" }, "pbx.example.com"],
    [{ type: "host" }, "2001:db8::1"],
    [{ type: "host" }, "[2001:db8::1]"],
    [{ type: "url", most: 100 }, "https://u:p@example.com/$MAC?x=1"],
    [{ type: "code", most: 10 }, "*97#"],
    [{ type: "list", separator: ",", most: 20 }, "112, 911"],
    [{ type: "pattern", pattern: /^[0-6]+$/, right: "days" }, "0123456"],
    [text, "äöü北京"],
    [{ type: "password", most: 10 }, "a b=c;#"],
  ])("XCT-04: %j takes %j as it is", (kind, value) => {
    expect(checkValue(kind, value)).toEqual({ ok: true, value });
  });

  test.each<[Kind, string, string]>([
    [number(1, 14), "0", "1"],
    [number(1, 14), "99", "14"],
    [number(1, 14), "999999999999999", "14"],
    [number(60, 65535, false, [0]), "59", "60"],
    [number(60, 65535, false, [0]), "1", "0"],
    [number(0.5, 10, true), "0.1", "0.5"],
    [{ type: "port" }, "65536", "65535"],
    [{ type: "port" }, "-1", "0"],
    [{ type: "steps", steps: [0, 3, 5] }, "4", "3"],
    [{ type: "steps", steps: [0, 10, 20] }, "1000", "20"],
  ])("XCT-04: %j moves %j to the nearest and says so", (kind, value, nearest) => {
    expect(checkValue(kind, value)).toEqual({
      ok: true,
      value: nearest,
      why: expect.stringContaining(`${nearest} is used`),
    });
  });

  test.each<[Kind, string]>([
    [{ type: "flag" }, "maybe"],
    [{ type: "flag" }, "2"],
    [{ type: "flag" }, "01"],
    [number(1, 14), "four"],
    [number(1, 14), "4.5"],
    [number(1, 14), "0x4"],
    [number(1, 14), "1e1"],
    [number(1, 14), "9".repeat(400)],
    [{ type: "steps", steps: [0, 3] }, "x"],
    [{ type: "choice", choices: { 0: "", 2: "" } }, "1"],
    [{ type: "choice", choices: { 0: "" } }, "toString"],
    [{ type: "ip" }, "192.0.2"],
    [{ type: "ip" }, "192.0.2.256"],
    [{ type: "ip" }, "host.example"],
    [{ type: "host" }, "sip:pbx.example"],
    [{ type: "host" }, "pbx.example:5060"],
    [{ type: "host" }, "pbx example"],
    [{ type: "url", most: 100 }, "http://a b"],
    [{ type: "url", most: 10 }, "http://example.com"],
    [{ type: "code", most: 10 }, "9 7"],
    [{ type: "pattern", pattern: /^[0-6]+$/, right: "days" }, "7"],
    [text, "123456"],
    [text, "a\0b"],
    [text, "a\nb"],
    [text, "a\u2028b"],
    [{ type: "password", most: 99 }, "a\u001bb"],
  ])("XCT-04: %j refuses %j and says what would be right", (kind, value) => {
    const checked = checkValue(kind, value);
    expect(checked.ok).toBe(false);
    expect(checked.why).toMatch(/wants|at most|control/);
  });

  test("RFC 4291 2.2: addresses are told from other text", () => {
    for (const good of [
      "::",
      "::1",
      "1::",
      "fe80::1:2",
      "1:2:3:4:5:6:7:8",
      "::ffff:192.0.2.1",
      "1:2:3:4:5:6:192.0.2.1",
    ])
      expect(isAddress(good), good).toBe(true);
    for (const bad of [
      "",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "12345::",
      "::g",
      "192.0.2.1:5060",
      "1.2.3.4::",
      "01.2.3.4",
    ])
      expect(isAddress(bad), bad).toBe(false);
  });

  test("every kind can be said in words", () => {
    expect(kindInWords(number(60, 100, false, [0]))).toBe("0 or 60 to 100");
    expect(kindInWords({ type: "choice", choices: { 0: "off", 1: "on" } })).toBe("0 off, 1 on");
    expect(kindInWords({ type: "list", separator: " ", most: 9 })).toContain("spaces");
  });
});
