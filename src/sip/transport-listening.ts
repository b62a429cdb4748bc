/** Listening points of the transport layer: which one a target is reached from, and what a Via says of it (RFC 3261 §18.1.1). Opens none. */
import { PhoneError } from "../base/error.ts";
import type { Endpoint, StreamListener } from "../base/network.ts";
import type { MovableDatagram } from "./movable-datagram.ts";
import { describeAddress, isIpv6Address, type TransportAddress } from "./transport-address.ts";
import { defaultPort } from "./transport-via.ts";

export class TransportError extends PhoneError {
  readonly code: "no-way" | "not-supported" | "in-use" | "closed";
  constructor(code: TransportError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export type Listener =
  | { readonly at: TransportAddress; readonly kind: "datagram"; readonly socket: MovableDatagram }
  | { readonly at: TransportAddress; readonly kind: "stream"; readonly socket: StreamListener };

/** Throws where the phone has no socket of that kind and family. */
export function chooseListener(listeners: readonly Listener[], target: TransportAddress, localPort?: number): Listener {
  const ipv6 = isIpv6Address(target.address);
  const family = listeners.filter((listener) => isIpv6Address(listener.at.address) === ipv6);
  const kind = family.filter((listener) => listener.at.transport === target.transport);
  // A connection can be opened without a TCP port of our own; the peer then has only that connection to answer by.
  const possible = kind.length > 0 || target.transport === "udp" ? kind : family;
  const own = possible.filter((listener) => listener.at.port === localPort);
  const fitting = own.length > 0 ? own : possible;
  const [first] = fitting;
  if (first === undefined) {
    const what = `${ipv6 ? "IPv6" : "IPv4"} address`;
    throw new TransportError(
      "no-way",
      `cannot reach ${describeAddress(target)}: listening on no ${what} by that transport`,
    );
  }
  if (fitting.length === 1) return first;
  const loopback = isLoopback(target.address);
  return (
    fitting.find((listener) => listener.at.address === target.address) ??
    fitting.find((listener) => isLoopback(listener.at.address) === loopback) ??
    first
  );
}

/** Where nobody listens by TLS, a Contact must not name the port of another transport: TLS would be spoken to it. */
export function sentByOf(listening: TransportAddress, target: TransportAddress): Endpoint {
  if (target.transport !== "tls" || listening.transport === "tls") return listening;
  return { address: listening.address, port: defaultPort("tls") };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
