import { describe, expect, it } from "vitest";
import { type CallInput, type CallState, nextCall } from "../../../src/phone/call-state.ts";

const outgoing: CallState = { name: "preparing", sinceMs: 0 };
const incoming: CallState = { name: "incoming", sinceMs: 0, silenced: false };

function run(start: CallState, ...inputs: CallInput[]): CallState {
  return inputs.reduce((state, input, i) => nextCall(state, input, 1000 * (i + 1)), start);
}
const end = (by: "local" | "remote" | "failed", status: number, elsewhere = false): CallInput => ({
  type: "terminated",
  by,
  status,
  why: `reason ${status}`,
  elsewhere,
});

describe("a call's phases", () => {
  it("flow 1: invited, ringing, established, and the far end hangs up", () => {
    const ringing = run(outgoing, { type: "invited" }, { type: "progress", status: 180 });
    expect(ringing).toMatchObject({ name: "ringback", early: false });
    const talking = run(outgoing, { type: "invited" }, { type: "progress", status: 180 }, { type: "established" });
    expect(talking).toEqual({ name: "talking", sinceMs: 3000 });
    expect(nextCall(talking, end("remote", 200), 9000)).toEqual({
      name: "ended",
      sinceMs: 9000,
      by: "remote",
      status: 200,
      why: "reason 200",
      talkedMs: 6000,
    });
  });

  it("RFC 3261 §21.1.1: 100 Trying is not ring-back", () => {
    expect(run(outgoing, { type: "invited" }, { type: "progress", status: 100 }).name).toBe("connecting");
  });

  it("CAL-38: sound of the far end replaces ring-back tone, its end brings the tone back", () => {
    const early = run(
      outgoing,
      { type: "invited" },
      { type: "progress", status: 183 },
      { type: "early-media", on: true },
    );
    expect(early).toMatchObject({ name: "ringback", early: true });
    expect(nextCall(early, { type: "early-media", on: false }, 9)).toMatchObject({ early: false });
  });

  it("flow 2: busy is shown as a failed call with its reason", () => {
    expect(run(outgoing, { type: "invited" }, end("failed", 486))).toMatchObject({
      name: "ended",
      by: "failed",
      status: 486,
    });
  });

  it("flow 3: our own hang-up before the answer leaves a placed call and nothing on the LCD", () => {
    const placed = { name: "gone", outcome: "placed", talkedMs: 0 };
    expect(run(outgoing, { type: "hang-up" })).toEqual(placed);
    expect(run(outgoing, { type: "invited" }, { type: "progress", status: 180 }, { type: "hang-up" })).toEqual(placed);
    expect(run(outgoing, { type: "invited" }, end("local", 487))).toEqual(placed);
  });

  it("DIR-12: a call that the caller gave up is missed, DIR-13: one taken elsewhere is not", () => {
    expect(run(incoming, end("remote", 487))).toMatchObject({ name: "gone", outcome: "missed" });
    expect(run(incoming, end("remote", 487, true))).toMatchObject({ name: "gone", outcome: "elsewhere" });
  });

  it("CAL-20: a refused call is logged as rejected, CAL-21: a silenced one goes on ringing unheard", () => {
    expect(run(incoming, { type: "reject" })).toMatchObject({ name: "gone", outcome: "rejected" });
    expect(run(incoming, { type: "silence" })).toMatchObject({ name: "incoming", silenced: true });
  });

  it("CAL-19: an answered call talks once it is established, and is a received one when the caller is gone by then", () => {
    expect(run(incoming, { type: "answer" }, { type: "established" }).name).toBe("talking");
    expect(run(incoming, { type: "answer" }, end("remote", 487))).toMatchObject({ name: "ended", by: "remote" });
  });

  it("RFC 3261 §9: nothing moves a call that is gone", () => {
    const gone = run(outgoing, { type: "hang-up" });
    const inputs: CallInput[] = [
      { type: "established" },
      { type: "progress", status: 180 },
      end("remote", 200),
      { type: "answer" },
    ];
    for (const input of inputs) expect(nextCall(gone, input, 1)).toBe(gone);
  });
});
