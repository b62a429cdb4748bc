/**
 * Who the other side is, and by whom a call came here: P-Asserted-Identity and its kin (RFC 3325), Remote-Party-ID,
 * Privacy (RFC 3323), Diversion (RFC 5806), History-Info (RFC 7044). Reads them; whom to believe
 * is its user's decision.
 */
import { NameAddress } from "./address.ts";
import type { SipMessage } from "./message.ts";
import { parseNumber, parseParams, unquote } from "./syntax.ts";
import { SipUri } from "./uri.ts";

/** Where an identity is taken from. `contact` and `to` are for answers (feature row CAL-74). */
export type IdentitySource = "from" | "to" | "pai" | "ppi" | "rpid" | "contact";

export interface IdentifiedParty {
  readonly source: IdentitySource;
  readonly displayName: string;
  readonly uri: string;
}

/**
 * The first identity that the message has, in that order (feature rows CAL-73, CAL-74). Of P-Asserted-Identity, which
 * may name a SIP and a tel URI, the one with a name counts, else the first.
 */
export function partyOf(message: SipMessage, order: readonly IdentitySource[]): IdentifiedParty | undefined {
  for (const source of order) {
    const addresses = addressesOf(message, source);
    const address = addresses.find((a) => a.displayName !== "") ?? addresses[0];
    if (address !== undefined) return { source, displayName: address.displayName, uri: address.uri };
  }
  return undefined;
}

const headerNames: Readonly<Record<Exclude<IdentitySource, "from" | "to">, string>> = {
  pai: "P-Asserted-Identity",
  ppi: "P-Preferred-Identity",
  rpid: "Remote-Party-ID",
  contact: "Contact",
};

function addressesOf(message: SipMessage, source: IdentitySource): readonly NameAddress[] {
  if (source === "from") return message.from.uri === "" ? [] : [message.from];
  if (source === "to") return message.to.uri === "" ? [] : [message.to];
  return message.values(headerNames[source]).flatMap((value) => {
    const address = NameAddress.parse(value);
    // Names that are to be kept from us were sent by mistake (draft-ietf-sip-privacy-04 §6.5).
    if (address === undefined || (source === "rpid" && hides(address))) return [];
    return [address];
  });
}

function hides(address: NameAddress): boolean {
  const privacy = address.params.get("privacy")?.toLowerCase();
  return privacy !== undefined && privacy !== "off";
}

/** Values of Privacy in lower case: "id", "header", "session", "user", "none", "critical", "history". */
export function privacyOf(message: SipMessage): ReadonlySet<string> {
  return new Set(
    message.headers("Privacy").flatMap((line) =>
      line
        .toLowerCase()
        .split(/[\s;,]+/)
        .filter((v) => v !== ""),
    ),
  );
}

/** The caller does not want to be known: it asked for privacy, or calls itself anonymous (RFC 3323 §4.1.1.3). */
export function isAnonymous(message: SipMessage): boolean {
  const privacy = privacyOf(message);
  if (privacy.has("id") || privacy.has("user") || privacy.has("header")) return true;
  if (
    message.values("Remote-Party-ID").some((value) => {
      const address = NameAddress.parse(value);
      return address !== undefined && hides(address);
    })
  )
    return true;
  const uri = message.from.parsedUri;
  return uri === undefined
    ? message.from.displayName.toLowerCase() === "anonymous"
    : uri.host.toLowerCase() === "anonymous.invalid" || uri.user.toLowerCase() === "anonymous";
}

export interface Diversion {
  readonly displayName: string;
  readonly uri: string;
  /** In lower case: "user-busy", "no-answer", "unconditional", ...; "" where it is not said. */
  readonly reason: string;
  /** How often, 1 unless said. */
  readonly count: number;
  /** The number is not to be shown. */
  readonly hidden: boolean;
}

