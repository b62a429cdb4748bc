/** Flows 8 to 10 of the guide on the wire: B sends A's call to C, by 302, always, when busy, and when nobody answers. */
import { describe, expect, it } from "vitest";
import { needs } from "../../lab/needs.ts";
import { value } from "../kit/raw-sip.ts";
import { echoHeard, pause, phonesHear } from "./speech.ts";
import { content, guestNumbers, numbers, onStage, type Stage } from "./stage.ts";
import { hangUp, identify, refused, setUp } from "./steps.ts";
import { expectFlow } from "./trace.ts";

/** @param told both A and C are phones: C, called by B's number, says who it is */
const flow = (rang: boolean, told = false) =>
  ({
    dialogs: { AB: refused("A", "B", 302, rang), AC: setUp("A", "C") + (told ? identify("C", "A") : "") },
    order: [["AB A>P ACK", "AC A>P INVITE"]],
  }) as const;

/** What the numbered steps do not show but their text says: whom B names, and that A calls anew in its own name. */
async function expectRedirection(stage: Stage, rang: boolean, to: string, reason?: string): Promise<void> {
  const { AB, AC } = await expectFlow(stage.trace, flow(rang, to === numbers.C));
  expect(AC).not.toBe(AB);
  const moved = await stage.trace.seen("P>A 302");
  expect(moved.startLine).toBe("SIP/2.0 302 Moved Temporarily");
  expect(value(moved, "Contact")).toContain(`sip:${to}@${stage.server}`);
  if (reason !== undefined) expect(value(moved, "Diversion")).toContain(`reason=${reason}`);
  const anew = await stage.trace.seen("A>P INVITE", (m) => m.callId === AC);
  expect(anew.startLine).toContain(`sip:${to}@${stage.server}`);
  expect(value(anew, "Contact")).toMatch(/sip:(1001|sipp)@/);
}

/** A's phone is sent to C's, who answers. */
async function reaches(stage: Stage): Promise<void> {
  const [a, c] = [stage.phone("A"), stage.phone("C")];
  await c.screen("incoming", 15_000);
  await c.hook(true);
  await Promise.all([a.screen("talking"), c.screen("talking")]);
  await phonesHear(a, c, ["A", "C"]);
}

describe.runIf(needs("kamailio", "sipp"))("flow 8", () => {
  const stage = onStage({
    area: 2,
    phones: { A: {}, B: { "forward.always.enable": 1, "forward.always.target": numbers.C }, C: {} },
  });

  it("CAL-28: flow 8: B forwards always: three phones", async () => {
    await stage.phone("A").dial(numbers.B);
    await reaches(stage);
    await expectRedirection(stage, false, numbers.C, "unconditional");
    expect((await stage.phone("B").state()).screen.id).toBe("idle");
  });

  it("CAL-34: flow 8: SIPp is B", async () => {
    const b = stage.playSipp("B", "forwards-at-once", { args: ["-key", "target", `sip:${numbers.C}@${stage.server}`] });
    await stage.phone("A").dial(guestNumbers.B);
    await reaches(stage);
    await content(b);
    await expectRedirection(stage, false, numbers.C);
  });

  it("CAL-34: flow 9: SIPp is B, and rings before it says that it is busy; flow 10 shows the same messages", async () => {
    const b = stage.playSipp("B", "forwards-after-ringing", {
      args: ["-key", "target", `sip:${guestNumbers.C}@${stage.server}`],
    });
    const c = stage.playSipp("C", "answers");
    const a = stage.phone("A");
    await a.dial(guestNumbers.B);
    await a.screen("ringback");
    await a.screen("talking");
    await echoHeard(a, "A");
    await content(b);
    await expectRedirection(stage, true, guestNumbers.C);
    await a.keys("cancel");
    await content(c);
  });

  it("CAL-28: flow 8: SIPp is A", async () => {
    const a = stage.sippCalls("A", "follows", numbers.B, ["-key", "target", numbers.C]);
    const c = stage.phone("C");
    await c.screen("incoming");
    await c.hook(true);
    await content(a);
    const { AB, AC } = flow(false).dialogs;
    await expectFlow(stage.trace, { ...flow(false), dialogs: { AB, AC: AC + hangUp("A", "C") } });
  });
});

describe.runIf(needs("kamailio", "sipp"))("flows 9 and 10", () => {
  const stage = onStage({
    area: 2,
    phones: {
      A: {},
      B: {
        "call_waiting.enable": 0,
        "forward.busy.enable": 1,
        "forward.busy.target": numbers.C,
        "forward.no_answer.enable": 1,
        "forward.no_answer.target": guestNumbers.C,
        "forward.no_answer.timeout": 1,
      },
      C: {},
    },
  });

  it("CAL-29: flow 9: B is busy and forwards: three phones", async () => {
    const b = stage.phone("B");
    const other = stage.playSipp("C", "answers");
    await b.dial(guestNumbers.C);
    await b.screen("talking");
    await pause(200);
    stage.trace.clear();
    await stage.phone("A").dial(numbers.B);
    await reaches(stage);
    await expectRedirection(stage, false, numbers.C, "user-busy");
    expect((await b.state()).screen.id).toBe("talking");
    await b.keys("cancel");
    await content(other);
  });

  it("CAL-30: flow 10: B rings, nobody answers, B forwards: A and B are phones, SIPp is C", async () => {
    const [a, b] = [stage.phone("A"), stage.phone("B")];
    const c = stage.playSipp("C", "answers");
    await a.dial(numbers.B);
    const began = performance.now();
    await Promise.all([a.screen("ringback"), b.screen("incoming")]);
    await stage.trace.seen("B>P 302");
    const rang = performance.now() - began;
    expect(rang, "one ring of 6 s").toBeGreaterThan(5500);
    expect(rang, "one ring of 6 s").toBeLessThan(7500);
    await a.screen("talking");
    await echoHeard(a, "A");
    await expectRedirection(stage, true, guestNumbers.C, "no-answer");
    expect((await b.state()).screen.id).toBe("idle");
    await a.keys("cancel");
    await content(c);
  });

  it("CAL-30: flow 10: SIPp is A, and C too", async () => {
    const c = stage.playSipp("C", "answers");
    const a = stage.sippCalls("A", "follows", numbers.B, ["-key", "target", guestNumbers.C]);
    await stage.phone("B").screen("incoming");
    await Promise.all([content(a), content(c)]);
    const { AB, AC } = flow(true).dialogs;
    await expectFlow(stage.trace, { ...flow(true), dialogs: { AB, AC: AC + hangUp("A", "C") } });
    expect((await stage.phone("B").state()).screen.id).toBe("idle");
  });
});
