import { describe, expect, it } from "vitest";
import {
  closedDial,
  type DialEffect,
  type DialInput,
  type DialRules,
  type DialState,
  nextDial,
} from "../../../src/phone/dialling.ts";

const rules: DialRules = { sendKey: "#", interDigitMs: 4000, autoDialOnHook: false, dialToneMs: 15_000 };

function run(inputs: readonly DialInput[], r = rules): { state: DialState; effects: DialEffect[] } {
  let state: DialState = closedDial;
  const effects: DialEffect[] = [];
  for (const input of inputs) {
    const [next, more] = nextDial(state, input, r);
    state = next;
    effects.push(...more);
  }
  return { state, effects };
}

const digits = (text: string): DialInput[] => [...text].map((d) => ({ type: "digit", digit: d as "1", account: 1 }));
const dials = (effects: readonly DialEffect[]) => effects.flatMap((e) => (e.type === "dial" ? [e.to] : []));
const timers = (effects: readonly DialEffect[]) => effects.flatMap((e) => (e.type === "start" ? [e] : []));

describe("dialling", () => {
  it("CAL-01: digits on hook are collected silently and wait for Send", () => {
    const { state, effects } = run(digits("600"));
    expect(state).toMatchObject({ name: "collecting", digits: "600", path: "none" });
    expect(timers(effects)).toEqual([]);
    expect(dials(run([...digits("600"), { type: "send" }]).effects)).toEqual(["600"]);
  });

  it("CAL-13: with live dialpad the number goes out by itself after the inter-digit time, on hook too", () => {
    const live = { ...rules, autoDialOnHook: true };
    const started = timers(run(digits("60"), live).effects);
    expect(started.map((t) => [t.timer, t.ms])).toEqual([
      ["inter-digit", 4000],
      ["inter-digit", 4000],
    ]);
    const first = started[0];
    const last = started[1];
    if (first === undefined || last === undefined) throw new Error("no timers");
    const late = (turn: number): DialInput => ({ type: "timer", timer: "inter-digit", turn });
    expect(dials(run([...digits("60"), late(first.turn)], live).effects)).toEqual([]);
    expect(dials(run([...digits("60"), late(last.turn)], live).effects)).toEqual(["60"]);
  });

  it("CAL-01: off hook the number goes out by itself, and carries the path it was dialled on", () => {
    const off: DialInput[] = [{ type: "open", path: "handset", account: 1 }, ...digits("12")];
    const turn = timers(run(off).effects).at(-1)?.turn ?? -1;
    const { state, effects } = run([...off, { type: "timer", timer: "inter-digit", turn }]);
    expect(state.name).toBe("closed");
    expect(effects.find((e) => e.type === "dial")).toMatchObject({ to: "12", path: "handset" });
  });

  it("CAL-03: the send key dials what was collected and is a digit where nothing was", () => {
    expect(dials(run(digits("12#")).effects)).toEqual(["12"]);
    expect(run(digits("#21")).state).toMatchObject({ digits: "#21" });
    expect(run(digits("12#"), { ...rules, sendKey: undefined }).state).toMatchObject({ digits: "12#" });
    expect(dials(run(digits("12*"), { ...rules, sendKey: "*" }).effects)).toEqual(["12"]);
  });

  it("CAL-02: without digits dial tone ends in busy tone on the handset and gives up on the loudspeaker", () => {
    for (const [path, end] of [
      ["handset", "collecting"],
      ["speaker", "closed"],
    ] as const) {
      const opened = run([{ type: "open", path, account: 1 }]);
      const timer = timers(opened.effects)[0];
      expect(timer).toMatchObject({ timer: "dial-tone", ms: 15_000 });
      const after = run([
        { type: "open", path, account: 1 },
        { type: "timer", timer: "dial-tone", turn: timer?.turn ?? -1 },
      ]);
      expect(after.state.name).toBe(end);
      if (after.state.name === "collecting") expect(after.state.tooLong).toBe(true);
      else expect(after.effects.at(-1)).toEqual({ type: "give-up" });
    }
  });

  it("CAL-01: deleting the last digit on hook closes, off hook brings dial tone back", () => {
    expect(run([...digits("1"), { type: "backspace" }]).state.name).toBe("closed");
    const off = run([{ type: "open", path: "speaker", account: 1 }, ...digits("1"), { type: "backspace" }]);
    expect(off.state).toMatchObject({ name: "collecting", digits: "", path: "speaker" });
    expect(timers(off.effects).at(-1)?.timer).toBe("dial-tone");
  });

  it("CAL-01: a timer of an earlier number means nothing to the next one", () => {
    const off: DialInput[] = [{ type: "open", path: "handset", account: 1 }, ...digits("1")];
    const old = timers(run(off).effects);
    const again = [...off, { type: "close" } as const, ...off];
    for (const { timer, turn } of old) {
      const { state, effects } = run([...again, { type: "timer", timer, turn }]);
      expect(dials(effects)).toEqual([]);
      expect(state).toMatchObject({ name: "collecting", digits: "1", tooLong: false });
    }
  });

  it("CAL-15: Send with nothing collected asks for a redial", () => {
    expect(run([{ type: "send" }]).effects).toEqual([{ type: "redial" }]);
  });

  it("ACC-31: a URI that is being typed is never dialled by time", () => {
    const { effects } = run([
      { type: "open", path: "speaker", account: 1 },
      { type: "text", text: "a@10.0.0.1", account: 1 },
    ]);
    expect(timers(effects).filter((t) => t.timer === "inter-digit")).toEqual([]);
  });

  it("CAL-01: lifting the handset over collected digits keeps them and starts the inter-digit time", () => {
    const { state, effects } = run([...digits("44"), { type: "path", path: "handset" }]);
    expect(state).toMatchObject({ digits: "44", path: "handset" });
    expect(timers(effects).at(-1)?.timer).toBe("inter-digit");
  });

  it("CAL-01: a stuck key does not grow the number without end", () => {
    const { state } = run(Array.from({ length: 2000 }, (): DialInput => ({ type: "digit", digit: "1", account: 1 })));
    expect(state.name === "collecting" && state.digits.length).toBe(256);
  });
});
