/** Which tones run when, and which path is open: pure, from the state of calls and of dialling (CAL-01, CAL-22, CAL-37). */
import type { AudioPath } from "../../hal/audio.ts";
import type { CallState } from "./call-state.ts";
import type { DialState } from "./dialling.ts";
import type { PreviewMode } from "./early-sound.ts";
import { isBusy } from "./end-reason.ts";

export type EarSound =
  | "none"
  | "dial"
  | "special-dial"
  | "secondary-dial"
  | "ring-back"
  | "busy"
  | "congestion"
  | "call-waiting"
  | "message-waiting";

export interface SoundFacts {
  readonly dial: DialState;
  /** The current call and all of them. */
  readonly current: CallState | undefined;
  readonly calls: readonly CallState[];
  /** A page runs: it is heard and nothing else. */
  readonly paged?: boolean;
  /** Nobody listens although there is a call: it was held and the handset put down. */
  readonly parked: boolean;
  /** What is heard before the answer (CAL-40), and whether the far end could be heard already. */
  readonly preview?: { readonly mode: PreviewMode; readonly audible: boolean };
  /** Digits after which dial tone is heard again (features.redial_tone, AUD-15); "" for none. */
  readonly toneAfter?: string;
  /** Some accounts are registered and some are not, and dial tone says so (features.partition_tone, AUD-16). */
  readonly partial?: boolean;
  /** Messages wait in the mailbox of the account that is dialled by, and its dial tone says so (CAL-69). */
  readonly messagesWait: boolean;
  /** call_waiting.tone. */
  readonly waitingTone: boolean;
  /** features.busy_tone_delay: busy tone after the far end hung up, ms. */
  readonly busyToneMs: number;
  readonly nowMs: number;
}

export interface Sounds {
  readonly ear: EarSound;
  readonly ring: boolean;
  /** Somebody listens: the chosen path is open. */
  readonly engaged: boolean;
}

export function soundsOf(facts: SoundFacts): Sounds {
  const { dial, current } = facts;
  const dialling = dial.name === "collecting" && dial.path !== "none";
  const inCall = current !== undefined && current.name !== "incoming" && current.name !== "gone";
  const engaged = facts.paged === true || dialling || (inCall && !facts.parked);
  const incoming = facts.calls.some((c) => c.name === "incoming" && !c.silenced);
  const waiting = incoming && engaged && facts.waitingTone;
  return {
    ear: engaged && facts.paged !== true ? earSound(facts, dialling, waiting) : "none",
    ring: incoming && !engaged,
    engaged,
  };
}

function earSound(
  { dial, current, messagesWait, busyToneMs, nowMs, ...facts }: SoundFacts,
  dialling: boolean,
  waiting: boolean,
): EarSound {
  if (dialling && dial.name === "collecting") {
    if (dial.tooLong) return "busy";
    if (dial.digits !== "") return dial.digits === facts.toneAfter ? "secondary-dial" : "none";
    return messagesWait ? "message-waiting" : facts.partial === true ? "special-dial" : "dial";
  }
  switch (current?.name) {
    case "ringback":
      if (current.own !== undefined || facts.preview?.mode === "both") return "ring-back";
      if (facts.preview?.mode === "early sound only" && facts.preview.audible) return "none";
      return current.early ? "none" : "ring-back";
    case "ended":
      if (current.by === "failed") return isBusy(current.status) ? "busy" : "congestion";
      return nowMs - current.sinceMs < busyToneMs ? "busy" : "none";
    case "talking":
      return waiting ? "call-waiting" : "none";
    default:
      return "none";
  }
}

/** Where sound goes when somebody answers or dials without lifting anything. */
export function handsFree(headsetMode: boolean, headsetPlugged: boolean): Exclude<AudioPath, "none"> {
  return headsetMode && headsetPlugged ? "headset" : "speaker";
}
