/** Where accounts are counted from (complaint U-12). */
import { describe, expect, test } from "vitest";
import { accountOfLine, accountsOfLineIds } from "../../../src/config/line-index.ts";

describe("numbers of accounts", () => {
  test.each([
    ["1", 1],
    ["16", 16],
    ["0", undefined],
    ["", undefined],
    ["17", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["one", undefined],
  ])("UIX-06 U-12: a key's line %j is account %j", (value, account) => {
    expect(accountOfLine(value, 16)).toBe(account);
  });

  test.each([
    ["", [1, 2, 3, 4]],
    [" , ", [1, 2, 3, 4]],
    ["0", [1, 2, 3, 4]],
    ["2,0", [1, 2, 3, 4]],
    ["1", [1]],
    ["3, 1,3", [1, 3]],
    ["2-3", [2, 3]],
    ["3-9", [3, 4]],
    ["3-2", []],
    ["9", []],
    ["all", []],
  ])("CAL-04 U-12: line_id %j of a dial rule is accounts %j", (value, accounts) => {
    expect(accountsOfLineIds(value, 4)).toEqual(accounts);
  });
});
