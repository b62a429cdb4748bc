/** A network in memory: datagrams and streams between hosts, with loss, delay, reordering, doubling, NAT and unreachable ports from a seed. No packets leave the process. */
import type { Clock } from "../../hal/clock.ts";
import type { DatagramSocket, Endpoint, Network, StreamListener, StreamSocket } from "../../src/base/network.ts";

export interface Conditions {
  /** Shortest time under way. */
  readonly delayMs: number;
  /** Added at random to each datagram; more than the spacing of datagrams makes them overtake each other. */
  readonly jitterMs: number;
  /** 0 to 1, of datagrams. */
  readonly loss: number;
  /** 0 to 1: how many datagrams arrive twice. */
  readonly duplicate: number;
  /** Whether a datagram to a port nobody listens on is reported to the sender, as a connected socket would be. */
  readonly icmp: boolean;
  /** Streams arrive in pieces of random length. */
  readonly fragment: boolean;
}

export const goodConditions: Conditions = {
  delayMs: 1,
  jitterMs: 0,
  loss: 0,
  duplicate: 0,
  icmp: false,
  fragment: false,
};

export interface Nat {
  readonly isInside: (address: string) => boolean;
  readonly outside: string;
  /** A binding unused for this long is gone. */
  readonly timeoutMs: number;
  /** Only who was written to may answer (address and port dependent filtering). */
  readonly restricted: boolean;
  /** Another outside port for each destination ("symmetric"); absent: one for all. */
  readonly symmetric?: boolean;
}

export interface Transit {
  readonly kind: "datagram" | "stream";
  readonly atMs: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly bytes: Uint8Array;
  readonly fate: "delivered" | "lost";
}

interface Binding {
  readonly nat: Nat;
  readonly inside: Endpoint;
  /** Of a symmetric NAT: whom it is for. */
  readonly only: string | undefined;
  readonly outsidePort: number;
  usedAtMs: number;
  readonly peers: Set<string>;
}

/** mulberry32: small, seeded, good enough to choose what gets lost. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The `Random` of the core, from a seed. */
export function seededBytes(seed: number): (length: number) => Uint8Array {
  const next = seededRandom(seed);
  return (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256));
}

export class SimulatedNetwork {
  conditions: Conditions;
  /** Each with its own inside. */
  nats: readonly Nat[] = [];
  /** Everything that was sent, in order. */
  readonly transits: Transit[] = [];
  readonly #clock: Clock;
  readonly #random: () => number;
  #datagrams = new Map<string, SimulatedDatagramSocket>();
  #listeners = new Map<string, SimulatedListener>();
  #streams = new Set<SimulatedStream>();
  #silenced = new Set<string>();
  #bindings: Binding[] = [];
  #nextPort = 40_000;

  constructor(clock: Clock, seed: number, conditions: Partial<Conditions> = {}) {
    this.#clock = clock;
    this.#random = seededRandom(seed);
    this.conditions = { ...goodConditions, ...conditions };
  }

