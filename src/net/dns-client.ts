/**
 * Asks recursive name servers: RFC 1035 §4.2 and §7, RFC 5452 against forged answers, RFC 7766 for what a datagram
 * cannot hold. One query, one answer; no cache and no search list: those are in resolver.ts.
 */
import type { Clock } from "../../hal/clock.ts";
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Endpoint, Network, Random } from "../base/network.ts";
import { type DnsQuestion, type DnsResponse, encodeQuery, parseResponse, recordTypes } from "./dns-message.ts";
import { endpointText } from "./error.ts";

export class DnsError extends PhoneError {
  /** "silent": no server answered; "failed": one said that it cannot tell; "malformed": no name for DNS. */
  readonly code: "silent" | "failed" | "malformed" | "no-server";
  constructor(code: DnsError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface DnsClientSettings {
  readonly servers: readonly Endpoint[];
  /** For one try, ms (feature row NET-36). */
  readonly timeoutMs: number;
  /** Further tries of each server after the first (feature row NET-36). */
  readonly retries: number;
  readonly transport: "udp" | "tcp";
}

export interface DnsClientParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

export class DnsClient {
  readonly #parts: DnsClientParts;
  readonly #settings: () => DnsClientSettings;

  /** @param settings asked for with each query: servers come and go with the network. */
  constructor(parts: DnsClientParts, settings: () => DnsClientSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /**
   * The first usable answer: records, none, or no such name (`code` 3). Rejects with a DnsError that names the
   * question and the servers. The servers take turns, so that a dead first one costs one time-out and no more.
   * @param limitMs for all tries together.
   */
  async query(question: DnsQuestion, limitMs = Infinity): Promise<DnsResponse> {
    const settings = this.#settings();
    const { servers, retries } = settings;
    const endMs = this.#parts.clock.now() + limitMs;
    if (servers.length === 0)
      throw new DnsError("no-server", `cannot ask for ${question.name}: no name server is known`);
    let failed: Error | undefined;
    for (let round = 0; round <= retries; round++)
      for (const server of servers) {
        const waitMs = Math.min(Math.max(1, settings.timeoutMs), endMs - this.#parts.clock.now());
        if (waitMs <= 0) break;
        try {
          const response = await this.#ask(server, question, settings.transport, waitMs);
          if (response.code === 0 || response.code === 3) return response;
          failed ??= new DnsError(
            "failed",
            `name server ${endpointText(server)} cannot tell ${question.type} of ${question.name} (code ${response.code})`,
          );
        } catch (error) {
          if (error instanceof DnsError && error.code === "malformed") throw error;
          if (error instanceof DnsError) continue;
          failed ??= new DnsError("failed", reasonOf(error), { cause: error });
        }
      }
    throw (
      failed ??
      new DnsError(
        "silent",
        `no name server answers (${servers.map(endpointText).join(", ")}) when asked for ${question.name}`,
      )
    );
  }

  async #ask(server: Endpoint, question: DnsQuestion, transport: "udp" | "tcp", waitMs: number): Promise<DnsResponse> {
    const [high = 0, low = 0] = this.#parts.random(2);
    const id = (high << 8) | low;
    let query: Uint8Array;
    try {
      query = encodeQuery(id, question);
    } catch (error) {
      throw new DnsError("malformed", reasonOf(error), { cause: error });
    }
    const fits = (bytes: Uint8Array) => answerTo(bytes, id, question);
    if (transport === "tcp") return this.#byStream(server, query, fits, waitMs);
    const response = await this.#byDatagram(server, query, fits, waitMs);
    return response.truncated ? this.#byStream(server, query, fits, waitMs) : response;
  }

  async #byDatagram(
    server: Endpoint,
    query: Uint8Array,
    fits: (bytes: Uint8Array) => DnsResponse | undefined,
    waitMs: number,
  ): Promise<DnsResponse> {
    // A new socket has a port of the system's choice, which a forger must guess too (RFC 5452 §9.2).
    const any = server.address.includes(":") ? "::" : "0.0.0.0";
    const socket = await this.#parts.network.bindDatagram({ address: any, port: 0 });
    try {
      return await this.#within(waitMs, server, (done, failed) => {
        socket.onMessage = (bytes, from) => {
          if (from.port !== server.port || from.address !== server.address) return;
          const response = fits(bytes);
          if (response !== undefined) done(response);
        };
        socket.onError = (error) => failed(error);
        socket.send(query, server);
      });
    } finally {
      socket.close();
    }
  }

  async #byStream(
    server: Endpoint,
    query: Uint8Array,
    fits: (bytes: Uint8Array) => DnsResponse | undefined,
    waitMs: number,
  ): Promise<DnsResponse> {
    const any = server.address.includes(":") ? "::" : "0.0.0.0";
    const socket = await this.#parts.network.connectStream(server, { address: any, port: 0 }, waitMs);
    try {
      return await this.#within(waitMs, server, (done, failed) => {
        let received: Uint8Array = new Uint8Array(0);
        socket.onData = (bytes) => {
          received = Buffer.concat([received, bytes]);
          const size = ((received[0] ?? 0) << 8) | (received[1] ?? 0);
          if (received.length < 2 || received.length < 2 + size) return;
          const response = fits(received.subarray(2, 2 + size));
          if (response === undefined || response.truncated)
            failed(new DnsError("failed", `name server ${endpointText(server)} sent nonsense by TCP`));
          else done(response);
        };
        socket.onClose = (error) =>
          failed(error ?? new DnsError("failed", `name server ${endpointText(server)} hung up`));
        socket.send(Buffer.concat([Buffer.from([query.length >> 8, query.length & 255]), query]));
      });
    } finally {
      socket.close();
    }
  }

  #within<T>(
    waitMs: number,
    server: Endpoint,
    run: (done: (value: T) => void, failed: (error: Error) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = this.#parts.clock.after(waitMs, () =>
        reject(new DnsError("silent", `name server ${endpointText(server)} does not answer`)),
      );
      run(
        (value) => {
          timer.cancel();
          resolve(value);
        },
        (error) => {
          timer.cancel();
          reject(error);
        },
      );
    });
  }
}

/** Only what answers our very question; anything else is a stranger's, and waited past (RFC 5452 §9.1). */
function answerTo(bytes: Uint8Array, id: number, question: DnsQuestion): DnsResponse | undefined {
  const parsed = parseResponse(bytes);
  if (!parsed.ok) return undefined;
  const { response } = parsed;
  const same =
    response.id === id &&
    response.question.type === recordTypes[question.type] &&
    response.question.name === question.name.toLowerCase();
  return same ? response : undefined;
}
