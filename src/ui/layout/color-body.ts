/** The middle of the colour LCDs: clock, number, calls, lists and messages. */

import type { IconName } from "../icon.ts";
import type { Body, CallCard, CallTone, ScreenModel } from "../screen.ts";
import { rolled } from "../screens/calls.ts";
import type { Rect } from "../surface.ts";
import { wrap } from "../text.ts";
import type { Page } from "./color.ts";
import { colors } from "./theme.ts";

export function drawBody(page: Page, screen: ScreenModel, area: Rect): void {
  const body = screen.body;
  switch (body.kind) {
    case "idle":
      drawIdle(page, body, area);
      break;
    case "dial":
      drawDial(page, body, area);
      break;
    case "calls":
      drawCalls(page, body.cards, area);
      break;
    case "list":
      drawList(page, body, area);
      break;
    case "message":
      drawMessage(page, body.text, body.icon, area);
      break;
    default:
      body satisfies never;
  }
}

function drawIdle({ canvas, fonts, metrics }: Page, body: Extract<Body, { kind: "idle" }>, area: Rect): void {
  const { margin, bodyPx, smallPx, clockPx, icon, radius } = metrics;
  const pills: { icon: IconName; color: number; text: string }[] = [];
  if (body.missed !== "") pills.push({ icon: "call_missed", color: colors.warn, text: body.missed });
  if (body.dnd) pills.push({ icon: "dnd", color: colors.bad, text: "Do not disturb" });
  for (const text of body.notices) pills.push({ icon: "warning", color: colors.warn, text });
  const height = Math.round(bodyPx * 1.4);
  const shown = pills.slice(0, 3);
  const pillsHeight = shown.length * (height + margin / 2) + (shown.length > 0 ? margin / 2 : 0);
  const block = clockPx + bodyPx * 1.6;
  let y = area.y + Math.max(margin / 2, (area.height - pillsHeight - block) / 2);
  const large = Math.round(clockPx * 0.95);
  if (body.largeDnd === true) canvas.icon("dnd", area.x + (area.width - large) / 2, y, large, colors.bad);
  canvas.text(
    fonts.smooth(clockPx),
    body.largeDnd === true ? "" : body.time,
    { x: area.x, y, width: area.width, height: clockPx },
    colors.text,
    "center",
  );
  y += clockPx;
  const date: Rect = { x: area.x, y, width: area.width, height: bodyPx * 1.4 };
  canvas.text(fonts.smooth(bodyPx), body.date, date, colors.soft, "center");
  y = area.y + area.height - pillsHeight;
  for (const pill of shown) {
    const rect: Rect = { x: area.x, y: Math.round(y), width: area.width, height };
    canvas.framed(rect, radius, colors.bar, colors.card);
    const size = Math.round(icon * 0.9);
    canvas.icon(pill.icon, rect.x + margin, rect.y + (height - size) / 2, size, pill.color);
    const text: Rect = { ...rect, x: rect.x + size + 2 * margin, width: rect.width - size - 3 * margin };
    canvas.text(fonts.smooth(smallPx), pill.text, text, colors.text);
    y += height + margin / 2;
  }
}

function drawDial(page: Page, body: Extract<Body, { kind: "dial" }>, area: Rect): void {
  const { canvas, fonts, metrics } = page;
  const { margin, bodyPx, smallPx, radius, icon } = metrics;
  let y = area.y + margin;
  if (body.waiting !== undefined) {
    const height = Math.round(metrics.largePx * 2);
    drawCard(page, body.waiting, { x: area.x, y, width: area.width, height }, false);
    y += height + margin;
  }
  const head: Rect = { x: area.x + margin / 2, y, width: area.width - margin, height: bodyPx * 1.3 };
  canvas.text(
    fonts.smooth(smallPx),
    body.account === "" || body.prompt.includes(",") ? body.prompt : `From ${body.account}`,
    head,
    colors.soft,
  );
  canvas.text(fonts.smooth(smallPx, "bold"), body.input, head, colors.faint, "right");
  y += bodyPx * 1.3 + margin / 2;
  const height = Math.round(metrics.digitsPx * 1.5);
  const rect: Rect = { x: area.x, y: Math.round(y), width: area.width, height };
  canvas.framed(rect, radius, colors.bar, colors.select, Math.max(1, Math.round(margin / 5)));
  const inner = rect.width - 3 * margin;
  let face = fonts.smooth(metrics.digitsPx);
  if (canvas.widthOf(face, body.digits) > inner) face = fonts.smooth(metrics.largePx);
  if (canvas.widthOf(face, body.digits) > inner) face = fonts.smooth(bodyPx);
  // What was typed last has to be seen: a long number loses its beginning.
  let text = body.digits;
  while (text.length > 1 && canvas.widthOf(face, text) > inner) text = `\u2026${text.replace(/^\u2026?./u, "")}`;
  const width = canvas.text(face, text, { ...rect, x: rect.x + margin, width: inner + 2 }, colors.text);
  const cursor = Math.round(height * 0.56);
  canvas.fill(
    rect.x + margin + width + Math.ceil(margin / 3),
    rect.y + Math.round((height - cursor) / 2),
    Math.max(2, Math.round(margin / 4)),
    cursor,
    colors.select,
  );
  if (body.digits === "" && body.waiting === undefined) {
    const hint: Rect = {
      x: area.x + margin / 2,
      y: rect.y + height + margin,
      width: area.width - margin,
      height: bodyPx * 1.4,
    };
    canvas.icon("call", hint.x, hint.y + (hint.height - icon) / 2, icon, colors.faint);
    canvas.text(
      fonts.smooth(smallPx),
      "Enter a number and press Send",
      { ...hint, x: hint.x + icon + margin, width: hint.width - icon - margin },
      colors.faint,
    );
  }
}

