/** Runs one server transaction: carries out what the machines of RFC 3261 §17.2 decide. What remains of an answered one is small. */
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Flow } from "./flow.ts";
import { type InviteServerState, nextInviteServer } from "./invite-server-transaction.ts";
import type { Manner } from "./manner.ts";
import { type SipRequest, SipResponse } from "./message.ts";
import { type NonInviteServerState, nextNonInviteServer } from "./non-invite-server-transaction.ts";
import { type TimerName, type TimerOwner, type TimerQueue, TimerSlot } from "./timers.ts";
import type { FailureReason, ServerEffect, ServerInput, TransactionSettings } from "./transaction.ts";
import type { Source } from "./transport-address.ts";
import type { Via } from "./via.ts";

export interface ServerTransaction {
  readonly request: SipRequest;
  readonly source: Source;
  /** Harmless, and without effect, when the state allows no such response any more. */
  respond(response: SipResponse): void;
  /** A CANCEL came in time: it was answered 200; answering the INVITE with 487 is the listener's work (§9.2). */
  onCancel: ((cancel: SipRequest) => void) | undefined;
  /** The ACK to a response of 300 to 699. */
  onAck: ((ack: SipRequest) => void) | undefined;
  /** A response could not be sent, or nobody acknowledged the final one. */
  onFailure: ((why: FailureReason, message: string) => void) | undefined;
  readonly terminated: boolean;
}

/** What a run needs of its layer. */
export interface ServerHome {
  readonly timers: TimerQueue;
  readonly log: Log;
  settingsFor(flow: Flow, manner: Manner | undefined): TransactionSettings;
  replyFlow(via: Via, flow: Flow): Flow | Promise<Flow>;
  passAck(ack: SipRequest, source: Source): void;
  /** A response is about to be sent for the first time. */
  sending(request: SipRequest, response: SipResponse): void;
  /** A transaction other than INVITE was answered for good, and waits only for repetitions. */
  finished(run: ServerRun): void;
  /** An INVITE was accepted or its refusal acknowledged. */
  settled(): void;
  ended(run: ServerRun): void;
}

type State = InviteServerState | NonInviteServerState;

const startInput: ServerInput = { type: "start" };
const requestInput: ServerInput = { type: "request" };
const ackInput: ServerInput = { type: "ack" };
const transportError: ServerInput = { type: "transport-error" };

/** What the user holds; the run forgets it as soon as nothing more can be said. */
class ServerHandle implements ServerTransaction {
  readonly request: SipRequest;
  readonly source: Source;
  onCancel: ((cancel: SipRequest) => void) | undefined;
  onAck: ((ack: SipRequest) => void) | undefined;
  onFailure: ((why: FailureReason, message: string) => void) | undefined;
  readonly #run: ServerRun;

  constructor(run: ServerRun, request: SipRequest, source: Source) {
    this.#run = run;
    this.request = request;
    this.source = source;
  }

  respond(response: SipResponse): void {
    this.#run.respond(response);
  }

  get terminated(): boolean {
    return this.#run.terminated;
  }
}

export class ServerRun implements TimerOwner {
  readonly key: string;
  /** Where a merged request finds it (§8.2.2.2), or undefined. */
  readonly mergeKey: string | undefined;
  readonly method: string;
  readonly #home: ServerHome;
  /** Of the account that answers, as soon as it does. */
  #settings: TransactionSettings;
  readonly #slot: TimerSlot = new TimerSlot(this);
  /** Only G runs beside another timer. */
  #retransmission: TimerSlot | undefined;
  #state: State = { name: "idle" };
  #handle: ServerHandle | undefined;
  #via: Via | undefined;
  #flow: Flow;
  /** The last response, for repetitions of the request. */
  #last: Uint8Array | undefined;
  /** The same, packed, a character for a byte. */
  #packed: string | undefined;
  #response: SipResponse | undefined;
  #ack: { readonly request: SipRequest; readonly source: Source } | undefined;
  #toTag: string | undefined;
  #trouble = "";

  constructor(
    home: ServerHome,
    key: string,
    mergeKey: string | undefined,
    request: SipRequest,
    via: Via,
    source: Flow,
    reply: Flow,
  ) {
    this.#home = home;
    this.key = key;
    this.mergeKey = mergeKey;
    this.method = request.method;
    this.#settings = home.settingsFor(source, undefined);
    this.#handle = new ServerHandle(this, request, source);
    // A datagram needs no way back to be found again, and a Via holds on to the message it came in.
    this.#via = source.transport === "udp" ? undefined : via;
    this.#flow = reply;
  }

  get handle(): ServerTransaction | undefined {
    return this.#handle;
  }

  /** The To tag of what was answered so far. */
  get toTag(): string | undefined {
    return this.#toTag;
  }

  get terminated(): boolean {
    return this.#state.name === "terminated";
  }

  /** An INVITE that is not settled: it holds its request and its user. */
  get unsettled(): boolean {
    return this.#handle !== undefined;
  }

  /** No final response yet. */
  get pending(): boolean {
    return this.#state.name === "proceeding" || this.#state.name === "trying";
  }

  start(): void {
    this.#step(startInput);
  }

  retransmitted(): void {
    this.#step(requestInput);
  }

  acknowledged(ack: SipRequest, source: Source): void {
    this.#ack = { request: ack, source };
    this.#step(ackInput);
    this.#ack = undefined;
  }

