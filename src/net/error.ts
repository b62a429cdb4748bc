/** What the system says when a socket or a name fails, as an error for people: who, where and why. */
import { PhoneError } from "../base/error.ts";
import type { Endpoint } from "../base/network.ts";

export type NetworkErrorCode =
  | "in-use"
  | "no-such-address"
  | "refused"
  | "unreachable"
  | "timeout"
  | "not-allowed"
  | "reset"
  | "no-such-host"
  | "too-slow"
  | "too-large"
  /** What the other side shows of itself, or what we show, is refused. */
  | "certificate"
  /** The two sides found no common version or cipher of TLS, or one of them does not speak it. */
  | "tls"
  | "failed";

export class NetworkError extends PhoneError {
  readonly code: NetworkErrorCode;
  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** "127.0.0.1:5060", "[::1]:5060". */
export function endpointText(at: Endpoint): string {
  return at.address.includes(":") ? `[${at.address}]:${at.port}` : `${at.address}:${at.port}`;
}

/** @param what the action and its object as people would say it: "connect to 192.0.2.1:5060". */
export function networkError(what: string, at: Endpoint, cause: unknown): NetworkError {
  const system = systemCode(cause);
  const [code, why] = reasons[system] ?? ["failed", system === "" ? String(cause) : system];
  const port = `port ${at.port} of ${at.address}`;
  const message = code === "in-use" ? `${port} is in use` : `cannot ${what}: ${why}`;
  return new NetworkError(code, message, { cause });
}

const reasons: Readonly<Record<string, readonly [NetworkErrorCode, string]>> = {
  EADDRINUSE: ["in-use", "in use"],
  EADDRNOTAVAIL: ["no-such-address", "this machine has no such address"],
  EAFNOSUPPORT: ["no-such-address", "this machine does not speak that kind of address"],
  EINVAL: ["no-such-address", "no valid address for this"],
  ECONNREFUSED: ["refused", "refused"],
  ECONNRESET: ["reset", "reset by the other side"],
  EPIPE: ["reset", "closed by the other side"],
  ECONNABORTED: ["reset", "aborted"],
  EHOSTUNREACH: ["unreachable", "host unreachable"],
  EHOSTDOWN: ["unreachable", "host down"],
  ENETUNREACH: ["unreachable", "network unreachable"],
  ENETDOWN: ["unreachable", "network down"],
  ETIMEDOUT: ["timeout", "no answer"],
  EACCES: ["not-allowed", "not allowed"],
  EPERM: ["not-allowed", "not allowed (a firewall?)"],
  EMSGSIZE: ["too-large", "larger than a datagram can be"],
  ENOTFOUND: ["no-such-host", "no such host"],
  ENODATA: ["no-such-host", "the host has no address"],
  EAI_AGAIN: ["timeout", "the name server does not answer"],
  EMFILE: ["failed", "too many open files"],
};

function systemCode(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}
