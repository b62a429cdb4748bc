/** Report descriptors of USB telephones as bytes, and a system of them without hardware. */
import type { HidConnection, HidFound, HidListener, HidSystem } from "../../../hal/driver/hid-node.ts";
import { HalError } from "../../../hal/error.ts";

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));

/**
 * A handset: report 1 has hook (bit 0, absolute), mute, redial, flash (bits 1-3, relative) and a keypad of four bits
 * (1 to 12: 0-9 * #); report 2 has the LEDs off-hook, ring, message waiting, mute in its low bits.
 */
export const handset = bytes(`
  05 0b 09 04 a1 01 85 01 15 00 25 01 75 01 95 01 09 20 81 22 09 2f 81 06 09 24 81 06 09 21 81 06
  09 06 a1 02 19 b0 29 bb 15 01 25 0c 75 04 95 01 81 40 c0
  85 02 05 08 15 00 25 01 75 01 95 04 09 17 09 18 09 19 09 09 91 22 95 04 91 03 c0`);

/** A headset: hook and mute (absolute), volume keys of the consumer page in report 2, LEDs off-hook, mute, ring, hold in report 3. */
export const headset = bytes(`
  05 0b 09 05 a1 01 85 01 15 00 25 01 75 01 95 02 09 20 09 2f 81 02 95 06 81 03 c0
  05 0c 09 01 a1 01 85 02 15 00 25 01 75 01 95 02 09 e9 09 ea 81 02 95 06 81 03 c0
  05 0b 09 05 a1 01 85 03 05 08 15 00 25 01 75 01 95 04 09 17 09 09 09 18 09 20 91 02 95 04 91 03 c0`);

/** A number pad of a computer: one array of six key codes, no report numbers. */
export const numberPad = bytes(`
  05 01 09 06 a1 01 05 07 19 e0 29 e7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 03
  95 05 75 01 05 08 19 01 29 05 91 02 95 01 75 03 91 03
  95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00 c0`);

export const mouse = bytes(`
  05 01 09 02 a1 01 09 01 a1 00 05 09 19 01 29 03 15 00 25 01 95 03 75 01 81 02 95 01 75 05 81 03
  05 01 09 30 09 31 15 81 25 7f 75 08 95 02 81 06 c0 c0`);

export interface PluggedIn extends HidFound {
  readonly descriptor: Uint8Array;
  busy?: boolean;
}

/** What is plugged in can be changed while it is used; `sent` are the reports that went out. */
export class UsbPorts implements HidSystem {
  readonly devices: PluggedIn[] = [];
  readonly sent: Uint8Array[] = [];
  #listeners = new Map<string, HidListener>();

  plug(descriptor: Uint8Array, facts: Partial<PluggedIn> = {}): PluggedIn {
    const path = `/dev/hidraw${this.devices.length}`;
    const device = { path, vendorId: 0x1209, productId: 0x7a01, product: "Handset", descriptor, ...facts };
    this.devices.push(device);
    return device;
  }

  unplug(device: PluggedIn): void {
    this.devices.splice(this.devices.indexOf(device), 1);
    this.#listeners.get(device.path)?.failed(new HalError(device.path, "lost", "it was unplugged"));
    this.#listeners.delete(device.path);
  }

  report(device: PluggedIn, ...values: number[]): void {
    this.#listeners.get(device.path)?.report(Uint8Array.from(values));
  }

  list(): readonly HidFound[] {
    return this.devices;
  }

  descriptor(path: string): Uint8Array {
    const found = this.devices.find((device) => device.path === path);
    if (found === undefined) throw new HalError(path, "absent", "it is not there");
    return found.descriptor;
  }

  async open(path: string, listener: HidListener): Promise<HidConnection> {
    if (this.devices.find((device) => device.path === path)?.busy === true)
      throw new HalError(path, "refused", "permission denied");
    this.#listeners.set(path, listener);
    return {
      write: async (report) => {
        if (!this.#listeners.has(path)) throw new HalError(path, "lost", "it takes no report");
        this.sent.push(report);
      },
      close: async () => {
        this.#listeners.delete(path);
      },
    };
  }
}
