/** The lines a=crypto of a description: read and written (RFC 4568 §4 to §6, §9); which of them is taken is security.ts. */
import type { SrtpMasterKey } from "../media/protocol.ts";
import { findSuite, type SuiteFacts } from "../srtp/suite.ts";

/** A line that this phone can work with. */
export interface CryptoLine {
  readonly tag: number;
  readonly facts: SuiteFacts;
  /** The suite as the line names it: some peers go by a draft's name. */
  readonly name: string;
  readonly keys: readonly SrtpMasterKey[];
  /** UNENCRYPTED_SRTCP (§6.3.2). */
  readonly plainRtcp: boolean;
  /** WSH (§6.3.7); 0 where nothing is wished. */
  readonly windowPackets: number;
}

export type CryptoVerdict =
  | { readonly ok: true; readonly line: CryptoLine }
  | { readonly ok: false; readonly why: string };

/** Names of drafts that became RFC 6188, still sent. */
const drafts: Readonly<Record<string, string>> = {
  AES_CM_256_HMAC_SHA1_80: "AES_256_CM_HMAC_SHA1_80",
  AES_CM_256_HMAC_SHA1_32: "AES_256_CM_HMAC_SHA1_32",
  AES_CM_192_HMAC_SHA1_80: "AES_192_CM_HMAC_SHA1_80",
  AES_CM_192_HMAC_SHA1_32: "AES_192_CM_HMAC_SHA1_32",
};

/** @param value behind "crypto:". Never throws; a reason never holds a key. */
export function readCrypto(value: string): CryptoVerdict {
  const [tag = "", name = "", keyParameters = "", ...parameters] = value.trim().split(/[ \t]+/);
  if (!/^\d{1,9}$/.test(tag)) return refuse("a=crypto without a tag");
  const upper = name.toUpperCase();
  const facts = findSuite(drafts[upper] ?? upper);
  if (facts === undefined) return refuse(`${JSON.stringify(name.slice(0, 40))} is no suite of this phone`);
  const keys: SrtpMasterKey[] = [];
  for (const text of keyParameters.split(";")) {
    const key = readKey(text, facts);
    if (typeof key === "string") return refuse(`${facts.suite}: ${key}`);
    keys.push(key);
  }
  // §6.1: packets have to tell several keys apart, by identifiers of one length.
  const mkiBytes = keys[0]?.mki?.length;
  if (keys.length > 1 && keys.some((k) => k.mki === undefined || k.mki.length !== mkiBytes))
    return refuse(`${facts.suite}: several keys, and no MKI of one length`);
  const session = readParameters(parameters);
  if (typeof session === "string") return refuse(`${facts.suite}: ${session}`);
  return { ok: true, line: { tag: Number(tag), facts, name, keys, ...session } };
}

/** A line of ours, behind "a=". */
export function writeCrypto(line: Pick<CryptoLine, "tag" | "name" | "plainRtcp">, keySalt: Uint8Array): string {
  const inline = `inline:${Buffer.from(keySalt).toString("base64")}`;
  return `crypto:${line.tag} ${line.name} ${inline}${line.plainRtcp ? " UNENCRYPTED_SRTCP" : ""}`;
}

/** inline:key||salt [ "|" lifetime ] [ "|" mki ":" length ] (§6.1, §9.2) */
function readKey(text: string, { keyBytes, saltBytes }: SuiteFacts): SrtpMasterKey | string {
  const parts = /^inline:([A-Za-z0-9+/]+={0,2})((?:\|[^|]*)*)$/i.exec(text);
  if (parts === null) return "no inline key";
  const keySalt = new Uint8Array(Buffer.from(parts[1] ?? "", "base64"));
  if (keySalt.length !== keyBytes + saltBytes)
    return `a key of ${keySalt.length} bytes, where it has ${keyBytes + saltBytes}`;
  let lifetimePackets: number | undefined;
  let mki: Uint8Array | undefined;
  for (const field of (parts[2] ?? "").split("|").slice(1)) {
    const named = /^(\d{1,310}):(\d{1,3})$/.exec(field);
    if (named !== null) mki = bytesOf(named[1] ?? "", Number(named[2]));
    else lifetimePackets = lifetimeOf(field);
    if (named === null ? lifetimePackets === undefined : mki === undefined)
      return `${JSON.stringify(field.slice(0, 40))} is neither a lifetime nor an MKI`;
  }
  return { keySalt, lifetimePackets, mki };
}

/** "2^20" or "1048576"; more than RFC 3711 allows is what it allows. */
function lifetimeOf(text: string): number | undefined {
  const power = /^2\^(\d{1,2})$/.exec(text)?.[1];
  const packets = power !== undefined ? 2 ** Number(power) : /^\d{1,15}$/.test(text) ? Number(text) : 0;
  return packets >= 1 ? Math.min(packets, 2 ** 48) : undefined;
}

/** A decimal number as that many bytes, or undefined where it does not fit. */
function bytesOf(decimal: string, length: number): Uint8Array | undefined {
  if (length < 1 || length > 128) return undefined;
  const digits = BigInt(decimal).toString(16);
  if (digits.length > 2 * length) return undefined;
  return new Uint8Array(Buffer.from(digits.padStart(2 * length, "0"), "hex"));
}

/** §6.3: those that change what is on the wire are honoured as written, or the line is not for us. */
function readParameters(parameters: readonly string[]): Pick<CryptoLine, "plainRtcp" | "windowPackets"> | string {
  let plainRtcp = false;
  let windowPackets = 0;
  for (const parameter of parameters) {
    const [name = "", value = ""] = parameter.split("=", 2);
    switch (name.toUpperCase()) {
      case "UNENCRYPTED_SRTCP":
        plainRtcp = true;
        break;
      case "WSH":
        // §6.3.7: at least 64; a wish.
        if (/^\d{1,6}$/.test(value)) windowPackets = Number(value);
        break;
      case "KDR":
        if (value !== "0") return `key derivation rate ${JSON.stringify(value.slice(0, 10))}`;
        break;
      case "FEC_ORDER":
      case "FEC_KEY":
        // Nothing is said of a stream of repairs, and there is none.
        break;
      default:
        // §6.3.8: an extension that may be passed over says so.
        if (!name.startsWith("-")) return `session parameter ${JSON.stringify(name.slice(0, 40))}`;
    }
  }
  return { plainRtcp, windowPackets };
}

function refuse(why: string): CryptoVerdict {
  return { ok: false, why };
}
