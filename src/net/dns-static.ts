/** Records that the configuration gives in advance (feature row NET-37): looked up like those of DNS. Asks nobody. */
import { isIP, isIPv6 } from "node:net";
import type { DnsRecord, DnsType } from "./dns-message.ts";

export class StaticRecords {
  readonly #records: readonly DnsRecord[];
  /** Domains that the records speak of. */
  readonly #domains: ReadonlySet<string>;

  constructor(records: readonly DnsRecord[]) {
    this.#records = records.map((record) => ({ ...record, name: plain(record.name) }));
    this.#domains = new Set(this.#records.map((record) => domainOf(record.name)));
  }

  /**
   * Records of that name and type. A domain of which anything is known in advance is known whole: what is lacking does
   * not exist, so that nothing has to be asked for it. undefined: nothing is known of the domain.
   */
  find(type: DnsType, name: string): readonly DnsRecord[] | undefined {
    const wanted = plain(name);
    const found = this.#records.filter((record) => record.type === type && record.name === wanted);
    return found.length > 0 || this.#domains.has(domainOf(wanted)) ? found : undefined;
  }
}

/** undefined where the configured text is no address. */
export function addressRecord(name: string, address: string, ttlSeconds: number): DnsRecord | undefined {
  if (isIP(address) === 0) return undefined;
  return { type: isIPv6(address) ? "AAAA" : "A", name, ttlSeconds, address };
}

/** In lower case, without the dot at the end. */
export function plain(name: string): string {
  return name.toLowerCase().replace(/\.$/, "");
}

/** `_sip._udp.pbx.example` speaks of pbx.example. */
function domainOf(name: string): string {
  return name.replace(/^(?:_[^.]*\.)+/, "");
}
