/** Where messages come from and go to: one remote address by one socket or connection. Knows no message; RFC 3261 §18 is in `transport.ts`. */
import type { DatagramSocket, Endpoint, StreamSocket } from "../base/network.ts";
import type { Source, TransportAddress } from "./transport-address.ts";

export interface Flow extends Source {
  /** False when a connection is gone; a datagram flow is always open. */
  readonly open: boolean;
  send(bytes: Uint8Array): void;
}

export class DatagramFlow implements Flow {
  readonly transport = "udp";
  readonly address: string;
  readonly port: number;
  readonly local: TransportAddress;
  readonly #socket: DatagramSocket;

  constructor(socket: DatagramSocket, local: TransportAddress, remote: Endpoint) {
    this.#socket = socket;
    this.local = local;
    this.address = remote.address;
    this.port = remote.port;
  }

  get open(): boolean {
    return true;
  }

  send(bytes: Uint8Array): void {
    this.#socket.send(bytes, this);
  }

  /** The same socket, another destination. */
  to(remote: Endpoint): DatagramFlow {
    return new DatagramFlow(this.#socket, this.local, remote);
  }
}

/** Told once when a connection that it uses is gone. */
export interface FlowWatcher {
  flowLost(reason: string): void;
}

export class StreamFlow implements Flow {
  readonly transport: "tcp" | "tls";
  readonly address: string;
  readonly port: number;
  readonly local: TransportAddress;
  /** Who opened it. */
  readonly opened: "here" | "there";
  /** `Clock.now()` of the last message either way, as exact as somebody looks at `active`. */
  usedAtMs: number;
  /** A message went either way since somebody looked. */
  active = false;
  /** Whether a whole message came; a stranger who only connects is not kept for long. */
  heard = false;
  readonly watchers = new Set<FlowWatcher>();
  #socket: StreamSocket;
  #open = true;

  constructor(transport: "tcp" | "tls", socket: StreamSocket, opened: "here" | "there", nowMs: number) {
    this.transport = transport;
    this.address = socket.remote.address;
    this.port = socket.remote.port;
    this.local = { transport, address: socket.local.address, port: socket.local.port };
    this.opened = opened;
    this.usedAtMs = nowMs;
    this.#socket = socket;
  }

  get open(): boolean {
    return this.#open;
  }

  send(bytes: Uint8Array): void {
    if (!this.#open) return;
    this.active = true;
    this.#socket.send(bytes);
  }

  /** A ping or a pong: shows life, and is no use of the connection. */
  sendLineEnds(bytes: Uint8Array): void {
    if (this.#open) this.#socket.send(bytes);
  }

  /** TLS: whether the other side has shown that it is this host or domain; by TCP nobody shows anything. */
  standsFor(name: string): boolean {
    return this.#socket.standsFor?.(name) ?? true;
  }

  /** Also called when the other side closed. Idempotent. */
  close(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#socket.close();
    const watchers = [...this.watchers];
    this.watchers.clear();
    for (const watcher of watchers) watcher.flowLost(reason);
  }
}
