import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { needs } from "../lab/needs.ts";
import { play } from "./play.ts";
import { titleOf } from "./table.ts";
import { lateOfferRows } from "./table-late-offer.ts";

describe.runIf(needs("sipp"))("conformance: calls without an offer", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  beforeAll(async () => {
    phone = await PhoneProcess.start({
      address: "127.47.10.1",
      panelPort: 7483,
      config: { ...openToAll, "sip.sdp_early_answer_or_offer": 2 },
    });
  });
  afterAll(async () => expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0));

  lateOfferRows.forEach((row, at) => {
    it(titleOf(row), () => play(phone, row, `127.47.10.${at + 10}`), row.long === true ? 100_000 : 30_000);
  });
});
