/** The colour LCDs: status bar, line keys at both sides, the middle, soft keys. Bodies are drawn by color-body.ts. */
import type { Canvas } from "../canvas.ts";
import type { Fonts } from "../fonts.ts";
import type { IconName } from "../icon.ts";
import type { LineKeyModel, ScreenModel, VolumeModel } from "../screen.ts";
import type { Rect } from "../surface.ts";
import { wrap } from "../text.ts";
import { drawBody } from "./color-body.ts";
import type { Layout } from "./layout.ts";
import { colors, type Metrics } from "./theme.ts";

/** What the parts of a colour screen share. */
export interface Page {
  readonly canvas: Canvas;
  readonly fonts: Fonts;
  readonly metrics: Metrics;
}

const iconColors: Partial<Record<IconName, number>> = {
  mute: colors.bad,
  dnd: colors.bad,
  call_missed: colors.warn,
  network_down: colors.bad,
  hd: colors.good,
};

export class ColorLayout implements Layout {
  readonly rows: number;
  readonly #page: Page;
  /** The empty picture: fade and bars, drawn once. */
  readonly #back: Uint16Array;

  constructor(canvas: Canvas, fonts: Fonts, metrics: Metrics) {
    this.#page = { canvas, fonts, metrics };
    const { width, height } = canvas;
    const { statusHeight, softHeight, rowHeight } = metrics;
    this.rows = Math.floor((height - statusHeight - softHeight - metrics.margin) / rowHeight);
    const middle = height - statusHeight - softHeight;
    canvas.fill(0, 0, width, height, colors.bar);
    canvas.fade({ x: 0, y: statusHeight, width, height: middle }, colors.backTop, colors.backBottom);
    canvas.fill(0, statusHeight - 1, width, 1, colors.barEdge);
    canvas.fill(0, height - softHeight, width, 1, colors.barEdge);
    this.#back = Uint16Array.from(canvas.surface.pixels);
  }

  draw(screen: ScreenModel): void {
    const { canvas, metrics } = this.#page;
    canvas.surface.pixels.set(this.#back);
    this.#statusBar(screen);
    const wholeWidth = screen.body.kind === "list" || screen.body.kind === "message";
    const keys = wholeWidth ? [] : screen.keys;
    const left = keys.slice(0, metrics.keysPerColumn);
    const right = keys.slice(metrics.keysPerColumn);
    for (const [i, key] of left.entries()) this.#lineKey(key, i, "left");
    for (const [i, key] of right.entries()) this.#lineKey(key, i, "right");
    const inset = (column: readonly LineKeyModel[]): number =>
      column.length > 0 ? metrics.keyWidth + metrics.margin : metrics.margin;
    const area: Rect = {
      x: inset(left),
      y: metrics.statusHeight,
      width: canvas.width - inset(left) - inset(right),
      height: canvas.height - metrics.statusHeight - metrics.softHeight,
    };
    const covered = screen.news === "" ? 0 : this.#news(screen.news);
    // One call's card has a face there, which says nothing; all else moves down.
    const alone = screen.body.kind === "calls" && screen.body.cards.length === 1;
    drawBody(this.#page, screen, alone ? area : { ...area, y: area.y + covered, height: area.height - covered });
    if (alone && covered > 0) this.#news(screen.news);
    this.#softKeys(screen.softkeys);
    if (screen.volume !== undefined) this.#volume(screen.volume, area);
  }

  /** A strip below the status bar: it covers nothing that says who is spoken with, and no soft key. Returns its height. */
  #news(text: string): number {
    const { canvas, fonts, metrics } = this.#page;
    const { statusHeight, margin, icon, smallPx } = metrics;
    const face = fonts.smooth(smallPx, "bold");
    const x = 2 * margin + icon;
    const lines = wrap(face, text, canvas.width - x - margin, 2);
    const height = Math.round(lines.length * smallPx * 1.35 + margin);
    const rect: Rect = { x: 0, y: statusHeight, width: canvas.width, height };
    canvas.fill(rect.x, rect.y, rect.width, rect.height, colors.warn);
    canvas.icon("warning", margin, rect.y + Math.floor((height - icon) / 2), icon, colors.bar);
    for (const [i, line] of lines.entries()) {
      const box: Rect = {
        x,
        y: rect.y + margin / 2 + i * smallPx * 1.35,
        width: canvas.width - x,
        height: smallPx * 1.35,
      };
      canvas.text(face, line, box, colors.bar);
    }
    return height;
  }

  #statusBar(screen: ScreenModel): void {
    const { canvas, fonts, metrics } = this.#page;
    const { statusHeight, margin, icon } = metrics;
    const bold = fonts.smooth(metrics.smallPx, "bold");
    const plain = fonts.smooth(metrics.smallPx);
    const box = (x: number, width: number): Rect => ({ x, y: 0, width, height: statusHeight - 1 });
    let right = canvas.width - margin;
    // The idle screen has a large clock already.
    if (screen.id !== "idle") {
      const width = canvas.widthOf(plain, screen.time);
      canvas.text(plain, screen.time, box(right - width, width + 1), colors.soft);
      right -= width + margin;
    }
    const y = Math.floor((statusHeight - 1 - icon) / 2);
    for (const name of [...screen.icons].reverse()) {
      right -= icon;
      canvas.icon(name, right, y, icon, iconColors[name] ?? colors.text);
      right -= Math.ceil(margin / 2);
    }
    let left = margin;
    if (screen.body.kind === "idle" && screen.body.account !== "") {
      const [name, color] = accountIcon(screen.body.accountState);
      canvas.icon(name, left, y, icon, color);
      left += icon + Math.ceil(margin * 0.75);
    }
    const tabs = screen.body.kind === "list" && screen.body.tabs;
    canvas.text(
      bold,
      tabs ? `\u2039 ${screen.title} \u203a` : screen.title,
      box(left, right - left - margin),
      colors.text,
    );
  }

