/** The sockets and the resolver as the core sees them; `src/net` has the real ones, tests have simulated ones. */

export interface Endpoint {
  /** Numeric IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface DatagramSocket {
  readonly local: Endpoint;
  /** A failed send is reported by `onError`, never thrown. */
  send(bytes: Uint8Array, to: Endpoint): void;
  /** `bytes` may be kept. */
  onMessage: ((bytes: Uint8Array, from: Endpoint) => void) | undefined;
  /** `to` is known when the system told of which destination it speaks (ICMP). */
  onError: ((error: Error, to: Endpoint | undefined) => void) | undefined;
  close(): void;
}

export interface StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  send(bytes: Uint8Array): void;
  onData: ((bytes: Uint8Array) => void) | undefined;
  /** Once, however it ended; `error` where it did not end in order. */
  onClose: ((error: Error | undefined) => void) | undefined;
  close(): void;
}

export interface StreamListener {
  readonly local: Endpoint;
  onConnection: ((socket: StreamSocket) => void) | undefined;
  close(): void;
}

/** Makes sockets. Promises reject with an Error whose message names the address, the port and the reason. */
export interface Network {
  bindDatagram(local: Endpoint): Promise<DatagramSocket>;
  listenStream(local: Endpoint): Promise<StreamListener>;
  /** `from` is the local address; its port 0 means any. */
  connectStream(to: Endpoint, from: Endpoint, timeoutMs: number): Promise<StreamSocket>;
  /** The local address that the system would use towards `remote`. */
  localAddressFor(remote: string): Promise<string>;
}

export interface Resolver {
  /** Numeric addresses of a host, in the order to try; rejects when there is none. */
  addresses(host: string): Promise<readonly string[]>;
}

/** `length` random bytes of cryptographic quality. */
export type Random = (length: number) => Uint8Array;
