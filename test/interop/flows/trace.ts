/** What a proxy saw: its copies of messages (HEP version 3, as Kamailio's siptrace sends them), and flows compared with them. */
import { createSocket, type Socket } from "node:dgram";
import { expect } from "vitest";
import { eventually } from "../kit/process.ts";
import { type Heard, takeApart, value } from "../kit/raw-sip.ts";

export interface Message extends Heard {
  /** Letters of the parties: "A>P". */
  readonly leg: string;
  /** Method of a request, status of a response, and the direction of its stream unless it is sendrecv: "INVITE sendonly". */
  readonly what: string;
  readonly callId: string;
}

/** Letters and addresses; a letter may have several. */
export type Parties = readonly (readonly [letter: string, address: string])[];

/** Chunk types of HEP that are read: IPv4 source and destination, and the message itself. */
const chunk = { source: 3, destination: 4, payload: 15 } as const;

export class Trace {
  readonly #socket: Socket;
  readonly #letters: ReadonlyMap<string, string>;
  #messages: Message[] = [];

  private constructor(socket: Socket, parties: Parties) {
    this.#socket = socket;
    this.#letters = new Map(parties.map(([letter, address]) => [address, letter]));
    socket.on("message", (bytes) => this.#take(bytes));
  }

  static async open(address: string, port: number, parties: Parties): Promise<Trace> {
    const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, resolve);
    });
    return new Trace(socket, parties);
  }

  close(): void {
    this.#socket.close();
  }

  /** Every message since `clear`, in order. */
  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Forgets what was seen; to be called while nothing is under way. */
  clear(): void {
    this.#messages = [];
  }

  /** One line for each message. */
  get text(): string {
    return this.#messages.map((m) => `${m.leg} ${m.what}  [${value(m, "CSeq")}, ${m.callId.slice(0, 12)}]`).join("\n");
  }

  /** The first message of this step that `test` accepts, seen already or to come. */
  seen(step: string, test: (message: Message) => boolean = () => true, ms = 10_000): Promise<Message> {
    return eventually(
      step,
      () => this.#messages.find((m) => stepOf(m) === step && test(m)),
      ms,
      () => `\n${this.text}`,
    );
  }

  #take(bytes: Buffer): void {
    if (bytes.toString("latin1", 0, 4) !== "HEP3") return;
    const found = new Map<number, Buffer>();
    for (let at = 6; at + 6 <= bytes.length; ) {
      const size = bytes.readUInt16BE(at + 4);
      if (size < 6) return;
      found.set(bytes.readUInt16BE(at + 2), bytes.subarray(at + 6, at + size));
      at += size;
    }
    const party = (type: number) => {
      const address = [...(found.get(type) ?? [])].join(".");
      return this.#letters.get(address) ?? address;
    };
    const text = found.get(chunk.payload)?.toString("latin1") ?? "";
    const heard = takeApart(text);
    // Without a method: what keeps a NAT's binding.
    if (heard.startLine === "" || value(heard, "CSeq") === "") return;
    const direction = /^a=(sendonly|recvonly|inactive)\r?$/m.exec(heard.body)?.[1];
    const kind = heard.status === 0 ? (heard.startLine.split(" ")[0] ?? "") : String(heard.status);
    this.#messages.push({
      ...heard,
      leg: `${party(chunk.source)}>${party(chunk.destination)}`,
      what: direction === undefined ? kind : `${kind} ${direction}`,
      callId: value(heard, "Call-ID"),
    });
  }
}

const stepOf = (message: Message) => `${message.leg} ${message.what}`;
const methodOf = (message: Message) => value(message, "CSeq").split(" ")[1] ?? "";

/**
 * What the guide's flows leave out or tell otherwise (DECISIONS.md): registration and keep-alive beside the calls,
 * 100 Trying (hop by hop), the NOTIFYs of a REFER, and anything sent twice.
 */
