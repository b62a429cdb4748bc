/** What a layout is: it knows one class of LCD and draws any screen on it. */
import type { ScreenModel } from "../screen.ts";

export interface Layout {
  /** Rows of a list that fit at once. */
  readonly rows: number;
  /** Draws the whole picture. */
  draw(screen: ScreenModel): void;
}
