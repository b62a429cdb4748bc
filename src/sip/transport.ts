/** The transport layer of RFC 3261 §18 with RFC 3581: listening points, ways to a target, where responses go, what is dropped. No transactions. */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, Network, Random } from "../base/network.ts";
import { DatagramFlow, type Flow, type StreamFlow } from "./flow.ts";
import { defaultFramingLimits, type FramingLimits } from "./framing.ts";
import { SipRequest, SipResponse } from "./message.ts";
import { parseMessage } from "./parse.ts";
import { RandomText } from "./random-text.ts";
import { describeAddress, type TransportAddress } from "./transport-address.ts";
import { Connections } from "./transport-connections.ts";
import { AnswerLimiter } from "./transport-limiter.ts";
import { chooseListener, type Listener, TransportError } from "./transport-listening.ts";
import { ListeningPoints } from "./transport-points.ts";
import { SentBys } from "./transport-sent-by.ts";
import { markReceived, nameOfNextHop, responseTarget, stampVia } from "./transport-via.ts";
import type { Via } from "./via.ts";

export { TransportError } from "./transport-listening.ts";

export interface TransportServices {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
}

export interface TransportOptions {
  /** A larger request goes by TCP (§18.1.1: 1,300 where the path's MTU is unknown). Infinity: never. */
  readonly userAgentLimitBytes?: number;
  /** A connection unused for this long is closed; default 65 minutes, to outlive the wait between two registrations. */
  readonly idleTimeoutMs?: number;
  readonly strangerTimeoutMs?: number;
  readonly maxAccepted?: number;
  readonly maxStrangersOfSource?: number;
  readonly maxHeldBytes?: number;
  readonly connectTimeoutMs?: number;
  /** The same where only the size of the request made it TCP, and UDP remains. */
  readonly oversizeConnectTimeoutMs?: number;
  readonly framing?: FramingLimits;
}

/** What came in and was not handed on, and why. */
export interface TransportCounters {
  received: number;
  malformed: number;
  malformedAnswered: number;
  notOurs: number;
  sendFailures: number;
}

/** A request that is ready to go. */
export interface Outgoing {
  readonly flow: Flow;
  readonly bytes: Uint8Array;
}

interface Way {
  readonly flow: Flow;
  readonly sentBy: Endpoint;
}

/** Targets of which it is remembered that they refused TCP. */
const maxRefused = 1000;
/** How long a target that refused TCP gets its large requests by UDP without another try. */
const tcpRefusedMs = 600_000;

export class TransportLayer {
  readonly counters: TransportCounters = {
    received: 0,
    malformed: 0,
    malformedAnswered: 0,
    notOurs: 0,
    sendFailures: 0,
  };
  onRequest: ((request: SipRequest, via: Via, flow: Flow) => void) | undefined;
  onResponse: ((response: SipResponse, via: Via, flow: Flow) => void) | undefined;
  /** A datagram did not get there, as far as the system says. */
  onUnreachable: ((to: Endpoint, reason: string) => void) | undefined;
  /** A connection ended, whoever ended it. */
  onConnectionLost: ((connection: Flow, reason: string) => void) | undefined;

  readonly #services: TransportServices;
  readonly #log: Log;
  readonly #options: Required<Omit<TransportOptions, "framing">>;
  readonly #limiter: AnswerLimiter;
  readonly #text: RandomText;
  readonly #connections: Connections;
  readonly #points: ListeningPoints;
  readonly #opening = new Set<Promise<TransportAddress>>();
  readonly #sentBys: SentBys;
  #tcpRefusedUntilMs = new Map<string, number>();
  #closed = false;

