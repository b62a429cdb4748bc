/** The transaction layer of RFC 3261 §17: makes transactions and finds the one that a message belongs to (§17.1.3, §17.2.3, §9.2, §8.2.2.2). The machines are in the four `*-transaction.ts`. */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Random } from "../base/network.ts";
import { type ClientEvents, type ClientHome, ClientRun, type ClientTransaction } from "./client-transaction.ts";
import type { Flow } from "./flow.ts";
import type { Manner } from "./manner.ts";
import { type SipRequest, SipResponse } from "./message.ts";
import { magicCookie, RandomText } from "./random-text.ts";
import { type ServerHome, ServerRun, type ServerTransaction } from "./server-transaction.ts";
import { defaultSipTimers, type SipTimers, TimerQueue } from "./timers.ts";
import type { TransactionSettings } from "./transaction.ts";
import type { Outgoing, TransportLayer } from "./transport.ts";
import { isReliable, type Source, type TransportAddress } from "./transport-address.ts";
import type { Via } from "./via.ts";

export type { ClientEvents, ClientTransaction, ExtraHeaders } from "./client-transaction.ts";
export type { ServerTransaction } from "./server-transaction.ts";
export type { FailureReason } from "./transaction.ts";
export type { Source } from "./transport-address.ts";

export interface TransactionServices {
  readonly transport: TransportLayer;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly timers?: SipTimers;
}

export interface TransactionLimits {
  /**
   * Answered transactions other than INVITE that are remembered for repetitions of their request. Timer J keeps them
   * for 32 s; beyond this number the oldest are forgotten earlier: a flood of OPTIONS must not take all memory.
   */
  readonly maxFinished: number;
  /** Server transactions in all; beyond, new requests are answered 503 without one, a few a second. */
  readonly maxServer: number;
  /** The same for INVITEs that wait for a final response, or for the ACK to one above 299. */
  readonly maxUnsettled: number;
}

const defaultLimits: TransactionLimits = { maxFinished: 32_768, maxServer: 100_000, maxUnsettled: 5000 };

export class TransactionLayer {
  /** New requests only; never ACK or CANCEL. */
  onRequest: ((transaction: ServerTransaction) => void) | undefined;
  /** An ACK that belongs to a 2xx. */
  onAck: ((request: SipRequest, source: Source) => void) | undefined;
  /** A 2xx to an INVITE whose transaction is over. */
  onStrayResponse: ((response: SipResponse, source: Source) => void) | undefined;

  /** What every response of ours shall say, whoever made it: called before it is sent. */
  onResponding: ((request: SipRequest, response: SipResponse) => void) | undefined;

  readonly #transport: TransportLayer;
  readonly #log: Log;
  readonly #text: RandomText;
  readonly #timers: TimerQueue;
  readonly #unreliable: TransactionSettings;
  readonly #reliable: TransactionSettings;
  readonly #limits: TransactionLimits;
  #clients = new Map<string, ClientRun>();
  #servers = new Map<string, ServerRun>();
  #merging = new Map<string, ServerRun>();
  /** In the order they were answered; those in front of `#firstFinished` are gone. */
  #finished: ServerRun[] = [];
  #firstFinished = 0;
  #unsettled = 0;
  readonly #clientHome: ClientHome;
  readonly #serverHome: ServerHome;

