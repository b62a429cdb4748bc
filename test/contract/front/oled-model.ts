/** An SSD1306 or SH1106 as the far side of an I2C bus: takes what the driver writes and tells what could be seen. */
import type { I2cBus } from "../../../hal/driver/i2c-bus.ts";
import type { OledChip } from "../../../hal/driver/oled-protocol.ts";

export class OledModel implements I2cBus {
  lit = false;
  contrast = 0x7f;
  /** Pixel bytes that were received, for knowing how much was sent. */
  received = 0;
  failure: Error | undefined;
  readonly #memory: Uint8Array;
  readonly #columns: number;
  readonly #margin: number;
  #page = 0;
  #column = 0;

  constructor(chip: OledChip) {
    this.#columns = chip === "sh1106" ? 132 : 128;
    this.#margin = (this.#columns - 128) / 2;
    // What the memory holds at power-on is noise.
    this.#memory = Uint8Array.from({ length: this.#columns * 8 }, (_, i) => (i * 73) & 0xff);
  }

  async write(_address: number, bytes: Uint8Array): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (bytes[0] === 0x40) {
      this.received += bytes.length - 1;
      for (const byte of bytes.subarray(1)) {
        if (this.#column < this.#columns) this.#memory[this.#page * this.#columns + this.#column] = byte;
        this.#column++;
      }
      return;
    }
    for (let i = 1; i < bytes.length; i++) i += this.#command(bytes[i] ?? 0, bytes[i + 1] ?? 0);
  }

  /** Returns how many of the following bytes belong to it. */
  #command(command: number, argument: number): number {
    if (command >= 0xb0 && command <= 0xb7) this.#page = command & 7;
    else if (command < 0x10) this.#column = (this.#column & 0xf0) | command;
    else if (command < 0x20) this.#column = (this.#column & 0x0f) | ((command & 0x0f) << 4);
    else if (command === 0xae || command === 0xaf) this.lit = command === 0xaf;
    if (command === 0x81) this.contrast = argument;
    return [0x20, 0x81, 0x8d, 0xa8, 0xad, 0xd3, 0xd5, 0xd9, 0xda, 0xdb].includes(command) ? 1 : 0;
  }

  /** 128x64, rows from the top, most significant bit left. */
  picture(): Uint8Array {
    const rows = new Uint8Array(1024);
    for (let y = 0; y < 64; y++)
      for (let x = 0; x < 128; x++) {
        const byte = this.#memory[(y >> 3) * this.#columns + this.#margin + x] ?? 0;
        if (((byte >> (y & 7)) & 1) === 1) rows[y * 16 + (x >> 3)] = (rows[y * 16 + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
      }
    return rows;
  }

  async close(): Promise<void> {}
}
