import { expect, test } from "vitest";
import {
  next,
  type SessionEffect,
  type SessionInput,
  type SessionPhase,
  visible,
} from "../../../src/sip/session-state.ts";

const inputs = {
  "180": { type: "provisional", status: 180 },
  answered: { type: "answered" },
  refused: { type: "refused", status: 486, reason: "Busy Here" },
  abandoned: { type: "abandoned" },
  "hang-up": { type: "hang-up", status: 487, reason: "" },
  ring: { type: "ring", status: 180 },
  answer: { type: "answer", offered: false },
  offer: { type: "answer", offered: true },
  cancelled: { type: "cancelled", reason: "", elsewhere: false },
  ack: { type: "ack" },
  "no-ack": { type: "no-ack" },
  bye: { type: "bye", reason: "" },
  broken: { type: "broken", status: 488, reason: "" },
  change: { type: "change" },
  changed: { type: "change-answered" },
  "491": { type: "change-refused", status: 491, reason: "", retryAfter: false },
  "488": { type: "change-refused", status: 488, reason: "", retryAfter: false },
  "481": { type: "change-refused", status: 481, reason: "", retryAfter: false },
  "500": { type: "change-refused", status: 500, reason: "", retryAfter: false },
  "500 later": { type: "change-refused", status: 500, reason: "", retryAfter: true },
  lend: { type: "lend" },
  lent: { type: "lend-answered" },
  retry: { type: "retry" },
  invite: { type: "their-invite" },
  accepted: { type: "their-invite-accepted", offered: false },
  offered: { type: "their-invite-accepted", offered: true },
} as const satisfies Record<string, SessionInput>;
type Name = keyof typeof inputs;

const starts: Record<"out" | "in", SessionPhase> = {
  out: { name: "calling" },
  in: { name: "incoming", status: 100 },
};

function told(phase: SessionPhase): string {
  if (phase.name === "established") return `established ${phase.change}`;
  if (phase.name === "terminated") return `terminated ${phase.by} ${phase.status}`;
  return phase.name;
}

function effect(e: SessionEffect): string {
  return e.type === "respond" || e.type === "refuse-their-invite" ? `${e.type} ${e.status}` : e.type;
}

function run(start: "out" | "in", names: readonly Name[]): { phase: SessionPhase; effects: SessionEffect[] } {
  let phase = starts[start];
  let effects: SessionEffect[] = [];
  for (const name of names) [phase, effects] = next(phase, inputs[name]);
  return { phase, effects };
}

