/** The way to a relay over a connection of its own: TURN over TCP and TLS (RFC 8656 §2.1). What is asked of the relay is stun/turn-allocation.ts. */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Endpoint, Random, StreamSocket } from "../base/network.ts";
import { StunClient } from "../stun/client.ts";
import { looksLikeStun } from "../stun/message.ts";
import { framed, TurnFramer } from "../stun/stream-framing.ts";
import type { StunTiming } from "../stun/transaction.ts";
import { isChannelData, TurnAllocation, TurnError } from "../stun/turn-allocation.ts";
import type { RelayChoice } from "./protocol.ts";

/**
 * Connects with a relay by its transport, and by TLS sees to it that it is who it should be. Rejects with an Error whose
 * message names the server and the reason.
 */
export type ConnectRelay = (relay: RelayChoice, from: Endpoint) => Promise<StreamSocket>;

export interface StreamRelayParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: ConnectRelay;
  /** What a peer sent through the relay; `bytes` must not be kept. */
  readonly onData: (bytes: Uint8Array, from: Endpoint) => void;
  readonly onLost: (why: string) => void;
}

/** A connection repeats by itself (RFC 8489 §6.2.2); a call waits no longer than it does for UDP. */
const timing: StunTiming = { rtoMs: 3750, sends: 1, lastWait: 1 };
/** Sound that waits for longer than half a second is of no use (G.711 with its headers), bytes. */
const mostWaitingBytes = 6000;

export interface StreamRelay {
  readonly allocation: TurnAllocation;
  close(): void;
}

/**
 * Not allocated yet: `allocation.open()` does that.
 * @throws TurnError when there is no connection
 */
export async function connectRelay(parts: StreamRelayParts, relay: RelayChoice, from: Endpoint): Promise<StreamRelay> {
  const { clock, random } = parts;
  const { server, username, password } = relay;
  const socket = await parts.connect(relay, { address: from.address, port: 0 }).catch((error: unknown) => {
    throw new TurnError(`TURN server ${server.address}:${server.port} gives no relay: ${reasonOf(error)}`, {
      cause: error,
    });
  });
  const client = new StunClient({ clock, random, send: (bytes) => socket.send(framed(bytes, bytes.length)) });
  const allocation = new TurnAllocation({
    clock,
    client,
    timing,
    turn: { server, username, password },
    send: (bytes, size) => {
      // What does not get out is dropped as UDP would drop it, before it becomes a delay.
      if ((socket.waitingBytes ?? 0) <= mostWaitingBytes) socket.send(framed(bytes, size));
    },
    onData: parts.onData,
    onLost: parts.onLost,
  });
  const framer = new TurnFramer();
  const lost = (why: string): void => {
    client.close();
    allocation.lost(why);
  };
  socket.onClose = (error) => lost(error === undefined ? "the connection was closed" : reasonOf(error));
  socket.onData = (bytes) => {
    const whole = framer.take(bytes);
    if (whole === undefined) {
      socket.close();
      lost("it does not speak TURN");
      return;
    }
    for (const piece of whole) {
      if (isChannelData(piece, server, server)) allocation.takeChannelData(piece);
      else if (looksLikeStun(piece)) {
        // Answers are looked at later.
        const message = client.take(Uint8Array.from(piece), server);
        if (message?.class === "indication") allocation.takeIndication(message);
      }
    }
  };
  return {
    allocation,
    close: () => {
      allocation.close();
      // The goodbye is on its way before the connection ends.
      client.close();
      socket.close();
    },
  };
}
