/** Names to addresses by the system's own way: the hosts file, then A and AAAA records. No SRV, no NAPTR, no cache. */
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Resolver } from "../base/network.ts";
import { networkError } from "./error.ts";

/** In the order of the system (RFC 6724), IPv4 first where `family` leaves both. */
export class SystemResolver implements Resolver {
  readonly #family: 0 | 4 | 6;

  /** @param family 4 or 6 where the phone speaks only that (feature row NET-05), 0 for both. */
  constructor(family: 0 | 4 | 6 = 0) {
    this.#family = family;
  }

  async addresses(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    try {
      const found = await lookup(host, { all: true, family: this.#family, order: "ipv4first" });
      return [...new Set(found.map((entry) => entry.address))];
    } catch (error) {
      throw networkError(`find host ${host}`, { address: host, port: 0 }, error);
    }
  }
}
