/** Damages messages: the corpus of RFC 4475, or any other, changed by chance from a seed. Sends nothing and judges nothing. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { seededRandom } from "../fake/network.ts";

/** Beside the sources, also when this runs from dist/. */
function corpusFolder(): URL {
  const places = ["../../", "../../../"].map(
    (root) => new URL(`${root}node_modules/sip/test/messages/`, import.meta.url),
  );
  const found = places.find((place) => existsSync(place));
  if (found === undefined) throw new Error(`the messages of RFC 4475 are at none of ${places.join(", ")}`);
  return found;
}

/** Every message of RFC 4475, by name. */
export function torture(): ReadonlyMap<string, Buffer> {
  const folder = corpusFolder();
  const files = readdirSync(folder).filter((name) => name.endsWith(".dat"));
  return new Map(files.map((name) => [name.slice(0, -4), readFileSync(new URL(name, folder))]));
}

/** What has broken parsers of SIP before. */
const marks = [...';,<>"\\:@%[](=*? \t\0\r\n', "\r\n", "\r\n ", "\r\n\r\n", '\\"', "%00", "%0d%0a", "[::1]"];
const numbers = ["-1", "0", "4294967296", "99999999999999999999999", "1e9", "SIP/2.0", "SIP/3.0", "z9hG4bK"];
const params = [";tag=", ";rport", ";received=127.0.0.1", ";maddr=", ";lr", "sip:", "sips:", "tel:+1"];
const octets = ["\xff\xfe", "\xc3\x28", "\xe5\xa4\xa7\xe5\x81\x9c"];
const lines = [
  "\r\nContent-Length: 99999\r\n",
  "\r\nl: 0\r\n",
  "\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n",
  "\r\nRequire: 100rel\r\n",
  "\r\nContact: *\r\n",
  "\r\nm=audio 0 RTP/AVP\r\n",
  "a=rtpmap:0 ",
];
const long = ["a".repeat(300), ";a=b".repeat(60), ",<sip:a@b>".repeat(40)];
const pieces = [...marks, ...numbers, ...params, ...octets, ...lines, ...long];

/** One source of damage, for one test: the same seed gives the same again. */
export class Mutator {
  readonly #chance: () => number;
  readonly #corpus: readonly Buffer[];

  constructor(seed: number, corpus: readonly Buffer[]) {
    this.#chance = seededRandom(seed);
    this.#corpus = corpus;
  }

  /** A message of the corpus, changed by `prepare`, with one to eight faults; at most 60,000 bytes. */
  next(prepare: (text: string) => string = (text) => text): Buffer {
    let text = prepare(this.#pick(this.#corpus).toString("latin1"));
    const faults = 1 + Math.floor(this.#chance() ** 2 * 8);
    for (let n = 0; n < faults; n++) text = this.#damage(text);
    return Buffer.from(text.slice(0, 60_000), "latin1");
  }

  #damage(text: string): string {
    const at = this.#below(text.length + 1);
    const to = Math.min(text.length, at + 1 + this.#below(this.#chance() < 0.8 ? 12 : 400));
    switch (this.#below(10)) {
      case 0:
        return text.slice(0, at) + String.fromCharCode(this.#below(256)) + text.slice(at + 1);
      case 1:
        return text.slice(0, at) + text.slice(to);
      case 2:
        return text.slice(0, to) + text.slice(at, to).repeat(1 + this.#below(4)) + text.slice(to);
      case 3:
      case 4:
      case 5:
        return text.slice(0, at) + this.#pick(pieces) + text.slice(at);
      case 6:
        return text.slice(0, at);
      case 7: {
        const other = this.#pick(this.#corpus).toString("latin1");
        return text.slice(0, at) + other.slice(this.#below(other.length));
      }
      case 8:
        return this.#moveLines(text);
      default:
        return text.slice(0, at) + text.slice(at, to).toUpperCase() + text.slice(to);
    }
  }

  /** A line dropped, moved, doubled, or said a hundred times. */
  #moveLines(text: string): string {
    const all = text.split("\r\n");
    const [line = ""] = all.splice(this.#below(all.length), 1);
    const times = this.#pick([0, 1, 2, 2, 100]);
    all.splice(this.#below(all.length + 1), 0, ...Array.from({ length: times }, () => line));
    return all.join("\r\n");
  }

  #below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  #pick<T>(of: readonly T[]): T {
    const item = of[this.#below(of.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }
}

/** The seed of a run: SEED in the environment, else always the same. Printed, so that a failure can be had again. */
export function seedOfRun(what: string): number {
  const seed = Number(process.env["SEED"] ?? 20_261_122);
  console.log(`${what}: SEED=${seed}`);
  return seed;
}
