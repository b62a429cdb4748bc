import { expect, test } from "vitest";
import type { Clock } from "../../../hal/clock.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { AcceptedInvite } from "../../../src/sip/session-accept.ts";

/** Fires a fraction of a millisecond before its time, as timers that count in whole milliseconds do. */
class EarlyClock extends ManualClock implements Clock {
  override after(ms: number, run: () => void) {
    return super.after(Math.max(0, ms - 0.4), run);
  }
}

test("RFC 3261 §13.3.1.4: a clock that is a moment early leads to no twelfth 200", () => {
  const clock = new EarlyClock();
  const sent: SipResponse[] = [];
  let given = 0;
  const request = new SipRequest("INVITE", "sip:bob@b.example").addHeader("CSeq", "1 INVITE");
  const transaction = { request, respond: (response: SipResponse) => void sent.push(response) };
  const core = { parts: { clock }, timers: { t1Ms: 500, t2Ms: 4000 } };
  const accepted = new AcceptedInvite(core, transaction, new SipResponse(200, "OK"), () => given++);
  expect(accepted.sequence).toBe(1);
  clock.advance(33_000);
  expect(sent).toHaveLength(11);
  expect(given).toBe(1);
});
