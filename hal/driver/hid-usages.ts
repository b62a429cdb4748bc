/** Which HID usages are which keys and lamps of a phone (HID Usage Tables: telephony 0x0b, consumer 0x0c, keyboard 0x07, LED 0x08). Data. */
import type { Key } from "../keypad.ts";
import type { LampId } from "../lamp.ts";
import type { HidUsage } from "./hid-descriptor.ts";

const telephony = 0x000b_0000;
const consumer = 0x000c_0000;
const keyboard = 0x0007_0000;
const led = 0x0008_0000;

export const application = {
  phone: telephony + 0x01,
  answeringMachine: telephony + 0x02,
  messageControls: telephony + 0x03,
  handset: telephony + 0x04,
  headset: telephony + 0x05,
  keyPad: telephony + 0x06,
  programmableButton: telephony + 0x07,
} as const;

export const hookSwitch: HidUsage = telephony + 0x20;
export const lineBusyTone: HidUsage = telephony + 0x97;
export const volumeUp: HidUsage = consumer + 0xe9;
export const volumeDown: HidUsage = consumer + 0xea;

export const leds = {
  mute: led + 0x09,
  offHook: led + 0x17,
  ring: led + 0x18,
  messageWaiting: led + 0x19,
  speaker: led + 0x1e,
  headset: led + 0x1f,
  hold: led + 0x20,
} as const;

const digits = "0123456789";
const arrows: readonly Key[] = ["right", "left", "down", "up"];

/** The hook switch is not among them: what it means depends on what hangs on it. */
export const keyOfUsage: ReadonlyMap<HidUsage, Key> = new Map<HidUsage, Key>([
  // A flash is what holds one call to take the other.
  [telephony + 0x21, "hold"],
  [telephony + 0x23, "hold"],
  [telephony + 0x24, "redial"],
  [telephony + 0x25, "transfer"],
  [telephony + 0x26, "cancel"],
  [telephony + 0x2b, "speaker"],
  [telephony + 0x2c, "conference"],
  [telephony + 0x2f, "mute"],
  [telephony + 0x31, "ok"],
  [telephony + 0x70, "message"],
  [telephony + 0x73, "message"],
  ...[...digits].map((digit, i) => [telephony + 0xb0 + i, digit as Key] as const),
  [telephony + 0xba, "*"],
  [telephony + 0xbb, "#"],
  [volumeUp, "volume_up"],
  [volumeDown, "volume_down"],
  [consumer + 0xe2, "mute"],
  // Number pads of computers: their slash, or the point, stands where a phone has its hash.
  ...[..."1234567890"].map((digit, i) => [keyboard + 0x1e + i, digit as Key] as const),
  ...[..."1234567890"].map((digit, i) => [keyboard + 0x59 + i, digit as Key] as const),
  [keyboard + 0x54, "#"],
  [keyboard + 0x55, "*"],
  [keyboard + 0x63, "#"],
  [keyboard + 0x56, "volume_down"],
  [keyboard + 0x57, "volume_up"],
  [keyboard + 0x28, "ok"],
  [keyboard + 0x58, "ok"],
  [keyboard + 0x29, "cancel"],
  [keyboard + 0x2a, "cancel"],
  ...arrows.map((key, i) => [keyboard + 0x4f + i, key] as const),
  ...[1, 2, 3, 4].map((n) => [keyboard + 0x39 + n, `soft${n}` as Key] as const),
]);

/** A lamp of the phone that this lamp of the device shows. */
export const lampOfUsage: ReadonlyMap<HidUsage, LampId> = new Map<HidUsage, LampId>([
  [leds.mute, "mute"],
  [leds.offHook, "off-hook"],
  [leds.ring, "ring"],
  [leds.messageWaiting, "message"],
  [leds.speaker, "speaker"],
  [leds.headset, "headset"],
  [leds.hold, "hold"],
]);
