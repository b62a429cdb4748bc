import { describe, expect, it } from "vitest";
import { type CallLook, callMoments } from "../../../src/phone/call-moments.ts";

const look = (more: Partial<CallLook> & Pick<CallLook, "state">): CallLook => ({
  direction: "out",
  status: 0,
  outcome: "",
  byRemote: false,
  heldHere: false,
  heldThere: false,
  transfer: "none",
  beside: false,
  ...more,
});
const talking = look({ state: "talking" });
const ringing = look({ state: "incoming", direction: "in" });

describe("moments of a call", () => {
  it.each<[string, CallLook | undefined, CallLook, string[]]>([
    ["dialled", undefined, look({ state: "connecting" }), ["outgoing_call"]],
    ["not even tried", undefined, look({ state: "ended" }), []],
    ["answered there", look({ state: "ringback" }), talking, ["call_established"]],
    ["busy there", look({ state: "ringback" }), look({ state: "ended", status: 486 }), ["remote_busy"]],
    ["refused there", look({ state: "ringback" }), look({ state: "ended", status: 404 }), ["call_terminated"]],
    ["given up here", look({ state: "ringback" }), look({ state: "gone", outcome: "placed" }), ["cancel_callout"]],
    ["ringing", undefined, ringing, ["incoming_call"]],
    [
      "given up there",
      ringing,
      { ...ringing, state: "gone", outcome: "missed", byRemote: true },
      ["call_remote_canceled", "missed_call"],
    ],
    ["unanswered", ringing, { ...ringing, state: "gone", outcome: "missed" }, ["missed_call"]],
    [
      "taken elsewhere",
      ringing,
      { ...ringing, state: "gone", outcome: "elsewhere", byRemote: true },
      ["call_remote_canceled"],
    ],
    ["refused here", ringing, { ...ringing, state: "gone", outcome: "rejected" }, ["reject_incoming_call"]],
    ["sent on", ringing, { ...ringing, state: "gone", outcome: "forwarded" }, ["forward_incoming_call"]],
    ["second one answered", ringing, { ...ringing, state: "answering", beside: true }, ["answer_new_incoming_call"]],
    ["held", talking, { ...talking, heldHere: true }, ["hold"]],
    ["resumed", { ...talking, heldHere: true }, talking, ["unhold"]],
    ["held there", talking, { ...talking, heldThere: true }, ["held"]],
    ["resumed there", { ...talking, heldThere: true }, talking, ["unheld"]],
    ["ended", talking, look({ state: "ended", status: 200 }), ["call_terminated"]],
    ["shown no more", look({ state: "ended" }), look({ state: "gone" }), []],
    ["transferred", talking, { ...talking, transfer: "blind" }, ["transfer_call", "blind_transfer_call"]],
    ["connected", talking, { ...talking, transfer: "attended" }, ["transfer_call", "attended_transfer_call"]],
    ["not transferred", { ...talking, transfer: "blind" }, { ...talking, transfer: "failed" }, ["transfer_failed"]],
    [
      "handed over",
      { ...talking, transfer: "blind" },
      look({ state: "ended", status: 200, transfer: "done" }),
      ["transfer_finished", "call_terminated"],
    ],
    ["nothing", talking, talking, []],
  ])("API-06: %s", (_what, before, now, moments) => {
    expect(callMoments(before, now)).toEqual(moments);
  });
});
