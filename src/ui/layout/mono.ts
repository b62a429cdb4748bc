/** The one-bit LCDs 132x64, 192x64 and 240x120: one line of status, the middle, soft keys. */
import type { Canvas } from "../canvas.ts";
import type { Fonts } from "../fonts.ts";
import type { IconName } from "../icon.ts";
import type { Body, LineKeyModel, ScreenModel } from "../screen.ts";
import type { Rect } from "../surface.ts";
import { wrap } from "../text.ts";
import type { Layout } from "./layout.ts";
import {
  drawCalls,
  drawDial,
  drawList,
  drawMessage,
  drawVolume,
  ink,
  type MonoMetrics,
  type MonoPage,
  paper,
} from "./mono-body.ts";

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
  ["Far Mute", "Mute"],
  ["Private", "Priv"],
]);

export class MonoLayout implements Layout {
  readonly rows: number;
  readonly #page: MonoPage;

  constructor(canvas: Canvas, fonts: Fonts) {
    const metrics = canvas.width >= 240 ? metrics240 : canvas.width >= 192 ? metrics192 : metrics132;
    this.#page = {
      canvas,
      metrics,
      small: fonts.crisp(metrics.smallPx),
      body: fonts.crisp(metrics.bodyPx),
      large: fonts.crisp(metrics.largePx),
      clock: fonts.crisp(metrics.clockPx),
    };
    this.rows = Math.floor((canvas.height - metrics.bar - metrics.soft) / metrics.row);
  }

  draw(screen: ScreenModel): void {
    const canvas = this.#page.canvas;
    const { bar, soft } = this.#page.metrics;
    canvas.fill(0, 0, canvas.width, canvas.height, paper);
    this.#statusBar(screen);
    const top = screen.news === "" ? bar : this.#news(screen);
    const area: Rect = { x: 0, y: top, width: canvas.width, height: canvas.height - top - soft };
    this.#drawBody(screen, area);
    this.#softKeys(screen.softkeys);
    if (screen.volume !== undefined) drawVolume(this.#page, screen.volume, area);
  }

  /** In the status bar, instead of title and time; a second line makes it higher. Icons stay. Returns its height. */
  #news({ news, icons }: ScreenModel): number {
    const { canvas, small, metrics } = this.#page;
    canvas.fill(0, 0, canvas.width, metrics.bar, ink);
    const width = this.#icons(icons, canvas.width - 2) - 4;
    const lines = wrap(small, news, width, 2);
    const height = lines.length > 1 ? 2 * metrics.bar - 1 : metrics.bar;
    canvas.fill(0, metrics.bar, canvas.width, height - metrics.bar, ink);
    for (const [i, line] of lines.entries())
      canvas.text(small, line, { x: 2, y: i * (metrics.bar - 1), width, height: metrics.bar }, paper);
    return height;
  }

  /** From the right edge on, the last outermost; returns where they begin. */
  #icons(icons: readonly IconName[], edge: number): number {
    const { canvas, metrics } = this.#page;
    let right = edge;
    for (const name of [...icons].reverse()) {
      const mask = canvas.iconMask(name, 9);
      right -= mask.width;
      canvas.icon(name, right, Math.floor((metrics.bar - mask.height) / 2), 9, paper);
      right -= 3;
    }
    return right;
  }

  /** White on black, so that it is not read as a row of the list below. */
  #statusBar(screen: ScreenModel): void {
    const canvas = this.#page.canvas;
    const { bar } = this.#page.metrics;
    canvas.fill(0, 0, canvas.width, bar, ink);
    let right = canvas.width - 2;
    if (screen.body.kind !== "idle") {
      const width = canvas.widthOf(this.#page.small, screen.time);
      canvas.text(this.#page.small, screen.time, { x: right - width, y: 0, width: width + 1, height: bar }, paper);
      right -= width + 3;
    }
    right = this.#icons(screen.icons, right);
    let left = 2;
    if (screen.body.kind === "idle" && screen.body.account !== "") {
      const mask = canvas.iconMask(accountIcon(screen.body.accountState), 9);
      canvas.surface.mask(mask, left, Math.floor((bar - mask.height) / 2), paper);
      left += mask.width + 3;
    }
    const tabs = screen.body.kind === "list" && screen.body.tabs;
    canvas.text(
      this.#page.small,
      tabs ? `< ${screen.title} >` : screen.title,
      { x: left, y: 0, width: right - left - 2, height: bar },
      paper,
    );
  }

  #softKeys(labels: readonly string[]): void {
    const canvas = this.#page.canvas;
    const { soft } = this.#page.metrics;
    const width = canvas.width / labels.length;
    for (const [i, label] of labels.entries()) {
      if (label === "") continue;
      const x = Math.round(i * width);
      const right = Math.round((i + 1) * width) - (i === labels.length - 1 ? 0 : 1);
      const rect: Rect = { x, y: canvas.height - soft + 1, width: right - x, height: soft - 1 };
      canvas.fill(rect.x + 1, rect.y, rect.width - 2, rect.height, ink);
      canvas.fill(rect.x, rect.y + 1, rect.width, rect.height - 2, ink);
      const room = rect.width - 2;
      const fits = canvas.widthOf(this.#page.small, label) <= room;
      const text = fits ? label : (shortLabels.get(label) ?? label);
      canvas.text(this.#page.small, text, { ...rect, x: rect.x + 1, width: room }, paper, "center");
    }
  }

  #drawBody(screen: ScreenModel, area: Rect): void {
    const body = screen.body;
    switch (body.kind) {
      case "idle":
        this.#idle(body, screen.keys, area);
        break;
      case "dial":
        drawDial(this.#page, body, area);
        break;
      case "calls":
        drawCalls(this.#page, body.cards, area);
        break;
      case "list":
        drawList(this.#page, body, area);
        break;
      case "message":
        drawMessage(this.#page, body.text, area);
        break;
      default:
        body satisfies never;
    }
  }

  #idle(body: Extract<Body, { kind: "idle" }>, keys: readonly LineKeyModel[], area: Rect): void {
    const canvas = this.#page.canvas;
    const middle = this.#lineKeys(keys, area);
    const said = [body.missed, ...body.notices, body.dnd ? "Do not disturb" : ""].filter((text) => text !== "");
    const first = said[0] ?? "";
    const counted = said.length > 1 ? `${first} (+${said.length - 1})` : first;
    const room = middle.width - 2;
    const notes =
      canvas.widthOf(this.#page.small, counted) <= room ? [counted] : wrap(this.#page.small, first, room, 2);
    const noteHeight = first === "" ? 0 : notes.length * (this.#page.small.sizePx + 2);
    // Trouble that takes two lines takes the date's.
    const date = notes.length < 2 ? body.date : "";
    const clockHeight = this.#page.clock.baseline - this.#page.clock.capitalTop + 3;
    const dateHeight = date === "" ? 0 : this.#page.body.sizePx;
    const y = area.y + Math.max(1, Math.floor((area.height - noteHeight - clockHeight - dateHeight) / 2));
    const clock = body.largeDnd === true ? "DND" : body.time;
    canvas.text(this.#page.clock, clock, { ...middle, y, height: clockHeight }, ink, "center");
    canvas.text(this.#page.body, date, { ...middle, y: y + clockHeight, height: dateHeight }, ink, "center");
    if (noteHeight === 0) return;
    const height = noteHeight / notes.length;
    const top = area.y + area.height - noteHeight - 1;
    for (const [i, note] of notes.entries())
      canvas.text(this.#page.small, note, { x: middle.x + 1, y: top + i * height, width: room, height }, ink, "center");
  }

  /** Labels at both edges; returns what is left in the middle. */
  #lineKeys(keys: readonly LineKeyModel[], area: Rect): Rect {
    const { keysPerColumn } = this.#page.metrics;
    const used = keys.filter((key) => key.kind !== "none").length;
    // The narrowest LCDs spare the room only where the bar above does not name the one account already.
    const keyWidth = this.#page.metrics.keyWidth > 0 ? this.#page.metrics.keyWidth : used > 1 ? 54 : 0;
    if (keyWidth === 0 || keys.length === 0) return area;
    const height = Math.floor(area.height / keysPerColumn);
    for (const [i, key] of keys.slice(0, keysPerColumn * 2).entries()) {
      const left = i < keysPerColumn;
      const rect: Rect = {
        x: left ? 0 : this.#page.canvas.width - keyWidth,
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
    const canvas = this.#page.canvas;
    const name = key.kind === "page" ? "page" : lineIcon(key);
    const mask = canvas.iconMask(name, 9);
    const x = left ? rect.x + 1 : rect.x + rect.width - mask.width - 1;
    canvas.icon(name, x, rect.y + Math.floor((rect.height - mask.height) / 2), 9, ink);
    const box: Rect = { ...rect, x: left ? rect.x + mask.width + 3 : rect.x, width: rect.width - mask.width - 3 };
    canvas.text(this.#page.small, key.label, box, ink, left ? "left" : "right");
  }
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
