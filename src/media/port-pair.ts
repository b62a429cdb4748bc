/** Finds an even port for RTP with the odd one above it for RTCP (RFC 3550 §11), both free, in a range. */
import { PhoneError, reasonOf } from "../base/error.ts";
import type { BindMediaSocket, MediaSocket } from "./socket.ts";

export class NoPortError extends PhoneError {
  readonly code = "no-port";
}

export interface PortRange {
  readonly address: string;
  /** 1 to 65535, both included. */
  readonly portMin: number;
  readonly portMax: number;
  /** A wanted one: it or none. */
  readonly port?: number;
  /** Where the search begins, so that ports just given back are not taken again at once. */
  readonly after?: number;
}

export interface PortPair {
  readonly rtp: MediaSocket;
  readonly rtcp: MediaSocket;
}

/** @throws NoPortError that names the address and the range */
export async function bindPortPair(bind: BindMediaSocket, range: PortRange): Promise<PortPair> {
  let why = "the range holds no even port with an odd one above it";
  for (const port of candidates(range)) {
    let rtp: MediaSocket | undefined;
    try {
      rtp = await bind({ address: range.address, port });
      return { rtp, rtcp: await bind({ address: range.address, port: port + 1 }) };
    } catch (error) {
      rtp?.close();
      why = reasonOf(error);
      // Another port of an address that is not ours would fail the same way.
      if (!isTaken(error)) break;
    }
  }
  const wanted = range.port === undefined ? `${range.portMin} to ${range.portMax}` : `${range.port}`;
  throw new NoPortError(`no free pair of RTP ports on ${range.address}, port ${wanted}: ${why}`);
}

function candidates(range: PortRange): number[] {
  if (range.port !== undefined) return [range.port];
  const ports: number[] = [];
  const first = Math.max(2, range.portMin + (range.portMin & 1));
  for (let port = first; port + 1 <= Math.min(65_535, range.portMax); port += 2) ports.push(port);
  const start = ports.findIndex((port) => port > (range.after ?? 0));
  return start > 0 ? [...ports.slice(start), ...ports.slice(0, start)] : ports;
}

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EADDRINUSE" || code === "EACCES";
}
