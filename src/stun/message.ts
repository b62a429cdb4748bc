/** STUN messages: read with all bounds checked, and written (RFC 8489 §5, §14). Whether one is believed is credentials.ts. */
import { crc32 } from "./crc32.ts";
import { checkIntegrity, type IntegrityAlgorithm, integrityBytes, integrityValue } from "./integrity.ts";
import { attribute, headerBytes, magicCookie, transactionIdBytes, understood } from "./types.ts";
import { type Endpoint, readAddress, readErrorCode, type StunErrorCode } from "./value.ts";

//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |0 0|     type: method, class   |  length without this header   |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |                     magic cookie 0x2112A442                   |
// +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
// |                 transaction id, 96 bits                       |
// +=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
// |   attribute type              |  length of value              |
// |   value, padded to 32 bits ...                                |

export type StunClass = "request" | "indication" | "success" | "error";
const classes: readonly StunClass[] = ["request", "indication", "success", "error"];

export interface StunAttribute {
  readonly type: number;
  readonly value: Uint8Array;
}

/** More in one message than any protocol over STUN has. */
const mostAttributes = 64;
const xorFingerprint = 0x5354_554e;

export class StunMessage {
  readonly class: StunClass;
  readonly method: number;
  /** 12 bytes. */
  readonly transactionId: Uint8Array;
  /** Those that count: what stands behind a MESSAGE-INTEGRITY is left out (§14.5). */
  readonly attributes: readonly StunAttribute[];
  readonly hasFingerprint: boolean;
  readonly #bytes: Uint8Array;
  readonly #integrityAt: ReadonlyMap<number, number>;

  constructor(
    bytes: Uint8Array,
    attributes: readonly StunAttribute[],
    integrityAt: ReadonlyMap<number, number>,
    hasFingerprint: boolean,
  ) {
    const type = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    this.class = classes[((type >> 7) & 2) | ((type >> 4) & 1)] ?? "request";
    this.method = (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2);
    this.transactionId = bytes.subarray(8, headerBytes);
    this.attributes = attributes;
    this.hasFingerprint = hasFingerprint;
    this.#bytes = bytes;
    this.#integrityAt = integrityAt;
  }

  /** Of the first attribute of that type: only that one counts (§14). */
  value(type: number): Uint8Array | undefined {
    return this.attributes.find((a) => a.type === type)?.value;
  }

  has(type: number): boolean {
    return this.value(type) !== undefined;
  }

  text(type: number): string | undefined {
    const value = this.value(type);
    return value === undefined ? undefined : Buffer.from(value).toString("utf8");
  }

  /** Undefined when it is absent or has another length. */
  uint32(type: number): number | undefined {
    const value = this.value(type);
    return value?.length === 4 ? view(value).getUint32(0) : undefined;
  }

  uint64(type: number): bigint | undefined {
    const value = this.value(type);
    return value?.length === 8 ? view(value).getBigUint64(0) : undefined;
  }

  /** @param type of an attribute that holds a XORed address */
  address(type: number): Endpoint | undefined {
    const value = this.value(type);
    return value === undefined ? undefined : readAddress(value, this.transactionId);
  }

  /** XOR-MAPPED-ADDRESS, or the plain one of RFC 3489 servers. */
  get mapped(): Endpoint | undefined {
    const plain = this.value(attribute.mappedAddress);
    return this.address(attribute.xorMappedAddress) ?? (plain === undefined ? undefined : readAddress(plain));
  }

  get errorCode(): StunErrorCode | undefined {
    const value = this.value(attribute.errorCode);
    return value === undefined ? undefined : readErrorCode(value);
  }

  /** Types that must be understood and are not (§6.3.1). */
  get unknown(): readonly number[] {
    return this.attributes.filter((a) => a.type < 0x8000 && !understood.has(a.type)).map((a) => a.type);
  }

