/** Two ends with a transport and a transaction layer each, on one simulated network: what the tests of both layers stand on. */
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Endpoint } from "../../../src/base/network.ts";
import { SipRequest, type SipResponse } from "../../../src/sip/message.ts";
import { parseMessage } from "../../../src/sip/parse.ts";
import { defaultSipTimers, type SipTimers } from "../../../src/sip/timers.ts";
import {
  type ClientEvents,
  type FailureReason,
  type ServerTransaction,
  TransactionLayer,
  type TransactionLimits,
} from "../../../src/sip/transactions.ts";
import { TransportLayer, type TransportOptions } from "../../../src/sip/transport.ts";
import type { TransportAddress } from "../../../src/sip/transport-address.ts";
import type { TransportName } from "../../../src/sip/uri.ts";
import { type Conditions, SimulatedNetwork, seededBytes } from "../../fake/network.ts";

export class LoudLog implements Log {
  readonly lines: string[] = [];
  debug(_facts: object, message: string): void {
    this.lines.push(`debug ${message}`);
  }
  info(_facts: object, message: string): void {
    this.lines.push(`info ${message}`);
  }
  warn(_facts: object, message: string): void {
    this.lines.push(`warn ${message}`);
  }
  error(_facts: object, message: string): void {
    this.lines.push(`error ${message}`);
  }
  child(): Log {
    return this;
  }
}

export interface PeerSettings {
  readonly transport?: TransportOptions;
  readonly limits?: Partial<TransactionLimits>;
  readonly timers?: SipTimers;
  /** More addresses of the same machine. */
  readonly addresses?: readonly string[];
}

export class Peer {
  readonly log = new LoudLog();
  readonly transport: TransportLayer;
  readonly transactions: TransactionLayer;
  /** Transactions of requests that came in, oldest first. */
  readonly requests: ServerTransaction[] = [];
  readonly acks: SipRequest[] = [];
  readonly strays: SipResponse[] = [];
  at: readonly TransportAddress[] = [];
  readonly address: string;
  readonly #world: World;

  constructor(world: World, address: string, settings: PeerSettings) {
    this.#world = world;
    this.address = address;
    const random = seededBytes(world.seed + address.length + Number(address.at(-1)));
    const services = {
      network: world.network.host(address, ...(settings.addresses ?? [])),
      clock: world.clock,
      log: this.log,
      random,
    };
    this.transport = new TransportLayer(services, settings.transport);
    this.transactions = new TransactionLayer(
      { ...services, transport: this.transport, timers: settings.timers ?? defaultSipTimers },
      settings.limits,
    );
    this.transactions.onRequest = (transaction) => this.requests.push(transaction);
    this.transactions.onAck = (ack) => this.acks.push(ack);
    this.transactions.onStrayResponse = (response) => this.strays.push(response);
  }

  async listen(...transports: readonly TransportName[]): Promise<this> {
    for (const transport of transports) await this.transport.listen({ transport, address: this.address, port: 5060 });
    this.at = this.transport.listening;
    return this;
  }

  /** Where it listens by that transport. */
  by(transport: TransportName): TransportAddress {
    return { transport, address: this.address, port: 5060 };
  }

  /** The only request there was, or the n-th. */
  request(n = 0): ServerTransaction {
    const transaction = this.requests[n];
    if (transaction === undefined) throw new Error(`no request ${n}: ${this.requests.length} came`);
    return transaction;
  }

  send(method: string, target: TransportAddress, change: (request: SipRequest) => void = () => {}): Sent {
    const sent = new Sent();
    const request = this.#world.newRequest(method);
    change(request);
    sent.transaction = this.transactions.request(request, target, sent);
    return sent;
  }
}

/** What a client transaction told its user. */
export class Sent implements ClientEvents {
  transaction:
    | { readonly request: SipRequest; cancel(headers?: readonly (readonly [string, string])[]): void }
    | undefined;
  readonly statuses: number[] = [];
  readonly responses: SipResponse[] = [];
  failures: (readonly [FailureReason, string])[] = [];
  onEach: ((response: SipResponse) => void) | undefined;

  onResponse(response: SipResponse): void {
    this.statuses.push(response.status);
    this.responses.push(response);
    this.onEach?.(response);
  }

  onFailure(why: FailureReason, message: string): void {
    this.failures.push([why, message]);
  }

  get request(): SipRequest {
    if (this.transaction === undefined) throw new Error("nothing was sent");
    return this.transaction.request;
  }

  cancel(headers?: readonly (readonly [string, string])[]): void {
    this.transaction?.cancel(headers);
  }
}

export class World {
  readonly clock = new ManualClock();
  readonly network: SimulatedNetwork;
  readonly seed: number;
  #requests = 0;

  constructor(seed = 1, conditions: Partial<Conditions> = {}) {
    this.seed = seed;
    this.network = new SimulatedNetwork(this.clock, seed, conditions);
  }

  peer(address: string, settings: PeerSettings = {}): Peer {
    return new Peer(this, address, settings);
  }

  newRequest(method: string): SipRequest {
    const n = ++this.#requests;
    return new SipRequest(method, "sip:bob@10.0.0.2")
      .addHeader("Max-Forwards", "70")
      .addHeader("From", `<sip:alice@10.0.0.1>;tag=from${n}`)
      .addHeader("To", "<sip:bob@10.0.0.2>")
      .addHeader("Call-ID", `call${n}`)
      .addHeader("CSeq", `1 ${method}`);
  }

  /** What went over the wire, as "atMs START-LINE", in order. */
  wire(from?: string): readonly string[] {
    return this.network.transits
      .filter((transit) => from === undefined || transit.from.address === from)
      .map(({ atMs, bytes }) => `${atMs} ${Buffer.from(bytes).toString("latin1").split("\r\n", 1)[0]}`);
  }

  /** The messages that `from` sent, parsed. */
  messages(from: string): readonly (SipRequest | SipResponse)[] {
    return this.network.transits.flatMap((transit) => {
      if (transit.from.address !== from) return [];
      const parsed = parseMessage(transit.bytes);
      return parsed.ok ? [parsed.message] : [];
    });
  }

  requestsFrom(from: string, method: string): readonly SipRequest[] {
    return this.messages(from).filter((m): m is SipRequest => m instanceof SipRequest && m.method === method);
  }

  /** A bare socket that speaks for itself; what arrives is kept as text. */
  async stranger(local: Endpoint): Promise<{
    readonly received: string[];
    send(text: string, to: Endpoint): void;
  }> {
    const socket = await this.network.host(local.address).bindDatagram(local);
    const received: string[] = [];
    socket.onMessage = (bytes) => received.push(Buffer.from(bytes).toString("latin1"));
    return { received, send: (text, to) => socket.send(Buffer.from(text, "latin1"), to) };
  }
}

/** As text, with the headers given in place of the usual ones. */
export function rawRequest(method: string, headers: readonly string[], uri = "sip:bob@10.0.0.2"): string {
  return [`${method} ${uri} SIP/2.0`, ...headers, "Max-Forwards: 70", "Content-Length: 0", "", ""].join("\r\n");
}
