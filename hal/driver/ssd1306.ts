/** A small OLED (SSD1306, SH1106) on I2C as display, with its brightness; sends changed columns of changed pages only. */
import type { Backlight } from "../backlight.ts";
import type { Display } from "../display.ts";
import { HalError } from "../error.ts";
import { likeOled } from "./framebuffer.ts";
import type { FrontPart } from "./front-part.ts";
import { type I2cBus, type OpenI2c, openI2c } from "./i2c-bus.ts";
import { brightness, changes, initial, type OledChip, pagesOf } from "./oled-protocol.ts";
import { type Picture, PictureFit } from "./picture-fit.ts";

export interface OledChoice {
  readonly title: string;
  readonly chip: OledChip;
  /** N of /dev/i2c-N, or how the kernel names the adapter: bridges get a number that nobody knows before. */
  readonly bus: number | { readonly adapter: string };
  /** 0x3c or 0x3d. */
  readonly address: number;
  readonly width: 128;
  readonly height: 32 | 64;
  readonly upsideDown?: boolean;
  /** Bytes of a transfer; default 33, which every bus and bridge takes. */
  readonly transferBytes?: number;
  /** What the phone draws, fitted to the panel; default as large as it. */
  readonly picture?: Picture;
  /** The phone is whole without it. */
  readonly optional?: boolean;
  readonly openI2c?: OpenI2c;
}

export class Oled implements FrontPart {
  readonly name: string;
  readonly optional: boolean;
  readonly display: Display;
  readonly backlight: Backlight;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #choice: OledChoice;
  #bus: I2cBus | undefined;
  readonly #picture: Picture;
  readonly #fit: PictureFit;
  /** Rows from the top, least significant bit left. */
  readonly #rows: Uint8Array;
  /** The next three are pages of the controller. */
  readonly #wanted: Uint8Array;
  readonly #sending: Uint8Array;
  /** What the panel shows; undefined until the first picture was sent. */
  #shown: Uint8Array | undefined;
  #isWanted = false;
  #level = 10;
  #contrast = 6;
  #lit: Uint8Array = new Uint8Array(0);
  #sends = false;
  #work: Promise<void> | undefined;

  constructor(choice: OledChoice) {
    this.#choice = choice;
    this.name = choice.title;
    this.optional = choice.optional === true;
    const picture = choice.picture ?? { width: choice.width, height: choice.height, format: "mono" };
    const { width, height } = choice;
    this.#picture = picture;
    this.#fit = new PictureFit(picture, { width, height, bitsPerPixel: 1, stride: width >> 3 }, likeOled);
    this.#rows = new Uint8Array((width * height) >> 3);
    this.#wanted = new Uint8Array((width * height) >> 3);
    this.#sending = new Uint8Array(this.#wanted.length);
    this.display = {
      ...picture,
      show: (pixels) => this.#show(pixels),
      close: () => this.close(),
    };
    this.backlight = {
      set: (level) => {
        this.#level = Math.min(10, Math.max(0, Math.round(level)));
        this.#go();
      },
      setContrast: (level) => {
        this.#contrast = Math.min(10, Math.max(1, Math.round(level)));
        this.#go();
      },
      close: () => this.close(),
    };
  }

  async open(): Promise<void> {
    if (this.#bus !== undefined) return;
    const { chip, bus, address, height, upsideDown } = this.#choice;
    const opened = await (this.#choice.openI2c ?? openI2c)(bus, this.name);
    try {
      await opened.write(address, initial(chip, height, upsideDown === true));
    } catch (error) {
      await opened.close();
      throw error;
    }
    this.#shown = undefined;
    this.#lit = new Uint8Array(0);
    this.#bus = opened;
    this.#go();
  }

  /** The panel is left dark: a still picture would burn in. */
  async close(): Promise<void> {
    const bus = this.#bus;
    this.#bus = undefined;
    await this.#work;
    if (bus === undefined) return;
    await bus.write(this.#choice.address, brightness(false, 0)).catch((error: unknown) => {
      if (!(error instanceof HalError)) throw error;
    });
    await bus.close();
  }

  #show(pixels: Uint8Array | Uint16Array): void {
    const { width, height, format } = this.#picture;
    const elements = format === "mono" ? ((width + 7) >> 3) * height : width * height;
    if (pixels.length !== elements || (pixels.BYTES_PER_ELEMENT === 1) !== (format === "mono"))
      throw new HalError(
        this.name,
        "refused",
        `a picture of ${pixels.length} elements is not ${width}x${height} ${format}`,
      );
    const stride = this.#choice.width >> 3;
    const fit = this.#fit;
    for (let y = Math.max(0, fit.top); y < Math.min(this.#choice.height, fit.top + fit.height); y++)
      fit.row(pixels, y, this.#rows.subarray(y * stride, (y + 1) * stride));
    pagesOf(this.#rows, this.#choice.width, this.#choice.height, this.#wanted);
    this.#isWanted = true;
    this.#go();
  }

  #go(): void {
    if (this.#bus === undefined || this.#sends) return;
    this.#sends = true;
    this.#work = this.#send();
  }

  /** Until the panel shows what is wanted: pictures that come meanwhile are skipped but for the last. */
  async #send(): Promise<void> {
    const { chip, width, address, transferBytes = 33 } = this.#choice;
    for (let bus = this.#bus; bus !== undefined; bus = this.#bus) {
      const transfers: Uint8Array[] = [];
      if (this.#isWanted) {
        this.#sending.set(this.#wanted);
        transfers.push(...changes(chip, width, this.#shown, this.#sending, transferBytes));
      }
      // Lit after the first pixels, so that what the memory held at power-on is not seen.
      const lit = brightness(this.#level > 0, Math.round((255 * this.#level * this.#contrast) / 100));
      if (this.#isWanted && lit.join() !== this.#lit.join()) transfers.push(lit);
      if (transfers.length === 0) {
        // At once: a picture that comes before the promise is settled must start anew.
        this.#sends = false;
        return;
      }
      try {
        for (const transfer of transfers) await bus.write(address, transfer);
      } catch (error) {
        if (!(error instanceof HalError)) throw error;
        this.#sends = false;
        await this.#lost(bus, error);
        return;
      }
      this.#lit = lit;
      this.#shown = this.#sending.slice();
    }
    this.#sends = false;
  }

  async #lost(bus: I2cBus, error: HalError): Promise<void> {
    if (this.#bus !== bus) return;
    this.#bus = undefined;
    await bus.close();
    this.onLost?.(new HalError(this.name, "lost", error.message, { cause: error }));
  }
}
