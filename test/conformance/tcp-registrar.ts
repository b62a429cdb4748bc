/** A registrar by TCP of one account, by hand: what came over which connection and when; it answers only as a row says. */
import { createServer, type Server, type Socket } from "node:net";
import { eventually } from "../interop/kit/process.ts";
import { type Heard, tagOf, takeApart, value } from "../interop/kit/raw-sip.ts";

export interface Connection {
  readonly socket: Socket;
  /** All that came. */
  text: string;
  /** `performance.now()`, ms. */
  readonly openedAtMs: number;
  closedAtMs: number | undefined;
}

export class TcpRegistrar {
  readonly address: string;
  readonly connections: Connection[] = [];
  /** Done with each connection as it opens. */
  greet: (connection: Connection) => void = () => {};
  readonly #server: Server;

  private constructor(address: string) {
    this.address = address;
    this.#server = createServer((socket) => {
      const connection: Connection = { socket, text: "", openedAtMs: performance.now(), closedAtMs: undefined };
      this.connections.push(connection);
      socket.on("data", (bytes) => {
        connection.text += bytes.toString("latin1");
      });
      socket.on("error", () => undefined);
      socket.on("close", () => {
        connection.closedAtMs = performance.now();
      });
      this.greet(connection);
    });
  }

  static async open(address: string): Promise<TcpRegistrar> {
    const registrar = new TcpRegistrar(address);
    await new Promise<void>((resolve, reject) => {
      registrar.#server.once("error", reject);
      registrar.#server.listen(5060, address, resolve);
    });
    return registrar;
  }

  /** Counted from 1, open or closed. */
  connection(number: number, ms = 20_000): Promise<Connection> {
    return eventually(`${this.address}: connection ${number}`, () => this.connections[number - 1], ms);
  }

  /** The REGISTER of this number on that connection, counted from 1; REGISTER has no body. */
  register(on: Connection, number = 1, ms = 5000): Promise<Heard> {
    return eventually(`${this.address}: REGISTER ${number}`, () => registersIn(on.text)[number - 1], ms);
  }

  answer(on: Connection, to: Heard, status: number, fields: Readonly<Record<string, string>> = {}): void {
    const theirs = value(to, "To");
    const lines = Object.entries({
      Via: value(to, "Via"),
      From: value(to, "From"),
      To: tagOf(theirs) === "" ? `${theirs};tag=registrar` : theirs,
      "Call-ID": value(to, "Call-ID"),
      CSeq: value(to, "CSeq"),
      ...fields,
      "Content-Length": "0",
    }).map(([name, text]) => `${name}: ${text}\r\n`);
    on.socket.write(`SIP/2.0 ${status} As The Row Says\r\n${lines.join("")}\r\n`, "latin1");
  }

  /** Binds what the REGISTER shows. */
  grant(on: Connection, to: Heard, fields: Readonly<Record<string, string>> = {}): void {
    this.answer(on, to, 200, { Contact: `${value(to, "Contact")};expires=600`, ...fields });
  }

  /** Takes the first connection and binds it; gives both. */
  async bind(fields: Readonly<Record<string, string>> = {}): Promise<{ connection: Connection; register: Heard }> {
    const connection = await this.connection(1);
    const register = await this.register(connection);
    this.grant(connection, register, fields);
    return { connection, register };
  }

  close(): void {
    this.#server.close();
    for (const { socket } of this.connections) socket.destroy();
  }
}

function registersIn(text: string): readonly Heard[] {
  return text
    .split(/(?=REGISTER sip)/)
    .filter((part) => part.startsWith("REGISTER ") && part.includes("\r\n\r\n"))
    .map((part) => takeApart(part));
}

/** Line ends that came between and after messages: pings are four bytes of it. */
export function lineEndsAfter(text: string): string {
  return /\r\n\r\n((?:\r\n)*)$/.exec(text)?.[1] ?? "";
}
