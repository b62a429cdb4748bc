/** The phone's own icons: for shades, shapes on a square of 24 units sampled at any size; for one bit, drawn by hand 9 high. */
import type { Mask } from "./surface.ts";

export type IconName =
  | "call"
  | "call_in"
  | "call_out"
  | "call_missed"
  | "call_end"
  | "hold"
  | "handset"
  | "headset"
  | "speaker"
  | "mute"
  | "hd"
  | "dnd"
  | "lock"
  | "encrypted"
  | "network_down"
  | "account_ok"
  | "account_wait"
  | "account_bad"
  | "ringing"
  | "warning"
  | "person"
  | "status"
  | "features"
  | "history"
  | "settings"
  | "forward"
  | "mail"
  | "page";

/** One stroke or area; later ones with `cut` take away from earlier ones. Units: the icon is 24 wide and high. */
type Shape = { readonly cut?: true } & (
  | { readonly line: readonly number[]; readonly wide: number }
  | {
      readonly arc: readonly [x: number, y: number, radius: number, fromDeg: number, toDeg: number];
      readonly wide: number;
    }
  | { readonly disc: readonly [x: number, y: number, radius: number] }
  | { readonly box: readonly [x: number, y: number, width: number, height: number, radius: number] }
  | { readonly area: readonly number[] }
);

/** A receiver lying from the lower left to the upper right, ear and mouth pieces turned inwards. */
const receiver: readonly Shape[] = [
  { arc: [20, 4, 14.5, 100, 170], wide: 4.4 },
  { line: [5.2, 4.4, 8, 8.6], wide: 4.6 },
  { line: [19.6, 18.8, 15.4, 16], wide: 4.6 },
];