  #lineKey(key: LineKeyModel, place: number, side: "left" | "right"): void {
    const { canvas, fonts, metrics } = this.#page;
    const { keyWidth, keyHeight, keysPerColumn, margin, icon, statusHeight, softHeight } = metrics;
    const middle = canvas.height - statusHeight - softHeight;
    const pitch = Math.floor((middle - margin) / keysPerColumn);
    const y = statusHeight + Math.floor((middle - pitch * keysPerColumn + (pitch - keyHeight)) / 2) + place * pitch;
    const x = side === "left" ? 0 : canvas.width - keyWidth;
    const rect: Rect = { x, y, width: keyWidth, height: keyHeight };
    const corners = side === "left" ? "right" : "left";
    if (key.kind === "none") {
      canvas.box(rect, metrics.radius, colors.keyBlank, corners);
      return;
    }
    const busy = key.use !== "idle";
    canvas.box(rect, metrics.radius, busy ? useColors[key.use] : colors.keyEdge, corners);
    const inner: Rect = { x: side === "left" ? x : x + 1, y: y + 1, width: keyWidth - 1, height: keyHeight - 2 };
    if (!busy) canvas.box(inner, metrics.radius - 1, colors.key, corners);
    const ink = busy ? colors.backBottom : colors.text;
    const size = Math.round(icon * 0.9);
    const pad = Math.ceil(margin * 0.6);
    const [name, color] = key.kind === "page" ? (["page", colors.soft] as const) : keyIcon(key);
    const iconX = side === "left" ? x + pad : x + keyWidth - pad - size;
    canvas.icon(name, iconX, y + Math.floor((keyHeight - size) / 2), size, busy ? ink : color);
    const textX = side === "left" ? iconX + size + pad : x + pad;
    const box: Rect = { x: textX, y, width: keyWidth - size - 3 * pad, height: keyHeight };
    canvas.text(fonts.smooth(metrics.smallPx, busy ? "bold" : "plain"), key.label, box, ink, side);
  }

  #softKeys(labels: readonly string[]): void {
    const { canvas, fonts, metrics } = this.#page;
    const { softHeight, margin } = metrics;
    const face = fonts.smooth(metrics.bodyPx);
    const width = canvas.width / labels.length;
    const gap = Math.round(margin / 2);
    for (const [i, label] of labels.entries()) {
      if (label === "") continue;
      const x = Math.round(i * width) + gap;
      const y = canvas.height - softHeight + gap;
      const rect: Rect = { x, y, width: Math.round((i + 1) * width) - gap - x, height: softHeight - 2 * gap + 1 };
      canvas.framed(rect, metrics.radius, colors.key, colors.keyEdge);
      canvas.text(face, label, { ...rect, x: x + gap, width: rect.width - 2 * gap }, colors.text, "center");
    }
  }

  #volume(volume: VolumeModel, area: Rect): void {
    const { canvas, fonts, metrics } = this.#page;
    const { margin, icon, radius, bodyPx } = metrics;
    const height = Math.round(bodyPx * 3.2);
    const rect: Rect = { x: area.x, y: area.y + area.height - height - margin, width: area.width, height };
    canvas.framed(rect, radius, colors.bar, colors.cardEdge);
    const x = rect.x + margin;
    const top: Rect = {
      x: x + icon + margin,
      y: rect.y + margin / 2,
      width: rect.width - icon - 4 * margin,
      height: bodyPx * 1.5,
    };
    canvas.icon(volume.label === "Ringer" ? "ringing" : "speaker", x, rect.y + margin, icon, colors.text);
    canvas.text(fonts.smooth(metrics.smallPx), volume.label, top, colors.text);
    canvas.text(fonts.smooth(metrics.smallPx), String(volume.level), top, colors.soft, "right");
    const steps = 15;
    const gap = Math.max(2, Math.round(margin / 4));
    const step = Math.floor((rect.width - 2 * margin + gap) / steps);
    for (let i = 0; i < steps; i++)
      canvas.fill(
        x + i * step,
        rect.y + height - margin - Math.round(bodyPx * 0.7),
        step - gap,
        Math.round(bodyPx * 0.7),
        i < volume.level ? colors.good : colors.key,
      );
  }
}

const useColors = { idle: colors.key, "in-use": colors.good, ringing: colors.ring, held: colors.hold } as const;

function keyIcon(key: LineKeyModel): readonly [IconName, number] {
  switch (key.use) {
    case "idle":
      return accountIcon(key.account);
    case "in-use":
      return ["call", colors.good];
    case "ringing":
      return ["ringing", colors.ring];
    case "held":
      return ["hold", colors.hold];
    default:
      return key.use satisfies never;
  }
}

export function accountIcon(state: LineKeyModel["account"]): readonly [IconName, number] {
  switch (state) {
    case "registered":
      return ["account_ok", colors.good];
    case "registering":
      return ["account_wait", colors.warn];
    case "failed":
      return ["account_bad", colors.bad];
    case "disabled":
      return ["account_bad", colors.faint];
    default:
      return state satisfies never;
  }
}
