/** Messages of a name server, made by hand, and a name server on the simulated network. */
import type { Network } from "../../../src/base/network.ts";

export interface RawRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data?: readonly number[];
  /** Name at the end of the data. */
  readonly name2?: string;
}

export interface RawAnswer {
  readonly code?: number;
  readonly truncated?: boolean;
  readonly answers?: readonly RawRecord[];
  readonly authority?: readonly RawRecord[];
  readonly additional?: readonly RawRecord[];
}

function nameBytes(name: string): number[] {
  return [...name.split(".").flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
}

export function dnsAnswer(
  id: number,
  question: { name: string; type: number },
  answers: readonly RawRecord[],
  { code = 0, truncated = false, authority = [], additional = [] }: RawAnswer = {},
): Uint8Array {
  const two = (value: number) => [value >> 8, value & 255];
  const record = ({ name, type, ttl, data = [], name2 }: RawRecord) => {
    // Names that are the question's point back to it, as real servers write them.
    const owner = name === question.name ? [0xc0, 12] : nameBytes(name);
    const content = [...data, ...(name2 === undefined ? [] : nameBytes(name2))];
    const lifetime = [ttl >>> 24, (ttl >> 16) & 255, (ttl >> 8) & 255, ttl & 255];
    return [...owner, ...two(type), 0, 1, ...lifetime, ...two(content.length), ...content];
  };
  return Uint8Array.from([
    ...two(id),
    0x81 | (truncated ? 2 : 0),
    0x80 | code,
    ...[0, 1, ...two(answers.length), ...two(authority.length), ...two(additional.length)],
    ...nameBytes(question.name),
    ...[...two(question.type), 0, 1],
    ...[...answers, ...authority, ...additional].flatMap(record),
  ]);
}

/** What was asked: id, name in lower case, type. */
export function questionOf(bytes: Uint8Array): { id: number; name: string; type: number } {
  const labels: string[] = [];
  let at = 12;
  for (let size = bytes[at] ?? 0; size > 0; size = bytes[at] ?? 0) {
    labels.push(Buffer.from(bytes.subarray(at + 1, at + 1 + size)).toString());
    at += 1 + size;
  }
  const type = ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return { id: ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0), name: labels.join(".").toLowerCase(), type };
}

const typeNames: Readonly<Record<number, string>> = { 1: "A", 28: "AAAA", 33: "SRV", 35: "NAPTR" };

/** Answers by "TYPE name"; silent while `reply` gives undefined. */
export class DnsServer {
  readonly asked: string[] = [];
  reply: (question: string, by: "udp" | "tcp") => RawAnswer | undefined = () => ({ code: 3 });

  async open(network: Network, address: string): Promise<void> {
    const socket = await network.bindDatagram({ address, port: 53 });
    socket.onMessage = (bytes, from) => {
      const answer = this.#answer(bytes, "udp");
      if (answer !== undefined) socket.send(answer, from);
    };
    const listener = await network.listenStream({ address, port: 53 });
    listener.onConnection = (stream) => {
      stream.onData = (bytes) => {
        const answer = this.#answer(bytes.subarray(2), "tcp");
        // In two pieces, as a network may.
        if (answer === undefined) return;
        stream.send(Uint8Array.from([answer.length >> 8]));
        stream.send(Uint8Array.from([answer.length & 255, ...answer]));
      };
    };
  }

  #answer(bytes: Uint8Array, by: "udp" | "tcp"): Uint8Array | undefined {
    const { id, name, type } = questionOf(bytes);
    const question = `${typeNames[type] ?? type} ${name}`;
    this.asked.push(by === "udp" ? question : `${question} by tcp`);
    const reply = this.reply(question, by);
    return reply === undefined ? undefined : dnsAnswer(id, { name, type }, reply.answers ?? [], reply);
  }
}

export function a(name: string, address: string, ttl = 60): RawRecord {
  return { name, type: 1, ttl, data: address.split(".").map(Number) };
}

export function alias(name: string, target: string, ttl = 60): RawRecord {
  return { name, type: 5, ttl, name2: target };
}

export function srv(name: string, priority: number, port: number, target: string, ttl = 60): RawRecord {
  return { name, type: 33, ttl, data: [0, priority, 0, 1, port >> 8, port & 255], name2: target };
}

/** SOA whose "there is none" holds for that long. */
export function soa(name: string, ttl: number): RawRecord {
  return { name, type: 6, ttl: 3600, data: [0, 0, ...Array(16).fill(0), 0, 0, ttl >> 8, ttl & 255] };
}
