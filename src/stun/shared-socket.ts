/** A datagram socket that something else speaks over, with STUN beside it: answers to our questions do not reach the other (RFC 7983). */
import type { Clock } from "../../hal/clock.ts";
import type { DatagramSocket, Endpoint, Random } from "../base/network.ts";
import { StunClient } from "./client.ts";
import { looksLikeStun } from "./message.ts";

export class SharedSocket implements DatagramSocket {
  readonly stun: StunClient;
  onMessage: ((bytes: Uint8Array, from: Endpoint) => void) | undefined;
  onError: ((error: Error, to: Endpoint | undefined) => void) | undefined;
  readonly #socket: DatagramSocket;

  constructor(socket: DatagramSocket, parts: { readonly clock: Clock; readonly random: Random }) {
    this.#socket = socket;
    this.stun = new StunClient({ ...parts, send: (bytes, to) => socket.send(bytes, to) });
    socket.onMessage = (bytes, from) => {
      if (looksLikeStun(bytes)) this.stun.take(bytes, from);
      else this.onMessage?.(bytes, from);
    };
    socket.onError = (error, to) => this.onError?.(error, to);
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    this.#socket.send(bytes, to);
  }

  close(): void {
    this.stun.close();
    this.#socket.close();
  }
}
