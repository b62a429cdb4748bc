/** What the front of board `rpi` is made of; the device tree overlay beside it makes the keys, the hook switch and the LEDs. */
import type { Clock } from "../../hal/clock.ts";
import { AssembledFront } from "../../hal/driver/assembled-front.ts";
import { SysfsBacklight } from "../../hal/driver/backlight-sysfs.ts";
import { Framebuffer } from "../../hal/driver/framebuffer.ts";
import { HidTelephony } from "../../hal/driver/hid-telephony.ts";
import { InputDevice } from "../../hal/driver/input-event.ts";
import { Leds } from "../../hal/driver/leds.ts";
import type { Panel } from "../board.ts";
import type { Model } from "../model.ts";

/** Of the drivers for ILI9341 and SSD1306 panels, the kernel's new ones before its old ones. */
const screens = ["panel-mipi-dbi", "panel-mipi-dbid", "ili9341drmfb", "fb_ili9341", "ssd130xdrmfb", "Solomon SSD1307"];
/** EV_SW codes of the overlay: SW_DOCK is the cradle. */
const cradle = 0x05;
const headphoneInsert = 0x02;

export function openRpiPanel(clock: Clock, { lcd }: Model): Promise<Panel> {
  return new AssembledFront(clock, {
    lcd,
    parts: [
      new Framebuffer({ title: "LCD", number: 0, names: screens, picture: lcd }),
      new SysfsBacklight({ title: "backlight", optional: true }),
      new InputDevice({
        title: "hook switch",
        device: { name: "offhook-hook" },
        // In the cradle the switch is closed.
        hook: { type: "switch", code: cradle, inverted: true },
        headset: { type: "switch", code: headphoneInsert },
        optional: true,
      }),
      new InputDevice({ title: "keypad", device: { name: "offhook-keypad" }, keys: "usual", optional: true }),
      new HidTelephony(clock, { title: "USB handset", role: "handset", optional: true }),
      new HidTelephony(clock, { title: "USB headset", role: "headset", optional: true }),
      new Leds(clock, {
        title: "lamps",
        optional: true,
        leds: [
          { lamp: "power", led: "red:power" },
          { lamp: "message", led: "red:message" },
          { lamp: "line1", led: "green:line1", color: "green" },
          { lamp: "line1", led: "red:line1", color: "red" },
        ],
      }),
    ],
  }).open();
}
