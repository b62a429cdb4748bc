/** A relay's port for our use, RFC 8656, over whatever the client speaks: allocation, permissions, channels, refreshes. One allocation on one socket. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { PhoneError } from "../base/error.ts";
import type { Endpoint } from "../base/network.ts";
import { canonicalAddress } from "./address.ts";
import { type StunClient, type StunOutcome, sameEndpoint } from "./client.ts";
import { LongTermCredentials } from "./credentials.ts";
import type { StunAttribute, StunMessage } from "./message.ts";
import type { StunTiming } from "./transaction.ts";
import { attribute, method } from "./types.ts";
import { uint32Value, xorAddress } from "./value.ts";

export class TurnError extends PhoneError {
  readonly code = "turn";
}

export interface TurnServer {
  readonly server: Endpoint;
  readonly username: string;
  readonly password: string;
}

export interface TurnParts {
  readonly clock: Clock;
  readonly client: StunClient;
  readonly send: (bytes: Uint8Array, size: number, to: Endpoint) => void;
  readonly turn: TurnServer;
  /** Of requests; that of UDP unless told. */
  readonly timing?: StunTiming;
  /** What a peer sent through the relay; `bytes` must not be kept. */
  readonly onData: (bytes: Uint8Array, from: Endpoint) => void;
  /** It is gone: the server said so, or does not answer. */
  readonly onLost: (why: string) => void;
}

/** Asked for, seconds (§3.2: the server's default). */
const lifetimeSeconds = 600;
/** Before the end of a lifetime, ms. */
const marginMs = 60_000;
/** A permission lasts 5 minutes (§9), ms. */
const permissionMs = 4 * 60_000;
/** A channel lasts 10 minutes (§12), ms. */
const channelMs = 9 * 60_000;
const firstChannel = 0x4000;
/** §12: to 0x4FFF. */
const mostPeers = 64;
const channelHeaderBytes = 4;
/** Packets that may be under way inside the system while their buffer must not change, and their size. */
const ringPackets = 32;
const packetBytes = 2048;
/** Gives up after 3.75 s: a call does not wait for longer. */
const udpTiming: StunTiming = { rtoMs: 250, sends: 4, lastWait: 8 };
const udp = Uint8Array.from([17, 0, 0, 0]);

interface Peer {
  readonly at: Endpoint;
  readonly channel: number;
  /** Until the server confirmed it, data go as indications. */
  bound: boolean;
  permitted: boolean;
  /** The first permission and channel. */
  ready: Promise<void>;
  timer: Timer | undefined;
}

type AllocationState =
  | { readonly name: "idle" }
  | { readonly name: "allocated"; readonly relayed: Endpoint; readonly mapped: Endpoint }
  | { readonly name: "closed" };

export class TurnAllocation {
  readonly #parts: TurnParts;
  readonly #credentials: LongTermCredentials;
  readonly #peers = new Map<string, Peer>();
  readonly #ring = Array.from({ length: ringPackets }, () => new Uint8Array(packetBytes));
  #ringAt = 0;
  #state: AllocationState = { name: "idle" };
  #refresh: Timer | undefined;

  constructor(parts: TurnParts) {
    this.#parts = parts;
    this.#credentials = new LongTermCredentials(parts.turn.username, parts.turn.password);
  }

  get server(): Endpoint {
    return this.#parts.turn.server;
  }

