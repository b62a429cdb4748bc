/** One way out for one component: a media socket or a relay behind it, with STUN beside the media (RFC 7983). What is asked and why is nat.ts. */
import type { Clock } from "../../hal/clock.ts";
import type { Endpoint, Random } from "../base/network.ts";
import { StunClient } from "../stun/client.ts";
import { looksLikeStun, type StunMessage } from "../stun/message.ts";
import { isChannelData, TurnAllocation, TurnError } from "../stun/turn-allocation.ts";
import { attribute, method } from "../stun/types.ts";
import { type ConnectRelay, connectRelay, type StreamRelay } from "./nat-relay.ts";
import type { RelayChoice } from "./protocol.ts";
import type { MediaSocket } from "./socket.ts";

export interface NatPortEvents {
  /** RTP or RTCP; `bytes` must not be kept. */
  readonly data: (port: NatPort, bytes: Uint8Array, address: string, remotePort: number) => void;
  /** A Binding request, to be judged and answered. */
  readonly request: (port: NatPort, message: StunMessage, from: Endpoint) => void;
  readonly relayLost: (port: NatPort, why: string) => void;
}

export interface NatPortParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NatPortEvents;
  /** Absent where relays are spoken to by UDP alone. */
  readonly connect: ConnectRelay | undefined;
}

/** A relay's port, allocated. */
export interface OpenRelay {
  readonly port: NatPort;
  readonly relayed: Endpoint;
  /** What the relay sees of the socket; undefined where it sees another than the one that media uses. */
  readonly mapped: Endpoint | undefined;
}

export class NatPort {
  /** Unique in its stream: what candidates call their base. */
  readonly base: number;
  readonly component: number;
  readonly stun: StunClient;
  readonly #transmit: (bytes: Uint8Array, size: number, to: Endpoint) => void;
  readonly #parts: NatPortParts;
  /** Of those that share our socket. */
  #relay: TurnAllocation | undefined;
  #connection: StreamRelay | undefined;
  #open = true;

  constructor(
    base: number,
    component: number,
    parts: NatPortParts,
    transmit: (bytes: Uint8Array, size: number, to: Endpoint) => void,
  ) {
    this.base = base;
    this.component = component;
    this.#parts = parts;
    this.#transmit = transmit;
    const { clock, random } = parts;
    this.stun = new StunClient({ clock, random, send: (bytes, to) => transmit(bytes, bytes.length, to) });
  }

  /** Takes over what the socket receives. */
  static over(socket: MediaSocket, base: number, component: number, parts: NatPortParts): NatPort {
    const port = new NatPort(base, component, parts, (bytes, size, to) =>
      socket.send(bytes, size, to.address, to.port),
    );
    socket.onMessage = (bytes, address, remotePort) => port.take(bytes, address, remotePort);
    return port;
  }

  /** A relay behind this port, as a port of its own; `local` is where a connection is made from. @throws TurnError */
  relay(base: number, turn: RelayChoice, local: Endpoint): Promise<OpenRelay> {
    return turn.stream === undefined ? this.#datagramRelay(base, turn) : this.#streamRelay(base, turn, local);
  }

  /** A relay lets through only whom it was told of; a socket everybody. */
  permit: (peer: Endpoint) => Promise<void> = () => Promise.resolve();

  send(bytes: Uint8Array, size: number, to: Endpoint): void {
    this.#transmit(bytes, size, to);
  }

  take(bytes: Uint8Array, address: string, remotePort: number): void {
    const first = bytes[0] ?? 0;
    // Almost everything is RTP: 128 to 191.
    if (first >= 128) {
      this.#parts.events.data(this, bytes, address, remotePort);
      return;
    }
    const from = { address, port: remotePort };
    const relay = this.#relay;
    if (relay !== undefined && isChannelData(bytes, from, relay.server)) relay.takeChannelData(bytes);
    else if (looksLikeStun(bytes)) this.#takeStun(bytes, from);
    else this.#parts.events.data(this, bytes, address, remotePort);
  }

  /** Gives a relay back. Idempotent. */
  close(): void {
    this.#open = false;
    this.#relay?.close();
    this.#connection?.close();
    this.stun.close();
  }

  async #datagramRelay(base: number, turn: RelayChoice): Promise<OpenRelay> {
    const { clock, events } = this.#parts;
    const allocation = new TurnAllocation({
      clock,
      client: this.stun,
      send: this.#transmit,
      turn,
      onData: (bytes, from) => port.take(bytes, from.address, from.port),
      onLost: (why) => events.relayLost(port, why),
    });
    const port = this.#behind(base, allocation);
    this.#relay = allocation;
    return { port, ...(await allocation.open()) };
  }

  async #streamRelay(base: number, turn: RelayChoice, local: Endpoint): Promise<OpenRelay> {
    const { clock, random, connect, events } = this.#parts;
    if (connect === undefined) throw new TurnError("TURN over TCP and TLS is not there");
    // Nobody sends before the relay is allocated, and nothing is lost either.
    let port: NatPort | undefined;
    const connection = await connectRelay(
      {
        clock,
        random,
        connect,
        onData: (bytes, from) => port?.take(bytes, from.address, from.port),
        onLost: (why) => {
          if (port !== undefined) events.relayLost(port, why);
        },
      },
      turn,
      local,
    );
    if (!this.#open) {
      connection.close();
      throw new TurnError(`TURN server ${turn.server.address}:${turn.server.port}: closed meanwhile`);
    }
    this.#connection = connection;
    port = this.#behind(base, connection.allocation);
    try {
      return { port, relayed: (await connection.allocation.open()).relayed, mapped: undefined };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #behind(base: number, allocation: TurnAllocation): NatPort {
    const port = new NatPort(base, this.component, this.#parts, (bytes, size, to) => allocation.send(bytes, size, to));
    port.permit = (peer) => allocation.permit(peer);
    return port;
  }

  #takeStun(bytes: Uint8Array, from: Endpoint): void {
    // The socket uses its buffer again, and answers are looked at later.
    const message = this.stun.take(Uint8Array.from(bytes), from);
    if (message === undefined) return;
    if (message.class === "request") {
      if (message.method === method.binding) this.#parts.events.request(this, message, from);
      return;
    }
    const relay = this.#relay;
    const fromRelay = relay !== undefined && from.port === relay.server.port && from.address === relay.server.address;
    if (fromRelay && message.has(attribute.data)) relay.takeIndication(message);
  }
}
