/** UDP sockets for RTP and RTCP on node:dgram: numeric addresses only, nothing looked up, no promise per packet. */
import { createSocket, type Socket } from "node:dgram";
import { isIP, isIPv6 } from "node:net";
import type { Endpoint } from "../base/network.ts";

/** Room for a burst while the thread is busy: half a second of five G.711 calls is 60 kB, a flood is more, bytes. */
const receiveBytes = 512 * 1024;

/** Has the shape of the media engine's `MediaSocket`, whose file says what each part means. */
export class UdpMediaSocket {
  readonly local: Endpoint;
  sendFailures = 0;
  onMessage: ((bytes: Uint8Array, address: string, port: number) => void) | undefined;
  #socket: Socket;
  #open = true;
  #shielded: Endpoint | undefined;
  readonly #sent = (error: Error | null): void => {
    if (error !== null) this.sendFailures++;
  };

  constructor(socket: Socket, local: Endpoint) {
    this.#socket = socket;
    this.local = local;
    socket.on("message", (bytes, from) => this.onMessage?.(bytes, from.address, from.port));
    // Errors of single datagrams come here too (ICMP on a connected socket): the stream goes on.
    socket.on("error", () => {
      this.sendFailures++;
    });
  }

  send(bytes: Uint8Array, size: number, address: string, port: number): void {
    if (!this.#open || port === 0) return;
    if (this.#shielded === undefined) this.#socket.send(bytes, 0, size, port, address, this.#sent);
    else if (this.#shielded.address === address && this.#shielded.port === port)
      this.#socket.send(bytes, 0, size, this.#sent);
  }

  shield(only: Endpoint | undefined): void {
    if (!this.#open) return;
    try {
      if (this.#shielded !== undefined) this.#socket.disconnect();
      this.#shielded = undefined;
      if (only === undefined) return;
      this.#socket.connect(only.port, only.address);
      this.#shielded = only;
    } catch {
      // Not connected yet, or gone: the socket goes on as it is.
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.onMessage = undefined;
    this.#socket.close();
  }
}

/** Rejects with an Error whose `code` is the system's ("EADDRINUSE") and whose message names address and port. */
export function bindMediaSocket(
  local: Endpoint,
  { join, ttl }: { readonly join?: string; readonly ttl?: number } = {},
): Promise<UdpMediaSocket> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      const code = "code" in cause ? cause.code : undefined;
      const error = new Error(`UDP ${local.address} port ${local.port}: ${cause.message}`, { cause });
      reject(Object.assign(error, { code }));
    };
    if (isIP(local.address) === 0) {
      refuse(new TypeError("not a numeric address"));
      return;
    }
    const family = isIPv6(local.address) ? 6 : 4;
    const socket = createSocket({
      // Every phone on this machine that joined the group gets what is sent to it.
      reuseAddr: join !== undefined,
      type: family === 6 ? "udp6" : "udp4",
      // All addresses are numeric: answering at once spares a turn of the loop per packet.
      lookup: (host, _options, done) => done(null, host, family),
    });
    socket.once("error", refuse);
    // Bound to the group itself, so that nothing else that comes to the port is taken for it.
    socket.bind({ address: join ?? local.address, port: local.port, exclusive: true }, () => {
      try {
        if (join !== undefined) socket.addMembership(join, family === 6 ? undefined : local.address);
        if (ttl !== undefined) socket.setMulticastTTL(ttl);
      } catch (error) {
        socket.close();
        refuse(error instanceof Error ? error : new Error(String(error)));
        return;
      }
      socket.off("error", refuse);
      try {
        socket.setRecvBufferSize(receiveBytes);
      } catch {
        // The system's limit stays.
      }
      resolve(new UdpMediaSocket(socket, { address: local.address, port: socket.address().port }));
    });
  });
}
