/**
 * One request of ours carried to its final answer: addresses tried in turn (RFC 3263 §4.3), challenges answered
 * (RFC 3261 §22). It follows no redirection and knows neither dialogs nor sessions.
 */
import { reasonOf } from "../base/error.ts";
import type { Authentication, AuthenticationAttempt } from "./authentication.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { ClientTransaction } from "./transactions.ts";
import { describeAddress, type TransportAddress } from "./transport-address.ts";
import type { TransportName } from "./uri.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export interface ExchangeParts {
  /** The request without Via, made anew for each try. `local` is what the Contact of that try shows. */
  readonly build: (sequence: number, local: TransportAddress) => SipRequest;
  readonly nextSequence: () => number;
  /** URI that is located: the first route, or the Request-URI. */
  readonly nextHop: string;
  readonly target?: TransportAddress | undefined;
  readonly transport?: TransportName | undefined;
  readonly authentication: Authentication | undefined;
}

export interface ExchangeEvents {
  /** Above 100 only. */
  provisional?(response: SipResponse, request: SipRequest): void;
  /** Once; for an INVITE again with each further 2xx. */
  final(response: SipResponse, request: SipRequest): void;
  /** Nobody could be asked, or nobody answered: `status` 408 for a time-out, 0 when it could not be sent at all. */
  failed(status: 0 | 408 | 487, message: string): void;
}

type ExchangeState =
  | { readonly name: "locating" }
  | { readonly name: "trying"; readonly transaction: ClientTransaction }
  | { readonly name: "done" };

export class Exchange {
  #core: UserAgentCore;
  #parts: ExchangeParts;
  #on: ExchangeEvents;
  #state: ExchangeState = { name: "locating" };
  #targets: readonly TransportAddress[] = [];
  #index = 0;
  #attempt: AuthenticationAttempt | undefined;
  /** Of the last 503 or failure, told when no address is left. */
  #busy: { response: SipResponse; request: SipRequest } | undefined;

  constructor(core: UserAgentCore, parts: ExchangeParts, on: ExchangeEvents) {
    this.#core = core;
    this.#parts = parts;
    this.#on = on;
    this.#attempt = parts.authentication?.attempt();
  }

  /** The address that was tried last. */
  get target(): TransportAddress | undefined {
    return this.#targets[this.#index];
  }

  /** Returns at once; events come in later turns. */
  start(): void {
    const { target, nextHop, transport } = this.#parts;
    const found =
      target === undefined ? this.#core.parts.locator.locate(nextHop, transport) : Promise.resolve([target]);
    found.then(
      (targets) => {
        if (this.#state.name !== "locating") return;
        this.#targets = targets;
        this.#try();
      },
      (error: unknown) => this.#fail(0, reasonOf(error)),
    );
  }

  /** Of an INVITE (§9.1). Before anything was sent it ends by itself, with status 487. */
  cancel(headers?: readonly (readonly [string, string])[]): void {
    if (this.#state.name === "trying") this.#state.transaction.cancel(headers);
    else this.#fail(487, "cancelled");
    this.#targets = [];
  }

  /** Tells nothing any more; what was sent is left to itself. */
  forget(): void {
    this.#state = { name: "done" };
  }

  #try(): void {
    const target = this.#targets[this.#index];
    if (target === undefined) {
      this.#fail(0, `${this.#parts.nextHop}: no address`);
      return;
    }
    this.#core.parts.transport.localFor(target).then(
      (local) => {
        if (this.#state.name === "locating") this.#send(target, local);
      },
      (error: unknown) => this.#next(0, reasonOf(error)),
    );
  }

  #send(target: TransportAddress, local: TransportAddress): void {
    const request = this.#parts.build(this.#parts.nextSequence(), local);
    this.#attempt?.authorize(request, describeAddress(target));
    let current = true;
    const transaction = this.#core.parts.transactions.request(request, target, {
      onResponse: (response) => {
        if (current) current = this.#onResponse(response, request, target, local);
      },
      onFailure: (why, message) => {
        if (!current || this.#state.name === "done") return;
        current = false;
        this.#next(why === "timeout" ? 408 : 0, message);
      },
    });
    this.#state = { name: "trying", transaction };
  }

  /** False when that try is over. */
  #onResponse(response: SipResponse, request: SipRequest, target: TransportAddress, local: TransportAddress): boolean {
    const { status } = response;
    // Further 2xx of an INVITE come while its transaction lives (RFC 6026 §7.2).
    if (this.#state.name === "done") {
      if (status >= 200 && status < 300 && request.method === "INVITE") this.#on.final(response, request);
      return true;
    }
    if (status <= 100) return true;
    if (status < 200) {
      this.#on.provisional?.(response, request);
      return true;
    }
    // Once cancelled, there are no targets any more and nothing is tried again.
    if ((status === 401 || status === 407) && this.#targets.length > 0)
      if (this.#attempt?.challenge(response, describeAddress(target)) === "answer") {
        this.#state = { name: "locating" };
        this.#send(target, local);
        return false;
      }
    // The server is overloaded: the next address may not be (RFC 3263 §4.3).
    if (status === 503 && this.#index + 1 < this.#targets.length) {
      this.#busy = { response, request };
      this.#next(0, "");
      return false;
    }
    this.#state = { name: "done" };
    this.#on.final(response, request);
    return status < 300;
  }

  #next(status: 0 | 408, message: string): void {
    if (this.#state.name === "done") return;
    this.#index += 1;
    this.#state = { name: "locating" };
    if (this.#index < this.#targets.length) {
      this.#try();
      return;
    }
    const busy = this.#busy;
    if (busy === undefined) {
      this.#fail(status, message);
      return;
    }
    this.#state = { name: "done" };
    this.#on.final(busy.response, busy.request);
  }

  #fail(status: 0 | 408 | 487, message: string): void {
    if (this.#state.name === "done") return;
    this.#state = { name: "done" };
    this.#on.failed(status, message);
  }
}
