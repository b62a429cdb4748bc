/** Every transition of the two client transaction machines (RFC 3261 §17.1, RFC 6026 §7.2, RFC 3261 §9.1). */
import { describe, expect, test } from "vitest";
import { type InviteClientState, nextInviteClient } from "../../../src/sip/invite-client-transaction.ts";
import { type NonInviteClientState, nextNonInviteClient } from "../../../src/sip/non-invite-client-transaction.ts";
import { defaultSipTimers, type TimerName } from "../../../src/sip/timers.ts";
import type { ClientEffect, ClientInput } from "../../../src/sip/transaction.ts";

const udp = { ...defaultSipTimers, reliable: false };
const tcp = { ...defaultSipTimers, reliable: true };

const response = (status: number): ClientInput => ({ type: "response", status });
const timer = (name: TimerName): ClientInput => ({ type: "timer", timer: name });
const set = (name: TimerName, ms: number): ClientEffect => ({ type: "start-timer", timer: name, ms });
const start: ClientInput = { type: "start" };
const cancel: ClientInput = { type: "cancel" };
const broken: ClientInput = { type: "transport-error" };
const send: ClientEffect = { type: "send-request" };
const ack: ClientEffect = { type: "send-ack" };
const deliver: ClientEffect = { type: "deliver" };
const sendCancel: ClientEffect = { type: "send-cancel" };
const timeout: ClientEffect = { type: "fail", why: "timeout" };
const unreached: ClientEffect = { type: "fail", why: "transport" };

const idle = { name: "idle" } as const;
const calling: InviteClientState = { name: "calling", intervalMs: 500, cancel: "no" };
const callingCancelled: InviteClientState = { ...calling, cancel: "wanted" };
const ringing: InviteClientState = { name: "proceeding", cancel: "no" };
const ringingCancelled: InviteClientState = { name: "proceeding", cancel: "sent" };
const accepted = { name: "accepted" } as const;
const completed = { name: "completed" } as const;
const over = { name: "terminated", why: "done" } as const;
const timedOut = { name: "terminated", why: "timeout" } as const;
const lost = { name: "terminated", why: "transport" } as const;

type Row<S> = readonly [title: string, state: S, input: ClientInput, after: S, effects: readonly ClientEffect[]];

describe("INVITE client transaction over UDP", () => {
  const rows: readonly Row<InviteClientState>[] = [
    ["§17.1.1.2: starts with A at T1 and B at 64*T1", idle, start, calling, [send, set("B", 32_000), set("A", 500)]],
    ["idle: nothing before the start", idle, response(200), idle, []],
    ["§17.1.1.2: A doubles", calling, timer("A"), { ...calling, intervalMs: 1000 }, [send, set("A", 1000)]],
    [
      "§17.1.1.2: A doubles without bound",
      { ...calling, intervalMs: 8000 },
      timer("A"),
      { ...calling, intervalMs: 16_000 },
      [send, set("A", 16_000)],
    ],
    ["§17.1.1.2: B ends it", calling, timer("B"), timedOut, [timeout]],
    ["§17.1.1.2: 1xx", calling, response(100), ringing, [deliver]],
    ["§17.1.1.2: 3xx-6xx", calling, response(486), completed, [ack, deliver, set("D", 32_000)]],
    ["RFC 6026 §7.2: 2xx", calling, response(200), accepted, [deliver, set("M", 32_000)]],
    ["§17.1.4: not delivered", calling, broken, lost, [unreached]],
    ["§9.1: CANCEL waits for a provisional", calling, cancel, callingCancelled, []],
    ["§9.1: a second CANCEL adds nothing", callingCancelled, cancel, callingCancelled, []],
    [
      "§9.1: the provisional releases the CANCEL",
      callingCancelled,
      response(180),
      ringingCancelled,
      [deliver, sendCancel, set("cancel", 32_000)],
    ],
    [
      "§9.1: a final response makes it needless",
      callingCancelled,
      response(486),
      completed,
      [ack, deliver, set("D", 32_000)],
    ],
    ["§9.1: B still ends it", callingCancelled, timer("B"), timedOut, [timeout]],
    [
      "§17.1.1.2: A goes on while CANCEL waits",
      callingCancelled,
      timer("A"),
      { ...callingCancelled, intervalMs: 1000 },
      [send, set("A", 1000)],
    ],
    ["§17.1.1.2: further 1xx", ringing, response(183), ringing, [deliver]],
    ["§17.1.1.2: no retransmission any more", ringing, timer("A"), ringing, []],
    ["§17.1.1.2: no time limit any more", ringing, timer("B"), ringing, []],
    ["§9.1: CANCEL at once", ringing, cancel, ringingCancelled, [sendCancel, set("cancel", 32_000)]],
    ["§9.1: one CANCEL only", ringingCancelled, cancel, ringingCancelled, []],
    ["§9.1: no final response after CANCEL", ringingCancelled, timer("cancel"), timedOut, [timeout]],
    ["§9.1: 487", ringingCancelled, response(487), completed, [ack, deliver, set("D", 32_000)]],
    ["§9.1: a 2xx that crossed the CANCEL", ringingCancelled, response(200), accepted, [deliver, set("M", 32_000)]],
    ["figure 5: no transport error while proceeding", ringing, broken, ringing, []],
    ["§17.1.1.2: 3xx-6xx while proceeding", ringing, response(603), completed, [ack, deliver, set("D", 32_000)]],
    ["§17.1.1.2: a repeated final response gets its ACK", completed, response(486), completed, [ack]],
    ["§17.1.1.2: late provisional is dropped", completed, response(180), completed, []],
    ["§17.1.1.2: late 2xx is dropped", completed, response(200), completed, []],
    ["§17.1.1.2: D", completed, timer("D"), over, []],
    ["§17.1.1.2: ACK not delivered", completed, broken, lost, [unreached]],
    ["completed: nothing to cancel", completed, cancel, completed, []],
    ["RFC 6026 §7.2: each 2xx goes up", accepted, response(200), accepted, [deliver]],
    ["RFC 6026 §7.2: others do not", accepted, response(486), accepted, []],
    ["RFC 6026 §7.2: late provisional does not", accepted, response(180), accepted, []],
    ["RFC 6026 §7.2: M", accepted, timer("M"), over, []],
    ["accepted: a stale timer means nothing", accepted, timer("B"), accepted, []],
    ["accepted: nothing to cancel", accepted, cancel, accepted, []],
    ["terminated stays", over, response(200), over, []],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextInviteClient(state, input, udp)).toEqual([after, effects]);
  });

  test("§17.1.1.2: D is 32 s at least, and longer with a longer T1", () => {
    expect(nextInviteClient(calling, response(404), { ...udp, t1Ms: 100 })[1]).toContainEqual(set("D", 32_000));
    expect(nextInviteClient(calling, response(404), { ...udp, t1Ms: 1000 })[1]).toContainEqual(set("D", 64_000));
  });
});

