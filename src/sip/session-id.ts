/** The Session-ID header: one identifier of a session from end to end, whatever servers do to its Call-IDs (RFC 7989). It sends nothing. */
import { createHash } from "node:crypto";
import type { Random } from "../base/network.ts";
import type { SipMessage, SipRequest, SipResponse } from "./message.ts";

export interface SessionId {
  /** Ours: 32 hexadecimal digits. */
  readonly local: string;
  /** Theirs; `unknownSessionId` until they have told it. */
  readonly remote: string;
}

/** §5: the nil identifier. */
export const unknownSessionId = "0".repeat(32);

export function sessionIdValue({ local, remote }: SessionId): string {
  return `${local};remote=${remote}`;
}

/** Of a message that came: `local` is its sender's. Undefined where malformed or absent. */
export function sessionIdOf(
  message: SipMessage,
): { readonly local: string; readonly remote: string | undefined } | undefined {
  const match = /^\s*([0-9a-f]{32})\s*(?:;\s*remote\s*=\s*([0-9a-f]{32}))?/.exec(message.header("Session-ID") ?? "");
  return match?.[1] === undefined ? undefined : { local: match[1], remote: match[2] };
}

/**
 * Our identifiers. They are made out of Call-IDs and a secret (§4.1: names, hashed), so that every answer within a
 * session has the same one, those of layers that know no sessions included.
 */
export class SessionIds {
  readonly #random: Random;
  #secret: Uint8Array | undefined;
  /** By Call-ID: of sessions that have several. */
  readonly #kept = new Map<string, string>();

  constructor(random: Random) {
    this.#random = random;
  }

  of(callId: string): string {
    const kept = this.#kept.get(callId);
    if (kept !== undefined) return kept;
    this.#secret ??= this.#random(16);
    const hex = createHash("sha256").update(this.#secret).update(callId).digest("hex");
    // RFC 4122 §4.3: version 5, and the variant.
    const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16);
    return `${hex.slice(0, 12)}5${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`;
  }

  /** That call belongs to a session whose identifier is known already, until `drop`. */
  keep(callId: string, id: string): void {
    this.#kept.set(callId, id);
  }

  drop(callId: string): void {
    this.#kept.delete(callId);
  }

  /** §6: whoever tells its identifier is told ours. What has one already is left as it is. */
  answer(request: SipRequest, response: SipResponse): void {
    const theirs = sessionIdOf(request);
    if (theirs === undefined || response.header("Session-ID") !== undefined) return;
    response.addHeader("Session-ID", sessionIdValue({ local: this.of(request.callId), remote: theirs.local }));
  }
}

/** §6: their identifier as the last message told it. */
export function heard(id: SessionId, message: SipMessage): SessionId {
  const told = sessionIdOf(message)?.local;
  return told === undefined || told === id.remote ? id : { local: id.local, remote: told };
}
