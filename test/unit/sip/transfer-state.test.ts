/** The machines of a REFER, sent and come: RFC 3515, RFC 4488. */
import { expect, test } from "vitest";
import { SipRequest } from "../../../src/sip/message.ts";
import { next as nextReferral, type ReferralInput, type ReferralState } from "../../../src/sip/referral-state.ts";
import { reportedStatus, sipfrag } from "../../../src/sip/sipfrag.ts";
import { next, type TransferInput, type TransferState } from "../../../src/sip/transfer-state.ts";

const asked: TransferState = { name: "asked" };
const accepted: TransferState = { name: "accepted", observed: true };
const ringing: TransferState = { name: "proceeding", status: 180, reason: "Ringing" };
const report = (status: number, last = false, reason = ""): TransferInput => ({
  type: "notified",
  report: { status, reason: "x" },
  last,
  reason,
});

test("RFC 3515 §2.4: how a REFER of ours goes", () => {
  const cases: [TransferState, TransferInput, string][] = [
    [asked, { type: "accepted", observed: true }, "accepted"],
    [asked, { type: "refused", status: 603, reason: "Decline" }, "failed other side"],
    [asked, report(180), "proceeding"],
    [asked, { type: "expired", reason: "x" }, "unknown"],
    [accepted, { type: "refused", status: 603, reason: "" }, "accepted"],
    [accepted, report(100), "proceeding"],
    [accepted, report(200, true), "succeeded"],
    [accepted, report(486, true), "failed target"],
    [ringing, { type: "accepted", observed: true }, "proceeding"],
    [ringing, report(200), "succeeded"],
    [ringing, report(180, true, "timeout"), "unknown"],
    [ringing, { type: "notified", report: undefined, last: false, reason: "" }, "proceeding"],
    [ringing, { type: "notified", report: undefined, last: true, reason: "" }, "unknown"],
    [{ name: "succeeded", status: 200, reason: "OK" }, report(486, true), "succeeded"],
    [{ name: "unknown", reason: "x" }, report(200), "unknown"],
  ];
  for (const [state, input, expected] of cases) {
    const after = next(state, input);
    const text = after.name === "failed" ? `${after.name} ${after.by}` : after.name;
    expect([state.name, input, text]).toEqual([state.name, input, expected]);
  }
});

test("RFC 3515 §2.4.4: how a REFER that came goes, and what is told of it", () => {
  const active: ReferralState = { name: "active", told: 100 };
  const cases: [ReferralState, ReferralInput, ReferralState["name"], string[]][] = [
    [{ name: "asked" }, { type: "accept", observed: true }, "active", ["respond 202", "notify 100"]],
    [{ name: "asked" }, { type: "accept", observed: false }, "unobserved", ["respond 202"]],
    [{ name: "asked" }, { type: "reject", status: 603, reason: "" }, "over", ["respond 603"]],
    [{ name: "asked" }, { type: "report", report: { status: 200, reason: "" } }, "asked", []],
    [active, { type: "report", report: { status: 180, reason: "" } }, "active", ["notify 180"]],
    [active, { type: "report", report: { status: 100, reason: "" } }, "active", []],
    [active, { type: "report", report: { status: 486, reason: "" } }, "over", ["notify 486 noresource"]],
    [active, { type: "expired" }, "over", ["notify 100 timeout"]],
    [active, { type: "unsubscribed" }, "over", ["notify 100 timeout"]],
    [active, { type: "lost" }, "over", []],
    [{ name: "unobserved" }, { type: "report", report: { status: 200, reason: "" } }, "over", []],
    [{ name: "over" }, { type: "report", report: { status: 200, reason: "" } }, "over", []],
  ];
  for (const [state, input, name, effects] of cases) {
    const [after, done] = nextReferral(state, input);
    const told = done.map((e) =>
      e.type === "respond" ? `respond ${e.status}` : `notify ${e.report.status}${e.last === "" ? "" : ` ${e.last}`}`,
    );
    expect([state.name, input, after.name, told]).toEqual([state.name, input, name, effects]);
  }
});

test("RFC 3420: the status line of a fragment, as others write it", () => {
  const read = (type: string, body: string) =>
    reportedStatus(new SipRequest("NOTIFY", "sip:x@y").setBody(type, body))?.status;
  expect(read("message/sipfrag;version=2.0", sipfrag({ status: 180, reason: "" }))).toBe(180);
  expect(read("message/sipfrag", "SIP/2.0 200 OK")).toBe(200);
  expect(read("Message/SIPfrag", "\r\nSIP/2.0 603\r\nTo: <sip:x@y>\r\n")).toBe(603);
  expect(read("message/sipfrag", "SIP/2.0 1000 x")).toBeUndefined();
  expect(read("text/plain", "SIP/2.0 200 OK")).toBeUndefined();
  expect(sipfrag({ status: 486, reason: "" })).toBe("SIP/2.0 486 Busy Here\r\n");
  expect(sipfrag({ status: 486, reason: "a\r\nb" })).toBe("SIP/2.0 486 a b\r\n");
});