describe("INVITE client transaction over a stream", () => {
  const rows: readonly Row<InviteClientState>[] = [
    ["§17.1.1.2: no A", idle, start, calling, [send, set("B", 32_000)]],
    ["§17.1.1.2: D is zero", calling, response(486), over, [ack, deliver]],
    ["§17.1.1.2: D is zero after a provisional", ringing, response(404), over, [ack, deliver]],
    ["RFC 6026 §7.2: M is not zero", ringing, response(200), accepted, [deliver, set("M", 32_000)]],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextInviteClient(state, input, tcp)).toEqual([after, effects]);
  });
});

const trying: NonInviteClientState = { name: "trying", intervalMs: 500 };
const proceeding = { name: "proceeding" } as const;

describe("non-INVITE client transaction over UDP", () => {
  const rows: readonly Row<NonInviteClientState>[] = [
    ["§17.1.2.2: starts with E at T1 and F at 64*T1", idle, start, trying, [send, set("F", 32_000), set("E", 500)]],
    ["idle: nothing before the start", idle, timer("E"), idle, []],
    ["§17.1.2.2: E doubles", trying, timer("E"), { ...trying, intervalMs: 1000 }, [send, set("E", 1000)]],
    [
      "§17.1.2.2: E is T2 at most",
      { ...trying, intervalMs: 4000 },
      timer("E"),
      { ...trying, intervalMs: 4000 },
      [send, set("E", 4000)],
    ],
    ["§17.1.2.2: F", trying, timer("F"), timedOut, [timeout]],
    ["§17.1.2.2: 1xx", trying, response(100), proceeding, [deliver]],
    ["§17.1.2.2: final", trying, response(200), completed, [deliver, set("K", 5000)]],
    ["§17.1.4: not delivered", trying, broken, lost, [unreached]],
    ["§9.1: cannot be cancelled", trying, cancel, trying, []],
    ["§17.1.2.2: E is T2 while proceeding", proceeding, timer("E"), proceeding, [send, set("E", 4000)]],
    ["§17.1.2.2: F while proceeding", proceeding, timer("F"), timedOut, [timeout]],
    ["§17.1.2.2: further 1xx", proceeding, response(183), proceeding, [deliver]],
    ["§17.1.2.2: final after 1xx", proceeding, response(500), completed, [deliver, set("K", 5000)]],
    ["§17.1.4: not delivered while proceeding", proceeding, broken, lost, [unreached]],
    ["§17.1.2.2: repeated responses are dropped", completed, response(200), completed, []],
    ["§17.1.2.2: K", completed, timer("K"), over, []],
    ["completed: a stale timer means nothing", completed, timer("F"), completed, []],
    ["terminated stays", over, response(200), over, []],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextNonInviteClient(state, input, udp)).toEqual([after, effects]);
  });
});

describe("non-INVITE client transaction over a stream", () => {
  const rows: readonly Row<NonInviteClientState>[] = [
    ["§17.1.2.2: no E", idle, start, trying, [send, set("F", 32_000)]],
    ["§17.1.2.2: K is zero", trying, response(200), over, [deliver]],
    ["§17.1.2.2: K is zero after 1xx", proceeding, response(200), over, [deliver]],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextNonInviteClient(state, input, tcp)).toEqual([after, effects]);
  });
});

test("ACC-33: timers A and E run on reliable transports too where that is configured", () => {
  const timers = (effects: readonly ClientEffect[]) =>
    effects.flatMap((e) => (e.type === "start-timer" ? [e.timer] : []));
  const repeating = { ...tcp, repeatReliable: true };
  expect(timers(nextInviteClient(idle, start, tcp)[1])).toEqual(["B"]);
  expect(timers(nextInviteClient(idle, start, repeating)[1])).toEqual(["B", "A"]);
  expect(timers(nextNonInviteClient(idle, start, tcp)[1])).toEqual(["F"]);
  expect(timers(nextNonInviteClient(idle, start, repeating)[1])).toEqual(["F", "E"]);
});
