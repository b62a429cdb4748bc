/** The eleven flows of the guide once more, by a transport of connections: three phones, messages in order, RTP where it is due by its counters. */
import { describe, expect, it } from "vitest";
import type { Key } from "../../../hal/keypad.ts";
import { needs } from "../../lab/needs.ts";
import type { PhoneProcess } from "../kit/phone.ts";
import { eventually } from "../kit/process.ts";
import { value } from "../kit/raw-sip.ts";
import { type Letter, pause } from "./speech.ts";
import { content, guestNumbers, numbers, onStage, soft, textOf } from "./stage.ts";
import { givenUp, hangUp, identify, modify, refer, refused, setUp } from "./steps.ts";
import { expectFlow } from "./trace.ts";

/** B has an account for each way of forwarding beside the plain one. */
const always = "1012";
const whenBusyOrUnanswered = "1022";

const digits = (number: string) => [...number] as Key[];
const received = async (phone: PhoneProcess) =>
  (await phone.media()).calls.reduce((sum, call) => sum + call.packetsReceived, 0);

/** Each of them goes on receiving RTP. */
async function allReceive(...phones: PhoneProcess[]): Promise<void> {
  for (const phone of phones) {
    const before = await received(phone);
    await eventually(`RTP at ${phone.address}`, async () => (await received(phone)) > before + 5 || undefined, 4000);
  }
}