  respond(response: SipResponse): void {
    if (this.#state.name === "terminated") return;
    if (this.#handle !== undefined) this.#home.sending(this.#handle.request, response);
    if (response.manner?.timers !== undefined) this.#settings = this.#home.settingsFor(this.#flow, response.manner);
    this.#response = response;
    this.#step({ type: "respond", status: response.status });
    this.#response = undefined;
  }

  timerFired(timer: TimerName): void {
    this.#step({ type: "timer", timer });
  }

  /** Ends at once: the layer is closing, or there are too many finished ones. */
  drop(): void {
    if (this.#state.name === "terminated") return;
    this.#state = { name: "terminated", why: "done" };
    this.#home.ended(this);
    this.#end();
  }

  #step(input: ServerInput): void {
    const before = this.#state;
    const [after, effects] =
      this.method === "INVITE"
        ? nextInviteServer(before as InviteServerState, input, this.#settings)
        : nextNonInviteServer(before as NonInviteServerState, input, this.#settings);
    this.#state = after;
    if (after.name !== before.name) this.#stopTimers();
    for (const effect of effects) this.#do(effect);
    if (after.name !== before.name) this.#left(after.name);
  }

  /** A transaction waits for up to 32 s for repetitions: it keeps no more than these need. */
  #left(now: State["name"]): void {
    switch (now) {
      case "terminated":
        this.#home.ended(this);
        this.#end();
        return;
      case "completed":
        // An INVITE still waits for its ACK, of which the user wants to hear.
        if (this.method === "INVITE") return;
        this.#handle = undefined;
        this.#pack();
        this.#home.finished(this);
        return;
      case "accepted":
      case "confirmed":
        // The session repeats a 2xx itself, and misses its ACK itself; after an ACK nothing is repeated.
        this.#last = undefined;
        this.#handle = undefined;
        this.#home.settled();
        return;
      case "idle":
      case "trying":
      case "proceeding":
        return;
      default:
        now satisfies never;
    }
  }

  /** Small buffers share memory in blocks, and one of them keeps its block: a string costs what it is long. */
  #pack(): void {
    const last = this.#last;
    if (last === undefined) return;
    this.#packed = Buffer.from(last.buffer, last.byteOffset, last.byteLength).toString("latin1");
    this.#last = undefined;
  }

  #do(effect: ServerEffect): void {
    switch (effect.type) {
      case "send-response":
        if (this.#response !== undefined) this.#sendNew(this.#response);
        return;
      case "send-trying":
        if (this.#handle !== undefined) this.#sendNew(SipResponse.to(this.#handle.request, 100));
        return;
      case "resend-response":
        if (this.#last !== undefined) this.#send(this.#last);
        else if (this.#packed !== undefined) this.#send(Buffer.from(this.#packed, "latin1"));
        return;
      case "deliver-ack":
        this.#tell((handle) => {
          if (this.#ack !== undefined) handle.onAck?.(this.#ack.request);
        });
        return;
      case "pass-ack":
        if (this.#ack !== undefined) this.#home.passAck(this.#ack.request, this.#ack.source);
        return;
      case "fail":
        this.#fail(effect.why);
        return;
      case "start-timer":
        if (effect.timer === "G") this.#retransmission ??= new TimerSlot(this);
        this.#home.timers.set(
          effect.timer === "G" && this.#retransmission !== undefined ? this.#retransmission : this.#slot,
          effect.timer,
          effect.ms,
        );
        return;
      default:
        effect satisfies never;
    }
  }

  #sendNew(response: SipResponse): void {
    if (response.status > 100) this.#toTag ??= response.to.tag;
    const bytes = response.toBytes();
    if (this.#state.name !== "accepted") this.#last = bytes;
    this.#send(bytes);
  }

  #send(bytes: Uint8Array): void {
    if (this.#flow.open) {
      this.#flow.send(bytes);
      return;
    }
    if (this.#via === undefined) return;
    // §18.2.2: the connection is gone: a new one to the address that the request came from.
    const flow = this.#home.replyFlow(this.#via, this.#flow);
    if (flow instanceof Promise)
      flow.then(
        (open) => {
          this.#flow = open;
          open.send(bytes);
        },
        (error) => {
          this.#trouble = reasonOf(error);
          this.#step(transportError);
        },
      );
    else {
      this.#flow = flow;
      flow.send(bytes);
    }
  }

  #fail(why: FailureReason): void {
    const message =
      why === "timeout"
        ? `nobody acknowledged the response to ${this.method}`
        : `the response to ${this.method} could not be sent: ${this.#trouble}`;
    this.#home.log.debug({}, message);
    this.#tell((handle) => handle.onFailure?.(why, message));
  }

  #tell(what: (handle: ServerHandle) => void): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    try {
      what(handle);
    } catch (error) {
      const message = `a listener of a server transaction threw: ${reasonOf(error)}`;
      this.#home.log.error({ error, method: this.method }, message);
    }
  }

  #stopTimers(): void {
    this.#home.timers.cancel(this.#slot);
    if (this.#retransmission !== undefined) this.#home.timers.cancel(this.#retransmission);
  }

  #end(): void {
    this.#stopTimers();
    this.#handle = undefined;
    this.#via = undefined;
    this.#last = undefined;
    this.#packed = undefined;
  }
}
