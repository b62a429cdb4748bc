import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { groupsOf } from "../../../src/phone/paging-rules.ts";
import type { PhoneView } from "../../../src/phone/state.ts";
import { Switchboard } from "../../../src/phone/switchboard.ts";
import { menuItems } from "../../../src/thread/menu-items.ts";
import { account, FakePhoneControl } from "../../fake/phone-control.ts";

function open(view: Partial<PhoneView> = {}) {
  const config = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  const keep = (name: string, value: string) => {
    expect(config.set("local", [{ name, value }])).toEqual([]);
  };
  const phone = new FakePhoneControl(view);
  const codes: string[] = [];
  const said: string[] = [];
  const switches = new Switchboard({
    ...{ settings: config, keep },
    accounts: () => phone.view.accounts.map(({ id }) => id),
    code: (name, account, code) => void codes.push(`${name} ${account} ${code}`),
    say: (text) => void said.push(text),
    moment: () => {},
  });
  const paged: number[] = [];
  const paging = {
    get list() {
      return groupsOf(config, "paging_address").groups;
    },
    page: (index: number) => void paged.push(index),
  };
  const items = menuItems({ config, keep, phone, switches, paging, accounts: 3 });
  const item = (label: string) => {
    const found = items.find((i) => i.label === label);
    if (found === undefined) throw new Error(`no item ${label}`);
    return found;
  };
  return { config, item, items, codes, said, phone, paged };
}

describe("menu items of the configuration", () => {
  it("CAL-81: groups that are configured are listed, and choosing one speaks to it", () => {
    const { config, items, paged } = open();
    const shown = () => items.filter((i) => i.menu === "paging" && i.visible?.() !== false);
    expect(shown()).toEqual([]);
    config.set("mac", [
      { name: "multicast.paging_address.3.ip_address", value: "224.5.6.20:10008" },
      { name: "multicast.paging_address.3.label", value: "Store" },
      { name: "multicast.paging_address.4.ip_address", value: "10.0.0.1:10008" },
    ]);
    expect(shown().map((i) => [i.label, i.value()])).toEqual([["Store", "224.5.6.20:10008"]]);
    shown()[0]?.change(1);
    expect(paged).toEqual([3]);
  });

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
    ["CAL-28", "Forward always", "forward.always", "account.1.always_fwd", "always"],
    ["CAL-29", "Forward when busy", "forward.busy", "account.1.busy_fwd", "busy"],
    ["CAL-30", "Forward unanswered", "forward.no_answer", "account.1.timeout_fwd", "noAnswer"],
  ])(
    "%s: %s is switched once a number is typed, for the phone or the account; codes go along",
    (_row, label, ...names) => {
      const [phone, own, kind] = names;
      for (const [mode, prefix] of [
        ["0", phone],
        ["1", own],
      ] as const) {
        const { config, item, items, codes, said } = open();
        config.set("mac", [
          { name: "features.fwd_mode", value: mode },
          { name: `${prefix}.on_code`, value: "*72" },
          { name: `${prefix}.off_code`, value: "*73" },
        ]);
        item(label).change(1);
        expect([item(label).value(), said, codes]).toEqual(["Off", ["No number to forward to"], []]);
        const to = items[items.indexOf(item(label)) + 1];
        expect(to?.value()).toBe("No number");
        to?.entry?.save(" 200 ");
        expect([to?.value(), config.text(`${prefix}.target`)]).toEqual(["200", "200"]);
        item(label).change(1);
        expect([item(label).value(), config.flag(`${prefix}.enable`)]).toEqual(["On", true]);
        to?.entry?.save("300");
        item(label).change(1);
        expect(codes).toEqual([`${kind} 1 *72200`, `${kind} 1 *72300`, `${kind} 1 *73`]);
        config.set("mac", [{ name: "features.fwd.allow", value: "0" }]);
        expect(item(label).visible?.()).toBe(false);
      }
    },
  );

  it("CAL-30: the rings before an unanswered call goes on are chosen, 0 to 20", () => {
    const { config, item } = open();
    expect(item("   after").value()).toBe("12 s");
    item("   after").change(1);
    expect(config.number("forward.no_answer.timeout")).toBe(3);
    for (let i = 0; i < 4; i++) item("   after").change(-1);
    expect(item("   after").value()).toBe("120 s");
  });

  it("CAL-27: where each account has its own, each has a line and all have one", () => {
    const accounts = [account(1, "Alice"), account(2, "Bob")];
    const { config, item, items, codes } = open({ accounts });
    expect(items.filter((i) => i.menu === "dnd" && i.visible?.() !== false)).toEqual([]);
    config.set("mac", [
      { name: "features.dnd_mode", value: "1" },
      { name: "account.2.dnd.on_code", value: "*78" },
    ]);
    expect(items.filter((i) => i.menu === "dnd" && i.visible?.() !== false).map((i) => i.label)).toEqual([
      "Alice",
      "Bob",
      "All accounts",
    ]);
    item("Bob").change(1);
    expect([config.flag("account.1.dnd.enable"), config.flag("account.2.dnd.enable")]).toEqual([false, true]);
    item("All accounts").change(1);
    expect([config.flag("account.1.dnd.enable"), item("All accounts").value()]).toEqual([true, "On"]);
    expect(codes).toEqual(["dnd 2 *78", "dnd 1 "]);
  });

  it("CAL-71, CAL-72: hiding and refusing who hides are switched for the chosen account, with its codes", () => {
    const { config, item, items, codes } = open({ accounts: [account(1, "Alice"), account(2, "Bob")] });
    config.set("mac", [
      { name: "account.2.anonymous_call_oncode", value: "*67" },
      { name: "account.2.anonymous_reject_offcode", value: "*87" },
    ]);
    items.find((i) => i.menu === "anonymous" && i.label === "Account")?.change(1);
    item("Anonymous call").change(1);
    item("Refuse anonymous").change(1);
    item("Refuse anonymous").change(1);
    expect([config.number("account.1.anonymous_call"), config.number("account.2.anonymous_call")]).toEqual([0, 1]);
    expect(codes).toEqual(["anonymous 2 *67", "refuseAnonymous 2 ", "refuseAnonymous 2 *87"]);
  });

  it("CAL-69: mailboxes are listed with their messages, and dialled", () => {
    const boxes = [{ account: 1, number: "*97", waiting: 2, old: 3 }];
    const { items, phone } = open({ voiceMail: { waiting: 2, number: "*97", account: 1, boxes } });
    const shown = items.filter((i) => i.menu === "mailboxes" && i.visible?.() !== false);
    expect(shown.map((i) => `${i.label}: ${i.value()}`)).toEqual(["Alice: 2 new, 3 old"]);
    shown[0]?.change(1);
    expect(phone.taken()).toEqual([["dial", "*97", 1]]);
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
