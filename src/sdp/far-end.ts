/** What a far end's description says of its audio: where, which way, how long its packets are (RFC 3264 §5.1, §8.4, RFC 3605, RFC 8866 §6.4). */

import type { Direction } from "../media/protocol.ts";
import type { Connection, MediaSection, SessionDescription } from "./description.ts";

/** Direction as the other side sees it. */
export function reverse(direction: Direction): Direction {
  return direction === "sendonly" ? "recvonly" : direction === "recvonly" ? "sendonly" : direction;
}

/** What both allow. */
export function limit(a: Direction, b: Direction): Direction {
  const send = sends(a) && sends(b);
  const receive = receives(a) && receives(b);
  return send ? (receive ? "sendrecv" : "sendonly") : receive ? "recvonly" : "inactive";
}

function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

/** As the far end sees it; c=0.0.0.0 takes nothing in, as in RFC 2543 (RFC 3264 §8.4). */
export function remoteDirection(remote: SessionDescription, section: MediaSection): Direction {
  const direction = remote.directionOf(section);
  return isUnspecified(remote.connectionOf(section)) ? limit(direction, "sendonly") : direction;
}

export function isUnspecified(connection: Connection | undefined): boolean {
  return connection !== undefined && /^(0\.0\.0\.0|[0:]+)$/.test(connection.address);
}

/** Why media cannot be sent to that address from ours, or undefined. */
export function addressFault(connection: Connection | undefined, ownAddress: string): string | undefined {
  if (connection === undefined) return "no c= for the audio";
  const { address } = connection;
  const ipv6 = address.includes(":");
  if (ipv6 ? !/^[0-9A-Fa-f:.]+$/.test(address) : !isIpv4(address))
    return `c= names ${JSON.stringify(address.slice(0, 60))}, not a numeric address`;
  if (ipv6 !== ownAddress.includes(":")) return `audio at ${address}, which cannot be reached from ${ownAddress}`;
  if (ipv6 ? /^ff/i.test(address) : /^(22[4-9]|23\d)\./.test(address))
    return `audio at the multicast address ${address}`;
  return undefined;
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255);
}

/** Where to send RTP and RTCP. `a=rtcp` counts for its port (RFC 3605 §2.1). */
export function remoteEnd(
  remote: SessionDescription,
  section: MediaSection,
): { readonly address: string; readonly port: number; readonly rtcpPort: number } {
  const address = remote.connectionOf(section)?.address ?? "";
  const named = /^(\d{1,5})(\s|$)/.exec(section.attribute("rtcp") ?? "")?.[1];
  const rtcpPort = named !== undefined && Number(named) > 0 && Number(named) <= 65535 ? Number(named) : undefined;
  return { address, port: section.port, rtcpPort: rtcpPort ?? Math.min(section.port + 1, 65535) };
}

const shortestMs = 10;
const longestMs = 60;

/** Packet length to send: what they like to get, else what we like, never above their maximum; whole 10 ms, 10 to 60. */
export function sendPtimeMs(section: MediaSection, ownMs: number): number {
  const liked = milliseconds(section.attribute("ptime")) ?? ownMs;
  const most = milliseconds(section.attribute("maxptime")) ?? longestMs;
  const ms = Math.floor(Math.min(liked, most) / 10) * 10;
  return Math.max(shortestMs, Math.min(longestMs, ms));
}

function milliseconds(value: string | undefined): number | undefined {
  const number = value === undefined ? Number.NaN : Number.parseFloat(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}
