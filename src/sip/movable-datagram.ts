/** A datagram socket whose local address may change under those who hold it (feature row NET-42): answers that are still to come leave by the new one. It binds nothing. */
import type { DatagramSocket, Endpoint } from "../base/network.ts";

export class MovableDatagram implements DatagramSocket {
  onMessage: ((bytes: Uint8Array, from: Endpoint) => void) | undefined;
  onError: ((error: Error, to: Endpoint | undefined) => void) | undefined;
  #socket: DatagramSocket;

  constructor(socket: DatagramSocket) {
    this.#socket = socket;
    this.#listen();
  }

  get local(): Endpoint {
    return this.#socket.local;
  }

  send(bytes: Uint8Array, to: Endpoint): void {
    this.#socket.send(bytes, to);
  }

  /** From now on by that one; the old one is closed. */
  replace(socket: DatagramSocket): void {
    this.#socket.close();
    this.#socket = socket;
    this.#listen();
  }

  close(): void {
    this.#socket.close();
  }

  #listen(): void {
    this.#socket.onMessage = (bytes, from) => this.onMessage?.(bytes, from);
    this.#socket.onError = (error, to) => this.onError?.(error, to);
  }
}
