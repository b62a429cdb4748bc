/** Colours and measures of the colour LCDs; 480x272 as drawn, 800x480 the same times a factor. */

export const colors = {
  backTop: 0x12355b,
  backBottom: 0x071626,
  bar: 0x0a1c30,
  barEdge: 0x2a4f78,
  text: 0xffffff,
  soft: 0xb9cbe0,
  faint: 0x7f97b3,
  card: 0x1b4270,
  cardEdge: 0x3a6ea5,
  cardIdle: 0x12304f,
  key: 0x1a3d66,
  keyEdge: 0x34608f,
  keyBlank: 0x0e2740,
  select: 0x2f7fd6,
  good: 0x3ecf6e,
  warn: 0xffb638,
  bad: 0xff5a52,
  hold: 0xffb638,
  ring: 0xff7a3c,
  track: 0x0a1c30,
} as const;

export interface Metrics {
  readonly statusHeight: number;
  readonly softHeight: number;
  readonly margin: number;
  readonly radius: number;
  /** Width of the columns of line keys. */
  readonly keyWidth: number;
  readonly keyHeight: number;
  readonly keysPerColumn: number;
  readonly rowHeight: number;
  readonly icon: number;
  readonly smallPx: number;
  readonly bodyPx: number;
  readonly largePx: number;
  readonly clockPx: number;
  readonly digitsPx: number;
}

export const metrics480: Metrics = {
  statusHeight: 28,
  softHeight: 36,
  margin: 8,
  radius: 6,
  keyWidth: 104,
  keyHeight: 34,
  keysPerColumn: 5,
  rowHeight: 33,
  icon: 18,
  smallPx: 17,
  bodyPx: 20,
  largePx: 26,
  clockPx: 64,
  digitsPx: 36,
};

export const metrics800: Metrics = {
  statusHeight: 46,
  softHeight: 62,
  margin: 14,
  radius: 10,
  keyWidth: 176,
  keyHeight: 54,
  keysPerColumn: 6,
  rowHeight: 52,
  icon: 30,
  smallPx: 27,
  bodyPx: 32,
  largePx: 42,
  clockPx: 120,
  digitsPx: 58,
};
