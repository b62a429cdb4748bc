/** The TCP and TLS connections of the transport layer: made, reused, kept alive and within bounds, closed when idle (RFC 3261 §18, RFC 5626 §4.4.1, RFC 5922 §4). Knows no message. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Network, StreamSocket } from "../base/network.ts";
import { StreamFlow } from "./flow.ts";
import { type Frame, type FramingLimits, StreamFramer } from "./framing.ts";
import { beginKeepAlive, type KeepAliveInput, type KeepAliveState, nextKeepAlive } from "./keep-alive.ts";
import type { RandomText } from "./random-text.ts";
import { describeAddress, describeEndpoint, type TransportAddress } from "./transport-address.ts";
import { TransportError } from "./transport-listening.ts";

export interface ConnectionLimits {
  /** A connection without a message either way for this long is closed. */
  readonly idleTimeoutMs: number;
  /** A peer that connected and sent no whole message, or not the rest of one, is closed after this. */
  readonly strangerTimeoutMs: number;
  /** Accepted connections at a time; beyond, the oldest stranger goes, else the new one. */
  readonly maxAccepted: number;
  /** Of those, strangers of one address; beyond, its new ones are refused. */
  readonly maxStrangersOfSource: number;
  /** Memory that parts of messages may hold on all connections together. */
  readonly maxHeldBytes: number;
  readonly framing: FramingLimits;
}

export interface ConnectionEvents {
  onMessage(bytes: Uint8Array, flow: StreamFlow): void;
  /** The connection is closed after this. */
  onBroken(frame: Frame & { type: "broken" }, flow: StreamFlow): void;
  onLost(flow: StreamFlow, reason: string): void;
}

interface Connection {
  readonly key: string;
  readonly flow: StreamFlow;
  readonly framer: StreamFramer;
  /** Of `framer`, as counted in the sum. */
  heldBytes: number;
  /** Only of those that were opened here: the others are kept alive by who opened them (RFC 5626 §3.5). */
  alive: KeepAliveState | undefined;
  /** Since when part of a message waits for its rest. */
  waitingSinceMs: number | undefined;
}

const sweepMs = 2000;
const pong = Buffer.from("\r\n");
const ping = Buffer.from("\r\n\r\n");

