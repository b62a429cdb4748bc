/** The address that a server sees of a socket, asked for again and again so that the way through the NAT stays open (RFC 8489 §10-like use; feature row NET-26). */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Endpoint } from "../base/network.ts";
import { type StunClient, type StunOutcome, sameEndpoint } from "./client.ts";
import type { StunTiming } from "./transaction.ts";
import { method } from "./types.ts";

export type BindingState =
  | { readonly name: "asking" }
  | { readonly name: "known"; readonly mapped: Endpoint }
  | { readonly name: "failed"; readonly why: string };

export interface BindingOptions {
  readonly clock: Clock;
  readonly client: StunClient;
  readonly server: Endpoint;
  /** Between two questions. */
  readonly refreshMs: number;
  /** Only when something has changed. */
  readonly onState: (state: BindingState) => void;
}

/** A server that does not answer is asked again this often, ms. */
const retryMs = 30_000;
/** Seven tries would take 39 s, in which nobody could call: 0.25, 0.75, 1.75 and 3.75 s, ms. */
export const bindingTiming: StunTiming = { rtoMs: 250, sends: 4, lastWait: 8 };

export class Binding {
  readonly #options: BindingOptions;
  #state: BindingState = { name: "asking" };
  #timer: Timer | undefined;
  #open = true;

  constructor(options: BindingOptions) {
    this.#options = options;
  }

  get state(): BindingState {
    return this.#state;
  }

  /** Asks now, then for ever. */
  start(): void {
    void this.#ask();
  }

  /** Idempotent. */
  close(): void {
    this.#open = false;
    this.#timer?.cancel();
  }

  async #ask(): Promise<void> {
    const { client, server, clock, refreshMs } = this.#options;
    const outcome = await client.request({ method: method.binding, to: server, timing: bindingTiming });
    if (!this.#open) return;
    this.#become(stateOf(outcome, server));
    const ms = this.#state.name === "known" ? refreshMs : Math.min(retryMs, refreshMs);
    this.#timer = clock.after(ms, () => void this.#ask());
  }

  #become(state: BindingState): void {
    const before = this.#state;
    this.#state = state;
    const same =
      before.name === state.name &&
      (before.name !== "known" || state.name !== "known" || sameEndpoint(before.mapped, state.mapped));
    if (!same) this.#options.onState(state);
  }
}

function stateOf(outcome: StunOutcome, server: Endpoint): BindingState {
  const who = `STUN server ${server.address}:${server.port}`;
  switch (outcome.name) {
    case "success": {
      const { mapped } = outcome.response;
      return mapped === undefined ? { name: "failed", why: `${who} names no address` } : { name: "known", mapped };
    }
    case "refused":
      return { name: "failed", why: `${who}: ${outcome.code} ${outcome.reason}` };
    case "timeout":
      return { name: "failed", why: `${who} does not answer` };
    case "closed":
      return { name: "failed", why: `the socket was closed` };
    default:
      return outcome satisfies never;
  }
}
