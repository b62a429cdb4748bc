/** Runs one client transaction: carries out what the machines of RFC 3261 §17.1 decide, makes the ACK of §17.1.1.3 and the CANCEL of §9.1. Decides nothing itself. */
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Flow, FlowWatcher } from "./flow.ts";
import { StreamFlow } from "./flow.ts";
import { type InviteClientState, nextInviteClient } from "./invite-client-transaction.ts";
import type { Manner } from "./manner.ts";
import { SipRequest, type SipResponse } from "./message.ts";
import { type NonInviteClientState, nextNonInviteClient } from "./non-invite-client-transaction.ts";
import { sessionIdOf, sessionIdValue, unknownSessionId } from "./session-id.ts";
import { type TimerName, type TimerOwner, type TimerQueue, TimerSlot } from "./timers.ts";
import type { ClientEffect, ClientInput, FailureReason, TransactionSettings } from "./transaction.ts";
import type { Outgoing } from "./transport.ts";
import { describeAddress, type Source, type TransportAddress } from "./transport-address.ts";

export interface ClientEvents {
  /** Every provisional response, the final one, and every further 2xx of an INVITE while it is accepted. */
  onResponse(response: SipResponse, source: Source): void;
  /** Once, and then nothing more: `timeout` counts as 408, `transport` as 503 (§8.1.3.1). `message` is for people. */
  onFailure(why: FailureReason, message: string): void;
}

export type ExtraHeaders = readonly (readonly [name: string, value: string])[];

export interface ClientTransaction {
  readonly request: SipRequest;
  /** Sends the request no more; what the other side says yet is still heard. */
  abandon(): void;
  /** Only of an INVITE, and only until a final response came; CANCEL waits for the first provisional one (§9.1). */
  cancel(extraHeaders?: ExtraHeaders): void;
}

/** What a run needs of its layer. */
export interface ClientHome {
  readonly timers: TimerQueue;
  readonly log: Log;
  settingsFor(flow: Flow, manner: Manner | undefined): TransactionSettings;
  startCancel(invite: ClientRun, cancel: SipRequest): void;
  ended(run: ClientRun): void;
}

type State = InviteClientState | NonInviteClientState;

const startInput: ClientInput = { type: "start" };
const cancelInput: ClientInput = { type: "cancel" };
const transportError: ClientInput = { type: "transport-error" };

export class ClientRun implements ClientTransaction, TimerOwner, FlowWatcher {
  readonly request: SipRequest;
  readonly target: TransportAddress;
  readonly branch: string;
  readonly method: string;
  /** Where the layer finds it. */
  readonly key: string;
  readonly #home: ClientHome;
  readonly #on: ClientEvents;
  readonly #retransmission: TimerSlot = new TimerSlot(this);
  readonly #life: TimerSlot = new TimerSlot(this);
  #state: State = { name: "idle" };
  #settings: TransactionSettings | undefined;
  #flow: Flow | undefined;
  #bytes: Uint8Array | undefined;
  #response: SipResponse | undefined;
  #source: Source | undefined;
  #ack: Uint8Array | undefined;
  #cancelHeaders: ExtraHeaders = [];
  #cancelWanted = false;
  #trouble = "";

  constructor(
    home: ClientHome,
    request: SipRequest,
    target: TransportAddress,
    branch: string,
    key: string,
    on: ClientEvents,
  ) {
    this.#home = home;
    this.request = request;
    this.target = target;
    this.branch = branch;
    this.method = request.method;
    this.key = key;
    this.#on = on;
  }

  get flow(): Flow | undefined {
    return this.#flow;
  }

  get terminated(): boolean {
    return this.#state.name === "terminated";
  }

  start(outgoing: Outgoing): void {
    if (this.terminated) return;
    this.#flow = outgoing.flow;
    this.#bytes = outgoing.bytes;
    this.#settings = this.#home.settingsFor(outgoing.flow, this.request.manner);
    if (outgoing.flow instanceof StreamFlow) {
      if (!outgoing.flow.open) {
        this.#abandon("the connection closed before the request went out");
        return;
      }
      outgoing.flow.watchers.add(this);
    }
    this.#step(startInput);
    if (this.#cancelWanted) this.#step(cancelInput);
  }

  /** There is no way to the target: the transaction ends before it began. */
  failToStart(error: unknown): void {
    if (!this.terminated) this.#abandon(reasonOf(error));
  }

  /** Ends without a word to the user: the layer is closing. */
  drop(): void {
    this.#end();
    this.#state = { name: "terminated", why: "done" };
  }

  received(response: SipResponse, source: Source): void {
    this.#response = response;
    this.#source = source;
    this.#step({ type: "response", status: response.status });
    this.#response = undefined;
    this.#source = undefined;
  }

  cancel(extraHeaders: ExtraHeaders = []): void {
    this.#cancelHeaders = extraHeaders;
    // Before the connection stands there is nothing to cancel yet; §9.1 makes us wait for a response anyway.
    if (this.#state.name === "idle") this.#cancelWanted = true;
    else this.#step(cancelInput);
  }

  abandon(): void {
    this.#home.timers.cancel(this.#retransmission);
  }

  timerFired(timer: TimerName): void {
    this.#step({ type: "timer", timer });
  }

  flowLost(reason: string): void {
    this.failed(reason);
  }

  /** The transport layer says that the request did not arrive. */
  failed(reason: string): void {
    this.#trouble = reason;
    this.#step(transportError);
  }

  #step(input: ClientInput): void {
    const settings = this.#settings;
    if (settings === undefined) return;
    const before = this.#state;
    const [after, effects] = this.#next(before, input, settings);
    this.#state = after;
    // A state has its own timers; only E and F of §17.1.2 run on from trying to proceeding.
    if (after.name !== before.name && !(this.method !== "INVITE" && after.name === "proceeding")) this.#stopTimers();
    const over = after.name === "terminated" && before.name !== "terminated";
    if (over || after.name === "completed" || after.name === "accepted") this.#unwatch();
    if (over) this.#home.ended(this);
    for (const effect of effects) this.#do(effect);
    if (over) this.#end();
  }

  #next(state: State, input: ClientInput, settings: TransactionSettings): readonly [State, readonly ClientEffect[]] {
    return this.method === "INVITE"
      ? nextInviteClient(state as InviteClientState, input, settings)
      : nextNonInviteClient(state as NonInviteClientState, input, settings);
  }

