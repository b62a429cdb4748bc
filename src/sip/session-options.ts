/** What a call is placed with, and the headers of its INVITE that follow from it (RFC 3261 §13.2.1, RFC 3891, RFC 3892). */
import type { LocalMedia } from "../sdp/media.ts";
import { NameAddress } from "./address.ts";
import { anonymous, identityValue } from "./identity-headers.ts";
import type { SipResponse } from "./message.ts";
import { type DialogName, replacesValue } from "./replaces.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import type { Identity } from "./user-agent-core.ts";

export interface InviteOptions {
  readonly identity: Identity;
  /** URI to call; a name-addr gives To its display name. */
  readonly to: string;
  /** Ours, or somebody else's description that is offered as it stands: then `theirDescription` answers it. */
  readonly media: LocalMedia | string;
  readonly extraHeaders?: ExtraHeaders;
  /** False leaves the offer to the callee (feature row ACC-34). True unless told. */
  readonly earlyOffer?: boolean;
  /** A call of the callee's that this one takes the place of (RFC 3891). */
  readonly replaces?: DialogName;
  /** Value of Referred-By: who asked for this call (RFC 3892). */
  readonly referredBy?: string;
  /** The callee shall not learn who calls (feature row CAL-71). */
  readonly anonymous?: boolean;
  /** Tells trusted proxies and peers who calls, besides From: by which header (RFC 3325 §9). */
  readonly identify?: "preferred" | "asserted";
}

/** What became of a request: the final response, or why there is none, for people. */
export type Outcome = { readonly response: SipResponse } | { readonly failed: string };

export interface Party {
  readonly displayName: string;
  readonly uri: string;
}

/** The identity as the INVITE shows it. */
export function shownIdentity({ identity, anonymous: hidden }: InviteOptions): Identity {
  if (hidden !== true) return identity;
  return { ...identity, aor: anonymous.uri, displayName: anonymous.displayName, contactUser: anonymous.user };
}

export function inviteHeaders(options: InviteOptions): ExtraHeaders {
  const { replaces, referredBy, extraHeaders, identity, identify } = options;
  const headers: [name: string, value: string][] = [];
  if (options.anonymous === true) headers.push(["Privacy", "id"]);
  if (identify !== undefined) {
    const name = identify === "asserted" ? "P-Asserted-Identity" : "P-Preferred-Identity";
    headers.push([name, identityValue(identity.aor, identity.displayName)]);
  }
  if (replaces !== undefined) {
    headers.push(["Replaces", replacesValue(replaces)]);
    // Without it, who does not know Replaces would ring for a second call.
    headers.push(["Require", "replaces"]);
  }
  if (referredBy !== undefined) headers.push(["Referred-By", referredBy]);
  return [...headers, ...(extraHeaders ?? [])];
}

export interface TransferOptions {
  readonly headers?: ExtraHeaders;
  /** Value of Referred-By; our own address unless told, "" for none. */
  readonly referredBy?: string;
}

/** RFC 3515 §2.1, RFC 3892. `own` is our From or To, with its tag. */
export function referHeaders(target: string, own: string, options: TransferOptions): ExtraHeaders {
  const address = target.includes("<") ? target : `<${target}>`;
  const referredBy = options.referredBy ?? `<${NameAddress.parse(own)?.uri ?? ""}>`;
  const headers: [name: string, value: string][] = [["Refer-To", address]];
  if (referredBy !== "" && referredBy !== "<>") headers.push(["Referred-By", referredBy]);
  return [...headers, ...(options.headers ?? [])];
}
