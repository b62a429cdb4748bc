import { describe, expect, it } from "vitest";
import {
  type HoldMusicInput,
  type HoldMusicState,
  mostTimes,
  nextHoldMusic,
} from "../../../src/phone/hold-music-state.ts";

const inputs = {
  hold: { type: "hold" },
  resume: { type: "resume" },
  offered: { type: "offered", offer: "o" },
  answered: { type: "answered", answer: "a" },
  failed: { type: "failed", why: "503 Busy" },
  late: { type: "late" },
  again: { type: "again" },
  over: { type: "over", why: "", held: false },
  changed: { type: "over", why: "", held: true },
  refused: { type: "over", why: "488", held: true },
} as const satisfies Record<string, HoldMusicInput>;
type Name = keyof typeof inputs;

function run(names: readonly Name[]) {
  let state: HoldMusicState = { name: "off" };
  let effects: readonly { readonly type: string }[] = [];
  for (const name of names) [state, effects] = nextHoldMusic(state, inputs[name]);
  return { state, effects: effects.map((e) => e.type) };
}

const calling = ["hold", "offered"] as const;
const playing = [...calling, "answered"] as const;
const table: readonly [names: readonly Name[], end: string, effects: string[]][] = [
  [["hold"], "asking", ["ask"]],
  [["hold", "hold"], "asking", []],
  [["resume"], "off", []],
  [["hold", "resume"], "off", ["hang-up"]],
  [["hold", "over"], "off", ["hang-up"]],
  [["hold", "refused"], "silent", ["hang-up", "log"]],
  [["hold", "answered"], "asking", []],
  [calling, "calling", ["call"]],
  [[...calling, "failed"], "silent", ["log", "hang-up", "decline"]],
  [[...calling, "late"], "silent", ["log", "hang-up", "decline"]],
  [[...calling, "resume"], "off", ["hang-up"]],
  [[...calling, "over"], "off", ["hang-up"]],
  [playing, "playing", ["give"]],
  [[...playing, "late"], "playing", []],
  [[...playing, "failed"], "silent", ["log", "take-back"]],
  [[...playing, "refused"], "silent", ["hang-up", "log"]],
  [[...playing, "over"], "off", ["hang-up"]],
  [[...playing, "resume"], "off", ["hang-up"]],
  [[...playing, "changed"], "waiting", ["hang-up", "wait"]],
  [[...playing, "changed", "again"], "asking", ["ask"]],
  [[...playing, "changed", "resume"], "off", ["hang-up"]],
  [[...playing, "changed", "resume", "again"], "off", []],
  [[...calling, "late", "hold"], "asking", ["ask"]],
];

describe("music for who is held", () => {
  for (const [names, end, effects] of table)
    it(`CAL-46: ${names.join(", ")} -> ${end}`, () => {
      const result = run(names);
      expect(result.state.name).toBe(end);
      expect(result.effects).toEqual(effects);
    });

  it(`CAL-46: a far end that changes its sound ${mostTimes} times is left in silence`, () => {
    const round = ["offered", "answered", "changed", "again"] as const;
    const names: Name[] = ["hold"];
    for (let n = 1; n < mostTimes; n++) names.push(...round);
    expect(run(names).state.name).toBe("asking");
    expect(run([...names, ...round]).state.name).toBe("silent");
  });

  it("CAL-46: no input makes any state fail, and resume always ends with no call to the server", () => {
    const queue: HoldMusicState[] = [{ name: "off" }];
    const seen = new Set<string>();
    for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
      const key = JSON.stringify(state);
      if (seen.has(key)) continue;
      seen.add(key);
      for (const input of Object.values(inputs)) queue.push(nextHoldMusic(state, input)[0]);
      const [after, effects] = nextHoldMusic(state, inputs.resume);
      expect(after.name).toBe("off");
      if (state.name !== "off") expect(effects.map((e) => e.type)).toEqual(["hang-up"]);
    }
    expect(new Set([...seen].map((key) => JSON.parse(key).name)).size).toBe(6);
  });
});
