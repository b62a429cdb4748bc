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
  /** Only of TLS: whether the other side has shown that it is this host or SIP domain (RFC 5922 §7). */
  standsFor?(name: string): boolean;
  send(bytes: Uint8Array): void;
  /** What was sent and is not out yet, because the other side does not take it; 0 where nobody can say. */
  readonly waitingBytes?: number;
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

/** TLS connections; who is trusted and what we show of ourselves is known behind it. */
export interface SecureNetwork {
  listen(local: Endpoint): Promise<StreamListener>;
  /**
   * Resolves when the other side has shown that it is `name`, a host or a SIP domain; nothing is sent before. Rejects
   * with an Error whose message names the address and what is wrong with its certificate. `timeoutMs` is for all of it.
   */
  connect(to: Endpoint, from: Endpoint, name: string, timeoutMs: number): Promise<StreamSocket>;
}

/** Makes sockets. Promises reject with an Error whose message names the address, the port and the reason. */
export interface Network {
  bindDatagram(local: Endpoint): Promise<DatagramSocket>;
  listenStream(local: Endpoint): Promise<StreamListener>;
  /** `from` is the local address; its port 0 means any. */
  connectStream(to: Endpoint, from: Endpoint, timeoutMs: number): Promise<StreamSocket>;
  /** The local address that the system would use towards `remote`. */
  localAddressFor(remote: string): Promise<string>;
  /** Absent where there is no TLS. */
  readonly secure?: SecureNetwork;
}

/** What a name was found to have, and for how long that holds. No record: the name has none of that type. */
export interface Found<T> {
  readonly records: readonly T[];
  /** Seconds from now, 0 or more. */
  readonly ttlSeconds: number;
}

/** An SRV record (RFC 2782). */
export interface ServiceRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Host name; "." says that there is no such service. */
  readonly target: string;
}

/** A NAPTR record (RFC 3403). */
export interface PointerRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** Names to records. Rejects, naming the host, when nobody could say whether there are any. */
export interface Resolver {
  /** Numeric addresses of a host, in the order to try; rejects when there is none. */
  addresses(host: string): Promise<readonly string[]>;
  /** The same with its lifetime; resolvers without it know no lifetimes. */
  hosts?(host: string): Promise<Found<string>>;
  /** SRV records, in no order. Resolvers without it know none. */
  services?(name: string): Promise<Found<ServiceRecord>>;
  /** NAPTR records, in no order. Resolvers without it know none. */
  pointers?(domain: string): Promise<Found<PointerRecord>>;
}

/** `length` random bytes of cryptographic quality. */
export type Random = (length: number) => Uint8Array;
