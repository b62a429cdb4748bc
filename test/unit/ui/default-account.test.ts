import { describe, expect, it } from "vitest";
import { defaultUiSettings } from "../../../src/ui/settings.ts";
import { models, rig } from "./kit.ts";

const accounts = [
  { id: 1, label: "Reception", displayName: "", userName: "101", state: { name: "registered" } },
  { id: 2, label: "Lab", displayName: "", userName: "102", state: { name: "registered" } },
] as const;

describe("the default account on the idle screen", () => {
  it.each(["t46g", "t23g", "t19p"] as const)(
    "ACC-29: %s names it unless told not to; then it says what it is",
    (model) => {
      const screen = (showDefaultAccount: boolean) =>
        rig(
          models[model],
          { accounts, defaultAccount: 2 },
          { settings: () => ({ ...defaultUiSettings, showDefaultAccount }) },
        ).ui.screen;
      expect([screen(true).title, screen(true).lines.includes("Lab")]).toEqual(["Lab", true]);
      expect([screen(false).title, screen(false).lines.includes("Lab")]).toEqual([models[model].name, false]);
    },
  );
});
