/** A STUN and TURN server on the simulated network, as RFC 8656 wants it and no more: what streams behind NATs are tested with. */
import type { DatagramSocket, Endpoint, Network, StreamSocket } from "../../src/base/network.ts";
import { longTermKey } from "../../src/stun/credentials.ts";
import { looksLikeStun, parseStun, type StunAttribute, type StunMessage, writeStun } from "../../src/stun/message.ts";
import { attribute, method } from "../../src/stun/types.ts";
import { errorValue, textValue, uint32Value, xorAddress } from "../../src/stun/value.ts";

interface Allocation {
  readonly client: Endpoint;
  readonly relay: DatagramSocket;
  /** Addresses, without ports (§9). */
  readonly permitted: Set<string>;
  readonly channels: Map<number, Endpoint>;
}

const realm = "relay.example";
const user = { username: "phone", password: "secret" };

export class TurnServer {
  readonly at: Endpoint;
  readonly user = user;
  /** Methods that were asked for, in order. */
  readonly asked: number[] = [];
  /** Datagrams that went through a relay, either way. */
  relayed = 0;
  silent = false;
  /** Changing it makes the old one stale. */
  nonce = "nonce-1";
  #network: Network;
  #socket: DatagramSocket;
  #allocations = new Map<string, Allocation>();
  #connections = new Map<string, StreamSocket>();

  private constructor(network: Network, socket: DatagramSocket) {
    this.#network = network;
    this.#socket = socket;
    this.at = socket.local;
    socket.onMessage = (bytes, from) => {
      if (!this.silent) this.#take(bytes, from);
    };
  }

  /** Over UDP and over TCP. */
  static async open(network: Network, at: Endpoint): Promise<TurnServer> {
    const server = new TurnServer(network, await network.bindDatagram(at));
    const listener = await network.listenStream(at);
    listener.onConnection = (socket) => server.#connected(socket);
    return server;
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** Ends every connection, as a server that is switched off. */
  disconnect(): void {
    for (const socket of this.#connections.values()) socket.close();
    this.#connections.clear();
  }

  /** To everybody who is connected: what is no TURN. */
  babble(): void {
    for (const socket of this.#connections.values()) socket.send(Buffer.from("SSH-2.0-server\r\n\r\n"));
  }

  #connected(socket: StreamSocket): void {
    const key = keyOf(socket.remote);
    this.#connections.set(key, socket);
    let rest = Buffer.alloc(0);
    socket.onData = (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        if (rest.length < 4) return;
        const size = rest.readUInt16BE(2) + (rest.readUInt8(0) < 4 ? 20 : 4);
        const taken = Math.ceil(size / 4) * 4;
        if (rest.length < taken) return;
        const whole = Uint8Array.from(rest.subarray(0, size));
        rest = rest.subarray(taken);
        if (!this.silent) this.#take(whole, socket.remote);
      }
    };
    socket.onClose = () => this.#connections.delete(key);
  }

  #send(bytes: Uint8Array, to: Endpoint): void {
    const connection = this.#connections.get(keyOf(to));
    if (connection === undefined) {
      this.#socket.send(bytes, to);
      return;
    }
    const padding = new Uint8Array((4 - (bytes.length % 4)) % 4);
    connection.send(Uint8Array.from([...bytes, ...padding]));
  }

  get allocations(): number {
    return this.#allocations.size;
  }

