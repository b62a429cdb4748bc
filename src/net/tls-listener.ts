/** TLS connections that come in: bounded handshakes, then, where authorities of clients are known, the client's certificate (feature row SEC-04). */
import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type Server as TlsServer } from "node:tls";
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint, StreamListener, StreamSocket } from "../base/network.ts";
import { endpointText, networkError } from "./error.ts";
import { backlogConnections, NodeStreamSocket } from "./stream.ts";
import { refusalText, tlsError } from "./tls-error.ts";
import type { HandshakeGate } from "./tls-gate.ts";
import { identityText, speaksFor } from "./tls-identity.ts";
import { type TlsContext, type TlsSettings, verificationCode } from "./tls-settings.ts";

export interface TlsListenerParts {
  /** As the settings are now. */
  readonly context: () => Promise<TlsContext>;
  readonly gate: HandshakeGate;
  readonly clock: Clock;
  readonly log: Log;
}

/** Longer than any honest client needs on a bad line. */
const handshakeMs = 6000;

export async function listenTls(local: Endpoint, parts: TlsListenerParts): Promise<StreamListener> {
  const server = createServer({ noDelay: true });
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => reject(networkError(`listen on tls ${endpointText(local)}`, local, error));
    server.once("error", failed);
    server.listen(
      {
        host: local.address,
        port: local.port,
        backlog: backlogConnections,
        exclusive: true,
        ipv6Only: isIPv6(local.address),
      },
      () => {
        server.off("error", failed);
        resolve();
      },
    );
  });
  return new TlsListener(server, local, parts);
}

/** Does the handshakes of connections that `TlsListener` accepted; it does not listen itself. */
interface Shaker {
  readonly context: TlsContext;
  readonly server: TlsServer;
}

class TlsListener implements StreamListener {
  readonly local: Endpoint;
  onConnection: ((socket: StreamSocket) => void) | undefined;
  readonly #server: Server;
  readonly #parts: TlsListenerParts;
  /** What ends the handshake under way of a remote endpoint. */
  readonly #handshakes = new Map<string, { readonly raw: Socket; readonly leave: () => void }>();
  #shaker: Shaker | undefined;

  constructor(server: Server, wanted: Endpoint, parts: TlsListenerParts) {
    const at = server.address();
    this.local = at !== null && typeof at === "object" ? { address: at.address, port: at.port } : wanted;
    this.#server = server;
    this.#parts = parts;
    server.on("connection", (socket) => this.#connected(socket));
    // Out of file descriptors: the connection is lost, the listener stays.
    server.on("error", () => {});
  }

  close(): void {
    this.#server.close();
    for (const { raw } of this.#handshakes.values()) raw.destroy();
  }

  #connected(raw: Socket): void {
    const { remoteAddress, remotePort } = raw;
    const leave =
      remoteAddress === undefined ? undefined : this.#parts.gate.enter(remoteAddress, () => this.#dropOldest());
    if (leave === undefined || remoteAddress === undefined || remotePort === undefined) {
      raw.on("error", () => {});
      // A reset: nothing of a flood waits for its end.
      raw.resetAndDestroy();
      return;
    }
    const key = endpointText({ address: remoteAddress, port: remotePort });
    this.#handshakes.set(key, { raw, leave });
    raw.once("close", () => this.#over(key));
    this.#parts.context().then(
      (context) => this.#shakerOf(context).server.emit("connection", raw),
      (error: unknown) => {
        this.#parts.log.warn({}, reasonOf(error));
        raw.destroy();
      },
    );
  }

  /** An honest handshake takes a moment: the one that has waited longest is the one that nobody will miss. */
  #dropOldest(): void {
    const [oldest] = this.#handshakes;
    if (oldest === undefined) return;
    const [key, { raw }] = oldest;
    this.#over(key);
    raw.destroy();
  }

  #over(key: string): void {
    this.#handshakes.get(key)?.leave();
    this.#handshakes.delete(key);
  }

  #shakerOf(context: TlsContext): Shaker {
    if (this.#shaker?.context === context) return this.#shaker;
    const { settings } = context;
    const server = createTlsServer({
      ...context.server,
      handshakeTimeout: handshakeMs,
      requestCert: settings.clientAuthorities.length > 0,
      rejectUnauthorized: false,
    });
    server.on("secureConnection", (socket) => this.#secured(socket, settings));
    server.on("tlsClientError", (error) =>
      this.#parts.log.debug({}, reasonOf(tlsError("accept a connection by tls", this.local, error))),
    );
    this.#shaker = { context, server };
    return this.#shaker;
  }

  #secured(socket: TLSSocket, settings: TlsSettings): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const remote = { address: remoteAddress, port: remotePort };
    const who = endpointText(remote);
    this.#over(who);
    const refusal = this.#refusal(socket, settings);
    if (refusal !== undefined) {
      this.#parts.log.warn({ remote: who }, `connection of tls ${who} refused: ${refusal}`);
      socket.on("error", () => {});
      socket.destroy();
      return;
    }
    const certificate = socket.authorized ? socket.getPeerX509Certificate() : undefined;
    const standsFor = (name: string) => certificate !== undefined && speaksFor(certificate, name);
    if (this.onConnection === undefined) socket.destroy();
    else this.onConnection(new NodeStreamSocket(socket, remote, { transport: "tls", explain: tlsError, standsFor }));
  }

  /** A certificate that is shown has to be right; none at all is wrong only where one is demanded. */
  #refusal(socket: TLSSocket, { clientAuthorities, clientMustShow }: TlsSettings): string | undefined {
    if (clientAuthorities.length === 0)
      return clientMustShow ? "a client certificate is demanded, but no authority for clients is loaded" : undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return clientMustShow ? "it shows no certificate" : undefined;
    if (socket.authorized) return undefined;
    const why = refusalText(verificationCode(socket), certificate, this.#parts.clock.epochMs());
    return `the certificate of ${identityText(certificate)} ${why}`;
  }
}
