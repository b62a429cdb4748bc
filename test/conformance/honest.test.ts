/** Rows that are wrong on purpose: each kind of condition must be able to fail. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { needs } from "../lab/needs.ts";
import { play } from "./play.ts";
import { expand } from "./scenario.ts";
import type { Row } from "./table.ts";

const wrong: readonly { what: string; row: Omit<Row, "section" | "must"> }[] = [
  { what: "<must> of a header", row: refusing({ invite: '<must in="To:" be="nobody"/>' }) },
  { what: "<must> of a header that is not there", row: refusing({ invite: '<must in="Subject:" be="."/>' }) },
  { what: "<must-not>", row: refusing({ invite: '<must-not be="m=audio"/>' }) },
  { what: "<same> of two that differ", row: refusing({ ack: '<same a="from" b="to"/>' }) },
  { what: "<differ> of two that are the same", row: refusing({ ack: '<differ a="via" b="viaofack"/>' }) },
  // Over UDP, and unacknowledged by any response, the INVITE comes again while silence is expected.
  { what: "silence that is broken", row: { scenario: "no-repeat", phone: "client", counted: true } },
];

function refusing(words: Readonly<Record<string, string>>): Omit<Row, "section" | "must"> {
  return { scenario: "refuses", with: words, phone: "client" };
}

describe.runIf(needs("sipp"))("conformance: conditions can fail", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  beforeAll(async () => {
    phone = await PhoneProcess.start({ address: "127.47.7.1", panelPort: 7477, config: openToAll });
  });
  afterAll(async () => expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0));

  wrong.forEach(({ what, row }, at) => {
    it(`RFC 3261: ${what} fails the row`, () =>
      expect(play(phone, { section: "", must: "", ...row }, `127.47.7.${at + 10}`)).rejects.toThrow("exit status"));
  });

  it("a part or a parameter that is missing is named", () => {
    expect(() => expand("x", '<use part="nothing"/>', {})).toThrow('x: there is no part "nothing"');
    expect(() => expand("x", "{status}", {})).toThrow("x: nothing is given for {status}");
  });
});
