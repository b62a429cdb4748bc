/** Sentences for people: what holds, and what has just happened. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { PhoneAlerts } from "../../../src/phone/alerts.ts";

function rig() {
  const clock = new ManualClock();
  let changes = 0;
  const alerts = new PhoneAlerts(clock, () => {
    changes += 1;
  });
  return { clock, alerts, changes: () => changes };
}

describe("UIX-01: what is said on the LCD", () => {
  test("a new sentence is news for 8 s and holds until it is taken back; what is mended is no news", () => {
    const { clock, alerts } = rig();
    alerts.set("server", "Office: a does not answer, using b");
    expect(alerts.news).toEqual({ text: "Office: a does not answer, using b", untilMs: clock.now() + 8000 });
    alerts.set("server", undefined);
    expect([alerts.texts, alerts.news]).toEqual([[], undefined]);
  });

  test("the same again is no news", () => {
    const { clock, alerts, changes } = rig();
    alerts.set("x", "same");
    const { news } = alerts;
    clock.advance(5000);
    alerts.set("x", "same");
    expect(alerts.news).toBe(news);
    expect(changes()).toBe(1);
  });

  test("RFC 7675 §5.1: a call whose sound is lost says so", () => {
    const { clock, alerts } = rig();
    alerts.soundless(true, clock);
    expect(alerts.news?.text).toBe("Sound lost, trying again");
    alerts.soundless(false, clock);
    expect(alerts.news?.text).toBe("No way for the sound");
    clock.advance(10_000);
    expect(alerts.texts).toEqual([]);
  });

  test("the network, and a sound card, going and coming", () => {
    const { alerts } = rig();
    alerts.network("down");
    expect(alerts.news?.text).toBe("Network unavailable");
    alerts.network("up");
    expect(alerts.news?.text).toBe("Network is back");
    alerts.audioTrouble({ device: "card", lost: true, why: "unplugged" }, silentLog);
    expect(alerts.news?.text).toBe("No sound: unplugged");
  });

  test("ACC-37: an account that fails again and again says so once, then that it is registered again", () => {
    const { alerts } = rig();
    const said: (string | undefined)[] = [];
    for (const [type, why] of [
      ["registered", ""],
      ["unregistered", ""],
      ["register_failed", "a does not answer"],
      ["register_failed", "a does not answer"],
      ["registered", ""],
      ["registered", ""],
    ] as const) {
      const before = alerts.news;
      alerts.registration({ account: 1, type, why }, "Office");
      said.push(alerts.news === before ? undefined : alerts.news?.text);
    }
    expect(said).toEqual([
      undefined,
      undefined,
      "Office: a does not answer",
      undefined,
      "Office: registered again",
      undefined,
    ]);
  });
});