  constructor(services: TransportServices, options: TransportOptions = {}) {
    this.#services = services;
    this.#log = services.log;
    this.#text = new RandomText(services.random);
    this.#limiter = new AnswerLimiter(services.clock);
    this.#sentBys = new SentBys(services);
    this.#options = {
      userAgentLimitBytes: options.userAgentLimitBytes ?? 1300,
      idleTimeoutMs: options.idleTimeoutMs ?? 65 * 60_000,
      strangerTimeoutMs: options.strangerTimeoutMs ?? 32_000,
      maxAccepted: options.maxAccepted ?? 256,
      maxStrangersOfSource: options.maxStrangersOfSource ?? 16,
      maxHeldBytes: options.maxHeldBytes ?? 8 * 1024 * 1024,
      connectTimeoutMs: options.connectTimeoutMs ?? 8000,
      oversizeConnectTimeoutMs: options.oversizeConnectTimeoutMs ?? 2000,
    };
    this.#connections = new Connections(
      { ...services, text: this.#text },
      { ...this.#options, framing: options.framing ?? defaultFramingLimits },
      {
        onMessage: (bytes, flow) => this.#received(bytes, flow),
        onBroken: (frame, flow) => {
          this.counters.malformed++;
          if (frame.head !== undefined) this.#answerHead(frame.head, frame.status, frame.why, flow);
        },
        onLost: (flow, reason) => this.onConnectionLost?.(flow, reason),
      },
    );
    this.#points = new ListeningPoints(services.network, {
      onDatagram: (bytes, flow) => this.#received(bytes, flow),
      onConnection: (socket, transport) => this.#connections.accept(socket, transport),
      onError: (local, error, to) => {
        this.counters.sendFailures++;
        this.#log.debug({ local: describeAddress(local), to }, reasonOf(error));
        if (to !== undefined) this.onUnreachable?.(to, reasonOf(error));
      },
    });
  }

  get listening(): readonly TransportAddress[] {
    return this.#points.all.map((listener) => listener.at);
  }

  /** Port 0 takes any free one. Rejects with an error that names transport, address, port and reason. */
  listen(at: TransportAddress): Promise<TransportAddress> {
    const opening = this.#points.open(at);
    this.#opening.add(opening);
    const over = () => void this.#opening.delete(opening);
    opening.then(over, over);
    return opening;
  }

  /**
   * The machine has another address: each listening point of `from` goes to `to` with its port, and all connections,
   * which lead nowhere any more, end. Rejects, and leaves everything as it was, with an error that names what cannot be
   * had.
   */
  async move(from: string, to: string): Promise<void> {
    await this.#points.move(from, to);
    this.#sentBys.moved();
    this.#connections.drop(`the address ${from} is gone`);
  }

  /**
   * Host and port for Contact (and what Via will say) towards a target. Rejects where no listening point fits.
   * @param localPort preferred, where that is listened on.
   */
  async localFor(target: TransportAddress, localPort?: number): Promise<TransportAddress> {
    // A port that is being opened is what others shall see.
    if (this.#opening.size > 0) await Promise.allSettled(this.#opening);
    const sentBy = await this.#sentBys.of(this.#listenerFor(target, localPort), target);
    return { transport: target.transport, ...pick(sentBy) };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connections.close();
    this.#points.close();
  }

  /**
   * Finds the way to the target, writes the Via and the bytes. At once where the way is known, else a promise that
   * rejects with a message that names the target. Sends nothing.
   */
  prepare(request: SipRequest, target: TransportAddress, branch: string): Outgoing | Promise<Outgoing> {
    const name = target.transport === "tls" ? nameOfNextHop(request) : "";
    const way = this.#wayTo(target, name, this.#options.connectTimeoutMs, request.manner?.localPort);
    return way instanceof Promise
      ? way.then((known) => this.#write(request, target, branch, known))
      : this.#write(request, target, branch, way);
  }

  #write(request: SipRequest, target: TransportAddress, branch: string, way: Way): Outgoing | Promise<Outgoing> {
    stampVia(request, target.transport, way.sentBy, branch);
    const bytes = request.toBytes();
    const outgoing = { flow: way.flow, bytes };
    if (target.transport !== "udp" || bytes.length <= this.#options.userAgentLimitBytes) return outgoing;
    return this.#writeLarge(request, target, branch, way.sentBy, outgoing);
  }

  /** §18.1.1: too large for a datagram: by TCP, and by UDP all the same where TCP is refused. */
  async #writeLarge(
    request: SipRequest,
    target: TransportAddress,
    branch: string,
    udpSentBy: Endpoint,
    byUdp: Outgoing,
  ): Promise<Outgoing> {
    const stream: TransportAddress = { transport: "tcp", address: target.address, port: target.port };
    const key = describeAddress(stream);
    const nowMs = this.#services.clock.now();
    if ((this.#tcpRefusedUntilMs.get(key) ?? 0) > nowMs) return byUdp;
    try {
      const way = await this.#wayTo(stream, "", this.#options.oversizeConnectTimeoutMs, request.manner?.localPort);
      stampVia(request, "tcp", way.sentBy, branch);
      return { flow: way.flow, bytes: request.toBytes() };
    } catch (error) {
      if (this.#tcpRefusedUntilMs.size >= maxRefused) this.#tcpRefusedUntilMs.clear();
      this.#tcpRefusedUntilMs.set(key, nowMs + tcpRefusedMs);
      this.#log.info({ target: key, sizeBytes: byUdp.bytes.length }, `large request goes by UDP: ${reasonOf(error)}`);
      stampVia(request, "udp", udpSentBy, branch);
      return byUdp;
    }
  }

  /** Where the responses to a request go: by its own flow where that stands (§18.2.2). */
  replyFlow(via: Via, flow: Flow): Flow | Promise<Flow> {
    if (flow instanceof DatagramFlow) {
      const target = responseTarget(via, flow);
      return target === flow ? flow : flow.to(target);
    }
    if (flow.open) return flow;
    const target = responseTarget(via, flow);
    const way = this.#wayTo(target, via.host, this.#options.connectTimeoutMs);
    return way instanceof Promise ? way.then((known) => known.flow) : way.flow;
  }

  /** A response without a transaction, for what no transaction is made of. At most a few a second for one address. */
  replyStateless(request: SipRequest, via: Via | undefined, flow: Flow, status: number, reason?: string): boolean {
    if (request.method === "ACK" || !this.#limiter.allows(flow.address)) return false;
    const bytes = SipResponse.to(request, status, reason, this.#text.tag()).toBytes();
    const reply = via === undefined ? flow : this.replyFlow(via, flow);
    if (!(reply instanceof Promise)) reply.send(bytes);
    return true;
  }

  /** UDP: a datagram that says nothing and keeps a NAT's binding, from the socket that requests leave by (NET-29). */
  keepAlive(target: TransportAddress, localPort?: number): void {
    const way = this.#wayTo(target, "", this.#options.connectTimeoutMs, localPort);
    const bytes = Buffer.from("\r\n\r\n");
    if (!(way instanceof Promise)) way.flow.send(bytes);
    else
      way.then(
        ({ flow }) => flow.send(bytes),
        (error) => this.#log.debug({ target: describeAddress(target) }, reasonOf(error)),
      );
  }

  /** The server there answers pings on connections, and says how often it wants them, s (RFC 5626 §4.4). */
  keepAliveAnnounced(at: TransportAddress, flowTimerSeconds: number | undefined): void {
    this.#connections.announced(at, flowTimerSeconds);
  }

  #wayTo(target: TransportAddress, name: string, timeoutMs: number, localPort?: number): Way | Promise<Way> {
    if (this.#closed) return Promise.reject(new TransportError("closed", "the transport layer is closed"));
    const open = target.transport === "udp" ? undefined : this.#connections.find(target, name);
    let listener: Listener;
    try {
      listener = this.#listenerFor(target, localPort);
    } catch (error) {
      return Promise.reject(error);
    }
    const sentBy = this.#sentBys.of(listener, target);
    if (target.transport === "udp" && listener.kind === "datagram") {
      const { socket, at } = listener;
      const flow = new DatagramFlow(socket, at, target);
      return sentBy instanceof Promise ? sentBy.then((known) => ({ flow, sentBy: known })) : { flow, sentBy };
    }
    if (open !== undefined && !(sentBy instanceof Promise)) return { flow: open, sentBy };
    return this.#connect(target, name, listener, sentBy, timeoutMs);
  }

  async #connect(
    target: TransportAddress,
    name: string,
    listener: Listener,
    sentBy: Endpoint | Promise<Endpoint>,
    timeoutMs: number,
  ): Promise<Way> {
    const known = await sentBy;
    return { flow: await this.#connections.connect(target, name, listener.at.address, timeoutMs), sentBy: known };
  }

  /** Throws where the phone has no way of that kind. */
  #listenerFor(target: TransportAddress, localPort: number | undefined): Listener {
    if (target.transport === "tls" && this.#services.network.secure === undefined)
      throw new TransportError("not-supported", `cannot reach ${describeAddress(target)}: tls is not supported`);
    return chooseListener(this.#points.all, target, localPort);
  }

  #received(bytes: Uint8Array, flow: Flow): void {
    this.counters.received++;
    const parsed = parseMessage(bytes);
    if (!parsed.ok) {
      this.counters.malformed++;
      this.#log.debug({ from: describeAddress(flow) }, `malformed message dropped: ${parsed.why}`);
      if (parsed.message !== undefined) this.#answerMalformed(parsed.message, parsed.status, parsed.why, flow);
      return;
    }
    const { message } = parsed;
    const { via } = message;
    if (via === undefined) return;
    if (message instanceof SipRequest) {
      markReceived(message, via, flow);
      this.onRequest?.(message, message.via ?? via, flow);
    } else if (this.#sentBys.areOf(message, via)) this.onResponse?.(message, via, flow);
    else {
      this.counters.notOurs++;
      this.#log.debug({ from: describeAddress(flow) }, `response dropped: its Via is not ours: ${via}`);
    }
  }

  #answerHead(head: Uint8Array, status: number, why: string, flow: StreamFlow): void {
    const parsed = parseMessage(head);
    const message = parsed.ok ? parsed.message : parsed.message;
    if (message instanceof SipRequest) this.#answerMalformed(message, status, why, flow);
  }

  #answerMalformed(request: SipRequest, status: number, why: string, flow: Flow): void {
    const { via } = request;
    // Without these there is no response that its sender could tell from others.
    if (request.header("Via") === undefined || request.header("CSeq") === undefined) return;
    const reason = status === 400 ? `Bad Request - ${why}` : undefined;
    // A Via that cannot be read names no address but that of the sender (RFC 4475 §3.1.2.1).
    if (via !== undefined) markReceived(request, via, flow);
    if (this.replyStateless(request, request.via ?? via, flow, status, reason)) this.counters.malformedAnswered++;
  }
}

function pick(at: Endpoint): Endpoint {
  return { address: at.address, port: at.port };
}