const shapes: Readonly<Record<IconName, readonly Shape[]>> = {
  call: receiver,
  call_in: [...receiver, { line: [21, 3, 14.5, 9.5], wide: 2 }, { line: [14.2, 4.8, 14.2, 9.8, 19.2, 9.8], wide: 2 }],
  call_out: [...receiver, { line: [14.5, 9.5, 20.6, 3.4], wide: 2 }, { line: [16, 3.2, 20.8, 3.2, 20.8, 8], wide: 2 }],
  call_missed: [...receiver, { line: [14, 3.4, 20.6, 10], wide: 2 }, { line: [20.6, 3.4, 14, 10], wide: 2 }],
  call_end: [
    { arc: [12, 21, 10.5, 217, 323], wide: 4.6 },
    { line: [3.6, 14.6, 6.2, 16.6], wide: 4.6 },
    { line: [20.4, 14.6, 17.8, 16.6], wide: 4.6 },
  ],
  hold: [{ box: [5, 4, 5, 16, 1] }, { box: [14, 4, 5, 16, 1] }],
  handset: receiver,
  headset: [
    { arc: [12, 12, 8.6, 180, 360], wide: 2.2 },
    { box: [2, 12, 5, 8, 1.6] },
    { box: [17, 12, 5, 8, 1.6] },
    { line: [19.6, 20, 19, 21.6, 14, 21.8], wide: 1.8 },
  ],
  speaker: [
    { area: [2, 8.6, 6.4, 8.6, 12, 3.6, 12, 20.4, 6.4, 15.4, 2, 15.4] },
    { arc: [12, 12, 4.4, -45, 45], wide: 2 },
    { arc: [12, 12, 8.6, -45, 45], wide: 2 },
  ],
  mute: [
    { box: [8.6, 2, 6.8, 12, 3.4] },
    { arc: [12, 10.6, 6.6, 0, 180], wide: 2 },
    { line: [12, 17, 12, 21.4], wide: 2 },
    { line: [8, 21.6, 16, 21.6], wide: 2 },
    { line: [3.4, 2.2, 22, 20.8], wide: 2, cut: true },
    { line: [2, 3, 21, 22], wide: 2.2 },
  ],
  hd: [
    { box: [1, 5, 22, 14, 3] },
    { line: [5, 8.4, 5, 15.6], wide: 1.8, cut: true },
    { line: [10, 8.4, 10, 15.6], wide: 1.8, cut: true },
    { line: [5, 12, 10, 12], wide: 1.8, cut: true },
    { line: [14, 8.4, 14, 15.6, 16, 15.6], wide: 1.8, cut: true },
    { arc: [16, 12, 3.6, -90, 90], wide: 1.8, cut: true },
    { line: [14, 8.4, 16, 8.4], wide: 1.8, cut: true },
  ],
  dnd: [{ disc: [12, 12, 10] }, { box: [5.6, 10.2, 12.8, 3.6, 1], cut: true }],
  lock: [
    { box: [4.5, 10.5, 15, 11.5, 1.6] },
    { arc: [12, 8, 4.6, 180, 360], wide: 2.2 },
    { line: [7.4, 8, 7.4, 11], wide: 2.2 },
    { line: [16.6, 8, 16.6, 11], wide: 2.2 },
    { disc: [12, 15.2, 1.7], cut: true },
    { line: [12, 15.2, 12, 18.6], wide: 1.6, cut: true },
  ],
  encrypted: [
    { box: [1, 10.5, 12.5, 11.5, 1.6] },
    { arc: [7.2, 8, 4, 180, 360], wide: 2.2 },
    { line: [3.2, 8, 3.2, 11], wide: 2.2 },
    { line: [11.2, 8, 11.2, 11], wide: 2.2 },
    { disc: [7.2, 15.2, 1.7], cut: true },
    { line: [7.2, 15.2, 7.2, 18.6], wide: 1.6, cut: true },
    { arc: [11.5, 16, 6, -45, 45], wide: 1.9 },
    { arc: [11.5, 16, 10, -45, 45], wide: 1.9 },
  ],
  network_down: [
    { box: [8, 2, 8, 6, 1] },
    { box: [2, 16, 7, 6, 1] },
    { box: [15, 16, 7, 6, 1] },
    { line: [12, 8, 12, 12], wide: 1.8 },
    { line: [5.5, 16, 5.5, 12, 18.5, 12, 18.5, 16], wide: 1.8 },
    { line: [8.4, 8.4, 15.6, 15.6], wide: 4.6, cut: true },
    { line: [15.6, 8.4, 8.4, 15.6], wide: 4.6, cut: true },
    { line: [8.4, 8.4, 15.6, 15.6], wide: 2.2 },
    { line: [15.6, 8.4, 8.4, 15.6], wide: 2.2 },
  ],
  account_ok: [{ disc: [12, 12, 9.5] }, { line: [7.4, 12.4, 10.6, 15.6, 16.6, 8.8], wide: 2.4, cut: true }],
  account_wait: [
    { disc: [12, 12, 9.5] },
    { disc: [7, 12, 1.7], cut: true },
    { disc: [12, 12, 1.7], cut: true },
    { disc: [17, 12, 1.7], cut: true },
  ],
  account_bad: [
    { disc: [12, 12, 9.5] },
    { line: [8.4, 8.4, 15.6, 15.6], wide: 2.4, cut: true },
    { line: [15.6, 8.4, 8.4, 15.6], wide: 2.4, cut: true },
  ],
  ringing: [
    {
      area: [
        5, 17.4, 6.6, 14.8, 6.6, 10, 7.6, 6.8, 10, 4.8, 12, 4.3, 14, 4.8, 16.4, 6.8, 17.4, 10, 17.4, 14.8, 19, 17.4,
      ],
    },
    { disc: [12, 3.8, 1.6] },
    { arc: [12, 18.6, 2.3, 0, 180], wide: 1.9 },
    { arc: [12, 10, 10.2, 150, 200], wide: 1.8 },
    { arc: [12, 10, 10.2, -20, 30], wide: 1.8 },
  ],
  warning: [
    { area: [12, 2.4, 22.6, 21, 1.4, 21] },
    { line: [12, 9, 12, 14.6], wide: 2.4, cut: true },
    { disc: [12, 18, 1.5], cut: true },
  ],
  person: [
    { disc: [12, 7.6, 4.8] },
    { area: [2.8, 21.6, 3.6, 17.4, 7, 14.6, 12, 13.8, 17, 14.6, 20.4, 17.4, 21.2, 21.6] },
  ],
  status: [
    { disc: [12, 12, 10] },
    { disc: [12, 7.2, 1.6], cut: true },
    { line: [12, 11.4, 12, 17.2], wide: 2.8, cut: true },
  ],
  features: [
    { box: [3, 3, 8, 8, 2] },
    { box: [13, 3, 8, 8, 2] },
    { box: [3, 13, 8, 8, 2] },
    { box: [13, 13, 8, 8, 4] },
  ],
  history: [
    { arc: [12, 12, 9, 0, 360], wide: 2.2 },
    { line: [12, 6.8, 12, 12.4, 15.6, 14.6], wide: 2.2 },
  ],
  settings: [
    { line: [12, 1.6, 12, 22.4], wide: 4 },
    { line: [3, 6.8, 21, 17.2], wide: 4 },
    { line: [3, 17.2, 21, 6.8], wide: 4 },
    { disc: [12, 12, 7.6] },
    { disc: [12, 12, 3.4], cut: true },
  ],
  forward: [
    { line: [4, 12, 19, 12], wide: 2.4 },
    { line: [13.4, 5.8, 19.6, 12, 13.4, 18.2], wide: 2.4 },
  ],
  mail: [
    { box: [3, 6, 18, 12.6, 1.6] },
    { line: [4.4, 8, 12, 13.4], wide: 1.6, cut: true },
    { line: [12, 13.4, 19.6, 8], wide: 1.6, cut: true },
  ],
  page: [{ disc: [5, 12, 2.4] }, { disc: [12, 12, 2.4] }, { disc: [19, 12, 2.4] }],
};

