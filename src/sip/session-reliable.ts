/** The callee's reliable provisional responses: sent again until their PRACK comes, one after the other (RFC 3262 §3). What they describe is the call's. */
import type { Timer } from "../../hal/clock.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { next, type ReliableInput, type ReliableState, startReliable } from "./reliable-state.ts";
import type { ServerTransaction } from "./transactions.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export interface ReliableEvents {
  /** The PRACK of the last one came: what waited may go on. */
  acknowledged(prack: SipRequest): void;
  giveUp(): void;
}

export class ReliableProvisionals {
  #core: UserAgentCore;
  #transaction: ServerTransaction;
  #on: ReliableEvents;
  #state: ReliableState;
  #response: SipResponse | undefined;
  #waiting: SipResponse | undefined;
  #timer: Timer | undefined;

  constructor(core: UserAgentCore, transaction: ServerTransaction, on: ReliableEvents) {
    this.#core = core;
    this.#transaction = transaction;
    this.#on = on;
    this.#state = startReliable(core.chance());
  }

  /** One is out whose PRACK has not come. */
  get pending(): boolean {
    return this.#state.name === "waiting";
  }

  /** While another is out it waits; of several that wait, the last one counts. */
  send(response: SipResponse): void {
    if (this.pending) {
      this.#waiting = response;
      return;
    }
    this.#response = response;
    this.#input({ type: "send" });
  }

  /** False when it acknowledges none of ours (481). */
  receive(prack: SipRequest): boolean {
    const rack = parseRAck(prack.header("RAck") ?? "");
    const { number, method } = this.#transaction.request.cseq;
    if (rack === undefined || rack.number !== number || rack.method !== method) return false;
    return this.#input({ type: "prack", sequence: rack.sequence }, prack);
  }

  /** The final response goes now, or the call is over. */
  close(): void {
    this.#waiting = undefined;
    this.#input({ type: "final" });
  }

  #input(input: ReliableInput, prack?: SipRequest): boolean {
    const [state, effects] = next(this.#state, input, (this.#response?.manner?.timers ?? this.#core.timers).t1Ms);
    this.#state = state;
    let known = true;
    for (const effect of effects)
      switch (effect.type) {
        case "send":
          this.#response?.setHeader("RSeq", String(effect.sequence));
          this.#transmit();
          break;
        case "send-again":
          this.#transmit();
          break;
        case "start-timer":
          this.#timer = this.#core.parts.clock.after(effect.ms, () => this.#input({ type: "timer" }));
          break;
        case "stop-timer":
          this.#timer?.cancel();
          break;
        case "acknowledged":
          if (prack !== undefined) this.#on.acknowledged(prack);
          this.#sendWaiting();
          break;
        case "unknown":
          known = false;
          break;
        case "give-up":
          this.#on.giveUp();
          break;
        default:
          effect satisfies never;
      }
    return known;
  }

  #transmit(): void {
    if (this.#response !== undefined) this.#transaction.respond(this.#response);
  }

  #sendWaiting(): void {
    const response = this.#waiting;
    this.#waiting = undefined;
    if (response !== undefined) this.send(response);
  }
}

/** `776656 1 INVITE` (§7.2). */
function parseRAck(text: string): { sequence: number; number: number; method: string } | undefined {
  const match = /^\s*(\d{1,10})\s+(\d{1,10})\s+(\S+)\s*$/.exec(text);
  if (match === null) return undefined;
  return { sequence: Number(match[1]), number: Number(match[2]), method: match[3] ?? "" };
}

/** RSeq of a response that wants a PRACK, or undefined. */
export function reliableSequence(response: SipResponse): number | undefined {
  if (response.status <= 100 || response.status >= 200) return undefined;
  if (!hasTag(response, "Require", "100rel")) return undefined;
  const text = response.header("RSeq") ?? "";
  return /^\d{1,10}$/.test(text) && Number(text) > 0 && Number(text) < 2 ** 32 ? Number(text) : undefined;
}

/** Whether a list of option tags has one. */
export function hasTag(message: SipRequest | SipResponse, header: "Require" | "Supported", tag: string): boolean {
  return message.values(header).some((value) => value.toLowerCase() === tag);
}
