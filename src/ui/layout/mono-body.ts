/** The middle of the one-bit LCDs: number, calls, lists, messages, volume. */

import type { Canvas } from "../canvas.ts";
import type { Face } from "../face.ts";
import type { Body, CallCard, VolumeModel } from "../screen.ts";
import { rolled } from "../screens/calls.ts";
import type { Rect } from "../surface.ts";
import { isRightToLeft, wrap } from "../text.ts";

export const paper = 0;
export const ink = 1;

/** Sizes of letters and bars, pixels. */
export interface MonoMetrics {
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

/** What the parts of a one-bit screen share. */
export interface MonoPage {
  readonly canvas: Canvas;
  readonly metrics: MonoMetrics;
  readonly small: Face;
  readonly body: Face;
  readonly large: Face;
  readonly clock: Face;
}

export function drawDial(page: MonoPage, body: Extract<Body, { kind: "dial" }>, area: Rect): void {
  const canvas = page.canvas;
  const { row } = page.metrics;
  const head: Rect = { x: 2, y: area.y + 1, width: area.width - 4, height: row - 2 };
  const above = body.waiting === undefined ? body.account : `${body.waiting.name}: ${body.waiting.status}`;
  canvas.text(page.small, above, { ...head, width: head.width - 22 }, ink);
  canvas.text(page.small, body.input, head, ink, "right");
  const rect: Rect = { x: 1, y: area.y + row, width: area.width - 2, height: area.height - row - 2 };
  frame(page, rect);
  const inner = rect.width - 10;
  const faces = [page.clock, page.large, page.body];
  const face = faces.find((f) => f.sizePx <= rect.height - 2 && canvas.widthOf(f, body.digits) <= inner) ?? page.body;
  let text = body.digits;
  while (text.length > 1 && canvas.widthOf(face, text) > inner) text = text.slice(1);
  const width = canvas.text(face, text, { ...rect, x: rect.x + 3, width: inner + 2 }, ink);
  const cursor = face.baseline - face.capitalTop + 5;
  canvas.fill(rect.x + 5 + width, rect.y + Math.floor((rect.height - cursor) / 2), 1, cursor, ink);
}

function frame(page: MonoPage, rect: Rect): void {
  const { x, y, width, height } = rect;
  page.canvas.fill(x + 1, y, width - 2, 1, ink);
  page.canvas.fill(x + 1, y + height - 1, width - 2, 1, ink);
  page.canvas.fill(x, y + 1, 1, height - 2, ink);
  page.canvas.fill(x + width - 1, y + 1, 1, height - 2, ink);
}

/** Three rows of letters of 12 pixels, pixels. */
const leastSingle = 36;

export function drawCalls(page: MonoPage, cards: readonly CallCard[], area: Rect): void {
  const only = cards[0];
  if (only === undefined) return;
  // A call has three rows; where news take one of them it is written as one of several.
  if (cards.length === 1 && area.height >= leastSingle) drawSingle(page, only, area);
  else drawSeveral(page, cards, area);
}

function drawSingle(page: MonoPage, card: CallCard, area: Rect): void {
  const canvas = page.canvas;
  const x = 3;
  const width = area.width - 2 * x;
  const height = Math.floor((area.height - 1) / 3);
  const first = Math.max(height, needsTall(card.name) ? 17 : 0);
  const other = Math.floor((area.height - 1 - first) / 2);
  const moves = card.roll !== undefined && canvas.widthOf(page.large, card.name) > width;
  canvas.text(
    page.large,
    moves ? rolled(card.name, card.roll ?? 0) : card.name,
    { x, y: area.y, width, height: first },
    ink,
  );
  canvas.text(page.body, card.number || card.via, { x, y: area.y + first, width, height: other }, ink);
  drawStatusLine(page, card, { x, y: area.y + first + other, width, height: other });
}

function drawStatusLine(page: MonoPage, card: CallCard, rect: Rect): void {
  const canvas = page.canvas;
  const mask = canvas.iconMask(card.icon, 9);
  canvas.icon(card.icon, rect.x, rect.y + Math.floor((rect.height - mask.height) / 2), 9, ink);
  const timer = card.timer === "" ? 0 : canvas.widthOf(page.body, card.timer) + 3;
  const x = rect.x + mask.width + 3;
  const width = rect.width - mask.width - 3;
  const fits = canvas.widthOf(page.body, card.status) <= width - timer;
  canvas.text(fits ? page.body : page.small, card.status, { ...rect, x, width: width - timer }, ink);
  canvas.text(page.body, card.timer, { ...rect, x, width }, ink, "right");
}

function drawSeveral(page: MonoPage, cards: readonly CallCard[], area: Rect): void {
  const canvas = page.canvas;
  const room = Math.max(1, Math.floor(area.height / page.metrics.row));
  const at = Math.max(
    0,
    cards.findIndex((card) => card.selected),
  );
  const first = Math.max(0, Math.min(at - room + 1, cards.length - room));
  for (const [i, card] of cards.slice(first, first + room).entries()) {
    const rect: Rect = {
      x: 1,
      y: area.y + 1 + i * page.metrics.row,
      width: area.width - 2,
      height: page.metrics.row - 1,
    };
    const color = card.selected ? paper : ink;
    if (card.selected) canvas.fill(rect.x, rect.y, rect.width, rect.height, ink);
    const mask = canvas.iconMask(card.icon, 9);
    canvas.icon(card.icon, rect.x + 2, rect.y + Math.floor((rect.height - mask.height) / 2), 9, color);
    const x = rect.x + mask.width + 5;
    const right = card.timer || card.status;
    const face = card.timer === "" ? page.small : page.body;
    const taken = Math.min(canvas.widthOf(face, right), Math.floor(rect.width * 0.45)) + 3;
    const width = rect.width - mask.width - 7;
    canvas.text(page.body, card.name, { ...rect, x, width: width - taken }, color);
    canvas.text(face, right, { ...rect, x: x + width - taken + 3, width: taken - 3 }, color, "right");
  }
}

export function drawList(page: MonoPage, body: Extract<Body, { kind: "list" }>, area: Rect): void {
  const canvas = page.canvas;
  const { row } = page.metrics;
  if (body.rows.length === 0) {
    canvas.text(page.body, body.empty, area, ink, "center");
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
    const face = needsTall(item.text) ? page.large : page.body;
    const room = width - x - 2;
    const spare = room - canvas.widthOf(face, item.text) - 4;
    const most = Math.max(spare, Math.floor(room * 0.4));
    const roomy = needsTall(item.detail) ? page.large : page.body;
    // Facts are read in the size of their names where they fit; the times of a list are always small.
    const fact = item.icon === undefined && canvas.widthOf(roomy, item.detail) <= spare;
    const small = fact ? roomy : page.small;
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

export function drawMessage(page: MonoPage, text: string, area: Rect): void {
  const lineHeight = page.body.sizePx + 1;
  const lines = wrap(page.body, text, area.width - 12, Math.floor((area.height - 4) / lineHeight));
  frame(page, { x: 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 });
  const top = area.y + Math.floor((area.height - lines.length * lineHeight) / 2);
  for (const [i, line] of lines.entries())
    page.canvas.text(
      page.body,
      line,
      { x: 6, y: top + i * lineHeight, width: area.width - 12, height: lineHeight },
      ink,
      "center",
    );
}

export function drawVolume(page: MonoPage, volume: VolumeModel, area: Rect): void {
  const canvas = page.canvas;
  const height = page.metrics.row * 2 + 6;
  const rect: Rect = { x: 3, y: area.y + Math.floor((area.height - height) / 2), width: area.width - 6, height };
  canvas.fill(area.x, area.y, area.width, area.height, paper);
  frame(page, rect);
  const head: Rect = { x: rect.x + 4, y: rect.y + 1, width: rect.width - 8, height: page.metrics.row - 1 };
  canvas.text(page.body, volume.label, head, ink);
  canvas.text(page.body, String(volume.level), head, ink, "right");
  const step = Math.floor((rect.width - 8) / 15);
  const x = rect.x + Math.floor((rect.width - step * 15) / 2);
  const bottom = rect.y + height - 4;
  const tall = height - page.metrics.row - 8;
  for (let i = 0; i < 15; i++) {
    const high = i < volume.level ? tall : 1;
    canvas.fill(x + i * step, bottom - high, step - 1, high, ink);
  }
}

/** Chinese and its neighbours need 16 rows. */
function needsTall(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code >= 0x2e80 || isRightToLeft(code);
  });
}
