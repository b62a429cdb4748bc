/** The listening points of the transport layer: opened, moved to another address of the machine (feature row NET-42), closed. Which one a target is reached from is transport-listening.ts. */
import type { Network, StreamSocket } from "../base/network.ts";
import { DatagramFlow } from "./flow.ts";
import { isKeepAliveDatagram } from "./framing.ts";
import { MovableDatagram } from "./movable-datagram.ts";
import { describeAddress, type TransportAddress } from "./transport-address.ts";
import { type Listener, TransportError } from "./transport-listening.ts";

export interface PointEvents {
  onDatagram(bytes: Uint8Array, flow: DatagramFlow): void;
  onConnection(socket: StreamSocket, transport: "tcp" | "tls"): void;
  /** `to` is known when the system told of which destination it speaks. */
  onError(
    local: TransportAddress,
    error: Error,
    to: { readonly address: string; readonly port: number } | undefined,
  ): void;
}

export class ListeningPoints {
  readonly #network: Network;
  readonly #events: PointEvents;
  #all: readonly Listener[] = [];
  #life: "open" | "closed" = "open";

  constructor(network: Network, events: PointEvents) {
    this.#network = network;
    this.#events = events;
  }

  get #isClosed(): boolean {
    return this.#life === "closed";
  }

  get all(): readonly Listener[] {
    return this.#all;
  }

  /** Port 0 takes any free one. Rejects with an error that names transport, address, port and reason. */
  async open(at: TransportAddress): Promise<TransportAddress> {
    const closed = () => new TransportError("closed", `cannot listen on ${describeAddress(at)}: closed`);
    if (this.#isClosed) throw closed();
    const same = (other: TransportAddress) =>
      other.transport === at.transport && other.address === at.address && other.port === at.port;
    if (at.port !== 0 && this.#all.some((listener) => same(listener.at)))
      throw new TransportError("in-use", `already listening on ${describeAddress(at)}`);
    const listener = at.transport === "udp" ? await this.#datagram(at) : await this.#stream(at, at.transport);
    // It may have been closed while the system was asked.
    if (this.#isClosed) {
      listener.socket.close();
      throw closed();
    }
    this.#all = [...this.#all, listener];
    return listener.at;
  }

  /** Each point of `from` goes to `to` with its port. Rejects, and leaves all as it was, with what cannot be had. */
  async move(from: string, to: string): Promise<void> {
    const old = this.#all.filter((listener) => listener.at.address === from);
    const opened = await Promise.allSettled(old.map((listener) => this.#elsewhere(listener, to)));
    const failed = opened.find((one) => one.status === "rejected");
    const ready = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    if (failed !== undefined || this.#isClosed) {
      for (const { close } of ready) close();
      if (failed !== undefined) throw failed.reason;
      return;
    }
    const moved = new Map(old.map((listener, i) => [listener, ready[i]?.take() ?? listener]));
    this.#all = this.#all.map((listener) => moved.get(listener) ?? listener);
  }

  /** Idempotent. */
  close(): void {
    this.#life = "closed";
    for (const { socket } of this.#all) socket.close();
    this.#all = [];
  }

  /** Bound already, and taken into use by `take`. */
  async #elsewhere(listener: Listener, address: string): Promise<{ take(): Listener; close(): void }> {
    const at = { ...listener.at, address };
    if (listener.kind === "stream") {
      if (at.transport === "udp") throw new TypeError("bug: a stream listener of UDP");
      const fresh = await this.#stream(at, at.transport);
      const take = () => {
        listener.socket.close();
        return fresh;
      };
      return { take, close: () => fresh.socket.close() };
    }
    const socket = await this.#network.bindDatagram(at);
    const take = () => {
      listener.socket.replace(socket);
      return this.#hear(listener.socket);
    };
    return { take, close: () => socket.close() };
  }

  async #datagram(at: TransportAddress): Promise<Listener> {
    return this.#hear(new MovableDatagram(await this.#network.bindDatagram(at)));
  }

  #hear(socket: MovableDatagram): Listener {
    const local: TransportAddress = { transport: "udp", address: socket.local.address, port: socket.local.port };
    socket.onMessage = (bytes, from) => {
      if (!isKeepAliveDatagram(bytes)) this.#events.onDatagram(bytes, new DatagramFlow(socket, local, from));
    };
    socket.onError = (error, to) => this.#events.onError(local, error, to);
    return { at: local, kind: "datagram", socket };
  }

  async #stream(at: TransportAddress, transport: "tcp" | "tls"): Promise<Listener> {
    const { secure } = this.#network;
    if (transport === "tls" && secure === undefined)
      throw new TransportError("not-supported", `cannot listen on ${describeAddress(at)}: tls is not supported`);
    const socket = transport === "tls" ? await secure?.listen(at) : await this.#network.listenStream(at);
    if (socket === undefined) throw new TransportError("closed", `cannot listen on ${describeAddress(at)}`);
    socket.onConnection = (connection) => this.#events.onConnection(connection, transport);
    const { address, port } = socket.local;
    return { at: { transport, address, port }, kind: "stream", socket };
  }
}
