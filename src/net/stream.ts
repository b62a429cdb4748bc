/** TCP connections and listeners on node:net. A peer that does not read is dropped when its queue is full. */
import { connect, createServer, isIPv6, type Server, type Socket } from "node:net";
import type { Endpoint, StreamListener, StreamSocket } from "../base/network.ts";
import { endpointText, NetworkError, networkError } from "./error.ts";

/** What may wait for a peer that does not read. */
const sendQueueLimitBytes = 1024 * 1024;
/** After our end was closed: how long and how much we still take from the other side, so that it reads our last words. */
const lingerMs = 2000;
const lingerBytes = 256 * 1024;
/** Connections that the system keeps until we take them. */
export const backlogConnections = 512;

export function listenStream(local: Endpoint): Promise<StreamListener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true });
    const failed = (error: Error) => reject(networkError(`listen on tcp ${endpointText(local)}`, local, error));
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
        resolve(new NodeStreamListener(server, local));
      },
    );
  });
}

export function connectStream(to: Endpoint, from: Endpoint, timeoutMs: number): Promise<StreamSocket> {
  return new Promise((resolve, reject) => {
    const what = `connect to tcp ${endpointText(to)}`;
    const socket = connect({
      host: to.address,
      port: to.port,
      localAddress: from.address,
      ...(from.port === 0 ? {} : { localPort: from.port }),
      noDelay: true,
      lookup: (host, _options, done) => done(null, host, isIPv6(host) ? 6 : 4),
    });
    const failed = (error: Error) => {
      socket.destroy();
      // The port in use may be our own end, which the message must then name.
      const bindFailed = "syscall" in error && error.syscall === "bind";
      reject(networkError(bindFailed ? `${what} from ${endpointText(from)}` : what, bindFailed ? from : to, error));
    };
    socket.once("error", failed);
    socket.setTimeout(timeoutMs, () => {
      socket.off("error", failed);
      socket.on("error", () => {});
      socket.destroy();
      reject(new NetworkError("timeout", `cannot ${what}: no answer within ${timeoutMs} ms`));
    });
    socket.once("connect", () => {
      socket.off("error", failed);
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      resolve(new NodeStreamSocket(socket, to));
    });
  });
}

class NodeStreamListener implements StreamListener {
  readonly local: Endpoint;
  onConnection: ((socket: StreamSocket) => void) | undefined;
  readonly #server: Server;

  constructor(server: Server, wanted: Endpoint) {
    const at = server.address();
    this.local = at !== null && typeof at === "object" ? { address: at.address, port: at.port } : wanted;
    this.#server = server;
    server.on("connection", (socket) => {
      const { remoteAddress, remotePort } = socket;
      // It may be gone before it is looked at.
      if (remoteAddress === undefined || remotePort === undefined || this.onConnection === undefined) socket.destroy();
      else this.onConnection(new NodeStreamSocket(socket, { address: remoteAddress, port: remotePort }));
    });
    // Out of file descriptors: the connection is lost, the listener stays.
    server.on("error", () => {});
  }

  close(): void {
    this.#server.close();
  }
}

/** How errors of a connection become sentences, and who the other side has shown to be. */
export interface StreamNature {
  readonly transport: "tcp" | "tls";
  readonly explain: (what: string, at: Endpoint, cause: unknown) => NetworkError;
  readonly standsFor?: (name: string) => boolean;
}

const plain: StreamNature = { transport: "tcp", explain: networkError };

/** Behind `StreamSocket`, a socket of node that is open already. */
export class NodeStreamSocket implements StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  onData: ((bytes: Uint8Array) => void) | undefined;
  onClose: ((error: Error | undefined) => void) | undefined;
  readonly standsFor?: (name: string) => boolean;
  readonly #socket: Socket;
  readonly #transport: "tcp" | "tls";
  #error: Error | undefined;
  #closed = false;
  #lingered = 0;

  constructor(socket: Socket, remote: Endpoint, nature: StreamNature = plain) {
    this.#socket = socket;
    this.#transport = nature.transport;
    if (nature.standsFor !== undefined) this.standsFor = nature.standsFor;
    this.remote = remote;
    this.local = { address: socket.localAddress ?? "", port: socket.localPort ?? 0 };
    socket.on("data", (bytes: Buffer) => {
      if (!this.#closed) this.onData?.(bytes);
      else {
        this.#lingered += bytes.length;
        if (this.#lingered > lingerBytes) socket.destroy();
      }
    });
    socket.on("error", (error) => {
      this.#error ??= nature.explain(
        `keep the connection with ${nature.transport} ${endpointText(remote)}`,
        remote,
        error,
      );
    });
    // Half-open connections have no use in SIP.
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      if (this.#closed) return;
      this.#closed = true;
      this.onClose?.(this.#error);
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#closed || !this.#socket.writable) return;
    if (this.#socket.writableLength + bytes.length > sendQueueLimitBytes) {
      const why = `${this.#transport} ${endpointText(this.remote)} does not read: ${sendQueueLimitBytes} bytes wait for it`;
      this.#error ??= new NetworkError("too-slow", why);
      this.#socket.destroy();
      return;
    }
    this.#socket.write(bytes);
  }

  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  /** What was sent still goes out, if the other side reads. `onClose` is not called. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.setTimeout(lingerMs, () => this.#socket.destroy());
    this.#socket.end();
  }
}
