/** Flows 1 to 5 of the guide on the wire: a call, a busy one, one that nobody answers, hold, call waiting. */
import { describe, expect, it } from "vitest";
import { needs } from "../../lab/needs.ts";
import type { PhoneProcess } from "../kit/phone.ts";
import { baresipHears, echoHeard, nothingHeard, pause, phonesHear } from "./speech.ts";
import { content, guestNumbers, numbers, onStage, textOf } from "./stage.ts";
import { givenUp, hangUp, modify, refused, setUp } from "./steps.ts";
import { expectFlow } from "./trace.ts";

async function answered(a: PhoneProcess, b: PhoneProcess): Promise<void> {
  await b.screen("incoming");
  await b.hook(true);
  await Promise.all([a.screen("talking"), b.screen("talking")]);
}

describe.runIf(needs("kamailio", "sipp", "baresip"))("flows 1 to 5", () => {
  const stage = onStage({ area: 1, phones: { A: {}, B: { "call_waiting.enable": 0 }, C: {} } });

  it("CAL-01: flow 1: A calls B, B answers, B hangs up: two phones", async () => {
    const [a, b] = [stage.phone("A"), stage.phone("B")];
    await a.dial(numbers.B);
    await a.screen("ringback");
    await answered(a, b);
    await phonesHear(a, b, ["A", "B"]);
    await b.hook(false);
    await a.seen("the end", (s) => !s.screen.id.startsWith("talking"));
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + hangUp("B", "A") } });
  });

  it("CAL-01: flow 1: SIPp is B", async () => {
    const a = stage.phone("A");
    const b = stage.playSipp("B", "answers-and-ends");
    await a.dial(guestNumbers.B);
    await a.screen("talking");
    await echoHeard(a, "A");
    await a.seen("the end", (s) => !s.screen.id.startsWith("talking"));
    await content(b);
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + hangUp("B", "A") } });
  });

  it("CAL-01: flow 1: SIPp is A", async () => {
    const b = stage.phone("B");
    const a = stage.sippCalls("A", "calls-and-is-left", numbers.B);
    await b.screen("incoming");
    await b.hook(true);
    await b.screen("talking");
    await echoHeard(b, "B");
    await b.hook(false);
    await content(a);
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + hangUp("B", "A") } });
  });

  it("CAL-01: flow 1: baresip is B", async () => {
    const a = stage.phone("A");
    const b = await stage.startBaresip("B", true);
    await a.dial(guestNumbers.B);
    await a.screen("talking");
    await baresipHears(a, "A", b, "B");
    await b.command("hangup");
    await a.seen("the end", (s) => !s.screen.id.startsWith("talking"));
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + hangUp("B", "A") } });
    await b.stop();
  });

  it("CAL-01: flow 1: baresip is A", async () => {
    const b = stage.phone("B");
    const a = await stage.startBaresip("A", false);
    await a.command("dial", `sip:${numbers.B}@${stage.server}`);
    await b.screen("incoming");
    await b.hook(true);
    await b.screen("talking");
    await baresipHears(b, "B", a, "A");
    await b.hook(false);
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + hangUp("B", "A") } });
    await a.stop();
  });

  it("CAL-22: flow 2: A calls B, B is busy: two phones, B talks already and has no call waiting", async () => {
    const [a, b] = [stage.phone("A"), stage.phone("B")];
    const c = stage.playSipp("C", "answers");
    await b.dial(guestNumbers.C);
    await b.screen("talking");
    await pause(200);
    stage.trace.clear();
    await a.dial(numbers.B);
    expect(textOf(await a.screen("ended"))).toContain("Busy");
    await expectFlow(stage.trace, { dialogs: { AB: refused("A", "B", 486, false) } });
    expect((await b.state()).screen.id).toBe("talking");
    await b.keys("cancel");
    await content(c);
  });

  it("CAL-20: flow 2: SIPp is B", async () => {
    const a = stage.phone("A");
    const b = stage.playSipp("B", "is-busy");
    await a.dial(guestNumbers.B);
    expect(textOf(await a.screen("ended"))).toContain("Busy");
    await content(b);
    await expectFlow(stage.trace, { dialogs: { AB: refused("A", "B", 486, false) } });
  });

  it("CAL-20: flow 2: SIPp is A, B refuses while it rings", async () => {
    const b = stage.phone("B");
    const a = stage.sippCalls("A", "hears-busy", numbers.B);
    await b.screen("incoming");
    await b.keys("cancel");
    await content(a);
    await expectFlow(stage.trace, { dialogs: { AB: refused("A", "B", 486, true) } });
  });

  it("CAL-01: flow 3: A calls B, nobody answers, A gives up: two phones", async () => {
    const [a, b] = [stage.phone("A"), stage.phone("B")];
    await a.dial(numbers.B);
    await Promise.all([a.screen("ringback"), b.screen("incoming")]);
    await a.keys("cancel");
    await Promise.all([a.screen("idle"), b.screen("idle")]);
    await expectFlow(stage.trace, { dialogs: { AB: givenUp } });
    expect(textOf(await b.state())).toMatch(/missed/i);
  });

  it("CAL-01: flow 3: SIPp is B", async () => {
    const a = stage.phone("A");
    const b = stage.playSipp("B", "rings-until-cancelled");
    await a.dial(guestNumbers.B);
    await a.screen("ringback");
    await a.keys("cancel");
    await content(b);
    await a.screen("idle");
    await expectFlow(stage.trace, { dialogs: { AB: givenUp } });
  });

  it("CAL-01: flow 3: SIPp is A", async () => {
    const b = stage.phone("B");
    const a = stage.sippCalls("A", "gives-up", numbers.B);
    await b.screen("incoming");
    await content(a);
    await b.screen("idle");
    await expectFlow(stage.trace, { dialogs: { AB: givenUp } });
  });

  it("CAL-42: flow 4: A calls B, B answers, A holds: two phones, and no speech while held", async () => {
    const [a, b] = [stage.phone("A"), stage.phone("B")];
    await a.dial(numbers.B);
    await answered(a, b);
    await phonesHear(a, b, ["A", "B"]);
    await a.keys("hold");
    await a.screen("talking_held");
    await nothingHeard(a, "A", b);
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + modify("A", "B", "sendonly") } });
    await a.keys("cancel");
  });

  it("CAL-42: flow 4: SIPp is B", async () => {
    const a = stage.phone("A");
    const b = stage.playSipp("B", "is-held");
    await a.dial(guestNumbers.B);
    await a.screen("talking");
    await echoHeard(a, "A");
    await a.keys("hold");
    await stage.trace.seen("P>B ACK", (m) => m.headers.get("cseq")?.[0]?.startsWith("1 ") === false);
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + modify("A", "B", "sendonly") } });
    await a.keys("cancel");
    await content(b);
  });

  it("CAL-42: flow 4: SIPp is A", async () => {
    const b = stage.phone("B");
    const a = stage.sippCalls("A", "holds", numbers.B);
    await b.screen("incoming");
    await b.hook(true);
    await b.screen("talking");
    await echoHeard(b, "B");
    await b.screen("talking_held");
    await content(a);
    await expectFlow(stage.trace, {
      dialogs: { AB: setUp("A", "B") + modify("A", "B", "sendonly") + hangUp("A", "B") },
    });
  });

  it("CAL-42: flow 4: baresip is B, and of A's speech it hears nothing more", async () => {
    const a = stage.phone("A");
    const b = await stage.startBaresip("B", true);
    await a.dial(guestNumbers.B);
    await a.screen("talking");
    await baresipHears(a, "A", b, "B");
    await a.keys("hold");
    await a.screen("talking_held");
    await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + modify("A", "B", "sendonly") } });
    const before = await a.media();
    await pause(500);
    expect((await a.media()).calls[0]?.packetsSent ?? 0).toBe(before.calls[0]?.packetsSent ?? 0);
    await a.keys("cancel");
    await b.stop();
  });

  /** The user who talks is A; C calls A, and A answers (DECISIONS.md). */
  const waiting = {
    dialogs: {
      AB: setUp("A", "B") + modify("A", "B", "sendonly"),
      CA: setUp("C", "A"),
    },
    order: [
      ["CA A>P 180", "AB A>P INVITE sendonly"],
      ["AB A>P INVITE sendonly", "CA A>P 200"],
    ],
  } as const;

  it("CAL-22: flow 5: A talks with B, C calls A, A holds B and answers: three phones", async () => {
    const [a, b, c] = [stage.phone("A"), stage.phone("B"), stage.phone("C")];
    await a.dial(numbers.B);
    await answered(a, b);
    await c.dial(numbers.A);
    await a.screen("talking_incoming");
    await a.keys("ok");
    await c.screen("talking");
    await b.seen("held", (s) => /held/i.test(textOf(s)));
    await phonesHear(a, c, ["A", "C"]);
    await expectFlow(stage.trace, waiting);
    await a.keys("cancel");
    await c.seen("the end", (s) => !s.screen.id.startsWith("talking"));
    await b.keys("cancel");
  });

  it("CAL-22: flow 5: SIPp is C and B", async () => {
    const a = stage.phone("A");
    const b = stage.playSipp("B", "is-held");
    await a.dial(guestNumbers.B);
    await a.screen("talking");
    const c = stage.sippCalls("C", "calls-and-is-left", numbers.A);
    await a.screen("talking_incoming");
    await a.keys("ok");
    await stage.trace.seen("P>A ACK");
    await a.screen("talking");
    await echoHeard(a, "A");
    await expectFlow(stage.trace, waiting);
    await a.endCalls();
    await Promise.all([content(b), content(c)]);
  });
});
