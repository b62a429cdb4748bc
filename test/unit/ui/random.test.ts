/** Any keys in any state of the phone: nothing throws, every picture is drawn, every digit pressed is released. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Key } from "../../../hal/keypad.ts";
import type { CallPhase, CallView, HistoryEntry, PhoneView } from "../../../src/phone/state.ts";
import { account, call } from "../../fake/phone-control.ts";
import { models, rig } from "./kit.ts";

const keys = fc.constantFrom<Key>(
  ..."0123456789*#".split("").map((digit) => digit as Key),
  ...(["ok", "cancel", "up", "down", "left", "right", "soft1", "soft2", "soft3", "soft4", "line1", "line10"] as const),
  ...(["speaker", "headset", "mute", "hold", "transfer", "conference", "message", "redial"] as const),
  ...(["volume_up", "volume_down", "exp1.1"] as const),
);

const words = fc.oneof(
  fc.string({ maxLength: 40, unit: "binary" }),
  fc.constantFrom("", "Bob", "\u05d0\u05d1 102", "\u0628\u064a\u062a", "\ud83d"),
);

const phases: fc.Arbitrary<CallPhase> = fc.oneof(
  fc.constant<CallPhase>({ name: "incoming", sinceMs: 0 }),
  fc.constant<CallPhase>({ name: "connecting", sinceMs: 0 }),
  fc.boolean().map((early): CallPhase => ({ name: "ringback", early, sinceMs: 0 })),
  fc.constantFrom("none", "local", "remote", "both").map((hold): CallPhase => ({ name: "talking", hold, sinceMs: 0 })),
  fc
    .record({ by: fc.constantFrom("local", "remote", "failed"), why: words })
    .map(({ by, why }): CallPhase => ({ name: "ended", by, why, sinceMs: 0, talkedMs: 5 })),
);

const calls: fc.Arbitrary<CallView[]> = fc
  .array(fc.record({ phase: phases, name: words, number: words, account: fc.integer({ min: 0, max: 20 }) }), {
    maxLength: 5,
  })
  .map((list) =>
    list.map((item, i) =>
      call(i + 1, item.phase, {
        remote: { name: item.name, number: item.number },
        account: item.account,
        current: i === 1,
      }),
    ),
  );

const paths = fc.constantFrom("none", "handset", "headset", "speaker");

const views: fc.Arbitrary<Partial<PhoneView>> = fc.record({
  accounts: fc.array(words, { maxLength: 20 }).map((labels) => labels.map((label, i) => account(i + 1, label))),
  calls,
  dial: fc.option(
    fc.record({
      digits: words,
      account: fc.integer({ min: 0, max: 3 }),
      path: paths,
      purpose: fc.constantFrom("call", "transfer", "conference"),
    }),
    { nil: undefined },
  ),
  path: paths,
  mute: fc.boolean(),
  dnd: fc.boolean(),
  networkUp: fc.boolean(),
  missedCalls: fc.nat(300),
  volume: fc.integer({ min: 0, max: 15 }),
  volumeShownUntilMs: fc.constantFrom(0, 1e9),
  notices: fc.array(words, { maxLength: 4 }),
}) as fc.Arbitrary<Partial<PhoneView>>;

const history: fc.Arbitrary<HistoryEntry[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("placed", "received", "missed", "rejected", "forwarded"),
    account: fc.nat(3),
    remote: fc.record({ name: words, number: words }),
    target: words,
    atEpochMs: fc.integer({ min: 0, max: 4e12 }),
    talkedMs: fc.nat(1e7),
  }),
  { maxLength: 12 },
) as fc.Arbitrary<HistoryEntry[]>;

type Step =
  | { readonly key: Key; readonly heldMs: number }
  | { readonly view: Partial<PhoneView> }
  | { readonly history: HistoryEntry[] };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ key: keys, heldMs: fc.constantFrom(0, 10, 700, 1500) }) },
    { weight: 2, arbitrary: views.map((view) => ({ view })) },
    { weight: 1, arbitrary: history.map((list) => ({ history: list })) },
  ),
  { maxLength: 25 },
);

// A few seconds on a slow machine; a failure prints the seed and the shortest steps that show it.
const runs = { t46g: 60, t27p: 60, t42g: 60, t19p: 60 } as const;

describe("UIX-01: any keys in any state", () => {
  it.each(Object.entries(runs))("on %s", (id, numRuns) => {
    const model = models[id as keyof typeof runs];
    fc.assert(
      fc.property(steps, (list) => {
        const { ui, phone, front, clock } = rig(model);
        for (const step of list) {
          if ("view" in step) phone.show(step.view);
          else if ("history" in step) phone.history = step.history;
          else {
            front.person.press(step.key);
            clock.advance(step.heldMs);
            front.person.release(step.key);
          }
          clock.advance(1);
          expect(ui.screen.softkeys).toHaveLength(4);
          if (ui.screen.body.kind === "list")
            expect(ui.screen.body.rows.length).toBeGreaterThanOrEqual(Math.min(1, ui.screen.body.total));
        }
        ui.close();
        const digits = phone.taken().filter(([what]) => what === "digit");
        for (const digit of "0123456789*#") {
          const moves = digits.filter(([, which]) => which === digit).map(([, , down]) => down);
          expect(moves).toEqual(moves.map((_, i) => i % 2 === 0));
          expect(moves.length % 2).toBe(0);
        }
      }),
      { numRuns },
    );
  });
});
