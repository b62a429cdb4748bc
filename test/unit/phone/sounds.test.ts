import { describe, expect, it } from "vitest";
import type { CallState } from "../../../src/phone/call-state.ts";
import { closedDial, type DialState } from "../../../src/phone/dialling.ts";
import { handsFree, type SoundFacts, soundsOf } from "../../../src/phone/sounds.ts";
import { transducerAction } from "../../../src/phone/transducer.ts";

const talking: CallState = { name: "talking", sinceMs: 0 };
const ringing: CallState = { name: "incoming", sinceMs: 0, silenced: false };
const dialling = (more: Partial<Extract<DialState, { name: "collecting" }>> = {}): DialState => ({
  name: "collecting",
  digits: "",
  account: 1,
  purpose: "call",
  path: "handset",
  turn: 0,
  tooLong: false,
  ...more,
});
const ended = (by: "remote" | "failed", status: number): CallState => ({
  name: "ended",
  by,
  status,
  why: "",
  sinceMs: 0,
  talkedMs: 0,
});
function hear(more: Partial<SoundFacts>) {
  const calls = more.calls ?? (more.current === undefined ? [] : [more.current]);
  return soundsOf({
    dial: closedDial,
    current: undefined,
    parked: false,
    messagesWait: false,
    waitingTone: true,
    busyToneMs: 0,
    nowMs: 1000,
    ...more,
    calls,
  });
}

describe("what is heard", () => {
  it("CAL-01: dial tone while nothing is dialled and the path is open; silence on hook", () => {
    expect(hear({ dial: dialling() })).toEqual({ ear: "dial", ring: false, engaged: true });
    expect(hear({ dial: dialling({ digits: "6" }) })).toMatchObject({ ear: "none", engaged: true });
    expect(hear({ dial: dialling({ path: "none" }) })).toEqual({ ear: "none", ring: false, engaged: false });
    expect(hear({ dial: dialling({ tooLong: true }) }).ear).toBe("busy");
  });

  it("CAL-22: a call that comes while talking is a tone in the ear, not the ringer", () => {
    expect(hear({ current: talking, calls: [talking, ringing] })).toEqual({
      ear: "call-waiting",
      ring: false,
      engaged: true,
    });
    expect(hear({ current: talking, calls: [talking, ringing], waitingTone: false }).ear).toBe("none");
  });

  it("CAL-21: an incoming call rings until it is silenced, without opening the path", () => {
    expect(hear({ current: ringing })).toEqual({ ear: "none", ring: true, engaged: false });
    expect(hear({ current: { ...ringing, silenced: true } }).ring).toBe(false);
  });

  it("CAL-38: ring-back until the far end is heard itself", () => {
    expect(hear({ current: { name: "ringback", sinceMs: 0, early: false } }).ear).toBe("ring-back");
    expect(hear({ current: { name: "ringback", sinceMs: 0, early: true } }).ear).toBe("none");
  });

  it("CAL-37: busy tone for busy, congestion for other failures, and after a hang-up as long as configured", () => {
    expect(hear({ current: ended("failed", 486) }).ear).toBe("busy");
    expect(hear({ current: ended("failed", 404) }).ear).toBe("congestion");
    expect(hear({ current: ended("remote", 200) }).ear).toBe("none");
    expect(hear({ current: ended("remote", 200), busyToneMs: 3000 }).ear).toBe("busy");
    expect(hear({ current: ended("remote", 200), busyToneMs: 3000, nowMs: 3001 }).ear).toBe("none");
  });
});

describe("a call that was held before the handset was put down", () => {
  it("CAL-19: keeps no path open and no tone, and another call rings aloud", () => {
    expect(hear({ current: talking, parked: true })).toEqual({ ear: "none", ring: false, engaged: false });
    expect(hear({ current: talking, calls: [talking, ringing], parked: true })).toEqual({
      ear: "none",
      ring: true,
      engaged: false,
    });
    expect(hear({ dial: dialling(), current: talking, parked: true })).toMatchObject({ ear: "dial", engaged: true });
  });
});

describe("transducers", () => {
  it("AUD-13: calls without a lifted handset go to the headset only when it is chosen and plugged", () => {
    expect(handsFree(true, true)).toBe("headset");
    expect(handsFree(true, false)).toBe("speaker");
    expect(handsFree(false, true)).toBe("speaker");
  });

  const idle = {
    pressed: "speaker",
    output: "speaker",
    engaged: false,
    lifted: false,
    parked: false,
    ringing: false,
    collected: false,
  } as const;
  it.each([
    ["idle", {}, "open"],
    ["a call rings", { ringing: true }, "answer"],
    ["digits were collected on hook", { collected: true }, "send"],
    ["talking on the handset", { engaged: true, output: "handset", lifted: true }, "move"],
    ["talking on it, handset lifted", { engaged: true, lifted: true }, "back to handset"],
    ["talking on it", { engaged: true }, "put-down"],
    ["a call is parked", { output: "none", parked: true }, "move"],
    ["a call is parked and another rings", { output: "none", parked: true, ringing: true }, "answer"],
  ] as const)("AUD-21: the speaker key when %s", (_state, more, action) => {
    expect(transducerAction({ ...idle, ...more })).toBe(action);
  });
});
