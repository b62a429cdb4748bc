/** From what the phone does and where the person is to the screen's model; a pure function, no layout, no pixels. */
import type { PhoneView } from "../../phone/state.ts";
import { clockText, dateText, momentOf } from "../date.ts";
import type { IconName } from "../icon.ts";
import { labelsOf } from "../keys.ts";
import { lineKeysOf } from "../line-keys.ts";
import type { Body, ScreenId, ScreenModel, VolumeModel } from "../screen.ts";
import { currentCall } from "../state.ts";
import { callScreenId, cardLines, cardOf, wideBand } from "./calls.ts";
import { editBody } from "./edit.ts";
import { entryBody, historyBody } from "./history.ts";
import { menuBody, menuTitle } from "./menu.ts";
import { peopleBody } from "./people.ts";
import { accountLabel, ownName, type ScreenSources } from "./sources.ts";
import { statusBody } from "./status.ts";

export function buildScreen(sources: ScreenSources): ScreenModel {
  const { view, settings } = sources;
  const moment = momentOf(sources.epochMs, settings.utcOffsetMinutes);
  const { id, title, body } = bodyOf(sources);
  const news = newsOf(view, body, sources.nowMs);
  return {
    id,
    title,
    lines: [...linesOf(body), ...linesBehind(sources), news].filter((line) => line !== ""),
    softkeys: labelsOf(sources.softKeys),
    icons: statusIcons(view),
    time: clockText(moment, settings.hours24),
    keys: lineKeysOf(view, sources.model, sources.page),
    volume: volumeOf(view, sources.nowMs),
    news,
    body,
  };
}

function bodyOf(sources: ScreenSources): { id: ScreenId; title: string; body: Body } {
  const { view, context, ui, nowMs } = sources;
  switch (context) {
    case "idle":
      return { id: "idle", title: idleTitle(sources), body: idleBody(sources) };
    case "predial":
    case "dialing":
      return { id: context, title: prompt(view), body: dialBody(sources) };
    case "calling":
    case "incoming":
    case "talking":
    case "held":
    case "talking_incoming":
    case "ended": {
      const cards = view.calls.map((call) => cardOf(call, view, nowMs, sources.settings));
      const current = cards.find((card) => card.selected);
      return { id: callScreenId(context, view), title: current?.status ?? "", body: { kind: "calls", cards } };
    }
    case "history":
      if (ui.name !== "history") break;
      return { id: "history", ...historyBody(sources, ui) };
    case "entry":
      if (ui.name !== "entry") break;
      return { id: "history", title: "Details", body: entryBody(sources, ui) };
    case "menu":
      if (ui.name !== "menu") break;
      return { id: "menu", title: menuTitle(ui.menu), body: menuBody(sources, ui) };
    case "edit":
      if (ui.name !== "edit") break;
      return { id: "edit", ...editBody(sources, ui) };
    case "status":
      if (ui.name !== "status") break;
      return { id: "status", title: "Status", body: statusBody(sources, ui.first) };
    case "people":
      if (ui.name !== "people") break;
      return { id: "people", title: "Conference", body: peopleBody(sources, ui) };
    case "message":
      if (ui.name !== "message") break;
      // A window lies over the idle screen, which is still what the phone shows.
      return {
        id: ui.opens === undefined ? "message" : "idle",
        title: "Note",
        body: { kind: "message", text: ui.text, icon: windowIcon(ui.opens) },
      };
    default:
      context satisfies never;
  }
  throw new TypeError(`bug: the state ${ui.name} is shown as ${context}`);
}

/** The account that calls go out by; a phone without any says what it is. */
function idleTitle({ view, model, settings }: ScreenSources): string {
  return shownAccount(view, settings) || model.name;
}

/** ACC-29: whether the idle screen names the account that calls go out by is configured. */
function shownAccount(view: PhoneView, { showDefaultAccount = true }: ScreenSources["settings"]): string {
  return showDefaultAccount ? accountLabel(view, view.defaultAccount) : "";
}

function idleBody({ view, settings, epochMs }: ScreenSources): Body {
  const moment = momentOf(epochMs, settings.utcOffsetMinutes);
  const account = view.accounts.find((a) => a.id === view.defaultAccount) ?? view.accounts[0];
  return {
    kind: "idle",
    time: clockText(moment, settings.hours24),
    date: dateText(moment, settings.dateFormat),
    account: shownAccount(view, settings),
    accountState: account?.state.name ?? "disabled",
    missed: missedText(view.missedCalls),
    dnd: view.dnd,
    ...(view.dnd && settings.largeDnd ? { largeDnd: true } : {}),
    notices: noticesOf(view),
  };
}

/** What is covered by a window. */
function linesBehind(sources: ScreenSources): string[] {
  const { ui, context } = sources;
  return context === "message" && ui.name === "message" && ui.opens !== undefined ? linesOf(idleBody(sources)) : [];
}