  #take(bytes: Uint8Array, from: Endpoint): void {
    const allocation = this.#allocations.get(keyOf(from));
    if (!looksLikeStun(bytes)) {
      const channel = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
      const size = ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);
      const peer = allocation?.channels.get(channel);
      if (peer !== undefined) this.#out(allocation, bytes.slice(4, 4 + size), peer);
      return;
    }
    const parsed = parseStun(bytes);
    if (!parsed.ok) return;
    const { message } = parsed;
    if (message.class === "indication") {
      const peer = message.address(attribute.xorPeerAddress);
      const data = message.value(attribute.data);
      if (message.method === method.send && peer !== undefined && data !== undefined) this.#out(allocation, data, peer);
      return;
    }
    if (message.class !== "request") return;
    this.asked.push(message.method);
    if (message.method === method.binding) this.#reply(message, from, [this.#mapped(message, from)]);
    else if (this.#authentic(message, from)) void this.#serve(message, from, allocation);
  }

  async #serve(message: StunMessage, from: Endpoint, allocation: Allocation | undefined): Promise<void> {
    const peer = message.address(attribute.xorPeerAddress);
    if (message.method === method.allocate) {
      if (allocation !== undefined) return this.#refuse(message, from, 437, "Allocation Mismatch");
      const relay = await this.#network.bindDatagram({ address: this.at.address, port: 0 });
      const made: Allocation = { client: from, relay, permitted: new Set(), channels: new Map() };
      this.#allocations.set(keyOf(from), made);
      relay.onMessage = (bytes, peerAt) => this.#in(made, bytes, peerAt);
      this.#reply(message, from, [
        xorAddress(attribute.xorRelayedAddress, relay.local, message.transactionId),
        this.#mapped(message, from),
        { type: attribute.lifetime, value: uint32Value(600) },
      ]);
      return;
    }
    if (allocation === undefined) return this.#refuse(message, from, 437, "Allocation Mismatch");
    if (message.method === method.refresh) {
      const seconds = message.uint32(attribute.lifetime) ?? 600;
      if (seconds === 0) {
        allocation.relay.close();
        this.#allocations.delete(keyOf(from));
      }
      return this.#reply(message, from, [{ type: attribute.lifetime, value: uint32Value(seconds) }]);
    }
    if (peer === undefined) return this.#refuse(message, from, 400, "Bad Request");
    allocation.permitted.add(peer.address);
    if (message.method === method.channelBind) {
      const number = message.value(attribute.channelNumber) ?? new Uint8Array();
      allocation.channels.set(((number[0] ?? 0) << 8) | (number[1] ?? 0), peer);
    }
    this.#reply(message, from, []);
  }

  #out(allocation: Allocation | undefined, bytes: Uint8Array, peer: Endpoint): void {
    if (allocation?.permitted.has(peer.address) !== true) return;
    this.relayed++;
    allocation.relay.send(bytes, peer);
  }

  #in(allocation: Allocation, bytes: Uint8Array, peer: Endpoint): void {
    if (!allocation.permitted.has(peer.address)) return;
    this.relayed++;
    for (const [channel, at] of allocation.channels)
      if (at.address === peer.address && at.port === peer.port) {
        const head = [channel >> 8, channel & 0xff, bytes.length >> 8, bytes.length & 0xff];
        this.#send(Uint8Array.from([...head, ...bytes]), allocation.client);
        return;
      }
    const transactionId = Uint8Array.from({ length: 12 }, (_, i) => (this.relayed >> i) & 0xff);
    const attributes = [
      xorAddress(attribute.xorPeerAddress, peer, transactionId),
      { type: attribute.data, value: bytes },
    ];
    const bytesOut = writeStun({ class: "indication", method: method.data, transactionId, attributes });
    this.#send(bytesOut, allocation.client);
  }

  #authentic(message: StunMessage, from: Endpoint): boolean {
    const key = longTermKey(user.username, realm, user.password);
    if (message.integrity === undefined) this.#challenge(message, from, 401);
    else if (message.text(attribute.nonce) !== this.nonce) this.#challenge(message, from, 438);
    else if (message.text(attribute.username) !== user.username || !message.isFrom(key))
      this.#challenge(message, from, 401);
    else return true;
    return false;
  }

  #challenge(message: StunMessage, from: Endpoint, code: number): void {
    const attributes = [
      { type: attribute.errorCode, value: errorValue(code, code === 401 ? "Unauthorized" : "Stale Nonce") },
      { type: attribute.realm, value: textValue(realm) },
      { type: attribute.nonce, value: textValue(this.nonce) },
    ];
    const { transactionId } = message;
    this.#send(writeStun({ class: "error", method: message.method, transactionId, attributes }), from);
  }

  #refuse(message: StunMessage, from: Endpoint, code: number, reason: string): void {
    this.#answer(message, from, "error", [{ type: attribute.errorCode, value: errorValue(code, reason) }]);
  }

  #reply(message: StunMessage, from: Endpoint, attributes: readonly StunAttribute[]): void {
    this.#answer(message, from, "success", attributes);
  }

  #answer(message: StunMessage, to: Endpoint, kind: "success" | "error", attributes: readonly StunAttribute[]): void {
    const signed = message.integrity !== undefined;
    const bytes = writeStun({
      class: kind,
      method: message.method,
      transactionId: message.transactionId,
      attributes,
      integrity: signed ? { key: longTermKey(user.username, realm, user.password), algorithm: "sha1" } : undefined,
    });
    this.#send(bytes, to);
  }

  #mapped(message: StunMessage, from: Endpoint): StunAttribute {
    return xorAddress(attribute.xorMappedAddress, from, message.transactionId);
  }
}

function keyOf(at: Endpoint): string {
  return `${at.address}:${at.port}`;
}
