/** The Session-ID header: one identifier of a session from end to end, whatever servers do to its Call-IDs (RFC 7989). Values only. */
import type { SipMessage } from "./message.ts";

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

/** §6: their identifier as the last message told it. */
export function heard(id: SessionId, message: SipMessage): SessionId {
  const told = sessionIdOf(message)?.local;
  return told === undefined || told === id.remote ? id : { local: id.local, remote: told };
}