  constructor(services: TransactionServices, limits: Partial<TransactionLimits> = {}) {
    const timers = services.timers ?? defaultSipTimers;
    this.#transport = services.transport;
    this.#log = services.log;
    this.#text = new RandomText(services.random);
    this.#timers = new TimerQueue(services.clock);
    this.#unreliable = { ...timers, reliable: false };
    this.#reliable = { ...timers, reliable: true };
    this.#limits = { ...defaultLimits, ...limits };
    const shared = {
      timers: this.#timers,
      log: this.#log,
      settingsFor: (flow: Flow, manner: Manner | undefined) => {
        const reliable = isReliable(flow.transport);
        if (manner?.timers !== undefined) return { ...manner.timers, reliable };
        return reliable ? this.#reliable : this.#unreliable;
      },
    };
    this.#clientHome = {
      ...shared,
      startCancel: (invite, cancel) => this.#startCancel(invite, cancel),
      ended: (run) => {
        if (this.#clients.get(run.key) === run) this.#clients.delete(run.key);
      },
    };
    this.#serverHome = {
      ...shared,
      replyFlow: (via, flow) => this.#transport.replyFlow(via, flow),
      passAck: (ack, source) => this.onAck?.(ack, source),
      sending: (request, response) => this.onResponding?.(request, response),
      finished: (run) => this.#remember(run),
      settled: () => {
        this.#unsettled--;
      },
      ended: (run) => this.#forget(run),
    };
    services.transport.onRequest = (request, via, flow) => this.#requested(request, via, flow);
    services.transport.onResponse = (response, via, flow) => this.#responded(response, via, flow);
    services.transport.onUnreachable = (to, reason) => this.#unreachable(to.address, to.port, reason);
  }

  /** Transactions and running timers, for tests and diagnostics. */
  get size(): { readonly client: number; readonly server: number; readonly timers: number } {
    return { client: this.#clients.size, server: this.#servers.size, timers: this.#timers.size };
  }

  /**
   * Sends a request and returns at once; `on` is never called within this call. Writes the topmost Via, with a new
   * branch, and replaces any other. Not for ACK; CANCEL is `ClientTransaction.cancel`.
   */
  request(request: SipRequest, target: TransportAddress, on: ClientEvents): ClientTransaction {
    const branch = this.#text.branch();
    const run = new ClientRun(this.#clientHome, request, target, branch, branch, on);
    this.#clients.set(run.key, run);
    this.#start(run, this.#transport.prepare(request, target, branch));
    return run;
  }

  #start(run: ClientRun, outgoing: Outgoing | Promise<Outgoing>): void {
    if (outgoing instanceof Promise)
      outgoing.then(
        (ready) => run.start(ready),
        (error) => run.failToStart(error),
      );
    else run.start(outgoing);
  }

  #startCancel(invite: ClientRun, cancel: SipRequest): void {
    const { flow } = invite;
    if (flow === undefined) return;
    // Nobody waits for the answer to CANCEL: what counts is the final response to the INVITE.
    const on: ClientEvents = {
      onResponse() {},
      onFailure: (_why, message) => this.#log.debug({}, message),
    };
    const key = `${invite.branch}|CANCEL`;
    const run = new ClientRun(this.#clientHome, cancel, invite.target, invite.branch, key, on);
    this.#clients.set(key, run);
    run.start({ flow, bytes: cancel.toBytes() });
  }

  /** The ACK to a 2xx: sent once, without a transaction. The same object again is the same ACK, branch included. */
  sendAck(request: SipRequest, target: TransportAddress): void {
    const outgoing = this.#transport.prepare(request, target, request.via?.branch ?? this.#text.branch());
    if (!(outgoing instanceof Promise)) outgoing.flow.send(outgoing.bytes);
    else
      outgoing.then(
        (ready) => ready.flow.send(ready.bytes),
        (error) => this.#log.warn({ callId: request.callId }, `ACK not sent: ${reasonOf(error)}`),
      );
  }

  /** Forgets every transaction without a word to anybody. The transport layer stays open. */
  close(): void {
    this.#transport.onRequest = undefined;
    this.#transport.onResponse = undefined;
    this.#transport.onUnreachable = undefined;
    for (const run of [...this.#clients.values()]) run.drop();
    for (const run of [...this.#servers.values()]) run.drop();
    this.#clients.clear();
    this.#timers.close();
  }

  #responded(response: SipResponse, via: Via, flow: Flow): void {
    const { method } = response.cseq;
    const key = method === "CANCEL" ? `${via.branch}|CANCEL` : (via.branch ?? "");
    const run = this.#clients.get(key);
    if (run !== undefined && run.method === method) run.received(response, flow);
    // RFC 6026 §8.2: what belongs to no transaction goes no further, but for a 2xx, which may be a fork's.
    else if (method === "INVITE" && response.status >= 200 && response.status < 300)
      this.onStrayResponse?.(response, flow);
  }

  #unreachable(address: string, port: number, reason: string): void {
    for (const run of [...this.#clients.values()]) {
      const { flow } = run;
      if (flow?.transport === "udp" && flow.port === port && flow.address === address) run.failed(reason);
    }
  }

  #requested(request: SipRequest, via: Via, flow: Flow): void {
    const { method } = request;
    let key = serverKey(request, via);
    let run = this.#servers.get(key);
    if (method === "ACK") {
      this.#acknowledged(request, run, flow);
      return;
    }
    if (run !== undefined && run.method !== method) {
      // Against §8.1.1.7 a branch was used twice: the method still tells them apart (§17.2.3).
      key = `${key}|${method}`;
      run = this.#servers.get(key);
    }
    if (run !== undefined) run.retransmitted();
    else if (method === "CANCEL") this.#cancelled(request, via, flow, key);
    else this.#received(request, via, flow, key);
  }

  #acknowledged(ack: SipRequest, run: ServerRun | undefined, flow: Flow): void {
    if (run === undefined || run.method !== "INVITE") this.onAck?.(ack, flow);
    // RFC 2543 clients: the branch says nothing, the To tag of our response does (§17.2.3).
    else if (run.toTag !== undefined && ack.to.tag !== undefined && ack.to.tag !== run.toTag) this.onAck?.(ack, flow);
    else run.acknowledged(ack, flow);
  }

  #received(request: SipRequest, via: Via, flow: Flow, key: string): void {
    const { maxServer, maxUnsettled } = this.#limits;
    if (this.#servers.size >= maxServer || (request.method === "INVITE" && this.#unsettled >= maxUnsettled)) {
      this.#transport.replyStateless(request, via, flow, 503);
      return;
    }
    const mergeKey = mergeKeyOf(request);
    const other = mergeKey === undefined ? undefined : this.#merging.get(mergeKey);
    const run = this.#make(request, via, flow, key, other === undefined ? mergeKey : undefined);
    if (run === undefined) return;
    const { handle } = run;
    if (handle === undefined) return;
    if (other !== undefined) {
      // §8.2.2.2: the same request by another way: whoever forked it gets one answer only.
      handle.respond(SipResponse.to(request, 482, undefined, this.#text.tag()));
      return;
    }
    try {
      this.onRequest?.(handle);
    } catch (error) {
      this.#log.error({ error, method: request.method }, `the listener of requests threw: ${reasonOf(error)}`);
    }
  }

  /** Where the response has to find a new connection first, the request is one that nobody can answer now. */
  #make(request: SipRequest, via: Via, flow: Flow, key: string, mergeKey: string | undefined): ServerRun | undefined {
    const reply = this.#transport.replyFlow(via, flow);
    if (reply instanceof Promise) return undefined;
    const ownMergeKey = mergeKey === undefined ? undefined : ownCopy(mergeKey);
    const run = new ServerRun(this.#serverHome, ownCopy(key), ownMergeKey, request, via, flow, reply);
    this.#servers.set(run.key, run);
    if (ownMergeKey !== undefined) this.#merging.set(ownMergeKey, run);
    if (run.method === "INVITE") this.#unsettled++;
    run.start();
    return run;
  }

  /** §9.2: CANCEL is answered here; the INVITE that it means is the session's. */
  #cancelled(cancel: SipRequest, via: Via, flow: Flow, key: string): void {
    const invite = this.#servers.get(key.slice(0, -"|CANCEL".length));
    const run = this.#make(cancel, via, flow, key, undefined);
    if (run === undefined) return;
    if (invite === undefined) {
      run.respond(SipResponse.to(cancel, 481, undefined, this.#text.tag()));
      return;
    }
    run.respond(SipResponse.to(cancel, 200, undefined, invite.toTag ?? this.#text.tag()));
    const { handle } = invite;
    if (invite.method !== "INVITE" || !invite.pending || handle === undefined) return;
    if (handle.onCancel === undefined) {
      handle.respond(SipResponse.to(handle.request, 487, undefined, this.#text.tag()));
      return;
    }
    try {
      handle.onCancel(cancel);
    } catch (error) {
      this.#log.error({ error }, `the listener of CANCEL threw: ${reasonOf(error)}`);
    }
  }

  #remember(run: ServerRun): void {
    this.#finished.push(run);
    while (this.#finished[this.#firstFinished]?.terminated === true) this.#firstFinished++;
    if (this.#finished.length - this.#firstFinished > this.#limits.maxFinished)
      this.#finished[this.#firstFinished++]?.drop();
    // Now and then the front is cut off, when it is half of all.
    if (this.#firstFinished > 1024 && this.#firstFinished * 2 > this.#finished.length) {
      this.#finished = this.#finished.slice(this.#firstFinished);
      this.#firstFinished = 0;
    }
  }

  #forget(run: ServerRun): void {
    if (run.method === "INVITE" && run.unsettled) this.#unsettled--;
    this.#servers.delete(run.key);
    if (run.mergeKey !== undefined && this.#merging.get(run.mergeKey) === run) this.#merging.delete(run.mergeKey);
  }
}

const scratch = Buffer.alloc(1024);

/**
 * The same text in memory of its own. A string made of parts of a message keeps all of the message alive, and a key is
 * kept for 32 s, a thousand times a second.
 */
function ownCopy(text: string): string {
  if (text.length * 3 > scratch.length) return Buffer.from(text).toString();
  return scratch.toString("utf8", 0, scratch.write(text));
}

/** §17.2.3. ACK finds its INVITE; CANCEL has a place of its own, which begins with that of its INVITE. */
function serverKey(request: SipRequest, via: Via): string {
  const sentBy = via.port === undefined ? via.host : `${via.host}:${via.port}`;
  const { branch } = via;
  const { method } = request;
  const suffix = method === "CANCEL" ? "|CANCEL" : "";
  if (branch?.startsWith(magicCookie) && branch.length > magicCookie.length) return `${branch}|${sentBy}${suffix}`;
  // A client of RFC 2543: only the whole of these tells its requests apart.
  const ofInvite = method === "INVITE" || method === "ACK" || method === "CANCEL";
  const rest = ofInvite ? "" : `|${method}|${request.to.tag ?? ""}`;
  const { callId, cseq, uri } = request;
  return `2543|${uri}|${request.from.tag ?? ""}|${callId}|${cseq.number}|${sentBy}|${branch ?? ""}${rest}${suffix}`;
}

function mergeKeyOf(request: SipRequest): string | undefined {
  if (request.to.tag !== undefined) return undefined;
  return `${request.from.tag ?? ""}|${request.cseq.number}|${request.method}|${request.callId}`;
}