const samples = 4;
const masks = 24;

/** Sampled at `sizePx` square. */
export function drawIcon(name: IconName, sizePx: number): Mask {
  const shades = new Uint8Array(sizePx * sizePx);
  const unit = masks / sizePx;
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++) {
      let hits = 0;
      for (let s = 0; s < samples * samples; s++) {
        const px = (x + ((s % samples) + 0.5) / samples) * unit;
        const py = (y + (Math.floor(s / samples) + 0.5) / samples) * unit;
        if (covers(shapes[name], px, py)) hits++;
      }
      shades[y * sizePx + x] = Math.round((hits * 255) / (samples * samples));
    }
  return { width: sizePx, height: sizePx, shades };
}

function covers(icon: readonly Shape[], x: number, y: number): boolean {
  let covered = false;
  for (const shape of icon) if (covered === (shape.cut === true) && inside(shape, x, y)) covered = shape.cut !== true;
  return covered;
}

function inside(shape: Shape, x: number, y: number): boolean {
  if ("disc" in shape) return Math.hypot(x - shape.disc[0], y - shape.disc[1]) <= shape.disc[2];
  if ("box" in shape) {
    const [left, top, width, height, radius] = shape.box;
    const dx = Math.max(left + radius - x, 0, x - (left + width - radius));
    const dy = Math.max(top + radius - y, 0, y - (top + height - radius));
    return Math.hypot(dx, dy) <= radius;
  }
  if ("arc" in shape) {
    const [cx, cy, radius, from, to] = shape.arc;
    const angle = (Math.atan2(y - cy, x - cx) * 180) / Math.PI;
    const turn = (((angle - from) % 360) + 360) % 360;
    return Math.abs(Math.hypot(x - cx, y - cy) - radius) <= shape.wide / 2 && turn <= to - from;
  }
  if ("line" in shape) {
    for (let i = 0; i + 3 < shape.line.length; i += 2) {
      const [ax = 0, ay = 0, bx = 0, by = 0] = shape.line.slice(i, i + 4);
      const along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2);
      const t = Math.min(1, Math.max(0, along));
      if (Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)) <= shape.wide / 2) return true;
    }
    return false;
  }
  return insideArea(shape.area, x, y);
}

/** Even-odd rule. */
function insideArea(area: readonly number[], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0; i < area.length; i += 2) {
    const [ax = 0, ay = 0] = [area[i], area[i + 1]];
    const [bx = 0, by = 0] = [area[(i + 2) % area.length], area[(i + 3) % area.length]];
    if (ay > y !== by > y && x < ax + ((y - ay) * (bx - ax)) / (by - ay)) odd = !odd;
  }
  return odd;
}

