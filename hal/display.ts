/**
 * A pixel display.
 *
 * `mono`: one bit a pixel, rows from the top, each row padded to whole bytes, most significant bit left, 1 = dark (ink).
 * `rgb565`: one 16-bit word a pixel, rows from the top, red in the high bits, in the byte order of the machine.
 */
export interface Display {
  readonly width: number;
  readonly height: number;
  readonly format: PixelFormat;
  /**
   * Shows a whole picture. The buffer may be reused by the caller as soon as this returns.
   * May be called faster than the display can draw; the last picture wins.
   */
  show(pixels: Uint8Array | Uint16Array): void;
  close(): Promise<void>;
}

export type PixelFormat = "mono" | "rgb565";
