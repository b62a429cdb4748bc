/**
 * Messages of DNS as a client of a recursive server needs them: RFC 1035 §4, SRV of RFC 2782, NAPTR of RFC 3403,
 * AAAA of RFC 3596, EDNS0 of RFC 6891. Pure; it reads what strangers send and keeps every loop within the message.
 *
 *      0       2       4       6       8      10      12
 *     +-------+-------+-------+-------+-------+-------+----------
 *     |  id   | flags |  qd   |  an   |  ns   |  ar   | question, answers, authority, additional
 *     +-------+-------+-------+-------+-------+-------+----------
 */
import { isIPv4, isIPv6 } from "node:net";
import type { PointerRecord, ServiceRecord } from "../base/network.ts";

export const recordTypes = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33, NAPTR: 35 } as const;

export type DnsType = "A" | "AAAA" | "SRV" | "NAPTR";

export interface DnsQuestion {
  /** Without the dot at the end; compared without regard to case. */
  readonly name: string;
  readonly type: DnsType;
}

/** A record of a type that we read; `name` is in lower case. */
export type DnsRecord = { readonly name: string; readonly ttlSeconds: number } & (
  | { readonly type: "A" | "AAAA"; readonly address: string }
  | { readonly type: "CNAME"; readonly target: string }
  | ({ readonly type: "SRV" } & ServiceRecord)
  | ({ readonly type: "NAPTR" } & PointerRecord)
  /** `ttlSeconds` is how long "there is none" holds (RFC 2308 §5). */
  | { readonly type: "SOA" }
);

export interface DnsResponse {
  readonly id: number;
  readonly truncated: boolean;
  /** 0 no error, 2 server failure, 3 no such name. */
  readonly code: number;
  readonly question: { readonly name: string; readonly type: number };
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

export type ParsedDns =
  | { readonly ok: true; readonly response: DnsResponse }
  | { readonly ok: false; readonly why: string };

/** Payload that we take by UDP: what fits a packet of any network without fragments. */
export const udpPayloadBytes = 1232;
/** Records of one message that are read; a hostile one has thousands. */
const mostRecords = 256;
/** RFC 2181 §8: a TTL beyond is 0; a week is more than any phone should believe. */
const longestTtlSeconds = 604_800;

/** @throws RangeError for a name that DNS cannot carry: an empty or overlong label, more than 253 characters. */
export function encodeQuery(id: number, { name, type }: DnsQuestion): Uint8Array {
  const labels = name.split(".");
  if (name.length === 0 || name.length > 253 || labels.some((l) => l.length === 0 || Buffer.byteLength(l) > 63))
    throw new RangeError(`"${name.slice(0, 260)}" is no name that DNS can ask for`);
  const parts: Uint8Array[] = [Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1])];
  for (const label of labels) parts.push(Buffer.from([Buffer.byteLength(label)]), Buffer.from(label));
  parts.push(Buffer.from([0, 0, recordTypes[type], 0, 1]));
  // The OPT record of EDNS0: root name, type 41, payload size as class, no flags, no options.
  parts.push(Buffer.from([0, 0, 41, udpPayloadBytes >> 8, udpPayloadBytes & 255, 0, 0, 0, 0, 0, 0]));
  return Buffer.concat(parts);
}

export function parseResponse(bytes: Uint8Array): ParsedDns {
  const reader = new Reader(bytes);
  try {
    return { ok: true, response: readResponse(reader) };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, why: error.message };
    throw error;
  }
}

class Malformed extends Error {}

function readResponse(reader: Reader): DnsResponse {
  const id = reader.number(2);
  const flags = reader.number(2);
  const [questions, answers, authority, additional] = [2, 2, 2, 2].map((size) => reader.number(size)) as [
    number,
    number,
    number,
    number,
  ];
  if ((flags & 0x8000) === 0) throw new Malformed("it is a query");
  if (questions !== 1) throw new Malformed(`it has ${questions} questions`);
  const question = { name: reader.name(), type: reader.number(2) };
  reader.number(2);
  const truncated = (flags & 0x0200) !== 0;
  const section = (count: number): DnsRecord[] => {
    const records: DnsRecord[] = [];
    for (let i = 0; i < Math.min(count, mostRecords); i++) {
      // What was cut off is asked for again by TCP.
      if (truncated && reader.atEnd) break;
      const record = readRecord(reader);
      if (record !== undefined) records.push(record);
    }
    return records;
  };
  const sections = truncated ? [[], [], []] : [section(answers), section(authority), section(additional)];
  return {
    id,
    truncated,
    code: flags & 15,
    question,
    answers: sections[0] ?? [],
    authority: sections[1] ?? [],
    additional: sections[2] ?? [],
  };
}

