/** What a registration is for, and how eagerly it is kept: the wishes behind registration.ts. */
import type { ExtraHeaders } from "./session-invite.ts";
import type { Identity } from "./user-agent-core.ts";

export interface RegistrationOptions {
  readonly identity: Identity;
  /** Request-URI: a URI without user part. */
  readonly registrar: string;
  /** Asked for; the registrar may grant less. */
  readonly expiresSeconds: number;
  /** First pause after a failure, ms; doubled for each further one (feature row ACC-07). */
  readonly retryMs: number;
  readonly headers?: ExtraHeaders;
  /** Place of the one of the account's servers that this registration is for; all of them, in turn, unless told. */
  readonly only?: number;
  /** The first REGISTER waits for a moment up to this long, ms (ACC-08). */
  readonly spreadMs?: number;
  /** Longest pause between tries, ms; half an hour unless told. */
  readonly longestRetryMs?: number;
  /** `urn:uuid:...` of this phone: shown with reg-id (RFC 5626 §4.1). */
  readonly instanceId?: string;
  /** Asks for a globally routable URI (RFC 5627). */
  readonly gruu?: boolean;
}