function windowIcon(opens: "missed" | "messages" | undefined): IconName {
  if (opens === undefined) return "warning";
  return opens === "missed" ? "call_missed" : "mail";
}

/** Newest first: the network's absence explains the rest, so it stands before everything. */
function noticesOf(view: PhoneView): string[] {
  const notices: string[] = view.networkUp ? [] : ["Network unavailable"];
  notices.push(...[...view.notices].reverse());
  if (view.forward !== undefined && view.forward.always !== "") notices.push(`Calls go to ${view.forward.always}`);
  if (view.voiceMail !== undefined && view.voiceMail.waiting > 0) notices.push(messagesText(view.voiceMail.waiting));
  if (view.accounts.every((account) => account.state.name === "disabled")) notices.push("No service");
  for (const account of view.accounts)
    if (account.state.name === "failed") notices.push(`${account.label || account.userName}: ${account.state.why}`);
  return notices;
}

/** While somebody dials or talks the idle screen's lines are not seen. */
function newsOf({ news }: PhoneView, { kind }: Body, nowMs: number): string {
  if (news === undefined || nowMs >= news.untilMs) return "";
  return kind === "calls" || kind === "dial" ? news.text : "";
}

function prompt(view: PhoneView): string {
  switch (view.dial?.purpose) {
    case "transfer":
      return view.dial.another === undefined || view.dial.digits !== ""
        ? "Transfer to"
        : `Transfer to ${view.dial.another.name || view.dial.another.number}, or to`;
    case "conference":
      return "Add to conference";
    case "forward":
      return "Forward to";
    default:
      return "Enter number";
  }
}

function dialBody({ view, input, nowMs, settings }: ScreenSources): Body {
  const waiting = currentCall(view);
  return {
    kind: "dial",
    prompt: prompt(view),
    digits: view.dial?.digits ?? "",
    account: ownName(view, view.dial?.account ?? view.defaultAccount, settings.ownName),
    input,
    waiting: waiting === undefined ? undefined : cardOf(waiting, view, nowMs, settings),
  };
}

function linesOf(body: Body): string[] {
  switch (body.kind) {
    case "idle": {
      const lines = [body.time, body.date, body.account, body.missed];
      if (body.dnd) lines.push("Do not disturb");
      return [...lines, ...body.notices];
    }
    case "dial":
      return [body.digits, body.account, ...(body.waiting === undefined ? [] : cardLines(body.waiting))];
    case "calls":
      return body.cards.flatMap(cardLines);
    case "list":
      if (body.rows.length === 0) return [body.empty];
      return body.rows.map((row) => (row.detail === "" ? row.text : `${row.text} ${row.detail}`));
    case "message":
      return [body.text];
    default:
      return body satisfies never;
  }
}

export function messagesText(count: number): string {
  return count === 1 ? "1 new voice message" : `${count} new voice messages`;
}

export function missedText(count: number): string {
  if (count === 0) return "";
  return count === 1 ? "1 missed call" : `${count} missed calls`;
}

function statusIcons(view: PhoneView): IconName[] {
  const icons: IconName[] = [];
  const current = currentCall(view);
  if (current?.phase.name === "talking" && wideBand(current)) icons.push("hd");
  // SEC-05: what is said now cannot be listened to on its way.
  if (current?.encrypted === true && current.phase.name !== "ended") icons.push("encrypted");
  if (view.mute) icons.push("mute");
  // Listening in is told by both at once: the loudspeaker beside the handset or headset (CAL-91, AUD-14).
  if (view.path !== "none")
    icons.push(view.path, ...(view.second === undefined || view.second === "none" ? [] : [view.second]));
  else if (view.headsetPlugged) icons.push("headset");
  if (view.dnd) icons.push("dnd");
  if (view.forward !== undefined && Object.values(view.forward).some((to) => to !== "")) icons.push("forward");
  if (view.missedCalls > 0) icons.push("call_missed");
  if ((view.voiceMail?.waiting ?? 0) > 0) icons.push("mail");
  if (!view.networkUp) icons.push("network_down");
  // ACC-28: that signalling is encrypted is worth saying only where it works.
  const account = view.accounts.find(({ id }) => id === (current?.account ?? view.defaultAccount));
  if (account?.secure === true && account.state.name === "registered") icons.push("lock");
  return icons;
}

const volumeLabels = {
  ringer: "Ringer",
  group: "Listeners",
  handset: "Handset",
  headset: "Headset",
  speaker: "Speaker",
} as const;

function volumeOf(view: PhoneView, nowMs: number): VolumeModel | undefined {
  return view.volumeShownUntilMs > nowMs ? { label: volumeLabels[view.volumeOf], level: view.volume } : undefined;
}
