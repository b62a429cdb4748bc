/** What the rig's front is made of: gpio-sim, a USB handset on uhid, a virtual screen, an OLED behind a bridge on uhid. */

import type { Clock } from "../../hal/clock.ts";
import { AssembledFront } from "../../hal/driver/assembled-front.ts";
import { Framebuffer } from "../../hal/driver/framebuffer.ts";
import { GpioFront } from "../../hal/driver/gpio-onoff.ts";
import { HidTelephony } from "../../hal/driver/hid-telephony.ts";
import { InputDevice } from "../../hal/driver/input-event.ts";
import { Oled } from "../../hal/driver/ssd1306.ts";
import type { Panel } from "../board.ts";
import type { Model } from "../model.ts";
import { rigWiring as wiring } from "./wiring.ts";

export function openRigPanel(clock: Clock, { lcd }: Model): Promise<Panel> {
  return new AssembledFront(clock, {
    lcd,
    parts: [
      new Framebuffer({ title: "screen", number: 0, picture: lcd }),
      new Oled({ title: "OLED", ...wiring.oled, picture: lcd, optional: true }),
      new GpioFront(clock, { title: "GPIO board", ...wiring.gpio }),
      new HidTelephony(clock, { title: "USB handset", role: "handset", ...wiring.handset }),
      new HidTelephony(clock, { title: "USB headset", role: "headset", optional: true }),
      new InputDevice({ title: "input keys", device: wiring.input, keys: "usual", optional: true }),
    ],
  }).open();
}
