/** How offer and answer agree on SRTP: keys by RFC 4568 §5 to §7, profiles RTP/SAVP and, where encryption is a wish only, RTP/AVP with keys (RFC 8643). */
import type { StreamSecurity } from "../media/protocol.ts";
import { masterKeyOf } from "../srtp/key-derivation.ts";
import { sameKey } from "../srtp/master-key.ts";
import { factsOf, findSuite, type SuiteFacts, suites } from "../srtp/suite.ts";
import { type CryptoLine, readCrypto, writeCrypto } from "./crypto.ts";
import type { MediaSection } from "./description.ts";
import type { LocalSecurity } from "./media.ts";

/** What a description of ours says of it. */
export interface OwnSecurity {
  readonly profile: string;
  readonly mode: LocalSecurity["mode"] | "off";
  readonly lines: readonly OwnCrypto[];
}

interface OwnCrypto {
  readonly tag: number;
  readonly facts: SuiteFacts;
  readonly name: string;
  readonly plainRtcp: boolean;
  readonly keySalt: Uint8Array;
}

/** What outlives each exchange: the profile that is in use, and how often our keys were renewed. */
export interface SecurityMemory {
  readonly profile: string | undefined;
  readonly generation: number;
}

export const noMemory: SecurityMemory = { profile: undefined, generation: 0 };
export const noSecurity: OwnSecurity = { profile: "RTP/AVP", mode: "off", lines: [] };

/** Suites that an offer of ours names: an INVITE by UDP must not grow too long. All of them are taken from others. */
const offered: readonly SuiteFacts[] = (
  ["AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"] as const
).map(factsOf);

const isPlain = (section: MediaSection): boolean => section.protocol.toUpperCase() === "RTP/AVP";
const isSecure = (section: MediaSection): boolean => section.protocol.toUpperCase() === "RTP/SAVP";

/** In an offer: the suite that is in use first, so that nothing changes without need. */
export function offeredSecurity(
  memory: SecurityMemory,
  local: LocalSecurity | undefined,
  current: StreamSecurity | undefined,
): OwnSecurity {
  if (local === undefined) return noSecurity;
  const inUse = current === undefined ? undefined : findSuite(current.suite);
  const order = inUse === undefined ? offered : [inUse, ...offered.filter((facts) => facts !== inUse)];
  return {
    profile: memory.profile ?? (local.mode === "compulsory" ? "RTP/SAVP" : "RTP/AVP"),
    mode: local.mode,
    lines: order.map((facts, i) => ({
      tag: i + 1,
      facts,
      name: facts.suite,
      plainRtcp: false,
      keySalt: masterKeyOf(local.seed, facts.suite, memory.generation),
    })),
  };
}

export type SecurityChoice =
  | { readonly ok: true; readonly line: CryptoLine | undefined }
  | { readonly ok: false; readonly why: string };

/** Of what an offer names for its audio: the strongest line, none, or why this audio cannot be taken. */
export function chooseSecurity(section: MediaSection, local: LocalSecurity | undefined): SecurityChoice {
  const { protocol } = section;
  if (!isPlain(section) && !isSecure(section)) return refuse(`audio over ${protocol} is not supported`);
  if (local === undefined)
    return isSecure(section)
      ? refuse(`encrypted audio (${protocol}) is offered, and encryption is off`)
      : { ok: true, line: undefined };
  const { lines, whys } = linesOf(section);
  for (const { suite } of suites) {
    const line = lines.find((l) => l.facts.suite === suite);
    if (line !== undefined) return { ok: true, line };
  }
  if (isSecure(section)) return refuse(`encrypted audio (${protocol}) without keys that can be used${listed(whys)}`);
  return local.mode === "compulsory"
    ? refuse(`${encryptionRequired}: the far end offers none that can be used${listed(whys)}`)
    : { ok: true, line: undefined };
}

/** Begins every reason that is about encryption lacking. */
export const encryptionRequired = "encryption required";

