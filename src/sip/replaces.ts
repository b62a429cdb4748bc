/** Which dialog an INVITE wants to replace or join: RFC 3891 (Replaces) and RFC 3911 (Join). Reads, writes and judges; the sessions do it. */
import type { SipRequest } from "./message.ts";
import type { SessionPhase } from "./session-state.ts";
import { parseParams, unquote } from "./syntax.ts";
import { SipUri } from "./uri.ts";

/** A dialog as its Replaces header names it: the tags are those of the user agent that the header is sent to. */
export interface DialogName {
  readonly callId: string;
  /** Of whom the header is sent to. */
  readonly toTag: string;
  /** Of the other side. */
  readonly fromTag: string;
  /** Only while the dialog is early (RFC 3891 §3). */
  readonly earlyOnly: boolean;
}

/** RFC 3891 §6.1; undefined when malformed. */
export function parseReplaces(text: string): DialogName | undefined {
  const semicolon = text.indexOf(";");
  const callId = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  const params = semicolon < 0 ? undefined : parseParams(text, semicolon);
  if (params === undefined || callId === "" || /[\s,<>"]/.test(callId)) return undefined;
  const of = (name: string) => params.filter(([n]) => n === name).map(([, value]) => unquote(value));
  const [toTag, ...otherTo] = of("to-tag");
  const [fromTag, ...otherFrom] = of("from-tag");
  if (toTag === undefined || fromTag === undefined || otherTo.length + otherFrom.length > 0) return undefined;
  if (toTag === "" || fromTag === "") return undefined;
  return { callId, toTag, fromTag, earlyOnly: of("early-only").length > 0 };
}

export function replacesValue({ callId, toTag, fromTag, earlyOnly }: DialogName): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ";early-only" : ""}`;
}

/** What the headers of an INVITE ask for. */
export type Takeover =
  | { readonly kind: "none" }
  | { readonly kind: "replaces" | "join"; readonly dialog: DialogName }
  | { readonly kind: "malformed"; readonly why: string };

/** RFC 3891 §3, RFC 3911 §4: at most one such header, and not both. */
export function takeoverOf(request: SipRequest): Takeover {
  const replaces = request.headers("Replaces");
  const join = request.headers("Join");
  const [only, ...others] = [...replaces, ...join];
  if (only === undefined) return { kind: "none" };
  if (others.length > 0) return { kind: "malformed", why: "More Than One Replaces Or Join" };
  const dialog = parseReplaces(only);
  const kind = replaces.length > 0 ? "replaces" : "join";
  if (dialog === undefined) return { kind: "malformed", why: `Malformed ${kind === "join" ? "Join" : "Replaces"}` };
  return { kind, dialog };
}

/** RFC 3891 §3: what becomes of a request to replace a session that was found; undefined lets it. */
export function replacementRefusal(
  direction: "in" | "out",
  phase: SessionPhase,
  earlyOnly: boolean,
): 481 | 486 | 603 | undefined {
  switch (phase.name) {
    case "terminated":
    case "cancelling":
    case "leaving":
      return 603;
    case "accepted":
    case "established":
      return earlyOnly ? 486 : undefined;
    case "calling":
    case "proceeding":
      return undefined;
    case "incoming":
      // An early dialog can be replaced only by whoever began it: ours is the caller's to take elsewhere.
      return direction === "out" ? undefined : 481;
    default:
      return phase satisfies never;
  }
}

/**
 * Whom a REFER names so that a call of ours is taken over: the other side's Contact where it is a GRUU, else its
 * address-of-record. A plain Contact may lead nowhere from elsewhere, and a phone that trusts its server only refuses
 * who comes past it; by the address-of-record the server leads there, and Replaces finds the device (RFC 5589 §7.5).
 */
export function takeoverTargetOf(contact: string, addressOfRecord: string): string {
  if (SipUri.parse(contact)?.params.has("gr") === true) return contact;
  const uri = SipUri.parse(addressOfRecord);
  // A number has no headers to put Replaces into, an anonymous caller no address but its Contact (RFC 3323 §4.1.1.3).
  const known = uri !== undefined && uri.scheme !== "tel" && !uri.host.toLowerCase().endsWith(".invalid");
  return known ? addressOfRecord : contact;
}

/** A URI for Refer-To whose INVITE shall replace that dialog: the header goes into the URI (RFC 3261 §19.1.1). */
export function uriReplacing(uri: string, dialog: DialogName): string {
  const at = uri.indexOf("?");
  const plain = at < 0 ? uri : uri.slice(0, at);
  return `${plain}?Replaces=${encodeURIComponent(replacesValue(dialog))}&Require=replaces`;
}