  /** Returns the relay's address and ours as the relay sees it. @throws TurnError that names the server and the reason */
  async open(): Promise<{ readonly relayed: Endpoint; readonly mapped: Endpoint }> {
    const outcome = await this.#request(method.allocate, () => [
      { type: attribute.requestedTransport, value: udp },
      { type: attribute.lifetime, value: uint32Value(lifetimeSeconds) },
    ]);
    if (outcome.name !== "success") throw new TurnError(`${this.#who} gives no relay: ${why(outcome)}`);
    const relayed = outcome.response.address(attribute.xorRelayedAddress);
    const mapped = outcome.response.mapped;
    if (relayed === undefined || mapped === undefined) throw new TurnError(`${this.#who} names no relay address`);
    if (this.#state.name === "closed") {
      this.#release();
      throw new TurnError(`${this.#who}: closed meanwhile`);
    }
    this.#state = { name: "allocated", relayed, mapped };
    this.#refreshLater(outcome.response);
    return { relayed, mapped };
  }

  /** Lets a peer's packets through, and makes its own channel for ours. Never rejects; what is refused is lost data. */
  async permit(peer: Endpoint): Promise<void> {
    const key = keyOf(peer);
    const known = this.#peers.get(key);
    if (known !== undefined) return known.ready;
    if (this.#state.name !== "allocated" || this.#peers.size >= mostPeers) return;
    const entry: Peer = {
      at: peer,
      channel: firstChannel + this.#peers.size,
      bound: false,
      permitted: false,
      ready: Promise.resolve(),
      timer: undefined,
    };
    this.#peers.set(key, entry);
    entry.ready = this.#permit(entry);
    await entry.ready;
  }

  /** To a peer that was permitted; to others nothing goes. */
  send(bytes: Uint8Array, size: number, to: Endpoint): void {
    const peer = this.#peers.get(keyOf(to));
    if (this.#state.name !== "allocated" || peer === undefined) return;
    if (!peer.bound) {
      const data = bytes.slice(0, size);
      this.#parts.client.indicate(
        method.send,
        (id) => [xorAddress(attribute.xorPeerAddress, to, id), { type: attribute.data, value: data }],
        this.server,
      );
      return;
    }
    this.#ringAt = (this.#ringAt + 1) % ringPackets;
    const packet = this.#ring[this.#ringAt];
    if (packet === undefined || size + channelHeaderBytes > packet.length) return;
    packet[0] = peer.channel >> 8;
    packet[1] = peer.channel & 0xff;
    packet[2] = size >> 8;
    packet[3] = size & 0xff;
    packet.set(size === bytes.length ? bytes : bytes.subarray(0, size), channelHeaderBytes);
    this.#parts.send(packet, channelHeaderBytes + size, this.server);
  }

  /** Channel data from the server: its first byte is 64 to 79 (RFC 7983). */
  takeChannelData(bytes: Uint8Array): void {
    const channel = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    const size = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
    if (channelHeaderBytes + size > bytes.length) return;
    for (const peer of this.#peers.values())
      if (peer.channel === channel) {
        this.#parts.onData(bytes.subarray(channelHeaderBytes, channelHeaderBytes + size), peer.at);
        return;
      }
  }

  /** A Data indication from the server (§11.4). */
  takeIndication(message: StunMessage): void {
    const from = message.address(attribute.xorPeerAddress);
    const data = message.value(attribute.data);
    if (message.method !== method.data || from === undefined || data === undefined) return;
    // The server lets in only whom we permitted; another port of that address is a peer we may not know yet.
    this.#parts.onData(data, from);
  }

  /** The way to the server, or the server's word for the port, is gone: tells so once. */
  lost(reason: string): void {
    const before = this.#state.name;
    this.#end();
    if (before === "allocated") this.#parts.onLost(`${this.#who} takes the relay away: ${reason}`);
  }

  /** Gives the port back. Idempotent. */
  close(): void {
    const before = this.#state.name;
    this.#end();
    if (before === "allocated") this.#release();
  }

  get #who(): string {
    return `TURN server ${this.server.address}:${this.server.port}`;
  }

  #end(): void {
    this.#state = { name: "closed" };
    this.#refresh?.cancel();
    for (const peer of this.#peers.values()) peer.timer?.cancel();
  }

  #release(): void {
    void this.#request(method.refresh, () => [{ type: attribute.lifetime, value: uint32Value(0) }]);
  }

  #request(which: number, attributes: (transactionId: Uint8Array) => readonly StunAttribute[]): Promise<StunOutcome> {
    return this.#parts.client.request({
      method: which,
      to: this.server,
      attributes,
      credentials: this.#credentials,
      timing: this.#parts.timing ?? udpTiming,
    });
  }

  #refreshLater(response: StunMessage): void {
    const seconds = response.uint32(attribute.lifetime) ?? lifetimeSeconds;
    const ms = Math.max(1000, Math.min(seconds, 3600) * 1000 - Math.min(marginMs, seconds * 500));
    this.#refresh = this.#parts.clock.after(ms, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const outcome = await this.#request(method.refresh, () => [
      { type: attribute.lifetime, value: uint32Value(lifetimeSeconds) },
    ]);
    if (this.#state.name !== "allocated") return;
    if (outcome.name === "success") {
      this.#refreshLater(outcome.response);
      return;
    }
    this.lost(why(outcome));
  }

  /** A permission at once, so that data flow, then the channel, which renews it too (§12). */
  async #permit(peer: Peer): Promise<void> {
    const { clock } = this.#parts;
    const to = (id: Uint8Array): StunAttribute => xorAddress(attribute.xorPeerAddress, peer.at, id);
    const permission = await this.#request(method.createPermission, (id) => [to(id)]);
    if (this.#state.name !== "allocated") return;
    peer.permitted = permission.name === "success";
    if (peer.permitted) {
      const channel = await this.#request(method.channelBind, (id) => [
        { type: attribute.channelNumber, value: Uint8Array.from([peer.channel >> 8, peer.channel & 0xff, 0, 0]) },
        to(id),
      ]);
      if (this.#state.name !== "allocated") return;
      peer.bound = channel.name === "success";
    }
    const ms = peer.bound ? Math.min(permissionMs, channelMs) : peer.permitted ? permissionMs : 5000;
    peer.timer = clock.after(ms, () => void this.#permit(peer));
  }
}

function why(outcome: Exclude<StunOutcome, { name: "success" }>): string {
  switch (outcome.name) {
    case "refused":
      return `${outcome.code} ${outcome.reason}`;
    case "timeout":
      return "it does not answer";
    case "closed":
      return "closed";
    default:
      return outcome satisfies never;
  }
}

function keyOf(at: Endpoint): string {
  return `${canonicalAddress(at.address)} ${at.port}`;
}

/** Whether a datagram from there can be channel data of this server. */
export function isChannelData(bytes: Uint8Array, from: Endpoint, server: Endpoint): boolean {
  const first = bytes[0] ?? 0;
  return bytes.length >= channelHeaderBytes && first >= 64 && first <= 79 && sameEndpoint(from, server);
}
