/** The model profiles against the table of the feature map §0.3, restated here by hand. */
import { describe, expect, test } from "vitest";
import { modelById, models } from "../../../board/models/index.ts";

const upTo10 = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const upTo14 = [...upTo10, 11, 12, 13, 14];

/** id, name, common file, firmware, accounts, line keys, programable keys, expansion, width, height, format. */
const table = [
  ["t48g", "SIP-T48G", "y000000000035.cfg", 35, 16, 29, [...upTo10, 12, 13, 14], "EXP40", 800, 480, "rgb565"],
  ["t46g", "SIP-T46G", "y000000000028.cfg", 28, 16, 27, [...upTo10, 12, 13, 14], "EXP40", 480, 272, "rgb565"],
  ["t42g", "SIP-T42G", "y000000000029.cfg", 29, 12, 15, [...upTo10, 13], undefined, 192, 64, "mono"],
  ["t41p", "SIP-T41P", "y000000000036.cfg", 36, 6, 15, [...upTo10, 13], undefined, 192, 64, "mono"],
  ["t40p", "SIP-T40P", "y000000000054.cfg", 54, 3, 3, [...upTo10, 13], undefined, 132, 64, "mono"],
  ["t29g", "SIP-T29G", "y000000000046.cfg", 46, 16, 27, upTo14, "EXP20", 480, 272, "rgb565"],
  ["t27p", "SIP-T27P", "y000000000045.cfg", 45, 6, 21, upTo14, "EXP20", 240, 120, "mono"],
  ["t23p", "SIP-T23P", "y000000000044.cfg", 44, 3, 3, [...upTo10, 14], undefined, 132, 64, "mono"],
  ["t23g", "SIP-T23G", "y000000000044.cfg", 44, 3, 3, [...upTo10, 14], undefined, 132, 64, "mono"],
  ["t21p_e2", "SIP-T21P_E2", "y000000000052.cfg", 52, 2, 2, [...upTo10, 14], undefined, 132, 64, "mono"],
  [
    "t19p_e2",
    "SIP-T19P_E2",
    "y000000000053.cfg",
    53,
    1,
    0,
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14],
    undefined,
    132,
    64,
    "mono",
  ],
  ["cp860", "CP860", "y000000000037.cfg", 37, 1, 0, [1, 2, 3, 4, 5, 6, 9, 13], undefined, 192, 64, "mono"],
] as const;

describe("model profiles", () => {
  test.each(table.map((row) => [row[0], row] as const))("feature map 0.3: %s is what the table says", (_, row) => {
    const [id, name, file, firmware, accounts, lineKeys, programable, module, width, height, format] = row;
    const model = modelById(id);
    expect(model).toMatchObject({ id, name, commonFile: file, firmwarePrefix: firmware, accounts, lineKeys });
    expect(model.programableKeys).toEqual(programable);
    expect(model.lcd).toEqual({ width, height, format });
    expect(model.expansion).toEqual(module === undefined ? undefined : { module, most: 6, keys: 40 });
  });

  test("feature map 0.3: no profile is missing from the table, and none is listed twice", () => {
    expect(models.map((model) => model.id).sort()).toEqual(table.map(([id]) => id).sort());
  });

  test("an unknown model is refused with the list of the known ones", () => {
    expect(() => modelById("t99")).toThrow(/no model is called "t99"; known are t19p_e2, .*cp860/);
  });

  test.each(models.map((model) => [model.id, model] as const))("%s: its numbers fit each other", (_, model) => {
    expect(model.lineKeysPerPage).toBeLessThanOrEqual(model.lineKeys);
    expect(model.lineKeys === 0).toBe(model.lineKeysPerPage === 0);
    expect(new Set(model.keys).size).toBe(model.keys.length);
    expect(model.keys).toContain("mute");
    expect(model.headset).toBe(model.keys.includes("headset"));
  });

  test("CP8-01 CP8-02: the conference phone has no handset and mixes four others", () => {
    expect(modelById("cp860")).toMatchObject({ handset: false, headset: false, conferenceParties: 4 });
    expect(modelById("t46g")).toMatchObject({ handset: true, headset: true, conferenceParties: 2 });
  });
});