/** RFC 5806 §4: the last to divert first. */
export function diversionsOf(message: SipMessage): readonly Diversion[] {
  return message.values("Diversion").flatMap((value) => {
    const address = NameAddress.parse(value);
    if (address === undefined) return [];
    return [
      {
        displayName: address.displayName,
        uri: address.uri,
        reason: (address.params.get("reason") ?? "").toLowerCase(),
        count: parseNumber(address.params.get("counter") ?? "", 255) ?? 1,
        hidden: hides(address),
      },
    ];
  });
}

export interface HistoryEntry {
  readonly displayName: string;
  /** Without headers. */
  readonly uri: string;
  /** "1.1.2" */
  readonly index: string;
  /** SIP status for which the next entry was tried (RFC 3326 inside the URI), or cause of RFC 4458; undefined where it is not said. */
  readonly cause: number | undefined;
  readonly hidden: boolean;
}

/** RFC 7044 §5: in the order of what happened. */
export function historyOf(message: SipMessage): readonly HistoryEntry[] {
  const entries = message.values("History-Info").flatMap((value) => {
    const address = NameAddress.parse(value);
    const uri = address?.parsedUri;
    if (address === undefined || uri === undefined) return [];
    const reason = uri.headers.find(([name]) => name === "reason")?.[1];
    const cause = reason === undefined ? uri.params.get("cause") : /;\s*cause=(\d+)/i.exec(reason)?.[1];
    const privacy = uri.headers.find(([name]) => name === "privacy")?.[1].toLowerCase();
    const question = address.uri.indexOf("?");
    return [
      {
        displayName: address.displayName,
        uri: question < 0 ? address.uri : address.uri.slice(0, question),
        index: address.params.get("index") ?? "",
        cause: parseNumber(cause ?? "", 699),
        hidden: privacy?.includes("history") === true,
      },
    ];
  });
  return [...entries].sort((a, b) => compareIndices(a.index, b.index));
}

function compareIndices(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? -1) - (right[i] ?? -1);
    if (difference !== 0 && !Number.isNaN(difference)) return difference;
  }
  return 0;
}

/** Who had the call before us, if anybody said: Diversion, else History-Info. */
export function divertedBy(message: SipMessage): Pick<Diversion, "displayName" | "uri" | "hidden"> | undefined {
  const [diversion] = diversionsOf(message);
  if (diversion !== undefined) return diversion;
  // The last entry is ourselves, the one before it whom the call was for (RFC 7044 §10.3).
  return historyOf(message).at(-2);
}

export interface InfoEntry {
  readonly uri: string;
  /** Names in lower case, values unquoted. */
  readonly params: ReadonlyMap<string, string>;
}

/** Alert-Info and Call-Info (RFC 3261 §20.4, §20.9): `<uri>;param=value`; PBXs leave out the angle brackets, or the URI. */
export function infoOf(message: SipMessage, header: "Alert-Info" | "Call-Info"): readonly InfoEntry[] {
  return message.values(header).map((value) => {
    const match = /^\s*<([^>]*)>/.exec(value);
    const semicolon = value.indexOf(";", match === null ? 0 : match[0].length);
    const uri = match?.[1] ?? (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
    const params = semicolon < 0 ? [] : (parseParams(value, semicolon) ?? []);
    return { uri: uri.trim(), params: new Map(params.map(([name, text]) => [name, unquote(text)])) };
  });
}

/** What a call says of its caller who does not want to be known (RFC 3323 §4.1, RFC 3325 §9.2; feature row CAL-71). */
export const anonymous = {
  uri: "sip:anonymous@anonymous.invalid",
  displayName: "Anonymous",
  user: "anonymous",
} as const;

/** A header value with our identity for those who are trusted: P-Preferred-Identity, P-Asserted-Identity. */
export function identityValue(uri: string, displayName: string): string {
  return NameAddress.of(uri, displayName).toString();
}

/** Value of Diversion for a call that we pass on (RFC 5806 §4). */
export function diversionValue(uri: string, displayName: string, reason: string): string {
  const parsed = SipUri.parse(uri);
  return NameAddress.of(parsed?.text ?? uri, displayName, { reason }).toString();
}
