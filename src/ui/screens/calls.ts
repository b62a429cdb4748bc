/** Calls as cards: who, what state, since when; no layout. */
import type { CallView, PhoneView } from "../../phone/state.ts";
import { durationText } from "../date.ts";
import type { IconName } from "../icon.ts";
import type { CallCard, CallTone, ScreenId } from "../screen.ts";
import type { UiSettings } from "../settings.ts";
import { type Context, currentCall } from "../state.ts";

/** Codecs that carry more than telephone bandwidth. */
const wideBandCodecs = /^(g722|opus|l16|g7221|amr-?wb)/i;

export function wideBand({ phase, codec }: CallView): boolean {
  return phase.name === "talking" && wideBandCodecs.test(codec);
}

/** The two lines for the other party, by phone_setting.call_info_display_method (feature row CAL-75). */
export function partyLines({ remote }: CallView, method: number): readonly [first: string, second: string] {
  const { name, number, uri } = remote;
  const whole = `${name === "" ? "" : `${name} `}<${uri ?? number}>`;
  const [first, second] = (
    [
      [name, number],
      [number, name],
      [name, ""],
      [number, ""],
      [number === "" ? "" : whole, ""],
    ] as const
  )[method] ?? [name, number];
  // Something has to stand there: who has no name is known by the number.
  const shown = first || second || name || number || "Unknown";
  return [shown, second === shown ? "" : first === "" ? "" : second];
}

export function cardOf(
  call: CallView,
  view: PhoneView,
  nowMs: number,
  settings: Pick<UiSettings, "callInfo" | "calledParty" | "rollMs">,
): CallCard {
  const [first, second] = partyLines(call, settings.callInfo);
  const account = view.accounts.find((a) => a.id === call.account);
  const label = account?.label || account?.displayName || account?.userName || "";
  return {
    id: call.id,
    selected: call.id === currentCall(view)?.id,
    tone: toneOf(call),
    icon: iconOf(call),
    name: first,
    number: second,
    status: statusOf(call),
    timer: timerOf(call, nowMs),
    via: viaOf(call, view, label, settings.calledParty),
    hd: wideBand(call),
    ...(rolls(call, first, settings.rollMs)
      ? { roll: Math.floor((nowMs - call.phase.sinceMs) / settings.rollMs) }
      : {}),
  };
}

/** Which account matters only where there are several, or where somebody wants to see who is called. */
function viaOf(call: CallView, view: PhoneView, label: string, calledParty: boolean): string {
  if (calledParty && call.phase.name === "incoming") return call.called ?? label;
  return view.accounts.length > 1 ? label : "";
}

/** Names this short fit on every LCD. */
const shortName = 12;

function rolls({ phase }: CallView, name: string, rollMs: number): boolean {
  return phase.name === "incoming" && rollMs > 0 && name.length > shortName;
}

/** ms until the name has to move on. */
export function rollWait(call: CallView, nowMs: number, settings: Pick<UiSettings, "callInfo" | "rollMs">): number {
  if (!rolls(call, partyLines(call, settings.callInfo)[0], settings.rollMs)) return Number.POSITIVE_INFINITY;
  return settings.rollMs - ((nowMs - call.phase.sinceMs) % settings.rollMs);
}

/** A text that has gone round by some characters. */
export function rolled(text: string, steps: number): string {
  const loop = [...text, " ", " ", " "];
  const at = steps % loop.length;
  return [...loop.slice(at), ...loop.slice(0, at)].join("");
}

function toneOf(call: CallView): CallTone {
  switch (call.phase.name) {
    case "incoming":
      return "ringing";
    case "connecting":
    case "ringback":
      return "calling";
    case "talking":
      return call.phase.hold === "none" ? "talking" : "held";
    case "ended":
      return "ended";
    default:
      return call.phase satisfies never;
  }
}

function iconOf(call: CallView): IconName {
  switch (call.phase.name) {
    case "incoming":
      return "ringing";
    case "connecting":
    case "ringback":
      return "call_out";
    case "talking":
      return call.phase.hold === "none" ? "call" : "hold";
    case "ended":
      return "call_end";
    default:
      return call.phase satisfies never;
  }
}

function statusOf(call: CallView): string {
  if (call.digits !== undefined && call.phase.name === "talking") return call.digits;
  if (call.recording === true && call.phase.name === "talking" && call.phase.hold === "none") return "Recording";
  if (call.page === true) return call.direction === "out" ? "Paging" : "Page";
  if (call.transfer?.name === "transferring") return `Transferring to ${call.transfer.to}`;
  if (call.transfer?.name === "failed") return `Transfer failed: ${call.transfer.why}`;
  if (call.transfer?.name === "sent on") return "Being transferred";
  switch (call.phase.name) {
    case "incoming":
      return call.diverted === undefined ? "Incoming call" : `Forwarded by ${call.diverted}`;
    case "connecting":
      return "Connecting";
    case "ringback":
      return "Ringing";
    case "talking":
      // CP8-02: the others do not hear this one.
      if (call.peerMuted === true && call.phase.hold === "none") return "Far end muted";
      return talkingStatus(call.phase.hold, call.conference);
    case "ended":
      return endedStatus(call.phase.by, call.phase.why);
    default:
      return call.phase satisfies never;
  }
}

function talkingStatus(hold: "none" | "local" | "remote" | "both", conference: boolean): string {
  switch (hold) {
    case "none":
      return conference ? "Conference" : "Talking";
    case "local":
      return "On hold";
    case "remote":
      return "Held by other party";
    case "both":
      return "Held by both";
    default:
      return hold satisfies never;
  }
}

function endedStatus(by: "local" | "remote" | "failed", why: string): string {
  if (by === "failed") return why || "Call failed";
  return why || (by === "remote" ? "Other party hung up" : "Call ended");
}

function timerOf(call: CallView, nowMs: number): string {
  if (call.phase.name === "talking") return durationText(nowMs - call.phase.sinceMs);
  if (call.phase.name === "ended" && call.phase.talkedMs > 0) return durationText(call.phase.talkedMs);
  return "";
}

export function cardLines(card: CallCard): string[] {
  const lines = [card.name];
  if (card.number !== "") lines.push(card.number);
  if (card.via !== "" && card.tone === "ringing") lines.push(`To ${card.via}`);
  lines.push(card.timer === "" ? card.status : `${card.status} ${card.timer}`);
  return lines;
}

/** The screen's id while calls are shown. A call held on either side is `talking_held`. */
export function callScreenId(context: Context, view: PhoneView): ScreenId {
  if (context === "talking_incoming" || context === "incoming" || context === "ended") return context;
  const phase = currentCall(view)?.phase;
  if (phase?.name === "talking") return phase.hold === "none" ? "talking" : "talking_held";
  return phase?.name === "ringback" ? "ringback" : "connecting";
}
