/** Which line, bus and number of the rig is what. Data, shared by the board and the rig that stands behind it. */
import type { GpioChoice } from "../../hal/driver/gpio-onoff.ts";
import type { OledChoice } from "../../hal/driver/ssd1306.ts";

export interface RigWiring {
  readonly gpio: Pick<GpioChoice, "chip" | "hook" | "keys" | "lamps">;
  readonly handset: { readonly vendorId: number; readonly productId: number };
  readonly oled: Pick<OledChoice, "chip" | "bus" | "address" | "width" | "height">;
  readonly input: { readonly name: string };
}

export const rigWiring: RigWiring = {
  gpio: {
    /** Label of the simulated bank. Contacts are closed when the line is pulled low. */
    chip: "offhook-rig",
    hook: { line: 0 },
    keys: [
      { key: "speaker", line: 1 },
      { key: "ok", line: 2 },
      { key: "cancel", line: 3 },
      { key: "mute", line: 4 },
      { key: "hold", line: 5 },
      { key: "volume_up", line: 6 },
      { key: "volume_down", line: 7 },
    ],
    lamps: [
      { lamp: "power", line: 8 },
      { lamp: "message", line: 9 },
      { lamp: "mute", line: 10 },
      { lamp: "speaker", line: 11 },
      { lamp: "line1", line: 12, color: "green" },
      { lamp: "line1", line: 13, color: "red" },
      /** A buzzer. */
      { lamp: "ring", line: 14 },
    ],
  },
  handset: { vendorId: 0x1209, productId: 0x7a01 },
  oled: { chip: "ssd1306", bus: { adapter: "CP2112" }, address: 0x3c, width: 128, height: 64 },
  input: { name: "offhook-rig-keys" },
};
