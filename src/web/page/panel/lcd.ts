/** The LCD on a canvas: colour pixels as they are, monochrome ones as dark segments on lit glass. */
import type { Frame } from "./frames.ts";
import type { Model } from "./types.ts";

const glass = [0xc6, 0xd4, 0xbd] as const;
const segment = [0x20, 0x2b, 0x24] as const;

/** CSS pixels for one LCD pixel; whole where that is possible, because glyphs are drawn for it. */
export function lcdScale({ lcd: { width }, handset }: Model): number {
  // A conference phone's LCD lies on the table and is small.
  if (width <= 192) return handset ? 3 : 2;
  if (width <= 240) return 2;
  return width <= 480 ? 1 : 0.75;
}

export class LcdCanvas {
  readonly #context: CanvasRenderingContext2D;
  readonly #lcd: Model["lcd"];
  /** Canvas pixels for an LCD pixel. */
  readonly #cell: number;

  constructor(canvas: HTMLCanvasElement, model: Model) {
    const { lcd } = model;
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser has no 2D canvas");
    this.#context = context;
    this.#lcd = lcd;
    this.#cell = lcd.format === "mono" ? lcdScale(model) : 1;
    canvas.width = lcd.width * this.#cell;
    canvas.height = lcd.height * this.#cell;
    context.fillStyle = lcd.format === "mono" ? `rgb(${glass.join(" ")})` : "#05070a";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }

  show(frame: Extract<Frame, { kind: "picture" }>): void {
    const { width, format } = this.#lcd;
    if (frame.width !== width || frame.format !== format || frame.rows === 0) return;
    const image = this.#context.createImageData(width * this.#cell, frame.rows * this.#cell);
    if (format === "mono") this.#drawMono(frame, image);
    else drawColour(frame, image);
    this.#context.putImageData(image, 0, frame.firstRow * this.#cell);
  }

  #drawMono({ rows, bytes }: { rows: number; bytes: Uint8Array }, image: ImageData): void {
    const { width } = this.#lcd;
    const cell = this.#cell;
    const stride = (width + 7) >> 3;
    for (let y = 0; y < rows * cell; y++) {
      const row = Math.floor(y / cell);
      for (let x = 0; x < width * cell; x++) {
        const column = Math.floor(x / cell);
        const ink = ((bytes[row * stride + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1;
        // Segments of a real panel do not touch: the seam lets some light through.
        const seam = y % cell === cell - 1 || x % cell === cell - 1;
        const share = ink === 1 ? (seam ? 0.78 : 1) : seam ? 0.05 : 0.015;
        const at = (y * width * cell + x) * 4;
        for (let c = 0; c < 3; c++) {
          const [from, to] = [glass[c] ?? 0, segment[c] ?? 0];
          image.data[at + c] = from + (to - from) * share;
        }
        image.data[at + 3] = 255;
      }
    }
  }
}

function drawColour({ bytes }: { bytes: Uint8Array }, image: ImageData): void {
  const { data } = image;
  for (let i = 0; i < data.length / 4; i++) {
    const word = (bytes[i * 2] ?? 0) | ((bytes[i * 2 + 1] ?? 0) << 8);
    const [red, green, blue] = [word >> 11, (word >> 5) & 63, word & 31];
    data[i * 4] = (red << 3) | (red >> 2);
    data[i * 4 + 1] = (green << 2) | (green >> 4);
    data[i * 4 + 2] = (blue << 3) | (blue >> 2);
    data[i * 4 + 3] = 255;
  }
}