export class Connections {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  #open = new Map<string, Connection>();
  #connecting = new Map<string, Promise<StreamFlow>>();
  #accepted = 0;
  #heldBytes = 0;
  #strangers = new Map<string, number>();
  readonly #text: RandomText;
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    services: { readonly network: Network; readonly clock: Clock; readonly log: Log; readonly text: RandomText },
    limits: ConnectionLimits,
    events: ConnectionEvents,
  ) {
    this.#network = services.network;
    this.#clock = services.clock;
    this.#log = services.log;
    this.#text = services.text;
    this.#limits = limits;
    this.#events = events;
  }

  get count(): number {
    return this.#open.size;
  }

  /** @param name host or domain that the other side has to stand for, by TLS; "" by TCP */
  find(target: TransportAddress, name: string): StreamFlow | undefined {
    const open = this.#open.get(keyOf(target, name));
    if (open !== undefined || target.transport !== "tls") return open?.flow;
    for (const { flow } of this.#open.values())
      if (flow.transport === "tls" && flow.port === target.port && flow.address === target.address)
        if (flow.standsFor(name) || (flow.opened === "here" && name === target.address))
          // A Record-Route often holds the number of a server whose certificate holds its name. A number asks for no
          // more than that address, and who is there has shown a good certificate when we connected.
          return flow;
    return undefined;
  }

  /** An open connection, or a new one; requests that wait for the same one share it. */
  connect(target: TransportAddress, name: string, fromAddress: string, timeoutMs: number): Promise<StreamFlow> {
    const open = this.find(target, name);
    if (open !== undefined) return Promise.resolve(open);
    const key = keyOf(target, name);
    const waiting = this.#connecting.get(key);
    if (waiting !== undefined) return waiting;
    const from = { address: fromAddress, port: 0 };
    const { transport } = target;
    const connecting = (
      transport === "tls"
        ? this.#secure(target).connect(target, from, name, timeoutMs)
        : this.#network.connectStream(target, from, timeoutMs)
    )
      .then((socket) => this.#take(socket, transport === "tls" ? "tls" : "tcp", "here", key))
      .finally(() => this.#connecting.delete(key));
    this.#connecting.set(key, connecting);
    return connecting;
  }

  #secure(target: TransportAddress): NonNullable<Network["secure"]> {
    const { secure } = this.#network;
    if (secure === undefined)
      throw new TransportError("not-supported", `cannot reach ${describeAddress(target)}: tls is not supported`);
    return secure;
  }

  accept(socket: StreamSocket, transport: "tcp" | "tls"): void {
    const { address } = socket.remote;
    const remote = describeEndpoint(socket.remote);
    if ((this.#strangers.get(address) ?? 0) >= this.#limits.maxStrangersOfSource) {
      this.#log.debug({ remote }, "connection refused: too many of that address say nothing");
      socket.close();
      return;
    }
    if (this.#accepted >= this.#limits.maxAccepted && !this.#dropStranger()) {
      this.#log.warn({ remote }, "connection refused: too many are open");
      socket.close();
      return;
    }
    const key = keyOf({ transport, ...socket.remote }, "");
    this.#take(socket, transport, "there", key);
  }

  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const connection of [...this.#open.values()]) this.#end(connection, "closed here", "debug");
  }

  /** Ends all that stand; new ones may be opened. */
  drop(why: string): void {
    for (const connection of [...this.#open.values()]) this.#end(connection, why, "debug");
  }

  #take(socket: StreamSocket, transport: "tcp" | "tls", opened: "here" | "there", key: string): StreamFlow {
    const nowMs = this.#clock.now();
    const flow = new StreamFlow(transport, socket, opened, nowMs);
    const connection: Connection = {
      key,
      flow,
      framer: new StreamFramer(this.#limits.framing),
      heldBytes: 0,
      alive: opened === "here" ? beginKeepAlive(nowMs, this.#text.chance()) : undefined,
      waitingSinceMs: undefined,
    };
    if (this.#closed) {
      flow.close("closed here");
      return flow;
    }
    this.#open.set(key, connection);
    if (opened === "there") {
      this.#accepted++;
      this.#countStranger(flow.address, 1);
    }
    socket.onData = (bytes) => this.#received(connection, bytes);
    socket.onClose = (error) => {
      this.#end(connection, error === undefined ? closedBy(flow) : reasonOf(error), "debug");
    };
    this.#sweep ??= this.#clock.after(sweepMs, () => this.#lookAround());
    return flow;
  }

  #countStranger(address: string, by: 1 | -1): void {
    const count = (this.#strangers.get(address) ?? 0) + by;
    if (count > 0) this.#strangers.set(address, count);
    else this.#strangers.delete(address);
  }

  #received(connection: Connection, bytes: Uint8Array): void {
    const { flow, framer } = connection;
    const linesBefore = framer.emptyLines;
    for (const frame of framer.push(bytes)) {
      if (!flow.open) return;
      switch (frame.type) {
        case "message":
          flow.active = true;
          if (!flow.heard && flow.opened === "there") this.#countStranger(flow.address, -1);
          flow.heard = true;
          connection.waitingSinceMs = undefined;
          this.#events.onMessage(frame.bytes, flow);
          break;
        case "ping":
          // A stranger who only pings stays a stranger.
          if (flow.heard || flow.opened === "here") flow.sendLineEnds(pong);
          break;
        case "broken":
          this.#events.onBroken(frame, flow);
          this.#end(connection, `connection with ${describeAddress(flow)} closed: it sent ${frame.why}`, "warn");
          return;
        default:
          frame satisfies never;
      }
    }
    if (!flow.open) return;
    this.#keepAlive(connection, framer.emptyLines > linesBefore ? "pong" : "heard");
    if (framer.midMessage) connection.waitingSinceMs ??= this.#clock.now();
    this.#count(connection, framer.heldBytes);
    if (this.#heldBytes > this.#limits.maxHeldBytes)
      this.#end(connection, `${describeAddress(flow)} closed: too many unfinished messages`, "warn");
  }

  /** The server there has announced that it answers pings, and how often it wants them (RFC 5626 §4.4). */
  announced(at: TransportAddress, flowTimerSeconds: number | undefined): void {
    const timer = flowTimerSeconds === undefined ? {} : { flowTimerSeconds };
    for (const connection of this.#open.values()) {
      const { alive, flow } = connection;
      if (alive === undefined || flow.transport !== at.transport) continue;
      if (flow.address !== at.address || flow.port !== at.port) continue;
      const input = { type: "announced", nowMs: this.#clock.now(), chance: this.#text.chance(), ...timer } as const;
      connection.alive = nextKeepAlive(alive, input)[0];
    }
  }

  #count(connection: Connection, heldBytes: number): void {
    this.#heldBytes += heldBytes - connection.heldBytes;
    connection.heldBytes = heldBytes;
  }

  #keepAlive(connection: Connection, type: Exclude<KeepAliveInput["type"], "announced">): void {
    const { alive, flow } = connection;
    if (alive === undefined || (alive.name === "quiet" && type !== "time")) return;
    const [after, effects] = nextKeepAlive(alive, { type, nowMs: this.#clock.now(), chance: this.#text.chance() });
    connection.alive = after;
    for (const effect of effects)
      if (effect.type === "ping") flow.sendLineEnds(ping);
      else this.#end(connection, `${describeAddress(flow)} is gone: ${effect.why}`, "warn");
  }

  #end(connection: Connection, reason: string, level: "debug" | "warn"): void {
    const { flow, key } = connection;
    if (this.#open.get(key) !== connection) return;
    this.#open.delete(key);
    this.#count(connection, 0);
    if (flow.opened === "there") {
      this.#accepted--;
      if (!flow.heard) this.#countStranger(flow.address, -1);
    }
    this.#log[level]({ remote: describeAddress(flow) }, reason);
    flow.close(reason);
    this.#events.onLost(flow, reason);
  }

  #dropStranger(): boolean {
    for (const connection of this.#open.values())
      if (connection.flow.opened === "there" && !connection.flow.heard) {
        this.#end(connection, "closed: too many connections that say nothing", "debug");
        return true;
      }
    return false;
  }

  #lookAround(): void {
    this.#sweep = undefined;
    const nowMs = this.#clock.now();
    const { idleTimeoutMs, strangerTimeoutMs } = this.#limits;
    for (const connection of [...this.#open.values()]) {
      const { flow, waitingSinceMs } = connection;
      if (flow.active) {
        flow.active = false;
        flow.usedAtMs = nowMs;
      }
      if (waitingSinceMs !== undefined && nowMs - waitingSinceMs > strangerTimeoutMs)
        this.#end(connection, `${describeAddress(flow)} closed: it began a message and did not end it`, "warn");
      else if (flow.opened === "there" && !flow.heard && nowMs - flow.usedAtMs > strangerTimeoutMs)
        this.#end(connection, `${describeAddress(flow)} closed: it connected and said nothing`, "debug");
      else if (flow.watchers.size === 0 && nowMs - flow.usedAtMs > idleTimeoutMs)
        this.#end(connection, `${describeAddress(flow)} closed: idle`, "debug");
      else this.#keepAlive(connection, "time");
    }
    if (this.#open.size > 0 && !this.#closed) this.#sweep = this.#clock.after(sweepMs, () => this.#lookAround());
  }
}

/** One connection for each address, by TLS for each name that it was opened for. */
function keyOf(target: TransportAddress, name: string): string {
  return target.transport === "tls" ? `${describeAddress(target)} ${name.toLowerCase()}` : describeAddress(target);
}

/** By TLS 1.3 a server may refuse our certificate after the handshake, and some do it without a word. */
function closedBy(flow: StreamFlow): string {
  const who = `${describeAddress(flow)} closed the connection`;
  const mute = flow.transport === "tls" && flow.opened === "here" && !flow.heard;
  return mute ? `${who} without a word: does it accept this phone's certificate?` : who;
}
