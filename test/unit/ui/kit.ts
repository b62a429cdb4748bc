/** What the tests of the LCD share: fonts packed once into a temporary folder, models, and a phone's front joined to a fake phone. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Model } from "../../../board/model.ts";
import { modelById } from "../../../board/models/index.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { SimFront } from "../../../hal/driver/sim/front.ts";
import type { Key } from "../../../hal/keypad.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { PhoneView } from "../../../src/phone/state.ts";
import { type Fonts, loadFonts } from "../../../src/ui/fonts.ts";
import { UserInterface, type UserInterfaceParts } from "../../../src/ui/user-interface.ts";
import { FakePhoneControl } from "../../fake/phone-control.ts";

let fonts: Fonts | undefined;

/** Packed anew when the packer is newer than what lies there. */
export function testFonts(): Fonts {
  if (fonts !== undefined) return fonts;
  const packer = fileURLToPath(new URL("../../lab/fonts.mjs", import.meta.url));
  const folder = fileURLToPath(new URL("../../out/fonts", import.meta.url));
  if (!existsSync(`${folder}/unifont.bin`)) {
    mkdirSync(dirname(folder), { recursive: true });
    execFileSync(process.execPath, [packer, folder], { stdio: ["ignore", "inherit", "inherit"] });
  }
  fonts = loadFonts(pathToFileURL(`${folder}/`));
  return fonts;
}

/** One for each class of LCD. */
export const models = {
  t46g: modelById("t46g"),
  t48g: modelById("t48g"),
  t27p: modelById("t27p"),
  t42g: modelById("t42g"),
  t23g: modelById("t23g"),
  t19p: modelById("t19p_e2"),
} satisfies Record<string, Model>;

export interface Rig {
  readonly ui: UserInterface;
  readonly phone: FakePhoneControl;
  readonly front: SimFront;
  readonly clock: ManualClock;
  /** Presses and releases each key, with a turn after each. */
  press(...keys: Key[]): void;
}

/** 2026-11-22 17:05:00 UTC, a Sunday. */
export const sunday = 1_795_367_100_000;

export function rig(model: Model, view: Partial<PhoneView> = {}, more: Partial<UserInterfaceParts> = {}): Rig {
  const clock = new ManualClock(sunday);
  const phone = new FakePhoneControl(view);
  const front = new SimFront(model.lcd);
  const ui = new UserInterface({
    phone,
    panel: front,
    model,
    clock,
    log: silentLog,
    fonts: testFonts(),
    facts: () => ({ ip: "192.0.2.46", mac: "00:15:65:AA:BB:CC", firmware: "0.1.0" }),
    ...more,
  });
  ui.open();
  const press = (...keys: Key[]): void => {
    for (const key of keys) {
      front.person.press(key);
      front.person.release(key);
      clock.advance(1);
    }
  };
  return { ui, phone, front, clock, press };
}
