/** The one-bit LCDs 132x64, 192x64 and 240x120: one line of status, the middle, soft keys. */
import type { Canvas } from "../canvas.ts";
import type { Face } from "../face.ts";
import type { Fonts } from "../fonts.ts";
import type { IconName } from "../icon.ts";
import type { Body, CallCard, LineKeyModel, ScreenModel, VolumeModel } from "../screen.ts";
import type { Rect } from "../surface.ts";
import { isRightToLeft, wrap } from "../text.ts";
import type { Layout } from "./layout.ts";

const paper = 0;
const ink = 1;

/** Sizes of letters and bars, pixels. */
interface MonoMetrics {
  readonly bar: number;
  readonly soft: number;
  readonly row: number;
  readonly smallPx: number;
  readonly bodyPx: number;
  readonly largePx: number;
  readonly clockPx: number;
  /** Width of a column of line key labels; 0 where labels are shown elsewhere or not at all. */
  readonly keyWidth: number;
  readonly keysPerColumn: number;
}

const metrics132: MonoMetrics = {
  bar: 11,
  soft: 11,
  row: 14,
  smallPx: 8,
  bodyPx: 12,
  largePx: 16,
  clockPx: 24,
  keyWidth: 0,
  keysPerColumn: 3,
};
const metrics192: MonoMetrics = { ...metrics132, keyWidth: 54 };
const metrics240: MonoMetrics = {
  bar: 15,
  soft: 16,
  row: 17,
  smallPx: 12,
  bodyPx: 16,
  largePx: 24,
  clockPx: 32,
  keyWidth: 60,
  keysPerColumn: 4,
};

/** Where a soft key is too narrow for the whole word. */
const shortLabels: ReadonlyMap<string, string> = new Map([
  ["New Call", "New"],
  ["End Call", "End"],
  ["History", "Calls"],
  ["Silence", "Quiet"],
  ["Details", "Info"],
]);

export class MonoLayout implements Layout {
  readonly rows: number;
  readonly #canvas: Canvas;
  readonly #metrics: MonoMetrics;
  readonly #small: Face;
  readonly #body: Face;
  readonly #large: Face;
  readonly #clock: Face;

