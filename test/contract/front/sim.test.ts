/** The simulated front through the contracts of all its parts. */
import { SimFront } from "../../../hal/driver/sim/front.ts";
import {
  backlightContract,
  displayContract,
  hookContract,
  jacksContract,
  keypadContract,
  lampsContract,
} from "./suites.ts";

const settle = async (): Promise<void> => {};
const color = { width: 480, height: 272, format: "rgb565" } as const;
const mono = { width: 132, height: 64, format: "mono" } as const;

keypadContract("sim", async () => {
  const { keypad, person } = new SimFront(color);
  return {
    driver: keypad,
    settle,
    keys: ["0", "9", "*", "#", "ok", "soft1", "line1", "exp1.1", "volume_up"],
    press: (key) => person.press(key),
    release: (key) => person.release(key),
  };
});

hookContract("sim", async () => {
  const { hook, person } = new SimFront(color);
  return { driver: hook, settle, lift: (lifted) => person.liftHandset(lifted) };
});

jacksContract("sim", async () => {
  const { jacks, person } = new SimFront(color);
  return { driver: jacks, settle, plug: (jack, plugged) => person.plug(jack, plugged) };
});

for (const lcd of [color, mono])
  displayContract(`sim ${lcd.format}`, async () => {
    const { display, person } = new SimFront(lcd);
    return { driver: display, settle, picture: () => person.picture };
  });

lampsContract("sim", async () => {
  const { lamps, person } = new SimFront(color);
  return { driver: lamps, settle, lamp: "line1", lit: (lamp) => person.lamp(lamp) };
});

backlightContract("sim", async () => {
  const { backlight, person } = new SimFront(color);
  return { driver: backlight, settle, level: () => person.backlight };
});
