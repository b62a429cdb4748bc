/** What the front of board `rpi-conference` is made of: a key matrix and lamps on the header, a display, the speakerphone's own keys. */
import type { Clock } from "../../hal/clock.ts";
import { AssembledFront } from "../../hal/driver/assembled-front.ts";
import { Framebuffer, likeOled } from "../../hal/driver/framebuffer.ts";
import { GpioFront } from "../../hal/driver/gpio-onoff.ts";
import { HidTelephony } from "../../hal/driver/hid-telephony.ts";
import type { Panel } from "../board.ts";
import type { Model } from "../model.ts";

/** Labels of the header's chip on Raspberry Pi 3 and Zero 2 W, 4, and 5. */
const header = ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"];

export function openConferencePanel(clock: Clock, { lcd }: Model): Promise<Panel> {
  return new AssembledFront(clock, {
    lcd,
    parts: [
      new Framebuffer({
        ...{ title: "display", number: 0, picture: lcd, colors: likeOled },
        names: ["ssd130xdrmfb", "Solomon SSD1307"],
      }),
      new GpioFront(clock, {
        title: "keypad",
        chip: header,
        matrix: {
          rows: [5, 6, 13, 19, 26, 12],
          columns: [16, 20, 21, 25],
          keys: [
            ["1", "2", "3", "soft1"],
            ["4", "5", "6", "soft2"],
            ["7", "8", "9", "soft3"],
            ["*", "0", "#", "soft4"],
            ["up", "down", "ok", "cancel"],
            ["volume_down", "volume_up", "mute", "speaker"],
          ],
        },
        lamps: [
          { lamp: "power", line: 17, color: "red" },
          { lamp: "speaker", line: 27, color: "green" },
        ],
      }),
      new HidTelephony(clock, { title: "USB speakerphone", role: "headset", callKey: "speaker", optional: true }),
    ],
  }).open();
}