  /** The sort of integrity that it has; both may be present, and the stronger is told (§9.1.3). */
  get integrity(): IntegrityAlgorithm | undefined {
    if (this.#integrityAt.has(attribute.messageIntegritySha256)) return "sha256";
    return this.#integrityAt.has(attribute.messageIntegrity) ? "sha1" : undefined;
  }

  /** Its MESSAGE-INTEGRITY (or the SHA-256 one, where `algorithm` says so) was made with this key. */
  isFrom(key: Uint8Array, algorithm: IntegrityAlgorithm = this.integrity ?? "sha1"): boolean {
    const at = this.#integrityAt.get(integrityType(algorithm));
    return at !== undefined && checkIntegrity(this.#bytes, at, key, algorithm);
  }
}

export type ParsedStun =
  | { readonly ok: true; readonly message: StunMessage }
  | { readonly ok: false; readonly why: string };

/** Whether a datagram can be STUN by its first byte and cookie, as opposed to RTP, SIP or channel data (RFC 7983). */
export function looksLikeStun(bytes: Uint8Array): boolean {
  return (
    bytes.length >= headerBytes &&
    (bytes[0] ?? 255) < 4 &&
    bytes[4] === 0x21 &&
    bytes[5] === 0x12 &&
    bytes[6] === 0xa4 &&
    bytes[7] === 0x42
  );
}

/** Reads a datagram, which must be one whole message and stay as it is. */
export function parseStun(bytes: Uint8Array): ParsedStun {
  if (!looksLikeStun(bytes)) return refused("no STUN header");
  const data = view(bytes);
  const length = data.getUint16(2);
  if (length % 4 !== 0 || headerBytes + length !== bytes.length)
    return refused(`length ${length} in a datagram of ${bytes.length} bytes`);
  const attributes: StunAttribute[] = [];
  const integrityAt = new Map<number, number>();
  let at = headerBytes;
  while (at < bytes.length) {
    if (attributes.length >= mostAttributes) return refused(`more than ${mostAttributes} attributes`);
    const type = data.getUint16(at);
    const size = data.getUint16(at + 2);
    const end = at + 4 + padded(size);
    if (end > bytes.length) return refused(`attribute ${hex(type)} of ${size} bytes runs over the end`);
    const value = bytes.subarray(at + 4, at + 4 + size);
    if (type === attribute.fingerprint) {
      if (end !== bytes.length) return refused("FINGERPRINT is not the last attribute");
      if (size !== 4 || data.getUint32(at + 4) !== fingerprint(bytes, at)) return refused("FINGERPRINT is wrong");
      return { ok: true, message: new StunMessage(bytes, attributes, integrityAt, true) };
    }
    const isIntegrity = type === attribute.messageIntegrity || type === attribute.messageIntegritySha256;
    // Behind the first, only the SHA-256 one and the fingerprint still count (§14.5, §14.6).
    const counts = integrityAt.size === 0 || (type === attribute.messageIntegritySha256 && !integrityAt.has(type));
    if (isIntegrity && counts) {
      const right = type === attribute.messageIntegrity ? size === 20 : size >= 16 && size <= 32 && size % 4 === 0;
      if (!right) return refused(`MESSAGE-INTEGRITY of ${size} bytes`);
      integrityAt.set(type, at);
    }
    if (counts) attributes.push({ type, value });
    at = end;
  }
  return { ok: true, message: new StunMessage(bytes, attributes, integrityAt, false) };
}

export interface StunDraft {
  readonly class: StunClass;
  readonly method: number;
  readonly transactionId: Uint8Array;
  readonly attributes: readonly StunAttribute[];
  /** Signs it. */
  readonly integrity?: { readonly key: Uint8Array; readonly algorithm: IntegrityAlgorithm } | undefined;
  readonly fingerprint?: boolean;
}

export function writeStun(draft: StunDraft): Uint8Array {
  const { integrity } = draft;
  const body = draft.attributes.reduce((sum, a) => sum + 4 + padded(a.value.length), 0);
  const signature = integrity === undefined ? 0 : 4 + integrityBytes[integrity.algorithm];
  const size = headerBytes + body + signature + (draft.fingerprint === true ? 8 : 0);
  const bytes = new Uint8Array(size);
  const data = view(bytes);
  data.setUint16(0, messageType(draft.class, draft.method));
  data.setUint16(2, size - headerBytes);
  data.setUint32(4, magicCookie);
  bytes.set(draft.transactionId.subarray(0, transactionIdBytes), 8);
  let at = headerBytes;
  const put = ({ type, value }: StunAttribute): void => {
    data.setUint16(at, type);
    data.setUint16(at + 2, value.length);
    bytes.set(value, at + 4);
    at += 4 + padded(value.length);
  };
  for (const one of draft.attributes) put(one);
  if (integrity !== undefined)
    put({
      type: integrityType(integrity.algorithm),
      value: integrityValue(bytes, at, integrity.key, integrity.algorithm),
    });
  if (draft.fingerprint === true) {
    data.setUint16(at, attribute.fingerprint);
    data.setUint16(at + 2, 4);
    data.setUint32(at + 4, fingerprint(bytes, at));
  }
  return bytes;
}

export function messageType(kind: StunClass, method: number): number {
  const code = classes.indexOf(kind);
  return ((code & 2) << 7) | ((code & 1) << 4) | (method & 0xf) | ((method & 0x70) << 1) | ((method & 0xf80) << 2);
}

function integrityType(algorithm: IntegrityAlgorithm): number {
  return algorithm === "sha1" ? attribute.messageIntegrity : attribute.messageIntegritySha256;
}

/** Over everything before it, the header's length counting it already (§14.7). */
function fingerprint(bytes: Uint8Array, at: number): number {
  return (crc32(bytes.subarray(0, at)) ^ xorFingerprint) >>> 0;
}

function padded(size: number): number {
  return (size + 3) & ~3;
}

function refused(why: string): ParsedStun {
  return { ok: false, why };
}

function hex(type: number): string {
  return `0x${type.toString(16).padStart(4, "0")}`;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