/**
 * Our answer. Where the far end has other keys than before, so have we: it may be somebody else by now, who must not
 * learn the key of what was said before.
 */
export function answeredSecurity(
  memory: SecurityMemory,
  section: MediaSection,
  local: LocalSecurity | undefined,
  line: CryptoLine | undefined,
  current: StreamSecurity | undefined,
): { readonly security: OwnSecurity; readonly memory: SecurityMemory } {
  const profile = section.protocol.toUpperCase();
  if (local === undefined || line === undefined)
    return { security: { profile, mode: local?.mode ?? "off", lines: [] }, memory: { ...memory, profile } };
  const renewed = current !== undefined && !sameKeys(current, line);
  const generation = memory.generation + (renewed ? 1 : 0);
  const { tag, facts, name, plainRtcp } = line;
  const keySalt = masterKeyOf(local.seed, facts.suite, generation);
  return {
    security: { profile, mode: local.mode, lines: [{ tag, facts, name, plainRtcp, keySalt }] },
    memory: { profile, generation },
  };
}

/** What the answer to our offer makes of it. */
export function takenSecurity(
  section: MediaSection,
  own: OwnSecurity,
): { readonly ok: true; readonly security: StreamSecurity | undefined } | { readonly ok: false; readonly why: string } {
  if (!isPlain(section) && !isSecure(section)) return refuse(`audio over ${section.protocol} is not supported`);
  if (own.mode === "off")
    return isSecure(section)
      ? refuse(`the answer is encrypted audio (${section.protocol}), which was not offered`)
      : { ok: true, security: undefined };
  const { lines, whys } = linesOf(section);
  const matches = (line: CryptoLine, byTag: boolean) =>
    own.lines.find((l) => l.facts === line.facts && (!byTag || l.tag === line.tag));
  for (const byTag of [true, false])
    for (const line of lines) {
      const ours = matches(line, byTag);
      if (ours !== undefined) return { ok: true, security: securityOf(ours, line) };
    }
  // Keys that cannot be used are not the same as none: the far end will not send anything that we could hear.
  if (isSecure(section) || lines.length > 0 || whys.length > 0)
    return refuse(`${encryptionRequired}: the answer has no keys that can be used${listed(whys)}`);
  return own.mode === "compulsory"
    ? refuse(`${encryptionRequired}: the far end answers without`)
    : { ok: true, security: undefined };
}

/** Both directions, from a line of ours and the far end's to it. */
export function securityOf(ours: OwnCrypto, theirs: CryptoLine): StreamSecurity {
  return {
    suite: ours.facts.suite,
    send: { keySalt: ours.keySalt, lifetimePackets: undefined, mki: undefined },
    receive: theirs.keys,
    plainRtcp: ours.plainRtcp || theirs.plainRtcp,
    windowPackets: theirs.windowPackets,
  };
}

export function cryptoLines({ lines }: OwnSecurity): readonly string[] {
  return lines.map((line) => `a=${writeCrypto(line, line.keySalt)}`);
}

function linesOf(section: MediaSection): { readonly lines: readonly CryptoLine[]; readonly whys: readonly string[] } {
  const verdicts = section.attributes("crypto").slice(0, mostLines).map(readCrypto);
  return {
    lines: verdicts.flatMap((v) => (v.ok ? [v.line] : [])),
    whys: verdicts.flatMap((v) => (v.ok ? [] : [v.why])),
  };
}

/** Lines that are looked at; a hostile description may have a million. */
const mostLines = 32;

function sameKeys(current: StreamSecurity, line: CryptoLine): boolean {
  if (current.suite !== line.facts.suite || current.receive.length !== line.keys.length) return false;
  return current.receive.every((key, i) => {
    const other = line.keys[i];
    return other !== undefined && sameKey(key, other);
  });
}

function listed(whys: readonly string[]): string {
  return whys.length === 0 ? "" : ` (${whys.slice(0, 4).join("; ")})`;
}

function refuse(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}