/** undefined for a type or class that we do not read, or a record that cannot be meant. */
function readRecord(reader: Reader): DnsRecord | undefined {
  const name = reader.name();
  const type = reader.number(2);
  const internet = reader.number(2) === 1;
  const ttl = reader.number(4);
  const data = reader.slice(reader.number(2));
  if (!internet) return undefined;
  // RFC 2181 §8: the topmost bit makes it 0.
  const ttlSeconds = ttl >= 2 ** 31 ? 0 : Math.min(ttl, longestTtlSeconds);
  switch (type) {
    case recordTypes.A: {
      const address = [...data.rest()].join(".");
      return isIPv4(address) ? { type: "A", name, ttlSeconds, address } : undefined;
    }
    case recordTypes.AAAA: {
      const address = ipv6Text(data.rest());
      return address === undefined ? undefined : { type: "AAAA", name, ttlSeconds, address };
    }
    case recordTypes.CNAME:
      return { type: "CNAME", name, ttlSeconds, target: data.name() };
    case recordTypes.SRV: {
      const [priority, weight, port] = [data.number(2), data.number(2), data.number(2)];
      return { type: "SRV", name, ttlSeconds, priority, weight, port, target: data.name() || "." };
    }
    case recordTypes.NAPTR: {
      const [order, preference] = [data.number(2), data.number(2)];
      const [flags, service, regexp] = [data.text(), data.text(), data.text()];
      return { type: "NAPTR", name, ttlSeconds, order, preference, flags, service, regexp, replacement: data.name() };
    }
    case recordTypes.SOA: {
      data.name();
      data.name();
      data.slice(16);
      return { type: "SOA", name, ttlSeconds: Math.min(ttlSeconds, data.number(4)) };
    }
    default:
      return undefined;
  }
}

/** The usual short form (RFC 5952 §4): as other parts write addresses, so that texts can be compared. */
function ipv6Text(bytes: Uint8Array): string | undefined {
  if (bytes.length !== 16) return undefined;
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  const hex = groups.map((group) => group.toString(16));
  const text =
    best.from < 0
      ? hex.join(":")
      : `${hex.slice(0, best.from).join(":")}::${hex.slice(best.from + best.length).join(":")}`;
  return isIPv6(text) ? text : undefined;
}

/** Reads forward within a part of the message; names may point back into all of it. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  number(size: number): number {
    const from = this.#take(size);
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.#bytes[from + i] ?? 0);
    return value;
  }

  slice(size: number): Reader {
    const from = this.#take(size);
    return new Reader(this.#bytes, from, from + size);
  }

  rest(): Uint8Array {
    const from = this.#take(this.#end - this.#at);
    return this.#bytes.subarray(from, this.#end);
  }

  /** A character-string of §3.3. */
  text(): string {
    const size = this.number(1);
    const from = this.#take(size);
    return Buffer.from(this.#bytes.subarray(from, from + size)).toString("latin1");
  }

  /** In lower case, "" for the root. A pointer must lead back, so that no ring of them holds us (§4.1.4). */
  name(): string {
    const labels: string[] = [];
    let length = 0;
    let at = this.#at;
    let lowest = at;
    let jumped = false;
    for (;;) {
      const size = this.#bytes[at];
      if (size === undefined || (!jumped && at >= this.#end)) throw new Malformed("a name runs past the end");
      if (size >= 192) {
        const to = ((size & 63) << 8) | (this.#bytes[at + 1] ?? 0);
        if (to >= lowest) throw new Malformed("a name points forward or at itself");
        if (!jumped) this.#at = at + 2;
        jumped = true;
        lowest = to;
        at = to;
      } else if (size >= 64) throw new Malformed("a label of an unknown kind");
      else if (size === 0) {
        if (!jumped) this.#at = at + 1;
        if (this.#at > this.#end) throw new Malformed("a name runs past the end");
        return labels.join(".");
      } else {
        const label = this.#bytes.subarray(at + 1, at + 1 + size);
        length += size + 1;
        if (label.length < size || length > 255) throw new Malformed("a name is too long");
        labels.push(Buffer.from(label).toString("latin1").toLowerCase());
        at += 1 + size;
      }
    }
  }

  #take(size: number): number {
    const from = this.#at;
    if (from + size > this.#end) throw new Malformed("it ends too early");
    this.#at = from + size;
    return from;
  }
}
