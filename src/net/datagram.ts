/** UDP sockets on node:dgram; one socket speaks one family. Sets no DSCP: node:dgram cannot (see README). */
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import type { DatagramSocket, Endpoint } from "../base/network.ts";
import { endpointText, NetworkError, networkError } from "./error.ts";

/** What the system could not take in time is dropped beyond this, as a network would. */
const sendQueueLimitBytes = 4 * 1024 * 1024;
/** A burst of calls arrives faster than one turn of the event loop; the system may grant less. */
const receiveBufferBytes = 4 * 1024 * 1024;

export function bindDatagram(local: Endpoint): Promise<DatagramSocket> {
  return new Promise((resolve, reject) => {
    const socket = create(local.address, receiveBufferBytes);
    const failed = (error: Error) => {
      socket.close();
      reject(networkError(`listen on udp ${endpointText(local)}`, local, error));
    };
    socket.once("error", failed);
    socket.bind({ address: local.address, port: local.port, exclusive: true }, () => {
      socket.off("error", failed);
      resolve(new NodeDatagramSocket(socket));
    });
  });
}

/** The address the system would send from: a connected UDP socket sends nothing, and knows. */
export function localAddressFor(remote: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const at = { address: remote, port: 9 };
    const socket = create(remote);
    socket.once("error", (error) => {
      socket.close();
      reject(networkError(`reach ${remote}`, at, error));
    });
    socket.once("connect", () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
    socket.connect(at.port, remote);
  });
}

function create(address: string, receiveBytes?: number): Socket {
  const family = isIPv6(address) ? 6 : 4;
  return createSocket({
    type: family === 6 ? "udp6" : "udp4",
    // IPv4 has its own socket: its addresses never show up as ::ffff:192.0.2.1.
    ipv6Only: family === 6,
    ...(receiveBytes === undefined ? {} : { recvBufferSize: receiveBytes }),
    // Addresses are numeric: nothing to look up, for every datagram.
    lookup: (host, _options, done) => done(null, host, family),
  });
}

class NodeDatagramSocket implements DatagramSocket {
  readonly local: Endpoint;
  onMessage: ((bytes: Uint8Array, from: Endpoint) => void) | undefined;
  onError: ((error: Error, to: Endpoint | undefined) => void) | undefined;
  readonly #socket: Socket;
  readonly #sent: (error: Error | null) => void;
  #closed = false;

  constructor(socket: Socket) {
    const { address, port } = socket.address();
    this.local = { address, port };
    this.#socket = socket;
    this.#sent = (error) => {
      if (error !== null) this.#failed(error);
    };
    socket.on("message", (bytes: Buffer, from: RemoteInfo) => this.onMessage?.(bytes, from));
    socket.on("error", (error) => this.#failed(error));
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    if (this.#closed) return;
    if (this.#socket.getSendQueueSize() > sendQueueLimitBytes) {
      const why = `datagram to ${endpointText(to)} dropped: ${sendQueueLimitBytes} bytes wait to be sent`;
      process.nextTick(() => this.onError?.(new NetworkError("too-slow", why), undefined));
      return;
    }
    try {
      this.#socket.send(bytes, to.port, to.address, this.#sent);
    } catch (error) {
      // Node refuses port 0 and the like before it asks the system; reported later, as every other failure.
      process.nextTick(() => this.onError?.(networkError(`send to udp ${endpointText(to)}`, to, error), to));
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }

  #failed(error: Error): void {
    if (this.#closed) return;
    const to = destinationOf(error);
    const at = to ?? this.local;
    const what = to === undefined ? `receive on udp ${endpointText(at)}` : `send to udp ${endpointText(at)}`;
    this.onError?.(networkError(what, at, error), to);
  }
}

/** Node writes the destination into the error of a failed send. */
function destinationOf(error: Error): Endpoint | undefined {
  if (!("address" in error) || !("port" in error)) return undefined;
  const { address, port } = error;
  return typeof address === "string" && typeof port === "number" ? { address, port } : undefined;
}
