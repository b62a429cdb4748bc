/** Flows 6, 7 and 11 of the guide on the wire: transfer without and with consultation, and a conference of three. */
import { describe, expect, it } from "vitest";
import type { Key } from "../../../hal/keypad.ts";
import { needs } from "../../lab/needs.ts";
import { value } from "../kit/raw-sip.ts";
import { allHear, echoHeard, guestHeard, pause, phonesHear } from "./speech.ts";
import { content, guestNumbers, numbers, onStage, soft, textOf } from "./stage.ts";
import { hangUp, modify, refer, setUp } from "./steps.ts";
import { expectFlow } from "./trace.ts";

const digits = (number: string) => [...number] as Key[];

const conference = {
  dialogs: {
    AB: setUp("A", "B") + modify("A", "B", "sendonly") + modify("A", "B", ""),
    AC: setUp("A", "C"),
  },
  order: [
    ["AB P>B INVITE sendonly", "AC A>P INVITE"],
    ["AC P>C ACK", "AB A>P INVITE #2"],
  ],
} as const;

describe.runIf(needs("kamailio", "sipp", "baresip"))("flows 6, 7 and 11", () => {
  const stage = onStage({ area: 3, phones: { A: {}, B: {}, C: {} } });

  /** A has called B, and they talk. */
  async function talking() {
    const phones = { a: stage.phone("A"), b: stage.phone("B"), c: stage.phone("C") };
    await phones.a.dial(numbers.B);
    await phones.b.screen("incoming");
    await phones.b.keys("ok");
    await Promise.all([phones.a.screen("talking"), phones.b.screen("talking")]);
    return phones;
  }

  /** A has held B with this key, called C, and talks to C. */
  async function consulting(word: "Tran" | "Conf") {
    const phones = await talking();
    const { a, b, c } = phones;
    await soft(a, word);
    await b.seen("held", (s) => /held/i.test(textOf(s)));
    await a.keys(...digits(numbers.C), "ok");
    await c.screen("incoming");
    await c.keys("ok");
    await c.screen("talking");
    await stage.trace.seen("P>C ACK");
    return phones;
  }

  it("CAL-47: flow 6: A calls B, B sends A to C without asking, C answers: three phones", async () => {
    const { a, b, c } = await talking();
    await phonesHear(a, b, ["A", "B"]);
    await b.keys("transfer");
    // Nobody dials faster than the hold is answered.
    await stage.trace.seen("P>A ACK");
    await b.keys(...digits(numbers.C), "transfer");
    await c.screen("incoming");
    await c.keys("ok");
    await c.screen("talking");
    await phonesHear(a, c, ["A", "C"]);
    await expectFlow(stage.trace, {
      dialogs: {
        AB: setUp("A", "B") + modify("B", "A", "sendonly") + refer("B", "A") + hangUp("B", "A"),
        AC: setUp("A", "C"),
      },
      order: [
        ["AB A>P 202", "AC A>P INVITE"],
        ["AC C>P 200", "AB B>P BYE"],
      ],
    });
    const referred = await stage.trace.seen("P>A REFER");
    expect(value(referred, "Refer-To")).toContain(`sip:${numbers.C}@`);
    await stage.trace.seen("P>B NOTIFY", (m) => /^SIP\/2\.0 200/.test(m.body));
    await b.screen("idle");
  });

  it("CAL-47: flow 6: SIPp is B and leaves as soon as A has accepted, as the guide draws it", async () => {
    const [a, c] = [stage.phone("A"), stage.phone("C")];
    const b = stage.playSipp("B", "sends-on", { args: ["-key", "target", `sip:${numbers.C}@${stage.server}`] });
    await a.dial(guestNumbers.B);
    await stage.trace.seen("B>P BYE");
    await c.screen("incoming");
    await c.keys("ok");
    await Promise.all([a.screen("talking"), c.screen("talking")]);
    await phonesHear(a, c, ["A", "C"]);
    await content(b);
    await expectFlow(stage.trace, {
      dialogs: { AB: setUp("A", "B") + refer("B", "A") + hangUp("B", "A"), AC: setUp("A", "C") },
      order: [
        ["AB A>P 202", "AC A>P INVITE"],
        ["AB A>P 200", "AC C>P 200"],
      ],
    });
  });

  it("CAL-49: flow 7: A calls B, holds, asks C, and joins them: three phones", async () => {
    const { a, b, c } = await consulting("Tran");
    await phonesHear(a, c, ["A", "C"]);
    await a.keys("transfer");
    await a.screen("idle");
    await phonesHear(b, c, ["B", "C"]);
    const { AC = "", BC } = await expectFlow(stage.trace, {
      dialogs: {
        AB: setUp("A", "B") + modify("A", "B", "sendonly") + refer("A", "B") + hangUp("A", "B"),
        AC: setUp("A", "C"),
        BC: setUp("B", "C"),
      },
      order: [
        ["AB B>P 202", "BC B>P INVITE"],
        ["BC C>P 200", "AB A>P BYE"],
      ],
      // C ends what was replaced; A, told of the success, may do so at the same moment.
      endsApart: ["AC"],
    });
    const taken = await stage.trace.seen("P>C INVITE", (m) => m.callId === BC);
    expect(value(taken, "Replaces")).toContain(AC);
    await stage.trace.seen("C>P BYE", (m) => m.callId === AC);
    await stage.trace.seen("P>C 200", (m) => m.callId === AC && value(m, "CSeq").endsWith("BYE"));
    expect(value(taken, "Referred-By")).toContain(`sip:${numbers.A}@`);
    expect(value(await stage.trace.seen("P>B REFER"), "Refer-To")).toMatch(/Replaces=/);
    await stage.trace.seen("P>A NOTIFY", (m) => /^SIP\/2\.0 200/.test(m.body));
  });

  it("CAL-55: flow 11: A calls B, holds, calls C, and all three hear each other: three phones", async () => {
    const { a, b, c } = await consulting("Conf");
    await soft(a, "Conf");
    await b.seen("resumed", (s) => !/held/i.test(textOf(s)));
    await stage.trace.seen("P>B ACK", (m) => value(m, "CSeq").startsWith("3 "));
    await pause(400);
    await allHear(a, "A", { B: b, C: c });
    await allHear(b, "B", { A: a, C: c });
    await allHear(c, "C", { A: a, B: b });
    await expectFlow(stage.trace, conference);
  });

  it("CAL-55: flow 11: baresip is B, and C hears it by way of A", async () => {
    const [a, c] = [stage.phone("A"), stage.phone("C")];
    const b = await stage.startBaresip("B", true);
    await a.dial(guestNumbers.B);
    await a.screen("talking");
    await soft(a, "Conf");
    await a.keys(...digits(numbers.C), "ok");
    await c.screen("incoming");
    await c.keys("ok");
    await stage.trace.seen("P>C ACK");
    await soft(a, "Conf");
    await stage.trace.seen("P>B ACK", (m) => value(m, "CSeq").startsWith("3 "));
    // Baresip records nothing after a hold, and speaks into whatever A hears: the three phones show the rest.
    await guestHeard(c, "B");
    await expectFlow(stage.trace, conference);
    await b.stop();
  });

  /** As consulting, with a guest as C who answers by itself. */
  async function consultingGuest(word: "Tran" | "Conf") {
    const phones = await talking();
    await soft(phones.a, word);
    await phones.b.seen("held", (s) => /held/i.test(textOf(s)));
    await phones.a.keys(...digits(guestNumbers.C), "ok");
    await stage.trace.seen("P>C ACK");
    await phones.a.screen("talking");
    return phones;
  }

  it("CAL-49: flow 7: SIPp is C, and takes B's call in place of A's", async () => {
    const c = stage.playSipp("C", "answers", { calls: 2 });
    const { a, b } = await consultingGuest("Tran");
    await a.keys("transfer");
    await a.screen("idle");
    await stage.trace.seen("P>A NOTIFY", (m) => /^SIP\/2\.0 200/.test(m.body));
    await echoHeard(b, "B");
    const { AC = "", BC } = await expectFlow(stage.trace, {
      dialogs: {
        AB: setUp("A", "B") + modify("A", "B", "sendonly") + refer("A", "B") + hangUp("A", "B"),
        AC: setUp("A", "C"),
        BC: setUp("B", "C"),
      },
      order: [["AB B>P 202", "BC B>P INVITE"]],
      endsApart: ["AC"],
    });
    expect(value(await stage.trace.seen("P>C INVITE", (m) => m.callId === BC), "Replaces")).toContain(AC);
    await b.keys("cancel");
    await content(c);
  });

  it("CAL-55: flow 11: SIPp is C, and all three talk", async () => {
    const c = stage.playSipp("C", "answers");
    const { a, b } = await consultingGuest("Conf");
    await soft(a, "Conf");
    await b.seen("resumed", (s) => !/held/i.test(textOf(s)));
    await stage.trace.seen("P>B ACK", (m) => value(m, "CSeq").startsWith("3 "));
    // What B says comes back from C by way of A.
    await echoHeard(b, "B");
    await expectFlow(stage.trace, conference);
    await a.endCalls();
    await content(c);
  });

  it("CAL-55: flow 11: baresip is C, and B hears it by way of A", async () => {
    const c = await stage.startBaresip("C", true);
    const { a, b } = await consultingGuest("Conf");
    await soft(a, "Conf");
    await stage.trace.seen("P>B ACK", (m) => value(m, "CSeq").startsWith("3 "));
    await guestHeard(b, "C");
    await expectFlow(stage.trace, conference);
    await c.stop();
  });
});
