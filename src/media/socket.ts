/** The datagram sockets of the media engine: made for packets that are sent every few ms from buffers that are used again. */
import type { Endpoint } from "../base/network.ts";

export interface MediaSocket {
  readonly local: Endpoint;
  /** Sends the first `size` of `bytes`, which must stay as they are for a second. Failures are counted, never thrown. */
  send(bytes: Uint8Array, size: number, address: string, port: number): void;
  /** Datagrams the system refused to send since the socket was opened. */
  readonly sendFailures: number;
  /** `bytes` must not be kept. */
  onMessage: ((bytes: Uint8Array, address: string, port: number) => void) | undefined;
  /**
   * Asks the system to drop whatever does not come from this endpoint, or to stop doing so: only where a flood makes it
   * necessary, as the drops are not counted and no other destination can be reached meanwhile.
   */
  shield(only: Endpoint | undefined): void;
  /** Idempotent. */
  close(): void;
}

/** How a socket is to take part in multicast (RFC 1112). */
export interface MulticastChoice {
  /** It receives what is sent to this group, and nothing else, at the local interface; others of this machine may too. */
  readonly join?: string;
  /** Routers that what it sends may pass. */
  readonly ttl?: number;
}

/** Rejects with an Error whose `code` is the system's ("EADDRINUSE") and whose message names address and port. */
export type BindMediaSocket = (local: Endpoint, multicast?: MulticastChoice) => Promise<MediaSocket>;