export function elevenFlows(way: "tcp" | "tls", area: number): void {
  const more = (place: number, user: string, target: Readonly<Record<string, string | number>>) => {
    const first = { enable: 1, user_name: user, auth_name: user, password: "none" };
    return Object.entries({ ...first, ...target }).map(([name, value]) => [`account.${place}.${name}`, value] as const);
  };
  const server = `127.48.${area}.1`;
  const there = { "sip_server.1.address": server, "sip_server.1.transport_type": way === "tls" ? 2 : 1 };
  const forwarding = Object.fromEntries([
    ...more(2, always, { ...there, "always_fwd.enable": 1, "always_fwd.target": numbers.C }),
    ...more(3, whenBusyOrUnanswered, {
      ...there,
      "busy_fwd.enable": 1,
      "busy_fwd.target": numbers.C,
      "timeout_fwd.enable": 1,
      "timeout_fwd.target": numbers.C,
      "timeout_fwd.timeout": 1,
    }),
  ]);

  describe.runIf(needs("kamailio", "sipp", "openssl"))(`the eleven flows by ${way}`, () => {
    const stage = onStage({
      area,
      way,
      phones: { A: {}, B: { "call_waiting.enable": 0, "features.fwd_mode": 1, ...forwarding }, C: {} },
    });
    const all = () => ({ a: stage.phone("A"), b: stage.phone("B"), c: stage.phone("C") });

    async function answer(phone: PhoneProcess, ms?: number): Promise<void> {
      await phone.screen("incoming", ms);
      await phone.keys("ok");
      await phone.screen("talking");
    }

    async function talking() {
      const phones = all();
      await phones.a.dial(numbers.B);
      await answer(phones.b);
      await phones.a.screen("talking");
      await stage.trace.seen("P>B ACK");
      return phones;
    }

    /** B talks with somebody, and that is not looked at. */
    async function busy() {
      const { b } = all();
      const other = stage.playSipp("C", "answers");
      await b.dial(guestNumbers.C);
      await b.screen("talking");
      await pause(200);
      stage.trace.clear();
      return other;
    }

    /** A has held B with this key, called C, and talks to C. */
    async function consulting(word: "Tran" | "Conf") {
      const phones = await talking();
      await soft(phones.a, word);
      await phones.b.seen("held", (s) => /held/i.test(textOf(s)));
      await phones.a.keys(...digits(numbers.C), "ok");
      await answer(phones.c);
      await stage.trace.seen("P>C ACK");
      return phones;
    }

    /** Every message of the phones came and went by this transport, and none by datagrams. */
    function expectWay(...letters: Letter[]): void {
      for (const letter of letters)
        for (const m of stage.trace.messages.filter((one) => one.leg === `${letter}>P` && one.status === 0))
          expect(value(m, "Via"), m.startLine).toMatch(new RegExp(`^SIP/2\\.0/${way} `, "i"));
    }

    it("CAL-01: flow 1: a call that B ends", async () => {
      const { a, b } = await talking();
      await allReceive(a, b);
      await b.keys("cancel");
      await a.seen("the end", (s) => !s.screen.id.startsWith("talking"));
      await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + hangUp("B", "A") } });
      expectWay("A", "B");
    });

    it("CAL-22: flow 2: B is busy", async () => {
      const other = await busy();
      const { a, b } = all();
      await a.dial(numbers.B);
      expect(textOf(await a.screen("ended"))).toContain("Busy");
      await expectFlow(stage.trace, { dialogs: { AB: refused("A", "B", 486, false) } });
      await b.keys("cancel");
      await content(other);
    });

    it("CAL-01: flow 3: A gives up", async () => {
      const { a, b } = all();
      await a.dial(numbers.B);
      await Promise.all([a.screen("ringback"), b.screen("incoming")]);
      await a.keys("cancel");
      await Promise.all([a.screen("idle"), b.screen("idle")]);
      await expectFlow(stage.trace, { dialogs: { AB: givenUp } });
    });

    it("CAL-42: flow 4: A holds B", async () => {
      const { a, b } = await talking();
      await allReceive(a, b);
      await a.keys("hold");
      await a.screen("talking_held");
      await expectFlow(stage.trace, { dialogs: { AB: setUp("A", "B") + modify("A", "B", "sendonly") } });
      const before = await received(b);
      await pause(400);
      expect((await received(b)) - before, "packets while held").toBeLessThanOrEqual(1);
    });

    it("CAL-22: flow 5: C calls A, who holds B and answers", async () => {
      const { a, b, c } = await talking();
      await c.dial(numbers.A);
      await a.screen("talking_incoming");
      await a.keys("ok");
      await c.screen("talking");
      await b.seen("held", (s) => /held/i.test(textOf(s)));
      await allReceive(c, a);
      await expectFlow(stage.trace, {
        dialogs: { AB: setUp("A", "B") + modify("A", "B", "sendonly"), CA: setUp("C", "A") },
        order: [["AB A>P INVITE sendonly", "CA A>P 200"]],
      });
    });

    it("CAL-47: flow 6: B sends A to C without asking", async () => {
      const { a, b, c } = await talking();
      await b.keys("transfer");
      await stage.trace.seen("P>A ACK");
      await b.keys(...digits(numbers.C), "transfer");
      await answer(c);
      await allReceive(a, c);
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
    });

    it("CAL-49: flow 7: A holds B, asks C, and joins them", async () => {
      const { a, b, c } = await consulting("Tran");
      await a.keys("transfer");
      await a.screen("idle");
      await allReceive(b, c);
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
        endsApart: ["AC"],
      });
      expect(value(await stage.trace.seen("P>C INVITE", (m) => m.callId === BC), "Replaces")).toContain(AC);
      expectWay("A", "B", "C");
    });

    it.each([
      ["CAL-28: flow 8: B forwards always", always],
      ["CAL-29: flow 9: B is busy and forwards", whenBusyOrUnanswered],
      ["CAL-30: flow 10: B rings, nobody answers, B forwards", whenBusyOrUnanswered],
    ] as const)("%s", async (title, number) => {
      const other = title.includes("busy") ? await busy() : undefined;
      const { a, b, c } = all();
      await a.dial(number);
      await answer(c, 15_000);
      await allReceive(a, c);
      await expectFlow(stage.trace, {
        dialogs: { AB: refused("A", "B", 302, title.includes("rings")), AC: setUp("A", "C") + identify("C", "A") },
        order: [["AB A>P ACK", "AC A>P INVITE"]],
      });
      await b.keys("cancel");
      if (other !== undefined) await content(other);
    });

    it("CAL-55: flow 11: A holds B, calls C, and all three talk", async () => {
      const { a, b, c } = await consulting("Conf");
      await soft(a, "Conf");
      await stage.trace.seen("P>B ACK", (m) => value(m, "CSeq").startsWith("3 "));
      await allReceive(b, c, a);
      await expectFlow(stage.trace, {
        dialogs: {
          AB: setUp("A", "B") + modify("A", "B", "sendonly") + modify("A", "B", ""),
          AC: setUp("A", "C"),
        },
        order: [["AC P>C ACK", "AB A>P INVITE #2"]],
      });
    });
  });
}
