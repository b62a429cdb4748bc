/** A numeric address with its transport, and where a message came from; no socket, no name (RFC 3261 §18, RFC 3263 §4). */
import type { Endpoint } from "../base/network.ts";
import { hostText, type TransportName } from "./uri.ts";

export interface TransportAddress {
  readonly transport: TransportName;
  /** Numeric, without brackets. */
  readonly address: string;
  readonly port: number;
}

/** Where a message came from. */
export interface Source extends TransportAddress {
  /** Where it arrived; the unspecified address where the socket listens on every address. */
  readonly local: TransportAddress;
}

/** For people: "udp 192.0.2.1:5060". */
export function describeAddress(at: TransportAddress): string {
  return `${at.transport} ${describeEndpoint(at)}`;
}

export function describeEndpoint(at: Endpoint): string {
  return `${hostText(at.address)}:${at.port}`;
}

export function isReliable(transport: TransportName): boolean {
  return transport !== "udp";
}

export function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

export function isIpv6Address(address: string): boolean {
  return address.includes(":");
}