  #do(effect: ClientEffect): void {
    switch (effect.type) {
      case "send-request":
        if (this.#bytes !== undefined) this.#flow?.send(this.#bytes);
        return;
      case "send-ack":
        this.#ack ??= this.#response === undefined ? undefined : ackFor(this.request, this.#response).toBytes();
        if (this.#ack !== undefined) this.#flow?.send(this.#ack);
        return;
      case "send-cancel":
        this.#home.startCancel(this, cancelFor(this.request, this.#cancelHeaders));
        return;
      case "deliver":
        this.#deliver();
        return;
      case "fail":
        this.#fail(effect.why);
        return;
      case "start-timer":
        this.#startTimer(effect.timer, effect.ms);
        return;
      default:
        effect satisfies never;
    }
  }

  #startTimer(timer: TimerName, ms: number): void {
    if (this.terminated) return;
    this.#home.timers.set(timer === "A" || timer === "E" ? this.#retransmission : this.#life, timer, ms);
  }

  #deliver(): void {
    const response = this.#response;
    const source = this.#source;
    if (response === undefined || source === undefined) return;
    try {
      this.#on.onResponse(response, source);
    } catch (error) {
      this.#report(error);
    }
  }

  #fail(why: FailureReason): void {
    const target = describeAddress(this.#flow ?? this.target);
    const waitedS = (64 * (this.#settings?.t1Ms ?? 0)) / 1000;
    const message =
      why === "timeout"
        ? `${target} did not answer ${this.method} within ${waitedS} s`
        : `${this.method} did not reach ${target}: ${this.#trouble}`;
    try {
      this.#on.onFailure(why, message);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    this.#home.log.error(
      { error, method: this.method },
      `a listener of a client transaction threw: ${reasonOf(error)}`,
    );
  }

  #abandon(reason: string): void {
    this.#trouble = reason;
    this.#state = { name: "terminated", why: "transport" };
    this.#home.ended(this);
    this.#fail("transport");
    this.#end();
  }

  #stopTimers(): void {
    this.#home.timers.cancel(this.#retransmission);
    this.#home.timers.cancel(this.#life);
  }

  #unwatch(): void {
    if (this.#flow instanceof StreamFlow) this.#flow.watchers.delete(this);
    // From here on only the ACK may have to go out again.
    this.#bytes = undefined;
  }

  #end(): void {
    this.#stopTimers();
    this.#unwatch();
    this.#ack = undefined;
  }
}

/** §17.1.1.3: the same branch and Route, the To of the response. */
function ackFor(invite: SipRequest, response: SipResponse): SipRequest {
  const ack = sibling(invite, "ACK", response.header("To") ?? "");
  const ours = sessionIdOf(invite);
  const theirs = sessionIdOf(response)?.local ?? ours?.remote ?? unknownSessionId;
  if (ours !== undefined) ack.addHeader("Session-ID", sessionIdValue({ local: ours.local, remote: theirs }));
  return ack;
}

/** §9.1: everything that identifies the request is the same, To without the tag of any response. */
function cancelFor(invite: SipRequest, extraHeaders: ExtraHeaders): SipRequest {
  const cancel = sibling(invite, "CANCEL", invite.header("To") ?? "");
  for (const [name, value] of extraHeaders) cancel.addHeader(name, value);
  const id = invite.header("Session-ID");
  if (id !== undefined && cancel.header("Session-ID") === undefined) cancel.addHeader("Session-ID", id);
  return cancel;
}

function sibling(invite: SipRequest, method: "ACK" | "CANCEL", to: string): SipRequest {
  const request = new SipRequest(method, invite.uri);
  request.manner = invite.manner;
  request.addHeader("Via", invite.header("Via") ?? "");
  for (const route of invite.headers("Route")) request.addHeader("Route", route);
  request.addHeader("Max-Forwards", "70");
  request.addHeader("From", invite.header("From") ?? "");
  request.addHeader("To", to);
  request.addHeader("Call-ID", invite.callId);
  request.addHeader("CSeq", `${invite.cseq.number} ${method}`);
  return request;
}