  constructor(canvas: Canvas, fonts: Fonts) {
    this.#canvas = canvas;
    this.#metrics = canvas.width >= 240 ? metrics240 : canvas.width >= 192 ? metrics192 : metrics132;
    this.#small = fonts.crisp(this.#metrics.smallPx);
    this.#body = fonts.crisp(this.#metrics.bodyPx);
    this.#large = fonts.crisp(this.#metrics.largePx);
    this.#clock = fonts.crisp(this.#metrics.clockPx);
    this.rows = Math.floor((canvas.height - this.#metrics.bar - this.#metrics.soft) / this.#metrics.row);
  }

  draw(screen: ScreenModel): void {
    const canvas = this.#canvas;
    const { bar, soft } = this.#metrics;
    canvas.fill(0, 0, canvas.width, canvas.height, paper);
    this.#statusBar(screen);
    const area: Rect = { x: 0, y: bar, width: canvas.width, height: canvas.height - bar - soft };
    this.#drawBody(screen, area);
    this.#softKeys(screen.softkeys);
    if (screen.volume !== undefined) this.#volume(screen.volume, area);
  }

  /** White on black, so that it is not read as a row of the list below. */
  #statusBar(screen: ScreenModel): void {
    const canvas = this.#canvas;
    const { bar } = this.#metrics;
    canvas.fill(0, 0, canvas.width, bar, ink);
    let right = canvas.width - 2;
    if (screen.body.kind !== "idle") {
      const width = canvas.widthOf(this.#small, screen.time);
      canvas.text(this.#small, screen.time, { x: right - width, y: 0, width: width + 1, height: bar }, paper);
      right -= width + 3;
    }
    for (const name of [...screen.icons].reverse()) {
      const mask = canvas.iconMask(name, 9);
      right -= mask.width;
      canvas.icon(name, right, Math.floor((bar - mask.height) / 2), 9, paper);
      right -= 3;
    }
    let left = 2;
    if (screen.body.kind === "idle" && screen.title !== "") {
      const mask = canvas.iconMask(accountIcon(screen.body.accountState), 9);
      canvas.surface.mask(mask, left, Math.floor((bar - mask.height) / 2), paper);
      left += mask.width + 3;
    }
    const tabs = screen.body.kind === "list" && screen.body.tabs;
    canvas.text(
      this.#small,
      tabs ? `< ${screen.title} >` : screen.title,
      { x: left, y: 0, width: right - left - 2, height: bar },
      paper,
    );
  }

  #softKeys(labels: readonly string[]): void {
    const canvas = this.#canvas;
    const { soft } = this.#metrics;
    const width = canvas.width / labels.length;
    for (const [i, label] of labels.entries()) {
      if (label === "") continue;
      const x = Math.round(i * width);
      const right = Math.round((i + 1) * width) - (i === labels.length - 1 ? 0 : 1);
      const rect: Rect = { x, y: canvas.height - soft + 1, width: right - x, height: soft - 1 };
      canvas.fill(rect.x + 1, rect.y, rect.width - 2, rect.height, ink);
      canvas.fill(rect.x, rect.y + 1, rect.width, rect.height - 2, ink);
      const room = rect.width - 2;
      const fits = canvas.widthOf(this.#small, label) <= room;
      const text = fits ? label : (shortLabels.get(label) ?? label);
      canvas.text(this.#small, text, { ...rect, x: rect.x + 1, width: room }, paper, "center");
    }
  }

  #drawBody(screen: ScreenModel, area: Rect): void {
    const body = screen.body;
    switch (body.kind) {
      case "idle":
        this.#idle(body, screen.keys, area);
        break;
      case "dial":
        this.#dial(body, area);
        break;
      case "calls":
        this.#calls(body.cards, area);
        break;
      case "list":
        this.#list(body, area);
        break;
      case "message":
        this.#message(body.text, area);
        break;
      default:
        body satisfies never;
    }
  }

  #idle(body: Extract<Body, { kind: "idle" }>, keys: readonly LineKeyModel[], area: Rect): void {
    const canvas = this.#canvas;
    const middle = this.#lineKeys(keys, area);
    const said = [
      body.missed > 0 ? (body.missed === 1 ? "1 missed call" : `${body.missed} missed calls`) : "",
      ...body.notices,
      body.dnd ? "Do not disturb" : "",
    ].filter((text) => text !== "");
    const first = said[0] ?? "";
    const counted = said.length > 1 ? `${first} (+${said.length - 1})` : first;
    const room = middle.width - 2;
    const notes = canvas.widthOf(this.#small, counted) <= room ? [counted] : wrap(this.#small, first, room, 2);
    const noteHeight = first === "" ? 0 : notes.length * (this.#small.sizePx + 2);
    // Trouble that takes two lines takes the date's.
    const date = notes.length < 2 ? body.date : "";
    const clockHeight = this.#clock.baseline - this.#clock.capitalTop + 3;
    const dateHeight = date === "" ? 0 : this.#body.sizePx;
    const y = area.y + Math.max(1, Math.floor((area.height - noteHeight - clockHeight - dateHeight) / 2));
    canvas.text(this.#clock, body.time, { ...middle, y, height: clockHeight }, ink, "center");
    canvas.text(this.#body, date, { ...middle, y: y + clockHeight, height: dateHeight }, ink, "center");
    if (noteHeight === 0) return;
    const height = noteHeight / notes.length;
    const top = area.y + area.height - noteHeight - 1;
    for (const [i, note] of notes.entries())
      canvas.text(this.#small, note, { x: middle.x + 1, y: top + i * height, width: room, height }, ink, "center");
  }

  /** Labels at both edges; returns what is left in the middle. */
  #lineKeys(keys: readonly LineKeyModel[], area: Rect): Rect {
    const { keysPerColumn } = this.#metrics;
    const used = keys.filter((key) => key.kind !== "none").length;
    // The narrowest LCDs spare the room only where the bar above does not name the one account already.
    const keyWidth = this.#metrics.keyWidth > 0 ? this.#metrics.keyWidth : used > 1 ? 54 : 0;
    if (keyWidth === 0 || keys.length === 0) return area;
    const height = Math.floor(area.height / keysPerColumn);
    for (const [i, key] of keys.slice(0, keysPerColumn * 2).entries()) {
      const left = i < keysPerColumn;
      const rect: Rect = {
        x: left ? 0 : this.#canvas.width - keyWidth,
        y: area.y + 1 + (i % keysPerColumn) * height,
        width: keyWidth,
        height: height - 1,
      };
      this.#lineKey(key, rect, left);
    }
    const right = keys.length > keysPerColumn;
    return { ...area, x: keyWidth, width: area.width - keyWidth * (right ? 2 : 1) };
  }

  #lineKey(key: LineKeyModel, rect: Rect, left: boolean): void {
    if (key.kind === "none") return;
    const canvas = this.#canvas;
    const name = key.kind === "page" ? "page" : lineIcon(key);
    const mask = canvas.iconMask(name, 9);
    const x = left ? rect.x + 1 : rect.x + rect.width - mask.width - 1;
    canvas.icon(name, x, rect.y + Math.floor((rect.height - mask.height) / 2), 9, ink);
    const box: Rect = { ...rect, x: left ? rect.x + mask.width + 3 : rect.x, width: rect.width - mask.width - 3 };
    canvas.text(this.#small, key.label, box, ink, left ? "left" : "right");
  }

  #dial(body: Extract<Body, { kind: "dial" }>, area: Rect): void {
    const canvas = this.#canvas;
    const { row } = this.#metrics;
    const head: Rect = { x: 2, y: area.y + 1, width: area.width - 4, height: row - 2 };
    const above = body.waiting === undefined ? body.account : `${body.waiting.name}: ${body.waiting.status}`;
    canvas.text(this.#small, above, { ...head, width: head.width - 22 }, ink);
    canvas.text(this.#small, body.input, head, ink, "right");
    const rect: Rect = { x: 1, y: area.y + row, width: area.width - 2, height: area.height - row - 2 };
    this.#frame(rect);
    const inner = rect.width - 10;
    const faces = [this.#clock, this.#large, this.#body];
    const face =
      faces.find((f) => f.sizePx <= rect.height - 2 && canvas.widthOf(f, body.digits) <= inner) ?? this.#body;
    let text = body.digits;
    while (text.length > 1 && canvas.widthOf(face, text) > inner) text = text.slice(1);
    const width = canvas.text(face, text, { ...rect, x: rect.x + 3, width: inner + 2 }, ink);
    const cursor = face.baseline - face.capitalTop + 5;
    canvas.fill(rect.x + 5 + width, rect.y + Math.floor((rect.height - cursor) / 2), 1, cursor, ink);
  }

  #frame(rect: Rect): void {
    const { x, y, width, height } = rect;
    this.#canvas.fill(x + 1, y, width - 2, 1, ink);
    this.#canvas.fill(x + 1, y + height - 1, width - 2, 1, ink);
    this.#canvas.fill(x, y + 1, 1, height - 2, ink);
    this.#canvas.fill(x + width - 1, y + 1, 1, height - 2, ink);
  }

  #calls(cards: readonly CallCard[], area: Rect): void {
    const only = cards[0];
    if (only === undefined) return;
    if (cards.length === 1) this.#single(only, area);
    else this.#several(cards, area);
  }

  #single(card: CallCard, area: Rect): void {
    const canvas = this.#canvas;
    const x = 3;
    const width = area.width - 2 * x;
    const height = Math.floor((area.height - 1) / 3);
    const first = Math.max(height, needsTall(card.name) ? 17 : 0);
    const other = Math.floor((area.height - 1 - first) / 2);
    canvas.text(this.#large, card.name, { x, y: area.y, width, height: first }, ink);
    canvas.text(this.#body, card.number || card.via, { x, y: area.y + first, width, height: other }, ink);
    this.#statusLine(card, { x, y: area.y + first + other, width, height: other });
  }

  #statusLine(card: CallCard, rect: Rect): void {
    const canvas = this.#canvas;
    const mask = canvas.iconMask(card.icon, 9);
    canvas.icon(card.icon, rect.x, rect.y + Math.floor((rect.height - mask.height) / 2), 9, ink);
    const timer = card.timer === "" ? 0 : canvas.widthOf(this.#body, card.timer) + 3;
    const x = rect.x + mask.width + 3;
    const width = rect.width - mask.width - 3;
    const fits = canvas.widthOf(this.#body, card.status) <= width - timer;
    canvas.text(fits ? this.#body : this.#small, card.status, { ...rect, x, width: width - timer }, ink);
    canvas.text(this.#body, card.timer, { ...rect, x, width }, ink, "right");
  }

  #several(cards: readonly CallCard[], area: Rect): void {
    const canvas = this.#canvas;
    const room = Math.max(1, Math.floor(area.height / this.#metrics.row));
    const at = Math.max(
      0,
      cards.findIndex((card) => card.selected),
    );
    const first = Math.max(0, Math.min(at - room + 1, cards.length - room));
    for (const [i, card] of cards.slice(first, first + room).entries()) {
      const rect: Rect = {
        x: 1,
        y: area.y + 1 + i * this.#metrics.row,
        width: area.width - 2,
        height: this.#metrics.row - 1,
      };
      const color = card.selected ? paper : ink;
      if (card.selected) canvas.fill(rect.x, rect.y, rect.width, rect.height, ink);
      const mask = canvas.iconMask(card.icon, 9);
      canvas.icon(card.icon, rect.x + 2, rect.y + Math.floor((rect.height - mask.height) / 2), 9, color);
      const x = rect.x + mask.width + 5;
      const right = card.timer || card.status;
      const face = card.timer === "" ? this.#small : this.#body;
      const taken = Math.min(canvas.widthOf(face, right), Math.floor(rect.width * 0.45)) + 3;
      const width = rect.width - mask.width - 7;
      canvas.text(this.#body, card.name, { ...rect, x, width: width - taken }, color);
      canvas.text(face, right, { ...rect, x: x + width - taken + 3, width: taken - 3 }, color, "right");
    }
  }

  #list(body: Extract<Body, { kind: "list" }>, area: Rect): void {
    const canvas = this.#canvas;
    const { row } = this.#metrics;
    if (body.rows.length === 0) {
      canvas.text(this.#body, body.empty, area, ink, "center");
      return;
    }
    const scrolls = body.total > body.rows.length;
    const width = area.width - (scrolls ? 4 : 0);
    for (const [i, item] of body.rows.entries()) {
      const rect: Rect = { x: 0, y: area.y + i * row, width, height: row };
      const color = i === body.selected ? paper : ink;
      if (i === body.selected) canvas.fill(rect.x, rect.y, rect.width, rect.height, ink);
      let x = 2;
      if (item.icon !== undefined) {
        const mask = canvas.iconMask(item.icon, 9);
        canvas.icon(item.icon, x, rect.y + Math.floor((row - mask.height) / 2), 9, color);
        x += mask.width + 3;
      }
      const face = needsTall(item.text) ? this.#large : this.#body;
      const room = width - x - 2;
      const spare = room - canvas.widthOf(face, item.text) - 4;
      const most = Math.max(spare, Math.floor(room * 0.4));
      const roomy = needsTall(item.detail) ? this.#large : this.#body;
      // Facts are read in the size of their names where they fit; the times of a list are always small.
      const fact = item.icon === undefined && canvas.widthOf(roomy, item.detail) <= spare;
      const small = fact ? roomy : this.#small;
      const detail = item.detail === "" ? 0 : Math.min(most, canvas.widthOf(small, item.detail)) + 4;
      canvas.text(face, item.text, { x, y: rect.y, width: room - detail, height: row }, color);
      const box: Rect = { x: x + room - detail + 4, y: rect.y, width: detail - 4, height: row };
      if (item.detail !== "") canvas.text(small, item.detail, box, color, "right");
    }
    if (!scrolls) return;
    const track = area.height - 2;
    const thumb = Math.max(4, Math.round((track * body.rows.length) / body.total));
    const y = Math.round(((track - thumb) * body.first) / Math.max(1, body.total - body.rows.length));
    canvas.fill(area.width - 2, area.y + 1, 1, track, ink);
    canvas.fill(area.width - 3, area.y + 1 + Math.min(y, track - thumb), 3, thumb, ink);
  }

  #message(text: string, area: Rect): void {
    const lineHeight = this.#body.sizePx + 1;
    const lines = wrap(this.#body, text, area.width - 12, Math.floor((area.height - 4) / lineHeight));
    this.#frame({ x: 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 });
    const top = area.y + Math.floor((area.height - lines.length * lineHeight) / 2);
    for (const [i, line] of lines.entries())
      this.#canvas.text(
        this.#body,
        line,
        { x: 6, y: top + i * lineHeight, width: area.width - 12, height: lineHeight },
        ink,
        "center",
      );
  }

  #volume(volume: VolumeModel, area: Rect): void {
    const canvas = this.#canvas;
    const height = this.#metrics.row * 2 + 6;
    const rect: Rect = { x: 3, y: area.y + Math.floor((area.height - height) / 2), width: area.width - 6, height };
    canvas.fill(area.x, area.y, area.width, area.height, paper);
    this.#frame(rect);
    const head: Rect = { x: rect.x + 4, y: rect.y + 1, width: rect.width - 8, height: this.#metrics.row - 1 };
    canvas.text(this.#body, volume.label, head, ink);
    canvas.text(this.#body, String(volume.level), head, ink, "right");
    const step = Math.floor((rect.width - 8) / 15);
    const x = rect.x + Math.floor((rect.width - step * 15) / 2);
    const bottom = rect.y + height - 4;
    const tall = height - this.#metrics.row - 8;
    for (let i = 0; i < 15; i++) {
      const high = i < volume.level ? tall : 1;
      canvas.fill(x + i * step, bottom - high, step - 1, high, ink);
    }
  }
}

/** Chinese and its neighbours need 16 rows. */
function needsTall(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0x2e80 || isRightToLeft(code);
  });
}

function accountIcon(state: LineKeyModel["account"]): IconName {
  if (state === "registered") return "account_ok";
  return state === "registering" ? "account_wait" : "account_bad";
}

function lineIcon(key: LineKeyModel): IconName {
  switch (key.use) {
    case "ringing":
      return "ringing";
    case "held":
      return "hold";
    case "in-use":
      return "call";
    case "idle":
      return accountIcon(key.account);
    default:
      return key.use satisfies never;
  }
}