const toneColors: Readonly<Record<CallTone, number>> = {
  ringing: colors.ring,
  calling: colors.select,
  talking: colors.good,
  held: colors.hold,
  ended: colors.faint,
};

function drawCalls(page: Page, cards: readonly CallCard[], area: Rect): void {
  const { margin, largePx } = page.metrics;
  const only = cards[0];
  if (only === undefined) return;
  if (cards.length === 1) {
    drawSingle(page, only, { x: area.x, y: area.y + margin, width: area.width, height: area.height - 2 * margin });
    return;
  }
  const height = Math.round(largePx * 2.35);
  const room = Math.max(1, Math.floor((area.height - margin) / (height + margin)));
  const at = Math.max(
    0,
    cards.findIndex((card) => card.selected),
  );
  const first = Math.max(0, Math.min(at - room + 1, cards.length - room));
  const shown = cards.slice(first, first + room);
  for (const [i, card] of shown.entries()) {
    const y = area.y + margin + i * (height + margin);
    drawCard(page, card, { x: area.x, y, width: area.width, height }, card.selected);
  }
}

/** One call alone: a face, the name large, the state and the time below. */
function drawSingle({ canvas, fonts, metrics }: Page, card: CallCard, area: Rect): void {
  const { margin, radius, bodyPx, largePx, smallPx, icon } = metrics;
  const tone = toneColors[card.tone];
  canvas.framed(area, radius * 1.5, colors.card, colors.cardEdge);
  const face = Math.round(largePx * 1.15);
  const centerX = area.x + Math.round(area.width / 2);
  const avatarY = area.y + margin + face;
  canvas.disc(centerX, avatarY, face, tone);
  canvas.disc(centerX, avatarY, face - Math.ceil(margin / 3), colors.bar);
  const size = Math.round(face * 1.2);
  canvas.icon("person", centerX - size / 2, avatarY - size / 2, size, colors.soft);
  const x = area.x + margin;
  const width = area.width - 2 * margin;
  let y = avatarY + face + Math.round(margin / 2);
  const line = (height: number): Rect => {
    const rect = { x, y, width, height };
    y += height;
    return rect;
  };
  const big = fonts.smooth(largePx, "bold");
  const name = canvas.widthOf(big, card.name) > width ? fonts.smooth(bodyPx, "bold") : big;
  const moves = card.roll !== undefined && canvas.widthOf(name, card.name) > width;
  const shown = moves ? rolled(card.name, card.roll ?? 0) : card.name;
  canvas.text(name, shown, line(largePx * 1.15), colors.text, moves ? "left" : "center");
  if (card.number !== "") canvas.text(fonts.smooth(bodyPx), card.number, line(bodyPx * 1.15), colors.soft, "center");
  if (card.via !== "")
    canvas.text(fonts.smooth(smallPx), `Line ${card.via}`, line(smallPx * 1.15), colors.faint, "center");
  const bar: Rect = {
    x: area.x + 1,
    y: area.y + area.height - Math.round(bodyPx * 1.7),
    width: area.width - 2,
    height: Math.round(bodyPx * 1.7) - 1,
  };
  canvas.fill(bar.x + 2, bar.y, bar.width - 4, 1, colors.cardEdge);
  const status: Rect = { x: x + icon + margin, y: bar.y, width: width - icon - margin, height: bar.height };
  canvas.icon(card.icon, x, bar.y + (bar.height - icon) / 2, icon, tone);
  const timer = card.timer === "" ? 0 : canvas.widthOf(fonts.smooth(bodyPx, "bold"), card.timer) + margin;
  const room = status.width - timer;
  const fits = canvas.widthOf(fonts.smooth(bodyPx), card.status) <= room;
  canvas.text(fonts.smooth(fits ? bodyPx : smallPx), card.status, { ...status, width: room }, colors.text);
  if (card.timer !== "") canvas.text(fonts.smooth(bodyPx, "bold"), card.timer, status, tone, "right");
}

