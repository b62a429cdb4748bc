import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { defaultAccountItem } from "../../../src/thread/default-account-item.ts";

function menu(settings: Record<string, string>) {
  const config = new Configuration({ model: modelById("t46g"), onError: () => {} });
  config.set(
    "mac",
    Object.entries(settings).map(([name, value]) => ({ name, value })),
  );
  const keep = (name: string, value: string) => void config.set("local", [{ name, value }]);
  return { config, item: defaultAccountItem({ config, keep, accounts: 16 }) };
}

const three = {
  "account.1.enable": "1",
  "account.1.label": "Reception",
  "account.2.user_name": "102",
  "account.3.enable": "1",
  "account.3.user_name": "103",
  "account.7.enable": "1",
  "account.7.display_name": "Lab",
};

describe("the default account in the menu", () => {
  it("ACC-29: it goes through the accounts that are on, forwards and back, and keeps the choice", () => {
    const { config, item } = menu(three);
    expect([item.menu, item.label, item.value()]).toEqual(["settings", "Default account", "Reception"]);
    const seen = [1, 1, 1, -1, -1].map((step) => {
      item.change(step === 1 ? 1 : -1);
      return [item.value(), config.number("features.default_account")];
    });
    expect(seen).toEqual([
      ["103", 3],
      ["Lab", 7],
      ["Reception", 1],
      ["Lab", 7],
      ["103", 3],
    ]);
    expect(config.origin("features.default_account")).toMatchObject({ layer: "local" });
  });

  it("ACC-29: one that is off counts as the first that is on; without accounts there is none to choose", () => {
    const off = menu({ ...three, "features.default_account": "2" });
    expect(off.item.value()).toBe("Reception");
    off.item.change(1);
    expect(off.item.value()).toBe("103");
    const none = menu({});
    none.item.change(1);
    expect([none.item.value(), none.config.isSet("features.default_account")]).toEqual(["None", false]);
  });
});
