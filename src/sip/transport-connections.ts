/** The TCP connections of the transport layer: made, reused, kept within bounds and closed when idle (RFC 3261 §18, RFC 5626 §4.4.1). Knows no message. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Network, StreamSocket } from "../base/network.ts";
import { StreamFlow } from "./flow.ts";
import { type Frame, type FramingLimits, StreamFramer } from "./framing.ts";
import { describeAddress, describeEndpoint, type TransportAddress } from "./transport-address.ts";

export interface ConnectionLimits {
  /** A connection without a message either way for this long is closed. */
  readonly idleTimeoutMs: number;
  /** A peer that connected and sent no whole message, or not the rest of one, is closed after this. */
  readonly strangerTimeoutMs: number;
  /** Accepted connections at a time; beyond, the oldest stranger goes, else the new one. */
  readonly maxAccepted: number;
  readonly framing: FramingLimits;
}

export interface ConnectionEvents {
  onMessage(bytes: Uint8Array, flow: StreamFlow): void;
  /** The connection is closed after this. */
  onBroken(frame: Frame & { type: "broken" }, flow: StreamFlow): void;
  onLost(flow: StreamFlow, reason: string): void;
}

interface Connection {
  readonly flow: StreamFlow;
  readonly framer: StreamFramer;
  /** Since when part of a message waits for its rest. */
  waitingSinceMs: number | undefined;
}

const sweepMs = 2000;
const pong = Buffer.from("\r\n");

export class Connections {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #limits: ConnectionLimits;
  readonly #events: ConnectionEvents;
  #open = new Map<string, Connection>();
  #connecting = new Map<string, Promise<StreamFlow>>();
  #accepted = 0;
  #sweep: Timer | undefined;
  #closed = false;

  constructor(
    services: { readonly network: Network; readonly clock: Clock; readonly log: Log },
    limits: ConnectionLimits,
    events: ConnectionEvents,
  ) {
    this.#network = services.network;
    this.#clock = services.clock;
    this.#log = services.log;
    this.#limits = limits;
    this.#events = events;
  }

  get count(): number {
    return this.#open.size;
  }

  find(target: TransportAddress): StreamFlow | undefined {
    return this.#open.get(describeAddress(target))?.flow;
  }

  /** An open connection, or a new one; requests that wait for the same one share it. */
  connect(target: TransportAddress, fromAddress: string, timeoutMs: number): Promise<StreamFlow> {
    const key = describeAddress(target);
    const open = this.#open.get(key);
    if (open !== undefined) return Promise.resolve(open.flow);
    const waiting = this.#connecting.get(key);
    if (waiting !== undefined) return waiting;
    const connecting = this.#network
      .connectStream(target, { address: fromAddress, port: 0 }, timeoutMs)
      .then((socket) => this.#take(socket, "here"))
      .finally(() => this.#connecting.delete(key));
    this.#connecting.set(key, connecting);
    return connecting;
  }

  accept(socket: StreamSocket): void {
    if (this.#accepted >= this.#limits.maxAccepted && !this.#dropStranger()) {
      this.#log.warn({ remote: describeEndpoint(socket.remote) }, "connection refused: too many are open");
      socket.close();
      return;
    }
    this.#take(socket, "there");
  }

  close(): void {
    this.#closed = true;
    this.#sweep?.cancel();
    for (const connection of [...this.#open.values()]) this.#end(connection, "closed here", "debug");
  }

  #take(socket: StreamSocket, opened: "here" | "there"): StreamFlow {
    const flow = new StreamFlow("tcp", socket, opened, this.#clock.now());
    const connection: Connection = {
      flow,
      framer: new StreamFramer(this.#limits.framing),
      waitingSinceMs: undefined,
    };
    if (this.#closed) {
      flow.close("closed here");
      return flow;
    }
    this.#open.set(describeAddress(flow), connection);
    if (opened === "there") this.#accepted++;
    socket.onData = (bytes) => this.#received(connection, bytes);
    socket.onClose = (error) => {
      const reason = error === undefined ? `${describeAddress(flow)} closed the connection` : reasonOf(error);
      this.#end(connection, reason, "debug");
    };
    this.#sweep ??= this.#clock.after(sweepMs, () => this.#lookAround());
    return flow;
  }

  #received(connection: Connection, bytes: Uint8Array): void {
    const { flow, framer } = connection;
    for (const frame of framer.push(bytes)) {
      if (!flow.open) return;
      switch (frame.type) {
        case "message":
          flow.active = true;
          flow.heard = true;
          connection.waitingSinceMs = undefined;
          this.#events.onMessage(frame.bytes, flow);
          break;
        case "ping":
          // A stranger who only pings stays a stranger.
          if (flow.heard || flow.opened === "here") flow.send(pong);
          break;
        case "broken":
          this.#events.onBroken(frame, flow);
          this.#end(connection, `connection with ${describeAddress(flow)} closed: it sent ${frame.why}`, "warn");
          return;
        default:
          frame satisfies never;
      }
    }
    if (framer.midMessage) connection.waitingSinceMs ??= this.#clock.now();
  }

  #end(connection: Connection, reason: string, level: "debug" | "warn"): void {
    const { flow } = connection;
    const key = describeAddress(flow);
    if (this.#open.get(key) !== connection) return;
    this.#open.delete(key);
    if (flow.opened === "there") this.#accepted--;
    this.#log[level]({ remote: key }, reason);
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
    }
    if (this.#open.size > 0 && !this.#closed) this.#sweep = this.#clock.after(sweepMs, () => this.#lookAround());
  }
}
