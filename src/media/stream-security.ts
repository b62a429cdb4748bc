/** SRTP of one stream between its sender, its receiver and its sockets; off until a negotiation brings keys (RFC 3711). */
import type { Clock } from "../../hal/clock.ts";
import { SrtpSession } from "../srtp/session.ts";
import type { MediaEvent, StreamSecurity, StreamStatistics } from "./protocol.ts";

export interface StreamProtectionParts {
  readonly stream: number;
  readonly clock: Clock;
  readonly emit: (event: MediaEvent) => void;
  /** What is sent must come from another RTP source from now on. */
  readonly newSource: () => void;
}

export class StreamProtection {
  #parts: StreamProtectionParts;
  /** Outlives a time without: its indices must never come again under the same key. */
  #session: SrtpSession | undefined;
  #on = false;

  constructor(parts: StreamProtectionParts) {
    this.#parts = parts;
  }

  configure(security: StreamSecurity | undefined): void {
    this.#on = security !== undefined;
    if (security === undefined) return;
    const { stream, emit, clock, newSource } = this.#parts;
    if (this.#session === undefined)
      this.#session = new SrtpSession(security, {
        rollover: (ssrc, rollovers) => emit({ type: "rollover", stream, ssrc, rollovers }),
        ending: (whose) => emit({ type: "key-ending", stream, whose }),
      });
    else if (this.#session.change(security, clock.now())) newSource();
  }

  /** In place; the packet's buffer has room behind it. Returns the size to send, 0 for nothing. */
  sealRtp(bytes: Uint8Array, size: number): number {
    return this.#on && this.#session !== undefined ? this.#session.protectRtp(bytes, size) : size;
  }

  /** undefined: nothing may be sent. */
  sealRtcp(bytes: Uint8Array, size: number): Uint8Array | undefined {
    return this.#on && this.#session !== undefined ? this.#session.protectRtcp(bytes, size) : bytes.subarray(0, size);
  }

  /** The packet as RTP, good until the next call; undefined: it is not the far end's, or came before. */
  readonly openRtp = (bytes: Uint8Array): Uint8Array | undefined => {
    if (!this.#on || this.#session === undefined) return bytes;
    return this.#session.unprotectRtp(bytes, this.#parts.clock.now());
  };

  /** As `openRtp`. */
  readonly openRtcp = (bytes: Uint8Array): Uint8Array | undefined => {
    if (!this.#on || this.#session === undefined) return bytes;
    return this.#session.unprotectRtcp(bytes, this.#parts.clock.now());
  };

  get statistics(): Pick<StreamStatistics, "srtp"> {
    const session = this.#session;
    if (!this.#on || session === undefined) return {};
    const { suite, unauthenticated, replayed } = session;
    return { srtp: { suite, unauthenticated, replayed } };
  }
}
