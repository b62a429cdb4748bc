import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { tagOf, value } from "../interop/kit/raw-sip.ts";
import { type PartyDialog, RawParty, replacesOf } from "./raw-party.ts";

const phoneAddress = "127.52.3.1";

/** RFC 3891 §3: the phone talks or rings with one, and another wants that call. */
describe("conformance: calls that are taken over", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  let one: RawParty;
  let other: RawParty;
  let row = 0;

  beforeAll(async () => {
    phone = await PhoneProcess.start({ address: phoneAddress, panelPort: 7824, config: openToAll });
  });
  afterAll(async () => expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0));
  beforeEach(async () => {
    row += 1;
    one = await RawParty.open(`127.52.3.${10 * row}`, phoneAddress);
    other = await RawParty.open(`127.52.3.${10 * row + 1}`, phoneAddress);
  });
  afterEach(async () => {
    await phone.endCalls();
    one.close();
    other.close();
  });

  async function ringing(): Promise<PartyDialog> {
    const begun = await one.invite();
    const heard = await one.response(begun, 180);
    expect(heard.status).toBe(180);
    await phone.screen("incoming");
    return { ...begun, theirTag: tagOf(value(heard, "To")) };
  }

  async function talking(): Promise<PartyDialog> {
    const dialog = await ringing();
    await phone.keys("ok");
    expect((await one.response(dialog, 200)).status).toBe(200);
    await one.acknowledge(dialog, 200);
    await phone.screen("talking");
    return dialog;
  }

  /** The phone has called `one`, who rings. */
  async function ringsThere(): Promise<PartyDialog> {
    await phone.dial(one.uri);
    const invite = await one.asked("INVITE");
    await one.answer(invite, 180, "one");
    await phone.screen("ringback");
    return { callId: value(invite, "Call-ID"), ourTag: "one", theirTag: tagOf(value(invite, "From")), branch: "" };
  }

  /** `other` talks with the phone. */
  async function expectTaken(dialog: PartyDialog): Promise<void> {
    await phone.screen("talking");
    expect(await other.ask("OPTIONS", dialog, 2)).toBe(200);
    expect(await other.ask("BYE", dialog, 3)).toBe(200);
    await phone.screen("idle");
  }

  it("RFC 3891 §3: an INVITE that replaces a confirmed dialog is accepted without ringing, and the old call gets BYE", async () => {
    const old = await talking();
    const taken = await other.finalOf({ Replaces: replacesOf(old), Require: "replaces" });
    expect(taken.status).toBe(200);
    const bye = await one.asked("BYE", old.callId);
    await one.answer(bye, 200);
    await expectTaken(taken.dialog);
  });

  it("RFC 3891 §3: early-only does not replace a confirmed dialog: 486, and the call goes on", async () => {
    const old = await talking();
    expect((await other.finalOf({ Replaces: replacesOf(old, ";early-only") })).status).toBe(486);
    expect(one.heardOf("BYE")).toBe(0);
    expect(await one.ask("OPTIONS", old, 2)).toBe(200);
    expect(await one.ask("BYE", old, 3)).toBe(200);
  });

  it("RFC 3891 §3: an early dialog that the phone did not begin is not replaced: 481, and it goes on ringing", async () => {
    const old = await ringing();
    expect((await other.finalOf({ Replaces: replacesOf(old) })).status).toBe(481);
    expect((await phone.state()).screen.id).toBe("incoming");
  });

  for (const more of ["", ";early-only"])
    it(`RFC 3891 §3: an early dialog that the phone began is replaced, and its INVITE cancelled${more === "" ? "" : ", with early-only too"}`, async () => {
      const old = await ringsThere();
      const taken = await other.finalOf({ Replaces: replacesOf(old, more) });
      expect(taken.status).toBe(200);
      const cancel = await one.asked("CANCEL", old.callId);
      await one.answer(cancel, 200);
      await one.answer(await one.asked("INVITE"), 487, "one");
      await one.asked("ACK", old.callId);
      await expectTaken(taken.dialog);
    });

  it("RFC 3891 §3: a dialog that is being ended is not replaced: 603", async () => {
    const old = await talking();
    await phone.keys("cancel");
    const bye = await one.asked("BYE", old.callId);
    expect((await other.finalOf({ Replaces: replacesOf(old) })).status).toBe(603);
    await one.answer(bye, 200);
  });

  it("RFC 3891 §3: the right Call-ID with a wrong tag names no dialog: 481, and the call goes on", async () => {
    const old = await talking();
    for (const wrong of [
      { ...old, theirTag: "wrong" },
      { ...old, ourTag: "wrong" },
      { ...old, callId: "wrong" },
      { ...old, ourTag: old.theirTag, theirTag: old.ourTag },
    ])
      expect((await other.finalOf({ Replaces: replacesOf(wrong) })).status).toBe(481);
    expect(await one.ask("BYE", old, 2)).toBe(200);
  });

  it("RFC 3891 §3: an INVITE that cannot be answered replaces nothing: 415, and the call goes on", async () => {
    const old = await talking();
    const refused = await other.finalOf({ Replaces: replacesOf(old), "Content-Type": "application/nothing-known" });
    expect(refused.status).toBe(415);
    expect(one.heardOf("BYE")).toBe(0);
    expect(await one.ask("BYE", old, 2)).toBe(200);
  });

  it("RFC 3911 §4: Join is refused with 488, and both Join and Replaces with 400; the call goes on", async () => {
    const old = await talking();
    expect((await other.finalOf({ Join: replacesOf(old) })).status).toBe(488);
    expect((await other.finalOf({ Join: replacesOf(old), Replaces: replacesOf(old) })).status).toBe(400);
    expect(await one.ask("BYE", old, 2)).toBe(200);
  });
});
