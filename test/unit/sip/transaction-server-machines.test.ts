/** Every transition of the two server transaction machines (RFC 3261 §17.2, RFC 6026 §7.1, §8.8). */
import { describe, expect, test } from "vitest";
import { type InviteServerState, nextInviteServer } from "../../../src/sip/invite-server-transaction.ts";
import { type NonInviteServerState, nextNonInviteServer } from "../../../src/sip/non-invite-server-transaction.ts";
import { defaultSipTimers, type TimerName } from "../../../src/sip/timers.ts";
import type { ServerEffect, ServerInput } from "../../../src/sip/transaction.ts";

const udp = { ...defaultSipTimers, reliable: false };
const tcp = { ...defaultSipTimers, reliable: true };

const respond = (status: number): ServerInput => ({ type: "respond", status });
const timer = (name: TimerName): ServerInput => ({ type: "timer", timer: name });
const set = (name: TimerName, ms: number): ServerEffect => ({ type: "start-timer", timer: name, ms });
const start: ServerInput = { type: "start" };
const again: ServerInput = { type: "request" };
const ack: ServerInput = { type: "ack" };
const broken: ServerInput = { type: "transport-error" };
const send: ServerEffect = { type: "send-response" };
const resend: ServerEffect = { type: "resend-response" };
const unsent: ServerEffect = { type: "fail", why: "transport" };

const idle = { name: "idle" } as const;
const silent: InviteServerState = { name: "proceeding", answered: false };
const answered: InviteServerState = { name: "proceeding", answered: true };
const accepted = { name: "accepted" } as const;
const completed: InviteServerState = { name: "completed", intervalMs: 500 };
const confirmed = { name: "confirmed" } as const;
const over = { name: "terminated", why: "done" } as const;

type Row<S> = readonly [title: string, state: S, input: ServerInput, after: S, effects: readonly ServerEffect[]];

describe("INVITE server transaction over UDP", () => {
  const rows: readonly Row<InviteServerState>[] = [
    ["§17.2.1: a 100 is due in 200 ms", idle, start, silent, [set("100", 200)]],
    ["idle: nothing before the start", idle, respond(200), idle, []],
    ["§17.2.1: 100 by itself", silent, timer("100"), answered, [{ type: "send-trying" }]],
    ["§17.2.1: no 100 behind another response", answered, timer("100"), answered, []],
    ["§17.2.1: nothing to repeat yet", silent, again, silent, []],
    ["§17.2.1: 1xx", silent, respond(180), answered, [send]],
    ["§17.2.1: further 1xx", answered, respond(183), answered, [send]],
    ["§17.2.1: the last provisional again", answered, again, answered, [resend]],
    ["RFC 6026 §7.1: 2xx", answered, respond(200), accepted, [send, set("L", 32_000)]],
    ["RFC 6026 §7.1: 2xx at once", silent, respond(200), accepted, [send, set("L", 32_000)]],
    ["§17.2.1: 3xx-6xx", answered, respond(486), completed, [send, set("H", 32_000), set("G", 500)]],
    ["proceeding: an ACK means nothing", answered, ack, answered, []],
    ["RFC 6026 §8.8: not sent, and the state stays", answered, broken, answered, [unsent]],
    ["RFC 6026 §7.1: repeated requests are absorbed", accepted, again, accepted, []],
    ["RFC 6026 §7.1: the session's 2xx goes out again", accepted, respond(200), accepted, [send]],
    ["RFC 6026 §7.1: nothing else does", accepted, respond(486), accepted, []],
    ["RFC 6026 §7.1: no provisional after it", accepted, respond(180), accepted, []],
    ["RFC 6026 §7.1: the ACK goes up", accepted, ack, accepted, [{ type: "pass-ack" }]],
    ["RFC 6026 §7.1: L", accepted, timer("L"), over, []],
    ["RFC 6026 §8.8: not sent in accepted", accepted, broken, accepted, [unsent]],
    ["accepted: a stale timer means nothing", accepted, timer("100"), accepted, []],
    ["§17.2.1: the final response again", completed, again, completed, [resend]],
    ["§17.2.1: G doubles", completed, timer("G"), { ...completed, intervalMs: 1000 }, [resend, set("G", 1000)]],
    [
      "§17.2.1: G is T2 at most",
      { ...completed, intervalMs: 4000 },
      timer("G"),
      { ...completed, intervalMs: 4000 },
      [resend, set("G", 4000)],
    ],
    ["§17.2.1: H", completed, timer("H"), { name: "terminated", why: "timeout" }, [{ type: "fail", why: "timeout" }]],
    ["§17.2.1: ACK", completed, ack, confirmed, [{ type: "deliver-ack" }, set("I", 5000)]],
    ["§17.2.1: only the first final response counts", completed, respond(200), completed, []],
    ["RFC 6026 §8.8: not sent in completed", completed, broken, completed, [unsent]],
    ["§17.2.1: repeated ACKs are absorbed", confirmed, ack, confirmed, []],
    ["§17.2.1: nothing is repeated after the ACK", confirmed, again, confirmed, []],
    ["confirmed: G and H mean nothing", confirmed, timer("H"), confirmed, []],
    ["§17.2.1: I", confirmed, timer("I"), over, []],
    ["terminated stays", over, respond(200), over, []],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextInviteServer(state, input, udp)).toEqual([after, effects]);
  });
});