const table: readonly [section: string, start: "out" | "in", Name[], end: string, effects: string[]][] = [
  ["§13.2.2.1", "out", ["180"], "proceeding", []],
  ["§13.2.2.4", "out", ["answered"], "established none", ["change-over"]],
  ["§13.2.2.3", "out", ["180", "refused"], "terminated failed 486", []],
  ["§9.1", "out", ["hang-up"], "cancelling", ["cancel"]],
  ["§9.1", "out", ["180", "hang-up", "refused"], "terminated local 487", []],
  ["§9.1", "out", ["hang-up", "hang-up"], "cancelling", []],
  ["§9.1", "out", ["hang-up", "180"], "cancelling", []],
  ["§9.1", "out", ["hang-up", "abandoned"], "terminated local 487", []],
  ["§9.1, §15", "out", ["hang-up", "answered"], "terminated local 487", ["bye"]],
  ["§14.2", "out", ["180", "invite"], "proceeding", ["refuse-their-invite 491"]],
  ["§15", "out", ["180", "bye"], "cancelling", ["cancel"]],
  ["§15", "out", ["answered", "hang-up"], "terminated local 487", ["bye"]],
  ["§15", "out", ["answered", "bye"], "terminated remote 200", []],
  ["§13.2.2.4", "out", ["answered", "broken"], "terminated failed 488", ["bye"]],
  ["§14.1", "out", ["change"], "calling", []],
  ["§14.1", "out", ["answered", "change"], "established ours", ["send-change"]],
  ["§14.1", "out", ["answered", "change", "change"], "established ours", []],
  ["§14.1", "out", ["answered", "change", "changed"], "established none", ["change-over"]],
  ["§14.1", "out", ["answered", "change", "488"], "established none", ["change-undone", "change-over"]],
  ["§14.1", "out", ["answered", "change", "500"], "established none", ["change-undone", "change-over"]],
  ["§14.1", "out", ["answered", "change", "481"], "terminated failed 481", ["bye"]],
  ["§14.1", "out", ["answered", "change", "491"], "established glare", ["wait-retry"]],
  ["§14.2", "out", ["answered", "change", "500 later"], "established glare", ["wait-retry"]],
  ["§14.1", "out", ["answered", "change", "491", "retry"], "established none", ["change-over"]],
  ["§14.1", "out", ["answered", "change", "491", "invite"], "established glare", ["take-their-invite"]],
  ["§14.1", "out", ["answered", "change", "491", "invite", "accepted", "retry"], "established theirs", []],
  ["§14.1", "out", ["answered", "retry"], "established none", []],
  ["§14.2", "out", ["answered", "change", "invite"], "established ours", ["refuse-their-invite 491"]],
  ["§14.1, §15", "out", ["answered", "change", "bye"], "terminated remote 200", []],
  ["§14.2", "out", ["answered", "invite"], "established none", ["take-their-invite"]],
  ["§14.2", "out", ["answered", "invite", "accepted", "change"], "established theirs", []],
  ["§14.2", "out", ["answered", "invite", "accepted", "ack"], "established none", ["change-over"]],
  ["§14.2", "out", ["answered", "invite", "accepted", "no-ack"], "terminated failed 408", ["bye"]],
  ["RFC 5407 §3.1.4", "out", ["answered", "invite", "accepted", "invite"], "established none", ["take-their-invite"]],
  [
    "RFC 3264 §4",
    "out",
    ["answered", "invite", "offered", "invite"],
    "established theirs-offered",
    ["refuse-their-invite 491"],
  ],
  ["RFC 7088 §2.1", "out", ["answered", "lend"], "established lending", ["send-lend"]],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "lent"], "established none", ["change-over"]],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "change"], "established lending", []],
  ["RFC 7088 §2.1", "out", ["answered", "change", "lend"], "established ours", []],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "488"], "established none", ["lend-undone", "change-over"]],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "491"], "established glare", ["wait-retry"]],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "481"], "terminated failed 481", ["bye"]],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "hang-up"], "terminated local 487", ["bye"]],
  ["RFC 7088 §2.1", "out", ["answered", "lend", "bye"], "terminated remote 200", []],
  ["RFC 7088 §2.1", "out", ["answered", "lent"], "established none", []],
  ["RFC 7088 §2.1", "in", ["answer", "lend"], "accepted", []],
  ["§14.2", "out", ["answered", "lend", "invite"], "established lending", ["refuse-their-invite 491"]],
  ["§13.3.1.1", "in", ["ring"], "incoming", ["respond 180"]],
  ["§13.3.1.4", "in", ["ring", "answer"], "accepted", ["accept"]],
  ["§13.3.1.3", "in", ["hang-up"], "terminated local 487", ["respond 487"]],
  ["§9.2", "in", ["ring", "cancelled"], "terminated remote 487", ["respond 487"]],
  ["§9.2", "in", ["answer", "cancelled"], "accepted", []],
  ["§15.1.2", "in", ["ring", "bye"], "terminated remote 200", ["respond 487"]],
  ["§13.3.1.3", "in", ["broken"], "terminated failed 488", ["respond 488"]],
  ["§14.2", "in", ["invite"], "incoming", ["refuse-their-invite 500"]],
  ["§13.3.1.4", "in", ["answer", "ack"], "established none", ["change-over"]],
  ["§13.3.1.4", "in", ["answer", "no-ack"], "terminated failed 408", ["bye"]],
  ["§15", "in", ["answer", "hang-up"], "leaving", []],
  ["§15", "in", ["answer", "hang-up", "ack"], "terminated local 487", ["bye"]],
  ["§15", "in", ["answer", "hang-up", "no-ack"], "terminated local 487", ["bye"]],
  ["§15", "in", ["answer", "hang-up", "bye"], "terminated local 487", []],
  ["§15", "in", ["answer", "bye"], "terminated remote 200", []],
  ["RFC 5407 §3.1.4", "in", ["answer", "invite"], "established none", ["take-their-invite"]],
  ["RFC 3264 §4", "in", ["offer", "invite"], "accepted", ["refuse-their-invite 491"]],
  ["§14.1", "in", ["answer", "change"], "accepted", []],
];

for (const [section, start, names, end, effects] of table)
  test(`RFC 3261 ${section}: session ${start}: ${names.join(", ")} -> ${end}`, () => {
    const result = run(start, names);
    expect(told(result.phase)).toBe(end);
    expect(result.effects.map(effect)).toEqual(effects);
  });

test("RFC 3261 §13 to §15: no input makes any phase fail, a terminated session stays so, and an end comes once", () => {
  const all = Object.values(inputs);
  const seen = new Map<string, SessionPhase>();
  const queue: SessionPhase[] = Object.values(starts);
  for (let phase = queue.pop(); phase !== undefined; phase = queue.pop()) {
    const key = JSON.stringify(phase);
    if (seen.has(key)) continue;
    seen.set(key, phase);
    for (const input of all) {
      const [after, effects] = next(phase, input);
      if (phase.name === "terminated") expect([after, effects]).toEqual([phase, []]);
      // For people an end is an end.
      if (visible(phase).name === "terminated") expect(visible(after)).toEqual(visible(phase));
      expect(effects.filter((e) => e.type === "bye").length).toBeLessThan(2);
      queue.push(after);
    }
  }
  expect([...new Set([...seen.values()].map((p) => p.name))].sort()).toEqual([
    "accepted",
    "calling",
    "cancelling",
    "established",
    "incoming",
    "leaving",
    "proceeding",
    "terminated",
  ]);
});
