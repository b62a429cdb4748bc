import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { menuItems } from "../../../src/thread/menu-items.ts";

function open() {
  const config = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  const items = menuItems(config, (name, value) => {
    expect(config.set("local", [{ name, value }])).toEqual([]);
  });
  const item = (label: string) => {
    const found = items.find((i) => i.label === label);
    if (found === undefined) throw new Error(`no item ${label}`);
    return found;
  };
  return { config, item };
}

describe("menu items of the configuration", () => {
  it("CAL-22: call waiting is switched and kept", () => {
    const { config, item } = open();
    expect(item("Call waiting").value()).toBe("On");
    item("Call waiting").change(1);
    expect([item("Call waiting").value(), config.flag("call_waiting.enable")]).toEqual(["Off", false]);
    item("Call waiting").change(-1);
    expect(config.origin("call_waiting.enable").layer).toBe("local");
    expect(item("Call waiting").value()).toBe("On");
  });

  it.each([
    ["Forward always", "CAL-28", "forward.always", "account.1.always_fwd"],
    ["Forward when busy", "CAL-29", "forward.busy", "account.1.busy_fwd"],
    ["Forward unanswered", "CAL-30", "forward.no_answer", "account.1.timeout_fwd"],
  ])("%s (%s) is switched once it has a number, for the phone or the account", (label, _row, phone, own) => {
    for (const [mode, prefix] of [
      ["0", phone],
      ["1", own],
    ] as const) {
      const { config, item } = open();
      config.set("mac", [{ name: "features.fwd_mode", value: mode }]);
      item(label).change(1);
      expect([item(label).value(), config.flag(`${prefix}.enable`)]).toEqual(["No number", false]);
      config.set("mac", [
        { name: "features.fwd_mode", value: mode },
        { name: `${prefix}.target`, value: "200" },
      ]);
      expect(item(label).value()).toBe("Off");
      item(label).change(1);
      expect([item(label).value(), config.flag(`${prefix}.enable`)]).toEqual(["200", true]);
    }
  });

  it("UIX-13: the backlight time goes round through all that the parameter takes", () => {
    const { config, item } = open();
    const seen: string[] = [];
    for (let i = 0; i < 8; i++) {
      seen.push(item("Backlight time").value());
      item("Backlight time").change(1);
    }
    expect(seen).toEqual(["30 s", "1 min", "2 min", "5 min", "10 min", "30 min", "Always on", "15 s"]);
    expect(config.number("phone_setting.backlight_time")).toBe(30);
    item("Backlight time").change(-1);
    expect(item("Backlight time").value()).toBe("15 s");
  });

  it("UIX-13: a value of old versions is shown as it is and can be left", () => {
    const { config, item } = open();
    config.set("mac", [{ name: "phone_setting.backlight_time", value: "1" }]);
    expect(item("Backlight time").value()).toBe("1 s");
    item("Backlight time").change(1);
    expect(item("Backlight time").value()).toBe("Always on");
  });
});
