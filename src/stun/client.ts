/** Asks over one socket: requests with their repetitions, answers matched to them (RFC 8489 §6.2, §6.3.3). The socket is the owner's. */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Endpoint, Random } from "../base/network.ts";
import { canonicalAddress } from "./address.ts";
import { type Credentials, noCredentials } from "./credentials.ts";
import { parseStun, type StunAttribute, type StunMessage, writeStun } from "./message.ts";
import {
  begin,
  defaultTiming,
  next,
  type StunTiming,
  type TransactionEffect,
  type TransactionState,
} from "./transaction.ts";
import { attribute, transactionIdBytes } from "./types.ts";
import { textValue } from "./value.ts";

export interface StunClientParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly send: (bytes: Uint8Array, to: Endpoint) => void;
}

/** How a request ended. `from` is who answered, which need not be who was asked. */
export type StunOutcome =
  | { readonly name: "success"; readonly response: StunMessage; readonly from: Endpoint }
  | { readonly name: "refused"; readonly code: number; readonly reason: string; readonly response: StunMessage }
  | { readonly name: "timeout" }
  | { readonly name: "closed" };

export interface StunRequest {
  readonly method: number;
  readonly to: Endpoint;
  /** Made anew for each try, as XORed addresses depend on the transaction. */
  readonly attributes?: (transactionId: Uint8Array) => readonly StunAttribute[];
  readonly credentials?: Credentials;
  readonly timing?: StunTiming;
  /** An answer from elsewhere counts too: who judges is the caller (RFC 8445 §7.2.5.2.1). */
  readonly anySource?: boolean;
}

interface Pending {
  readonly request: StunRequest;
  readonly bytes: Uint8Array;
  readonly tries: number;
  readonly resolve: (outcome: StunOutcome) => void;
  state: TransactionState;
  timer: Timer | undefined;
}

/** With new nonces, in one request. */
const mostTries = 3;
/** At one time on one socket: a bug or an attack would be beyond it. */
const mostPending = 256;
const software = textValue("Offhook");

export class StunClient {
  readonly #parts: StunClientParts;
  readonly #pending = new Map<string, Pending>();
  #open = true;

  constructor(parts: StunClientParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  request(request: StunRequest): Promise<StunOutcome> {
    return new Promise((resolve) => this.#start(request, 1, resolve));
  }

  /** Sends once, expects nothing. */
  indicate(method: number, attributes: (transactionId: Uint8Array) => readonly StunAttribute[], to: Endpoint): void {
    const transactionId = this.#parts.random(transactionIdBytes);
    this.#parts.send(
      writeStun({ class: "indication", method, transactionId, attributes: attributes(transactionId) }),
      to,
    );
  }

  /** A datagram that looks like STUN. Returns it when it is no answer to us: a request, an indication, or rubbish undone. */
  take(bytes: Uint8Array, from: Endpoint): StunMessage | undefined {
    const parsed = parseStun(bytes);
    if (!parsed.ok) return undefined;
    const { message } = parsed;
    if (message.class === "request" || message.class === "indication") return message;
    const key = keyOf(message.transactionId);
    const pending = this.#pending.get(key);
    if (pending === undefined || pending.request.method !== message.method) return undefined;
    const { request } = pending;
    if (request.anySource !== true && !sameEndpoint(from, request.to)) return undefined;
    const credentials = request.credentials ?? noCredentials;
    // What is not signed as it must be is as if it had never come (§9.1.4, §9.2.5).
    if (!credentials.accepts(message)) return undefined;
    this.#answered(key, pending, message, from);
    return undefined;
  }

  /** Requests under way end as "closed". Idempotent. */
  close(): void {
    this.#open = false;
    for (const pending of this.#pending.values()) {
      pending.timer?.cancel();
      pending.resolve({ name: "closed" });
    }
    this.#pending.clear();
  }

  #start(request: StunRequest, tries: number, resolve: (outcome: StunOutcome) => void): void {
    if (!this.#open || this.#pending.size >= mostPending) {
      resolve({ name: this.#open ? "timeout" : "closed" });
      return;
    }
    const transactionId = this.#parts.random(transactionIdBytes);
    const { attributes, integrity } = (request.credentials ?? noCredentials).signature;
    const bytes = writeStun({
      class: "request",
      method: request.method,
      transactionId,
      attributes: [
        { type: attribute.software, value: software },
        ...(request.attributes?.(transactionId) ?? []),
        ...attributes,
      ],
      integrity,
      fingerprint: true,
    });
    const [state, effects] = begin(request.timing ?? defaultTiming);
    const pending: Pending = { request, bytes, tries, resolve, state, timer: undefined };
    const key = keyOf(transactionId);
    this.#pending.set(key, pending);
    this.#carryOut(key, pending, effects);
  }

  #carryOut(key: string, pending: Pending, effects: readonly TransactionEffect[]): void {
    for (const effect of effects)
      switch (effect.type) {
        case "send":
          this.#parts.send(pending.bytes, pending.request.to);
          break;
        case "timer":
          pending.timer = this.#parts.clock.after(effect.ms, () => {
            const [state, more] = next(pending.state, { type: "timer" }, pending.request.timing ?? defaultTiming);
            pending.state = state;
            this.#carryOut(key, pending, more);
          });
          break;
        case "timeout":
          if (this.#pending.delete(key)) pending.resolve({ name: "timeout" });
          break;
        default:
          effect satisfies never;
      }
  }

  #answered(key: string, pending: Pending, response: StunMessage, from: Endpoint): void {
    const [state] = next(pending.state, { type: "response" }, pending.request.timing ?? defaultTiming);
    pending.state = state;
    pending.timer?.cancel();
    this.#pending.delete(key);
    if (response.class === "success" && response.unknown.length === 0) {
      pending.resolve({ name: "success", response, from });
      return;
    }
    if (pending.tries < mostTries && (pending.request.credentials ?? noCredentials).learn(response)) {
      this.#start(pending.request, pending.tries + 1, pending.resolve);
      return;
    }
    const { code, reason } = response.errorCode ?? { code: 500, reason: "an answer that cannot be understood" };
    pending.resolve({ name: "refused", code, reason, response });
  }
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && (a.address === b.address || canonicalAddress(a.address) === canonicalAddress(b.address));
}

function keyOf(transactionId: Uint8Array): string {
  return Buffer.from(transactionId).toString("hex");
}
