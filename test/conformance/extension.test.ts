import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { needs } from "../lab/needs.ts";
import { play } from "./play.ts";
import { titleOf } from "./table.ts";
import { extensionRows } from "./table-extension.ts";

describe.runIf(needs("sipp"))("conformance: extensions", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  beforeAll(async () => {
    phone = await PhoneProcess.start({
      address: "127.47.5.1",
      panelPort: 7475,
      config: { ...openToAll, "account.1.100rel_enable": 1, "account.1.session_timer.enable": 1 },
    });
  });
  afterAll(async () => expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0));

  extensionRows.forEach((row, at) => {
    it(titleOf(row), () => play(phone, row, `127.47.5.${at + 10}`), row.long === true ? 100_000 : 30_000);
  });
});
