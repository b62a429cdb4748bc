/** Pictures of the phone's LCD onto the pixels of a screen: centred, enlarged by whole numbers, or shrunk; row by row. Pure. */
import type { PixelFormat } from "../display.ts";

export interface Screen {
  readonly width: number;
  readonly height: number;
  /** 1: least significant bit left; 16: RGB565; 24 and 32: blue first. */
  readonly bitsPerPixel: 1 | 16 | 24 | 32;
  /** Bytes from a row to the next. */
  readonly stride: number;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
}

/** Colours of a monochrome picture on a screen that shows colours, RGB565. An OLED shines where an LCD is dark. */
export interface MonoColors {
  readonly ink: number;
  readonly paper: number;
}

export class PictureFit {
  readonly #picture: Picture;
  readonly #screen: Screen;
  readonly #colors: MonoColors;
  /** Size and place on the screen. */
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;

  constructor(picture: Picture, screen: Screen, colors: MonoColors) {
    this.#picture = picture;
    this.#screen = screen;
    this.#colors = colors;
    const room = Math.min(screen.width / picture.width, screen.height / picture.height);
    // A few columns too many (132 on a panel of 128) are better cut off than squeezed.
    const scale = room >= 1 ? Math.floor(room) : room >= 0.95 ? 1 : room;
    this.width = Math.max(1, Math.floor(picture.width * scale));
    this.height = Math.max(1, Math.floor(picture.height * scale));
    this.left = (screen.width - this.width) >> 1;
    this.top = (screen.height - this.height) >> 1;
  }

  /** Rows of the screen, from the top of the screen, that show rows `from` to `to` (exclusive) of the picture. */
  rowsOf(from: number, to: number): readonly [number, number] {
    const first = Math.floor((from * this.height) / this.#picture.height);
    const last = Math.ceil((to * this.height) / this.#picture.height);
    return [Math.max(0, this.top + first), Math.min(this.top + Math.min(last, this.height), this.#screen.height)];
  }

  /** Draws row `y` of the screen into `line`, which is as long as the stride and keeps what lies beside the picture. */
  row(pixels: Uint8Array | Uint16Array, y: number, line: Uint8Array): void {
    const { width: across, height: down } = this.#picture;
    const inner = y - this.top;
    const fromY = Math.floor((inner * down) / this.height);
    const toY = Math.max(fromY + 1, Math.ceil(((inner + 1) * down) / this.height));
    const enlarged = this.width >= across;
    const end = Math.min(this.width, this.#screen.width - this.left);
    for (let x = Math.max(0, -this.left); x < end; x++) {
      const fromX = Math.floor((x * across) / this.width);
      const toX = Math.max(fromX + 1, Math.ceil(((x + 1) * across) / this.width));
      const color = enlarged ? this.#at(pixels, fromX, fromY) : this.#mean(pixels, fromX, toX, fromY, toY);
      put(this.#screen.bitsPerPixel, line, this.left + x, color);
    }
  }

  #at(pixels: Uint8Array | Uint16Array, x: number, y: number): number {
    const { width, format } = this.#picture;
    if (format === "rgb565") return pixels[y * width + x] ?? 0;
    const byte = pixels[y * ((width + 7) >> 3) + (x >> 3)] ?? 0;
    return ((byte >> (7 - (x & 7))) & 1) === 1 ? this.#colors.ink : this.#colors.paper;
  }

  #mean(pixels: Uint8Array | Uint16Array, fromX: number, toX: number, fromY: number, toY: number): number {
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let y = fromY; y < toY; y++)
      for (let x = fromX; x < toX; x++) {
        const color = this.#at(pixels, x, y);
        red += color >> 11;
        green += (color >> 5) & 63;
        blue += color & 31;
      }
    const count = (toX - fromX) * (toY - fromY);
    return (Math.round(red / count) << 11) | (Math.round(green / count) << 5) | Math.round(blue / count);
  }
}

function put(bitsPerPixel: Screen["bitsPerPixel"], line: Uint8Array, x: number, color: number): void {
  if (bitsPerPixel === 1) {
    const bit = 1 << (x & 7);
    // Green is what the eye sees most of: bright is lit.
    const lit = ((color >> 5) & 63) >= 32;
    line[x >> 3] = lit ? (line[x >> 3] ?? 0) | bit : (line[x >> 3] ?? 0) & ~bit;
    return;
  }
  if (bitsPerPixel === 16) {
    line[2 * x] = color & 0xff;
    line[2 * x + 1] = color >> 8;
    return;
  }
  const at = (bitsPerPixel >> 3) * x;
  const [red, green, blue] = [color >> 11, (color >> 5) & 63, color & 31];
  line[at] = (blue << 3) | (blue >> 2);
  line[at + 1] = (green << 2) | (green >> 4);
  line[at + 2] = (red << 3) | (red >> 2);
}
