import { describe, expect, it } from "vitest";
import { t46g } from "../../../board/models/t46g.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { conductOf, holdStyleOf } from "../../../src/phone/settings.ts";

function settings(rows: Record<string, string>): Configuration {
  const config = new Configuration({
    model: t46g,
    onError: (error) => {
      throw error;
    },
  });
  config.set(
    "mac",
    Object.entries(rows).map(([name, value]) => ({ name, value })),
  );
  return config;
}

describe("how an account's calls run", () => {
  it("ACC-24: reliable provisional responses are announced where the account wants them", () => {
    expect(conductOf(settings({}), 1, "out").reliable).toBe("off");
    expect(conductOf(settings({ "account.1.100rel_enable": "1" }), 1, "out").reliable).toBe("supported");
    expect(conductOf(settings({ "account.1.100rel_enable": "1" }), 2, "out").reliable).toBe("off");
  });

  it("ACC-23: session timers are off unless wanted, and never below 90 s", () => {
    expect(conductOf(settings({}), 1, "out").timer).toBeUndefined();
    const short = settings({ "account.1.session_timer.enable": "1", "account.1.session_timer.expires": "30" });
    expect(conductOf(short, 1, "out").timer).toEqual({ expiresSeconds: 90, leastSeconds: 90, refresher: "us" });
  });

  it.each([
    ["0", "out", "us"],
    ["0", "in", "them"],
    ["1", "out", "them"],
    ["1", "in", "us"],
  ] as const)("ACC-23: refresher %s in a call that goes %s: %s", (refresher, direction, who) => {
    const config = settings({ "account.1.session_timer.enable": "1", "account.1.session_timer.refresher": refresher });
    expect(conductOf(config, 1, direction).timer).toMatchObject({ expiresSeconds: 1800, refresher: who });
  });

  it("CAL-42, CAL-43: hold is sendonly, inactive or the old form", () => {
    expect(holdStyleOf(settings({}), 1)).toBe("sendonly");
    expect(holdStyleOf(settings({ "account.1.hold_use_inactive": "1" }), 1)).toBe("inactive");
    const both = settings({ "account.1.hold_use_inactive": "1", "sip.rfc2543_hold": "1" });
    expect(holdStyleOf(both, 1)).toBe("zero-address");
  });
});
