/** A simulated network for media sockets: addresses, ports, delay, loss and jitter from a seed, on a manual clock. */
import type { Clock } from "../../../hal/clock.ts";
import type { Endpoint } from "../../../src/base/network.ts";
import type { BindMediaSocket, MediaSocket } from "../../../src/media/socket.ts";

export interface WireConditions {
  delayMs: number;
  /** Added at random, 0 to this; packets may overtake each other. */
  jitterMs: number;
  /** 0 to 1. */
  loss: number;
}

export interface Datagram {
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly atMs: number;
}

class WireSocket implements MediaSocket {
  readonly local: Endpoint;
  readonly key: string;
  sendFailures = 0;
  onMessage: ((bytes: Uint8Array, address: string, port: number) => void) | undefined;
  #wire: Wire;
  #only: Endpoint | undefined;

  constructor(wire: Wire, local: Endpoint, key: string) {
    this.key = key;
    this.#wire = wire;
    this.local = local;
  }

  send(bytes: Uint8Array, size: number, address: string, port: number): void {
    this.#wire.carry({ from: this.local, to: { address, port }, bytes: bytes.slice(0, size), atMs: 0 });
  }

  shield(only: Endpoint | undefined): void {
    this.#only = only;
  }

  get shielded(): boolean {
    return this.#only !== undefined;
  }

  deliver(datagram: Datagram): void {
    const { address, port } = datagram.from;
    if (this.#only !== undefined && (this.#only.address !== address || this.#only.port !== port)) return;
    this.onMessage?.(datagram.bytes, address, port);
  }

  close(): void {
    this.#wire.release(this);
  }
}

export class Wire {
  readonly conditions: WireConditions = { delayMs: 1, jitterMs: 0, loss: 0 };
  /** Everything that was sent, lost or not. */
  readonly log: Datagram[] = [];
  #clock: Clock;
  #random: () => number;
  #sockets = new Map<string, WireSocket>();
  #lastPort = 40_000;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  readonly bind: BindMediaSocket = async (wanted, { join } = {}) => {
    const local = wanted.port === 0 ? { ...wanted, port: ++this.#lastPort } : wanted;
    const key = join === undefined ? `${local.address}:${local.port}` : `${join}:${local.port} at ${local.address}`;
    if (this.#sockets.has(key)) throw Object.assign(new Error(`UDP ${key}: in use`), { code: "EADDRINUSE" });
    const socket = new WireSocket(this, local, key);
    this.#sockets.set(key, socket);
    return socket;
  };

  socketAt(address: string, port: number): WireSocket | undefined {
    return this.#sockets.get(`${address}:${port}`);
  }

  carry(datagram: Datagram): void {
    const sent = { ...datagram, atMs: this.#clock.now() };
    this.log.push(sent);
    if (this.#random() < this.conditions.loss) return;
    const delayMs = this.conditions.delayMs + this.#random() * this.conditions.jitterMs;
    this.#clock.after(delayMs, () => {
      const to = `${datagram.to.address}:${datagram.to.port}`;
      // Whoever has joined a group gets its own copy; others of the same port do not.
      for (const socket of this.#sockets.values())
        if (socket.key === to || socket.key.startsWith(`${to} at `)) socket.deliver(sent);
    });
  }

  release(socket: WireSocket): void {
    this.#sockets.delete(socket.key);
  }
}