  /** The network as a machine with these addresses sees it; the first of each family is its own towards the others. */
  host(...addresses: readonly string[]): Network {
    const own = (remote: string) => addresses.find((address) => address.includes(":") === remote.includes(":"));
    const check = (local: Endpoint) => {
      if (!addresses.includes(local.address) && !isAny(local.address))
        throw new Error(`cannot listen on ${text(local)}: this machine has no such address`);
    };
    return {
      bindDatagram: async (local) => {
        check(local);
        return this.#bind(local, addresses);
      },
      listenStream: async (local) => {
        check(local);
        return this.#listen(local, addresses);
      },
      connectStream: (to, from, timeoutMs) =>
        this.#connect(
          to,
          { address: isAny(from.address) ? (own(to.address) ?? "") : from.address, port: 0 },
          timeoutMs,
        ),
      localAddressFor: async (remote) => {
        const address = own(remote);
        if (address === undefined) throw new Error(`cannot reach ${remote}: network unreachable`);
        return address;
      },
    };
  }

  /** Where there is only one. */
  get nat(): Nat | undefined {
    return this.nats[0];
  }

  set nat(nat: Nat | undefined) {
    this.nats = nat === undefined ? [] : [nat];
  }

  /** A host that takes everything and answers nothing, as if unplugged; `false` plugs it in again. */
  silence(address: string, silent = true): void {
    if (silent) this.#silenced.add(address);
    else this.#silenced.delete(address);
  }

  /** Every connection of that host ends with an error on both sides. */
  reset(address: string): void {
    for (const stream of [...this.#streams])
      if (stream.local.address === address) {
        stream.other?.ended(
          new Error(`cannot keep the connection with ${text(stream.local)}: reset by the other side`),
        );
        stream.ended(new Error(`cannot keep the connection with ${text(stream.remote)}: reset by the other side`));
      }
  }

  /** The address that a NAT shows for an inside endpoint. */
  mapped(inside: Endpoint): Endpoint | undefined {
    const binding = this.#bindings.find((b) => b.inside.address === inside.address && b.inside.port === inside.port);
    return binding === undefined ? undefined : { address: binding.nat.outside, port: binding.outsidePort };
  }

  get openStreams(): number {
    return this.#streams.size;
  }

  #port(wanted: number): number {
    return wanted === 0 ? this.#nextPort++ : wanted;
  }

  #bind(local: Endpoint, addresses: readonly string[]): DatagramSocket {
    const at = { address: local.address, port: this.#port(local.port) };
    const keys = keysOf(at, addresses);
    if (keys.some((key) => this.#datagrams.has(key))) throw new Error(`port ${at.port} of ${at.address} is in use`);
    const socket = new SimulatedDatagramSocket(
      at,
      (bytes, to) => this.#sendDatagram(socket, bytes, to, addresses),
      () => {
        for (const key of keys) this.#datagrams.delete(key);
      },
    );
    for (const key of keys) this.#datagrams.set(key, socket);
    return socket;
  }

  #sendDatagram(socket: SimulatedDatagramSocket, bytes: Uint8Array, to: Endpoint, addresses: readonly string[]): void {
    const address = isAny(socket.local.address) ? (addresses[0] ?? "") : socket.local.address;
    const from = this.#translateOut({ address, port: socket.local.port }, to);
    const lost = this.#random() < this.conditions.loss || this.#silenced.has(to.address) || this.#silenced.has(address);
    const fate = lost ? "lost" : "delivered";
    this.transits.push({ kind: "datagram", atMs: this.#clock.now(), from, to: { ...to }, bytes, fate });
    if (lost) return;
    const copies = this.#random() < this.conditions.duplicate ? 2 : 1;
    for (let i = 0; i < copies; i++)
      this.#clock.after(this.#delay(), () => {
        const inside = this.#translateIn(to, from);
        const target = inside === undefined ? undefined : this.#datagrams.get(text(inside));
        if (target !== undefined) target.onMessage?.(bytes, from);
        else if (this.conditions.icmp)
          this.#clock.after(this.#delay(), () =>
            socket.onError?.(new Error(`cannot send to udp ${text(to)}: refused`), to),
          );
      });
  }

  #delay(): number {
    return this.conditions.delayMs + Math.floor(this.#random() * this.conditions.jitterMs);
  }

  #translateOut(from: Endpoint, to: Endpoint): Endpoint {
    const nat = this.nats.find((n) => n.isInside(from.address));
    if (nat === undefined || nat.isInside(to.address)) return from;
    const nowMs = this.#clock.now();
    this.#bindings = this.#bindings.filter((b) => nowMs - b.usedAtMs < b.nat.timeoutMs);
    const only = nat.symmetric === true ? text(to) : undefined;
    let binding = this.#bindings.find(
      (b) => b.nat === nat && b.inside.address === from.address && b.inside.port === from.port && b.only === only,
    );
    if (binding === undefined) {
      binding = { nat, only, inside: from, outsidePort: this.#nextPort++, usedAtMs: nowMs, peers: new Set() };
      this.#bindings.push(binding);
    }
    binding.usedAtMs = nowMs;
    binding.peers.add(text(to));
    return { address: nat.outside, port: binding.outsidePort };
  }

  #translateIn(to: Endpoint, from: Endpoint): Endpoint | undefined {
    const nat = this.nats.find((n) => n.outside === to.address);
    if (nat === undefined) {
      const around = this.nats.find((n) => n.isInside(to.address));
      return around === undefined || around.isInside(from.address) ? to : undefined;
    }
    const nowMs = this.#clock.now();
    const binding = this.#bindings.find(
      (b) => b.nat === nat && b.outsidePort === to.port && nowMs - b.usedAtMs < nat.timeoutMs,
    );
    if (binding === undefined || (nat.restricted && !binding.peers.has(text(from)))) return undefined;
    return binding.inside;
  }

  #listen(local: Endpoint, addresses: readonly string[]): StreamListener {
    const at = { address: local.address, port: this.#port(local.port) };
    const keys = keysOf(at, addresses);
    if (keys.some((key) => this.#listeners.has(key))) throw new Error(`port ${at.port} of ${at.address} is in use`);
    const listener = new SimulatedListener(at, () => {
      for (const key of keys) this.#listeners.delete(key);
    });
    for (const key of keys) this.#listeners.set(key, listener);
    return listener;
  }

  #connect(to: Endpoint, from: Endpoint, timeoutMs: number): Promise<StreamSocket> {
    return new Promise((resolve, reject) => {
      const { delayMs } = this.conditions;
      if (this.#silenced.has(to.address) || this.#silenced.has(from.address)) {
        const why = `cannot connect to tcp ${text(to)}: no answer within ${timeoutMs} ms`;
        this.#clock.after(timeoutMs, () => reject(new Error(why)));
        return;
      }
      const local = { address: from.address, port: this.#nextPort++ };
      const seen = this.#translateOut(local, to);
      this.#clock.after(delayMs, () => {
        const listener = this.#listeners.get(text(to));
        if (listener?.onConnection === undefined) {
          this.#clock.after(delayMs, () => reject(new Error(`cannot connect to tcp ${text(to)}: refused`)));
          return;
        }
        const here = new SimulatedStream(local, to, (stream, bytes) => this.#sendStream(stream, bytes), this.#streams);
        const there = new SimulatedStream(to, seen, (stream, bytes) => this.#sendStream(stream, bytes), this.#streams);
        here.other = there;
        there.other = here;
        listener.onConnection(there);
        this.#clock.after(delayMs, () => resolve(here));
      });
    });
  }

  /** In order, and nothing is lost; `undefined` is the end. */
  #sendStream(stream: SimulatedStream, bytes: Uint8Array | undefined): void {
    const { other } = stream;
    if (other === undefined) return;
    if (this.#silenced.has(stream.local.address) || this.#silenced.has(stream.remote.address)) return;
    const nowMs = this.#clock.now();
    const at = Math.max(stream.lastArrivalMs, nowMs + this.#delay());
    stream.lastArrivalMs = at;
    if (bytes === undefined) {
      this.#clock.after(at - nowMs, () => other.ended(undefined));
      return;
    }
    const { local: from, remote: to } = stream;
    this.transits.push({ kind: "stream", atMs: nowMs, from, to, bytes, fate: "delivered" });
    let start = 0;
    while (start < bytes.length) {
      const whole = bytes.length - start;
      const length = this.conditions.fragment ? Math.min(whole, 1 + Math.floor(this.#random() * 200)) : whole;
      const piece = bytes.slice(start, start + length);
      start += length;
      this.#clock.after(at - nowMs, () => other.arrived(piece));
    }
  }
}

function isAny(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

function text(at: Endpoint): string {
  return at.address.includes(":") ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`;
}

function keysOf(at: Endpoint, addresses: readonly string[]): readonly string[] {
  if (!isAny(at.address)) return [text(at)];
  const family = addresses.filter((address) => address.includes(":") === at.address.includes(":"));
  return family.map((address) => text({ address, port: at.port }));
}

class SimulatedDatagramSocket implements DatagramSocket {
  onMessage: ((bytes: Uint8Array, from: Endpoint) => void) | undefined;
  onError: ((error: Error, to: Endpoint | undefined) => void) | undefined;
  readonly local: Endpoint;
  readonly #send: (bytes: Uint8Array, to: Endpoint) => void;
  readonly #close: () => void;

  constructor(local: Endpoint, send: (bytes: Uint8Array, to: Endpoint) => void, close: () => void) {
    this.local = local;
    this.#send = send;
    this.#close = close;
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    this.#send(bytes, { address: to.address, port: to.port });
  }

  close(): void {
    this.#close();
    this.onMessage = undefined;
    this.onError = undefined;
  }
}

class SimulatedListener implements StreamListener {
  onConnection: ((socket: StreamSocket) => void) | undefined;
  readonly local: Endpoint;
  readonly #close: () => void;

  constructor(local: Endpoint, close: () => void) {
    this.local = local;
    this.#close = close;
  }

  close(): void {
    this.#close();
    this.onConnection = undefined;
  }
}

class SimulatedStream implements StreamSocket {
  onData: ((bytes: Uint8Array) => void) | undefined;
  onClose: ((error: Error | undefined) => void) | undefined;
  other: SimulatedStream | undefined;
  lastArrivalMs = 0;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #transmit: (stream: SimulatedStream, bytes: Uint8Array | undefined) => void;
  readonly #all: Set<SimulatedStream>;

  constructor(
    local: Endpoint,
    remote: Endpoint,
    transmit: (stream: SimulatedStream, bytes: Uint8Array | undefined) => void,
    all: Set<SimulatedStream>,
  ) {
    this.local = local;
    this.remote = remote;
    this.#transmit = transmit;
    this.#all = all;
    all.add(this);
  }

  send(bytes: Uint8Array): void {
    if (this.#all.has(this)) this.#transmit(this, bytes);
  }

  arrived(bytes: Uint8Array): void {
    if (this.#all.has(this)) this.onData?.(bytes);
  }

  /** The other side closed, or the connection broke. */
  ended(error: Error | undefined): void {
    if (this.#all.delete(this)) this.onClose?.(error);
  }

  close(): void {
    if (this.#all.delete(this)) this.#transmit(this, undefined);
  }
}
