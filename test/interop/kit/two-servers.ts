/** Two Kamailios of one domain and the name server that leads to them, the first preferred: for tests of failover. */
import { Dnsmasq } from "./dnsmasq.ts";
import { Kamailio } from "./kamailio.ts";

export interface TwoServersOptions {
  /** Loopback addresses. */
  readonly first: string;
  readonly second: string;
  readonly dns: string;
  readonly users: Readonly<Record<string, string>>;
  readonly ttlSeconds: number;
}

export const domain = "pbx.test";

export class TwoServers {
  readonly first: Kamailio;
  readonly second: Kamailio;
  readonly dns: Dnsmasq;

  private constructor(first: Kamailio, second: Kamailio, dns: Dnsmasq) {
    this.first = first;
    this.second = second;
    this.dns = dns;
  }

  static async start({ first, second, dns, users, ttlSeconds }: TwoServersOptions): Promise<TwoServers> {
    const records = [
      `host-record=sip1.${domain},${first}`,
      `host-record=sip2.${domain},${second}`,
      // NAPTR prefers UDP; what is left of the line is regexp (none) and replacement.
      `naptr-record=${domain},10,10,S,SIP+D2U,,_sip._udp.${domain}`,
      `naptr-record=${domain},20,10,S,SIP+D2T,,_sip._tcp.${domain}`,
      ...["udp", "tcp"].flatMap((transport) => [
        `srv-host=_sip._${transport}.${domain},sip1.${domain},5060,10,50`,
        `srv-host=_sip._${transport}.${domain},sip2.${domain},5060,20,50`,
      ]),
    ];
    const [one, two, names] = await Promise.all([
      Kamailio.start({ address: first, users }),
      Kamailio.start({ address: second, users }),
      Dnsmasq.start({ address: dns, records, ttlSeconds }),
    ]);
    return new TwoServers(one, two, names);
  }

  /** Parameters of a phone that asks this name server. */
  get names(): Readonly<Record<string, string | number>> {
    return { "network.static_dns_enable": 1, "network.primary_dns": this.dns.address };
  }

  async stop(): Promise<void> {
    // One that hangs takes no notice of a polite word.
    await Promise.all([this.first.kill(), this.second.kill(), this.dns.stop()]);
  }
}
