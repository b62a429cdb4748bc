/**
 * TLS connections on node:tls (feature rows SEC-01 to SEC-04, RFC 5922): which versions, whom we trust, whose name a
 * certificate has to carry, what we show of ourselves. Connections that come in are `tls-listener.ts`.
 */
import type { X509Certificate } from "node:crypto";
import { isIP, isIPv6, type TcpSocketConnectOpts } from "node:net";
import { type ConnectionOptions, connect, type SecureContext, type TLSSocket } from "node:tls";
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, SecureNetwork, StreamListener, StreamSocket } from "../base/network.ts";
import { endpointText, NetworkError, networkError } from "./error.ts";
import { NodeStreamSocket } from "./stream.ts";
import { refusalText, tlsError } from "./tls-error.ts";
import { HandshakeGate } from "./tls-gate.ts";
import { identityText, speaksFor } from "./tls-identity.ts";
import { listenTls } from "./tls-listener.ts";
import { makeContext, type TlsContext, type TlsSettings, verificationCode } from "./tls-settings.ts";

export class TlsNetwork implements SecureNetwork {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #load: () => Promise<TlsSettings>;
  readonly #gate: HandshakeGate;
  #context: Promise<TlsContext> | undefined;

  /** @param load called when the first connection is wished, and again after `reload`; rejects with a sentence. */
  constructor(clock: Clock, log: Log, load: () => Promise<TlsSettings>) {
    this.#clock = clock;
    this.#log = log;
    this.#load = load;
    this.#gate = new HandshakeGate(clock);
  }

  /** From the next connection on, the settings are read anew. */
  reload(): void {
    this.#context = undefined;
  }

  async listen(local: Endpoint): Promise<StreamListener> {
    await this.#ready();
    return listenTls(local, {
      context: () => this.#ready(),
      gate: this.#gate,
      clock: this.#clock,
      log: this.#log,
    });
  }

  async connect(to: Endpoint, from: Endpoint, name: string, timeoutMs: number): Promise<StreamSocket> {
    const context = await this.#ready();
    const socket = await this.#handshake(to, from, name, timeoutMs, context.client);
    try {
      const certificate = this.#check(socket, to, name, context.settings);
      const standsFor = (other: string) => certificate === undefined || speaksFor(certificate, other);
      return new NodeStreamSocket(socket, to, { transport: "tls", explain: tlsError, standsFor });
    } catch (error) {
      socket.on("error", () => {});
      socket.destroy();
      throw error;
    }
  }

  #handshake(
    to: Endpoint,
    from: Endpoint,
    name: string,
    timeoutMs: number,
    secureContext: SecureContext,
  ): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const what = `connect to tls ${endpointText(to)}`;
      const options: ConnectionOptions & TcpSocketConnectOpts = {
        host: to.address,
        port: to.port,
        localAddress: from.address,
        ...(from.port === 0 ? {} : { localPort: from.port }),
        lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
        secureContext,
        // RFC 6066 §3: no numeric addresses in the server name.
        servername: isIP(name) === 0 ? name : "",
        // Checked below, before anything is sent: node's own check knows the names of the web, with wildcards.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      };
      const socket = connect(options);
      socket.setNoDelay(true);
      // All of it: the connection and the handshake, however slowly the other side drips.
      const limit = this.#clock.after(timeoutMs, () =>
        end(new NetworkError("timeout", `cannot ${what}: no answer within ${timeoutMs} ms`)),
      );
      const failed = (error: Error) => {
        const bindFailed = "syscall" in error && error.syscall === "bind";
        end(bindFailed ? networkError(`${what} from ${endpointText(from)}`, from, error) : tlsError(what, to, error));
      };
      const end = (error: NetworkError) => {
        limit.cancel();
        socket.off("error", failed);
        socket.on("error", () => {});
        socket.destroy();
        reject(error);
      };
      socket.once("error", failed);
      socket.once("secureConnect", () => {
        limit.cancel();
        socket.off("error", failed);
        resolve(socket);
      });
    });
  }

  /** The certificate that stands for the other side; undefined where nobody asks. Throws what is wrong with it. */
  #check(socket: TLSSocket, to: Endpoint, name: string, settings: TlsSettings): X509Certificate | undefined {
    if (!settings.checkTrust) return undefined;
    const certificate = socket.getPeerX509Certificate();
    const refuse = (why: string) =>
      new NetworkError("certificate", `${name}: its certificate is refused: it ${why} (tls ${endpointText(to)})`);
    if (certificate === undefined) throw refuse("shows none");
    if (!socket.authorized) throw refuse(refusalText(verificationCode(socket), certificate, this.#clock.epochMs()));
    if (!settings.checkName) return undefined;
    if (!speaksFor(certificate, name)) throw refuse(`is for ${identityText(certificate)}, not for ${name}`);
    return certificate;
  }

  #ready(): Promise<TlsContext> {
    if (this.#context === undefined) {
      const loading = this.#load().then((settings) => makeContext(settings, this.#log));
      this.#context = loading;
      // What failed may be mended: the next connection asks again.
      loading.catch(() => {
        if (this.#context === loading) this.#context = undefined;
      });
    }
    return this.#context;
  }
}
