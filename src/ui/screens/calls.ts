/** Calls as cards: who, what state, since when; no layout. */
import type { CallView, PhoneView } from "../../phone/state.ts";
import { durationText } from "../date.ts";
import type { IconName } from "../icon.ts";
import type { CallCard, CallTone, ScreenId } from "../screen.ts";
import { type Context, currentCall } from "../state.ts";

/** Codecs that carry more than telephone bandwidth. */
const wideBand = /^(g722|opus|l16|g7221|amr-?wb)/i;

export function cardOf(call: CallView, view: PhoneView, nowMs: number): CallCard {
  const { name, number } = call.remote;
  const account = view.accounts.find((a) => a.id === call.account);
  const label = account?.label || account?.displayName || account?.userName || "";
  return {
    id: call.id,
    selected: call.id === currentCall(view)?.id,
    tone: toneOf(call),
    icon: iconOf(call),
    name: name || number || "Unknown",
    number: name !== "" && name !== number ? number : "",
    status: statusOf(call),
    timer: timerOf(call, nowMs),
    // Which account matters only where there are several.
    via: view.accounts.length > 1 ? label : "",
    hd: call.phase.name === "talking" && wideBand.test(call.codec),
  };
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