describe("INVITE server transaction over a stream", () => {
  const rows: readonly Row<InviteServerState>[] = [
    ["§17.2.1: no G", silent, respond(404), completed, [send, set("H", 32_000)]],
    ["§17.2.1: I is zero", completed, ack, over, [{ type: "deliver-ack" }]],
    ["RFC 6026 §7.1: L is not zero", silent, respond(200), accepted, [send, set("L", 32_000)]],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextInviteServer(state, input, tcp)).toEqual([after, effects]);
  });
});

const trying = { name: "trying" } as const;
const proceeding = { name: "proceeding" } as const;
const done = { name: "completed" } as const;

describe("non-INVITE server transaction over UDP", () => {
  const rows: readonly Row<NonInviteServerState>[] = [
    ["§17.2.2: starts without a timer", idle, start, trying, []],
    ["idle: nothing before the start", idle, again, idle, []],
    ["§17.2.2: repeated requests are dropped while trying", trying, again, trying, []],
    ["§17.2.2: 1xx", trying, respond(100), proceeding, [send]],
    ["§17.2.2: final", trying, respond(200), done, [send, set("J", 32_000)]],
    ["§17.2.2: the provisional again", proceeding, again, proceeding, [resend]],
    ["§17.2.2: further 1xx", proceeding, respond(183), proceeding, [send]],
    ["§17.2.2: final after 1xx", proceeding, respond(404), done, [send, set("J", 32_000)]],
    ["RFC 6026 §8.8: not sent, and the state stays", proceeding, broken, proceeding, [unsent]],
    ["trying: no timer and no ACK means anything", trying, timer("J"), trying, []],
    ["§17.2.2: the final response again", done, again, done, [resend]],
    ["§17.2.2: other final responses are dropped", done, respond(500), done, []],
    ["§17.2.2: J", done, timer("J"), over, []],
    ["RFC 6026 §8.8: not sent in completed", done, broken, done, [unsent]],
    ["terminated stays", over, again, over, []],
  ];
  test.each(rows)("%s", (_title, state, input, after, effects) => {
    expect(nextNonInviteServer(state, input, udp)).toEqual([after, effects]);
  });

  test("§17.2.2: J is zero on a stream", () => {
    expect(nextNonInviteServer(trying, respond(200), tcp)).toEqual([over, [send]]);
    expect(nextNonInviteServer(proceeding, respond(200), tcp)).toEqual([over, [send]]);
  });
});