/** For one bit: 9 rows, `#` is ink. */
const bits: Readonly<Record<IconName, string>> = {
  call: "##.......|###......|###......|.##......|.###.....|..###....|...####.#|....#####|......###",
  call_in: "##......#|###.#..#.|###.#.#..|.##.##...|.##.####.|..##.....|...###.##|....#####|......###",
  call_out: "##...####|###....##|###...#.#|.##..#..#|.##.#....|..##.....|...###.##|....#####|......###",
  call_missed: "##..#...#|###..#.#.|###...#..|.##..#.#.|.##.#...#|..##.....|...###.##|....#####|......###",
  call_end: ".........|.........|..#####..|.#######.|####.####|###...###|##.....##|.........|.........",
  hold: ".........|.###.###.|.###.###.|.###.###.|.###.###.|.###.###.|.###.###.|.###.###.|.........",
  handset: "##.......|###......|###......|.##......|.###.....|..###....|...####.#|....#####|......###",
  headset: "..#####..|.#.....#.|#.......#|#.......#|##.....##|##.....##|##.....##|........#|.....###.",
  speaker: "....#..#.|...##...#|..###.#.#|#####..##|#####..##|..###.#.#|...##...#|....#..#.|.........",
  mute: "#..###...|.#.###...|..#.##...|..##.#.#.|.#.##.#..|.#...#.#.|..####.#.|....#...#|...###...",
  hd: "...........|###########|#.#.##..###|#.#.##.#.##|#...##.#.##|#.#.##.#.##|#.#.##..###|###########|...........",
  dnd: "..#####..|.#######.|#########|##.....##|##.....##|#########|.#######.|..#####..|.........",
  lock: "..###..|.#...#.|.#...#.|#######|#######|###.###|###.###|#######|.......",
  encrypted:
    "..###......|.#...#...#.|.#...#....#|#######.#.#|#######.#.#|###.###.#.#|###.###...#|#######..#.|...........",
  network_down: "..#####..|..#...#..|..#####..|#...#...#|.#.###.#.|..#...#..|.#.#.#.#.|#..#.#..#|.........",
  account_ok: "..#####..|.#######.|######.##|#####.###|#.###.###|##.#.####|###.#####|.#######.|..#####..",
  account_wait: "..#####..|.#.....#.|#.......#|#.......#|#.#.#.#.#|#.......#|#.......#|.#.....#.|..#####..",
  account_bad: "..#####..|.#.....#.|#.#...#.#|#..#.#..#|#...#...#|#..#.#..#|#.#...#.#|.#.....#.|..#####..",
  ringing: "....#....|..#####..|.#######.|.#######.|.#######.|.#######.|#########|.........|...###...",
  warning: "....#....|...###...|...#.#...|..##.##..|..##.##..|.###.###.|.#######.|####.####|#########",
  person: "...###...|..#####..|..#####..|...###...|.........|..#####..|.#######.|#########|#########",
  status: "..#####..|.###.###.|#########|####.####|####.####|####.####|####.####|.###.###.|..#####..",
  features: "####.####|####.####|####.####|####.####|.........|####.####|####.####|####.####|####.####",
  history: "..#####..|.#.....#.|#...#...#|#...#...#|#...##..#|#.....#.#|#.......#|.#.....#.|..#####..",
  settings: "....#....|.#.###.#.|..#####..|.###.###.|####.####|.###.###.|..#####..|.#.###.#.|....#....",
  forward: "....#....|....##...|########.|#########|########.|....##...|....#....|.........|.........",
  mail: "...........|...........|###########|#.#######.#|##.#####.##|###.###.###|####...####|###########|...........",
  page: ".........|.........|.........|##..##..#|##..##..#|.........|.........|.........|.........",
};

/** As drawn by hand: 9 high, 9 or 11 wide. */
export function handIcon(name: IconName): Mask {
  const rows = bits[name].split("|");
  const width = rows[0]?.length ?? 0;
  const shades = new Uint8Array(width * rows.length);
  for (const [y, row] of rows.entries())
    for (let x = 0; x < width; x++) if (row[x] === "#") shades[y * width + x] = 255;
  return { width, height: rows.length, shades };
}
