/** Candidates and their order: priorities, foundations, pairs' priorities (RFC 8445 §5.1, §6.1.2.3). */
import type { Endpoint, IceCandidate } from "../media/protocol.ts";

/** One of ours, with what sends from it. */
export interface LocalCandidate extends IceCandidate {
  /** Of the socket or relay that it is sent from: a server-reflexive one has its host's. */
  readonly base: number;
}

/** §5.1.2.2. */
const typePreference: Readonly<Record<IceCandidate["type"], number>> = { host: 126, prflx: 110, srflx: 100, relay: 0 };

/** @param localPreference 0 to 65535, the higher the better: IPv6 before IPv4 where there are both (RFC 8421). */
export function candidatePriority(type: IceCandidate["type"], localPreference: number, component: number): number {
  return typePreference[type] * 2 ** 24 + localPreference * 2 ** 8 + (256 - component);
}

/** What our checks say of the candidate that they may discover (§7.1.1). */
export function reflexivePriority(local: IceCandidate): number {
  return typePreference.prflx * 2 ** 24 + (local.priority % 2 ** 24);
}

export function pairPriority(local: number, remote: number, controlling: boolean): bigint {
  const g = BigInt(controlling ? local : remote);
  const d = BigInt(controlling ? remote : local);
  return (g < d ? g : d) * 2n ** 32n + 2n * (g > d ? g : d) + (g > d ? 1n : 0n);
}

/** Where a candidate was got from; what has the same type, base address and server shares a foundation (§5.1.1.3). */
export class Foundations {
  #known = new Map<string, string>();

  of(type: IceCandidate["type"], baseAddress: string, server: string): string {
    const key = `${type} ${baseAddress} ${server}`;
    const foundation = this.#known.get(key) ?? String(this.#known.size + 1);
    this.#known.set(key, foundation);
    return foundation;
  }
}

/** One that says nothing new is left out: same address, same base; the better one stays (§5.1.3). */
export function withoutRedundant(candidates: readonly LocalCandidate[]): readonly LocalCandidate[] {
  const best = new Map<string, LocalCandidate>();
  for (const candidate of candidates) {
    const key = `${candidate.component} ${candidate.address} ${candidate.port} ${candidate.base}`;
    const known = best.get(key);
    if (known === undefined || known.priority < candidate.priority) best.set(key, candidate);
  }
  return [...best.values()].sort((a, b) => b.priority - a.priority);
}

/** The one to be named in c= and m=: the one most likely to work with a peer without ICE (§5.1.4). */
export function defaultCandidate(candidates: readonly IceCandidate[], component: number): IceCandidate | undefined {
  const order: readonly IceCandidate["type"][] = ["relay", "srflx", "host"];
  for (const type of order) {
    const found = candidates.find((c) => c.component === component && c.type === type);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function sameAddress(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && a.address === b.address;
}