/** One of several calls. */
function drawCard({ canvas, fonts, metrics }: Page, card: CallCard, rect: Rect, selected: boolean): void {
  const { margin, radius, bodyPx, smallPx, icon } = metrics;
  const tone = toneColors[card.tone];
  canvas.framed(
    rect,
    radius,
    selected ? colors.card : colors.cardIdle,
    selected ? colors.text : colors.cardEdge,
    selected ? Math.max(2, margin / 5) : 1,
  );
  canvas.icon(card.icon, rect.x + margin, rect.y + (rect.height - icon) / 2, icon, tone);
  const x = rect.x + 2 * margin + icon;
  const width = rect.width - 3 * margin - icon;
  const half = rect.height / 2;
  const upper: Rect = { x, y: rect.y + margin / 2, width, height: half - margin / 4 };
  const lower: Rect = { x, y: rect.y + half - margin / 8, width, height: half - margin / 4 };
  canvas.text(fonts.smooth(bodyPx, selected ? "bold" : "plain"), card.name, upper, colors.text);
  const timerFace = fonts.smooth(smallPx, "bold");
  const timer = card.timer === "" ? 0 : canvas.widthOf(timerFace, card.timer) + margin;
  canvas.text(fonts.smooth(smallPx), card.status, { ...lower, width: width - timer }, colors.soft);
  if (card.timer !== "") canvas.text(timerFace, card.timer, lower, tone, "right");
}

function drawList({ canvas, fonts, metrics }: Page, body: Extract<Body, { kind: "list" }>, area: Rect): void {
  const { margin, rowHeight, bodyPx, smallPx, icon, radius } = metrics;
  const face = fonts.smooth(bodyPx);
  if (body.rows.length === 0) {
    canvas.text(face, body.empty, area, colors.soft, "center");
    return;
  }
  const scrolls = body.total > body.rows.length || body.first > 0;
  const width = area.width - (scrolls ? margin * 1.5 : 0);
  const top = area.y + Math.floor(margin / 2);
  const withIcons = body.rows.some((row) => row.icon !== undefined);
  for (const [i, row] of body.rows.entries()) {
    const rect: Rect = { x: area.x, y: top + i * rowHeight, width: Math.round(width), height: rowHeight };
    const chosen = i === body.selected;
    if (chosen) canvas.box({ ...rect, y: rect.y + 1, height: rowHeight - 2 }, radius, colors.select);
    else canvas.fill(rect.x, rect.y + rowHeight - 1, rect.width, 1, colors.cardIdle);
    let x = rect.x + margin;
    if (row.icon !== undefined) {
      const color = chosen ? colors.text : row.bad ? colors.bad : colors.good;
      canvas.icon(row.icon, x, rect.y + (rowHeight - icon) / 2, icon, color);
    }
    if (withIcons) x += icon + margin;
    const room = rect.x + rect.width - margin - x;
    const small = fonts.smooth(smallPx);
    // The detail may take what the text leaves, but always a third.
    const textWidth = canvas.widthOf(face, row.text);
    const detailRoom = Math.max(room - textWidth - margin, room / 3);
    const detail = row.detail === "" ? 0 : Math.min(detailRoom, canvas.widthOf(small, row.detail)) + margin;
    canvas.text(face, row.text, { x, y: rect.y, width: room - detail, height: rowHeight }, colors.text);
    if (row.detail !== "") {
      const box: Rect = { x: x + room - detail + margin, y: rect.y, width: detail - margin, height: rowHeight };
      canvas.text(
        small,
        row.detail,
        box,
        chosen ? colors.text : row.icon === "account_bad" ? colors.bad : colors.soft,
        "right",
      );
    }
  }
  if (!scrolls) return;
  const track: Rect = {
    x: area.x + area.width - Math.round(margin * 0.75),
    y: top + 2,
    width: Math.round(margin * 0.75),
    height: area.height - margin,
  };
  canvas.box(track, Math.floor(track.width / 2), colors.track);
  const thumb = Math.max(margin * 2, Math.round((track.height * body.rows.length) / body.total));
  const spare = body.total - body.rows.length;
  const y = spare > 0 ? Math.round(((track.height - thumb) * body.first) / spare) : 0;
  canvas.box(
    { ...track, y: track.y + Math.min(y, track.height - thumb), height: thumb },
    Math.floor(track.width / 2),
    colors.keyEdge,
  );
}

function drawMessage({ canvas, fonts, metrics }: Page, text: string, icon: IconName, area: Rect): void {
  const { margin, radius, bodyPx } = metrics;
  const width = Math.round(area.width * 0.7);
  const face = fonts.smooth(bodyPx);
  const lines = wrap(face, text, width - 4 * margin, 4);
  const size = metrics.icon * 2;
  const height = size + lines.length * Math.round(bodyPx * 1.4) + 4 * margin;
  const rect: Rect = {
    x: area.x + Math.round((area.width - width) / 2),
    y: area.y + Math.round((area.height - height) / 2),
    width,
    height,
  };
  canvas.framed(rect, radius * 1.5, colors.card, colors.cardEdge);
  canvas.icon(icon, rect.x + (width - size) / 2, rect.y + 1.5 * margin, size, colors.warn);
  for (const [i, line] of lines.entries()) {
    const y = rect.y + size + 2.5 * margin + i * Math.round(bodyPx * 1.4);
    canvas.text(
      face,
      line,
      { x: rect.x + 2 * margin, y, width: width - 4 * margin, height: bodyPx * 1.4 },
      colors.text,
      "center",
    );
  }
}
