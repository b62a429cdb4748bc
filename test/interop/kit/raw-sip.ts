/** A SIP peer without a stack: messages written by hand, datagrams and connections of the test's own, nothing repaired. */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { connect, type Socket as Stream } from "node:net";
import { eventually } from "./process.ts";

/** A message as it came, taken apart no further than a test needs. */
export interface Heard {
  readonly startLine: string;
  /** 0 for a request. */
  readonly status: number;
  /** By name in lower case, in the order they came. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
  readonly text: string;
}

export function takeApart(text: string): Heard {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [startLine = "", ...lines] = head.split("\r\n");
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const name = line.slice(0, line.indexOf(":")).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(line.indexOf(":") + 1).trim()]);
  }
  return {
    startLine,
    status: Number(/^SIP\/2\.0 (\d{3})/.exec(startLine)?.[1] ?? 0),
    headers,
    body: rest.join("\r\n\r\n"),
    text,
  };
}

/** First value of a header, "" when it is absent. */
export function value(message: Heard, name: string): string {
  return message.headers.get(name.toLowerCase())?.[0] ?? "";
}

export function tagOf(text: string): string {
  return /;tag=([^;>\s]+)/i.exec(text.slice(text.lastIndexOf(">") + 1))?.[1] ?? "";
}

let counter = 0;
/** Text that was never used before in this process, fit for a branch, tag or Call-ID. */
export function fresh(): string {
  counter += 1;
  return `${process.pid}x${Date.now().toString(36)}x${counter}`;
}

/**
 * The text of a request. `fields` are the header lines in order; one that is undefined is left out. Content-Length is
 * that of the body unless it is among the fields.
 */
export function request(line: string, fields: Readonly<Record<string, string | undefined>>, body = ""): string {
  const lines = Object.entries({ "Content-Length": String(Buffer.byteLength(body)), ...fields })
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => `${name}: ${text}\r\n`);
  return `${line} SIP/2.0\r\n${lines.join("")}\r\n${body}`;
}

export class RawUdp {
  readonly heard: Heard[] = [];
  readonly address: string;
  readonly port: number;
  readonly #socket: Datagrams;

  private constructor(socket: Datagrams) {
    this.#socket = socket;
    this.address = socket.address().address;
    this.port = socket.address().port;
    socket.on("message", (bytes) => this.heard.push(takeApart(bytes.toString("latin1"))));
  }

  /** Port 0 takes any. */
  static async open(address: string, port = 0): Promise<RawUdp> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, resolve);
    });
    return new RawUdp(socket);
  }

  send(message: string | Uint8Array, address: string, port = 5060): Promise<void> {
    const bytes = typeof message === "string" ? Buffer.from(message, "latin1") : message;
    return new Promise((resolve, reject) =>
      this.#socket.send(bytes, port, address, (error) => (error === null ? resolve() : reject(error))),
    );
  }

  /** The first message, among those heard already or to come, that `test` accepts. */
  next(what: string, test: (message: Heard) => boolean, ms = 4000): Promise<Heard> {
    return eventually(
      `${this.address}:${this.port}: ${what}`,
      () => this.heard.find(test),
      ms,
      () => this.heard.map((m) => m.startLine).join(" | "),
    );
  }

  close(): void {
    this.#socket.close();
  }
}

export class RawTcp {
  text = "";
  ended = false;
  readonly #socket: Stream;

  private constructor(socket: Stream) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => {
      this.text += bytes.toString("latin1");
    });
    socket.on("error", () => {
      this.ended = true;
    });
    socket.on("close", () => {
      this.ended = true;
    });
  }

  static open(from: string, to: string, port = 5060): Promise<RawTcp> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: to, port, localAddress: from });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawTcp(socket)));
    });
  }

  get port(): number {
    return this.#socket.localPort ?? 0;
  }

  /** Resolves when the system has taken it: two calls are two segments. */
  send(text: string): Promise<void> {
    return new Promise((resolve) => this.#socket.write(text, "latin1", () => resolve()));
  }

  until(what: string, test: (text: string) => boolean, ms = 4000): Promise<string> {
    return eventually(
      `TCP: ${what}`,
      () => (test(this.text) ? this.text : undefined),
      ms,
      () => JSON.stringify(this.text),
    );
  }

  close(): void {
    this.#socket.destroy();
  }
}
