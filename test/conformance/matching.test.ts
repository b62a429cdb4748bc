import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms, eventually } from "../interop/kit/process.ts";
import { tagOf, value } from "../interop/kit/raw-sip.ts";
import { RawParty } from "./raw-party.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** RFC 3261 §17.2.3: which requests belong to one transaction. */
describe("conformance: requests whose branch lacks the cookie", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  let party: RawParty;
  beforeAll(async () => {
    phone = await PhoneProcess.start({ address: "127.52.6.1", panelPort: 7826, config: openToAll });
    party = await RawParty.open("127.52.6.2", "127.52.6.1");
    party.cookie = "";
  });
  afterAll(async () => {
    party.close();
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
  });

  it("RFC 3261 §17.2.3: a copy of such an INVITE gets the same response, and its ACK ends the repetition of the refusal", async () => {
    const begun = await party.invite();
    const ringing = await party.response(begun, 180);
    await party.again();
    await eventually("180 again", () => party.count(begun, 180) >= 2 || undefined, 2000);
    await phone.keys("cancel");
    const refusal = await party.response(begun, 300);
    expect(tagOf(value(refusal, "To"))).toBe(tagOf(value(ringing, "To")));
    await eventually("the refusal again", () => party.count(begun, refusal.status) >= 2 || undefined, 2000);
    await party.acknowledge({ ...begun, theirTag: tagOf(value(refusal, "To")) }, refusal.status);
    await pause(200);
    const then = party.count(begun, refusal.status);
    await pause(1500);
    expect(party.count(begun, refusal.status)).toBe(then);
    await phone.screen("idle");
  });

  it("RFC 3261 §17.2.3: another such INVITE with the same branch and another Call-ID is a call of its own", async () => {
    const one = await party.invite();
    await party.response(one, 180);
    const other = await party.invite({ Via: `SIP/2.0/UDP 127.52.6.2:5060;branch=${one.branch};rport` });
    await party.response(other, 180);
    await phone.endCalls();
    for (const begun of [one, other]) {
      const { status, headers } = await party.response(begun, 300);
      const theirTag = tagOf(headers.get("to")?.[0] ?? "");
      await party.acknowledge({ ...begun, branch: one.branch, theirTag }, status);
    }
    await pause(200);
    const then = [one, other].map((begun) => party.count(begun, 486));
    await pause(1200);
    expect([one, other].map((begun) => party.count(begun, 486))).toEqual(then);
  });
});
