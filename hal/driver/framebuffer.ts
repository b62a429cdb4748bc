/** A Linux framebuffer (/dev/fbN) as display: TFTs by fbtft or DRM, small OLEDs by ssd1307fb or ssd130x. Writes changed rows only. */
import type { Display } from "../display.ts";
import { HalError } from "../error.ts";
import type { FrontPart } from "./front-part.ts";
import { listFolder, readText, readTextIfThere, WrittenNode } from "./os/system-files.ts";
import { type MonoColors, type Picture, PictureFit, type Screen } from "./picture-fit.ts";

export interface FramebufferChoice {
  readonly title: string;
  /** N of /dev/fbN, where none of `names` is there. */
  readonly number: number;
  /** Names of the drivers' framebuffers, best first: a monitor may take the first number. */
  readonly names?: readonly string[];
  /** What the phone draws; fitted to the screen. */
  readonly picture: Picture;
  /** Of a monochrome picture; default black on white. */
  readonly colors?: MonoColors;
  readonly roots?: { readonly classes: string; readonly nodes: string };
}

/** Black on white, RGB565. */
export const likePaper: MonoColors = { ink: 0x0000, paper: 0xffff };
/** What is ink shines. */
export const likeOled: MonoColors = { ink: 0xffff, paper: 0x0000 };

interface OpenScreen {
  readonly node: WrittenNode;
  readonly screen: Screen;
  readonly fit: PictureFit;
  /** The screen as it was written last. */
  readonly memory: Uint8Array;
}

export class Framebuffer implements FrontPart {
  readonly name: string;
  readonly display: Display;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #choice: FramebufferChoice;
  readonly #wanted: Uint8Array | Uint16Array;
  readonly #shown: Uint8Array | Uint16Array;
  /** Elements of `#wanted` in a row. */
  readonly #rowElements: number;
  #everything = true;
  #open: OpenScreen | undefined;
  #draws = false;
  #drawing: Promise<void> | undefined;

  constructor(choice: FramebufferChoice) {
    this.#choice = choice;
    this.name = choice.title;
    const { width, height, format } = choice.picture;
    this.#rowElements = format === "mono" ? (width + 7) >> 3 : width;
    const size = this.#rowElements * height;
    this.#wanted = format === "mono" ? new Uint8Array(size) : new Uint16Array(size);
    this.#shown = this.#wanted.slice();
    this.display = { width, height, format, show: (pixels) => this.#show(pixels), close: () => this.close() };
  }

  async open(): Promise<void> {
    if (this.#open !== undefined) return;
    const { number, names = [], picture, colors = likePaper } = this.#choice;
    const roots = this.#choice.roots ?? { classes: "/sys/class/graphics", nodes: "/dev" };
    const found = listFolder(roots.classes)
      .map((folder) => ({ folder, rank: names.indexOf(readTextIfThere(`${roots.classes}/${folder}/name`) ?? "") }))
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => a.rank - b.rank);
    const folder = found[0]?.folder ?? `fb${number}`;
    const screen = this.#screenOf(`${roots.classes}/${folder}`);
    const node = new WrittenNode(`${roots.nodes}/${folder}`, this.name);
    const memory = new Uint8Array(screen.stride * screen.height);
    this.#open = { node, screen, fit: new PictureFit(picture, screen, colors), memory };
    // What the console left beside the picture goes with the first one.
    this.#everything = true;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await this.#drawing;
    open?.node.close();
  }

  /** @throws HalError */
  #screenOf(folder: string): Screen {
    const [width = 0, height = 0] = readText(`${folder}/virtual_size`, this.name).split(",").map(Number);
    const bits = Number(readText(`${folder}/bits_per_pixel`, this.name));
    const stride = Number(readText(`${folder}/stride`, this.name));
    if (bits !== 1 && bits !== 16 && bits !== 24 && bits !== 32)
      throw new HalError(this.name, "broken", `${bits} bits a pixel cannot be drawn: 1, 16, 24 and 32 can`);
    if (!(width > 0 && height > 0 && stride * 8 >= width * bits))
      throw new HalError(this.name, "broken", `${folder} tells no size: ${width}x${height}, ${stride} bytes a row`);
    return { width, height, stride, bitsPerPixel: bits };
  }

  #show(pixels: Uint8Array | Uint16Array): void {
    if (pixels.length !== this.#wanted.length || pixels.BYTES_PER_ELEMENT !== this.#wanted.BYTES_PER_ELEMENT) {
      const { width, height, format } = this.#choice.picture;
      throw new HalError(
        this.name,
        "refused",
        `a picture of ${pixels.length} elements is not ${width}x${height} ${format}`,
      );
    }
    this.#wanted.set(pixels);
    if (this.#open === undefined || this.#draws) return;
    this.#draws = true;
    this.#drawing = this.#draw();
  }

  /** Until what is wanted is shown: pictures that come meanwhile are skipped but for the last. */
  async #draw(): Promise<void> {
    for (let open = this.#open; open !== undefined; open = this.#open) {
      const rows = this.#changedRows();
      if (rows === undefined) break;
      const { stride } = open.screen;
      const [from, to] = this.#everything ? [0, open.screen.height] : open.fit.rowsOf(rows[0], rows[1]);
      this.#everything = false;
      this.#shown.set(this.#wanted);
      for (let y = Math.max(from, open.fit.top); y < Math.min(to, open.fit.top + open.fit.height); y++)
        open.fit.row(this.#shown, y, open.memory.subarray(y * stride, (y + 1) * stride));
      try {
        await open.node.write(open.memory.subarray(from * stride, to * stride), from * stride);
      } catch (error) {
        if (!(error instanceof HalError)) throw error;
        this.#lost(open, error);
      }
    }
    // Before the promise is settled: a picture that comes in between must start anew.
    this.#draws = false;
  }

  #changedRows(): readonly [number, number] | undefined {
    const size = this.#rowElements;
    if (this.#everything) return [0, this.#wanted.length / size];
    const differs = (i: number): boolean => this.#wanted[i] !== this.#shown[i];
    let first = 0;
    while (first < this.#wanted.length && !differs(first)) first++;
    if (first === this.#wanted.length) return undefined;
    let last = this.#wanted.length - 1;
    while (!differs(last)) last--;
    return [Math.floor(first / size), Math.floor(last / size) + 1];
  }

  #lost(open: OpenScreen, error: HalError): void {
    if (this.#open !== open) return;
    this.#open = undefined;
    open.node.close();
    this.onLost?.(new HalError(this.name, "lost", error.message, { cause: error }));
  }
}