function told(messages: readonly Message[]): Message[] {
  const before = new Set<string>();
  return messages.filter((m) => {
    if (m.status === 100 || /^(REGISTER|OPTIONS|NOTIFY|SUBSCRIBE)$/.test(methodOf(m))) return false;
    const same = `${stepOf(m)} ${value(m, "CSeq")} ${value(m, "Via")} ${m.callId}`;
    if (before.has(same)) return false;
    before.add(same);
    return true;
  });
}

export interface Flow {
  /**
   * Steps of each dialog (Call-ID), by a name for it, in the order of their INVITEs: "A>P INVITE sendonly". A step that
   * ends in " !" is answered hop by hop: it has a place on its own leg only, not among those of the others.
   */
  readonly dialogs: Readonly<Record<string, string>>;
  /** Between dialogs: the first of each pair comes before the second, both written "AB A>P 202", the second such "... #2". */
  readonly order?: readonly (readonly [string, string])[];
  /** Dialogs that either side ends, or both at once: their BYEs are looked at apart. */
  readonly endsApart?: readonly string[];
}

/** Each dialog has these messages and no others, in this order; gives the Call-IDs by the dialogs' names. */
export async function expectFlow(trace: Trace, flow: Flow): Promise<Readonly<Record<string, string>>> {
  const names = Object.keys(flow.dialogs);
  const wanted = names.map((name) => stepsIn(flow.dialogs[name] ?? ""));
  const total = wanted.reduce((sum, steps) => sum + steps.length, 0);
  // Either all came, or there is no use in waiting longer.
  await eventually("all messages", () => told(trace.messages).length >= total || undefined, 5000).catch(
    () => undefined,
  );
  await new Promise((resolve) => setTimeout(resolve, 150));

  const messages = told(trace.messages);
  const callIds = [...new Set(messages.map((m) => m.callId))];
  expect(callIds.length, `dialogs:\n${trace.text}`).toBe(names.length);
  names.forEach((name, index) => {
    const apart = flow.endsApart?.includes(name) === true;
    const own = messages.filter((m) => m.callId === callIds[index] && !(apart && methodOf(m) === "BYE"));
    const seen = own.map(stepOf);
    const steps = wanted[index] ?? [];
    const between = steps.filter((step) => !step.hop).map((step) => step.text);
    const ownLeg = new Set(steps.filter((step) => step.hop).map((step) => step.text));
    expect(
      seen.filter((step) => !ownLeg.has(step)),
      `${name}:\n${trace.text}`,
    ).toEqual(between.filter((step) => !ownLeg.has(step)));
    for (const leg of new Set(steps.map((step) => step.leg)))
      expect(
        seen.filter((step) => legOf(step) === leg),
        `${name}, leg ${leg}:\n${trace.text}`,
      ).toEqual(steps.filter((step) => step.leg === leg).map((step) => step.text));
  });

  const place = (named: string) => {
    const [, name = "", step, times = "1"] = /^(\S+) (.*?)(?: #(\d))?$/.exec(named) ?? [];
    const callId = callIds[names.indexOf(name)];
    const places = messages.flatMap((m, at) => (m.callId === callId && stepOf(m) === step ? [at] : []));
    const at = places[Number(times) - 1] ?? -1;
    expect(at, `${named}:\n${trace.text}`).toBeGreaterThanOrEqual(0);
    return at;
  };
  for (const [before, after] of flow.order ?? [])
    expect(place(before), `${before} before ${after}:\n${trace.text}`).toBeLessThan(place(after));
  return Object.fromEntries(names.map((name, index) => [name, callIds[index] ?? ""]));
}

/** A leg is a pair of neighbours, whichever of them sends. */
function legOf(step: string): string {
  return (step.split(" ")[0] ?? "").split(">").sort().join("");
}

function stepsIn(text: string): { text: string; leg: string; hop: boolean }[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const hop = line.endsWith(" !");
      const step = hop ? line.slice(0, -2) : line;
      return { text: step, leg: legOf(step), hop };
    });
}
