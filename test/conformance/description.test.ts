import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { needs } from "../lab/needs.ts";
import { play } from "./play.ts";
import { titleOf } from "./table.ts";
import { descriptionRows } from "./table-description.ts";

describe.runIf(needs("sipp"))("conformance: offers and answers", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  beforeAll(async () => {
    phone = await PhoneProcess.start({ address: "127.47.3.1", panelPort: 7473, config: openToAll });
  });
  afterAll(async () => expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0));

  descriptionRows.forEach((row, at) => {
    it(titleOf(row), () => play(phone, row, `127.47.3.${at + 10}`), row.long === true ? 100_000 : 30_000);
  });
});
