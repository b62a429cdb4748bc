/** Stands in front of a server, passes all messages on, and has it die at a chosen message: what a crash between two messages looks like to the phone. */
import { createSocket, type Socket as Datagrams } from "node:dgram";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface RelayOptions {
  /** Where the phone finds the server; port 5060. */
  readonly address: string;
  /** Where the server is; port 5060. */
  readonly server: string;
  /** Ends it; the message that it died at is passed on after that, and nothing more. */
  readonly kill: () => Promise<void>;
}

export class Relay {
  readonly #options: RelayOptions;
  readonly #tcp: Server;
  readonly #udp: Datagrams;
  readonly #sockets = new Set<Socket>();
  /** Of each phone's datagrams. */
  readonly #ways = new Map<string, Datagrams>();
  #state: "alive" | "dying" | "dead" = "alive";
  #fatal: RegExp | undefined;
  #deliver = true;
  /** When it died, `performance.now()`. */
  diedAtMs: number | undefined;

  private constructor(options: RelayOptions) {
    this.#options = options;
    this.#udp = createSocket("udp4");
    this.#tcp = createServer((phone) => this.#join(phone));
  }

  static async start(options: RelayOptions): Promise<Relay> {
    const relay = new Relay(options);
    const { address } = options;
    await Promise.all([
      new Promise<void>((resolve) => relay.#tcp.listen(5060, address, resolve)),
      new Promise<void>((resolve) => relay.#udp.bind(5060, address, resolve)),
    ]);
    relay.#udp.on("message", (bytes, { address: from, port }) => {
      const way = relay.#wayFor(from, port);
      relay.#pass(bytes, () => way.send(bytes, 5060, options.server));
    });
    return relay;
  }

  /**
   * The server dies at the first message, of either side, that begins with or has this; `deliver` says whether that
   * message still arrives.
   */
  dieAt(fatal: RegExp, deliver: boolean): void {
    this.#fatal = fatal;
    this.#deliver = deliver;
  }

  stop(): void {
    if (this.#state !== "dead") this.#end();
  }

  #join(phone: Socket): void {
    if (this.#state !== "alive") {
      phone.destroy();
      return;
    }
    const server = connect({ host: this.#options.server, port: 5060, localAddress: this.#options.address });
    for (const [from, to] of [
      [phone, server],
      [server, phone],
    ] as const) {
      this.#sockets.add(from);
      // A server that dies ends its connections; what it said last comes before that.
      from.on("data", (bytes: Buffer) => this.#pass(bytes, () => to.write(bytes)));
      from.on("error", () => undefined);
      from.on("close", () => {
        this.#sockets.delete(from);
        if (this.#state === "alive") to.destroy();
      });
    }
  }

  #wayFor(address: string, port: number): Datagrams {
    const key = `${address}:${port}`;
    const known = this.#ways.get(key);
    if (known !== undefined) return known;
    const way = createSocket("udp4");
    way.bind(0, this.#options.address);
    way.on("message", (bytes) => this.#pass(bytes, () => this.#udp.send(bytes, port, address)));
    this.#ways.set(key, way);
    return way;
  }

  #pass(bytes: Buffer, on: () => void): void {
    if (this.#state !== "alive") return;
    if (this.#fatal?.test(bytes.toString("latin1")) !== true) {
      on();
      return;
    }
    this.#state = "dying";
    void this.#options.kill().then(() => {
      this.diedAtMs = performance.now();
      if (this.#deliver) on();
      // The message is in the system's hands; the connection ends behind it.
      this.#end();
    });
  }

  #end(): void {
    this.#state = "dead";
    this.#tcp.close();
    for (const socket of this.#sockets) socket.end();
    this.#udp.close();
    for (const way of this.#ways.values()) way.close();
  }
}
