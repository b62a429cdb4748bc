/** Where a STUN or TURN server is that is named: SRV records, else the name itself (RFC 8489 §8.1, RFC 8656 §3.2, RFC 5928 without NAPTR). Asks nothing of the server. */
import type { Endpoint, Resolver, ServiceRecord } from "../base/network.ts";
import { addressBytes } from "./address.ts";

export interface NamedServer {
  readonly host: string;
  /** As configured. Any other than the service's own is meant, and SRV records are not looked at (RFC 8489 §8.1). */
  readonly port: number;
}

/** How the server is spoken to. */
export type ServerTransport = "udp" | "tcp" | "tls";

/** The port of both services, and what it stands for over TLS (RFC 8656 §3.2): a port that is not configured is the first. */
export const usualPort = 3478;
const securePort = 5349;
/** Records that are followed; a domain has one or two. */
const mostRecords = 4;

/**
 * The first address that fits, in the order of the records; undefined where there is none of that kind, or where the
 * domain says that it has no such service.
 * @param fits such as: of our family
 * @throws what the resolver says of the name itself
 */
export async function locateServer(
  resolver: Pick<Resolver, "addresses" | "services">,
  service: "stun" | "turn",
  { host, port: configured }: NamedServer,
  fits: (address: string) => boolean,
  order: (records: readonly ServiceRecord[]) => readonly ServiceRecord[],
  transport: ServerTransport = "udp",
): Promise<Endpoint | undefined> {
  const { services } = resolver;
  const port = transport === "tls" && configured === usualPort ? securePort : configured;
  if (configured !== usualPort || services === undefined || addressBytes(host) !== undefined)
    return first(await resolver.addresses(host), port, fits);
  // Both at once: a call waits for them. What fails here counts only where it is needed.
  const plain = resolver.addresses(host).then(
    (addresses) => () => addresses,
    (error: unknown) => () => {
      throw error;
    },
  );
  const records = await services
    .call(resolver, `${transport === "tls" ? `_${service}s._tcp` : `_${service}._${transport}`}.${host}`)
    .then(
      (found) => found.records,
      () => [],
    );
  if (records.length === 0) return first((await plain)(), port, fits);
  for (const record of order(records).slice(0, mostRecords)) {
    // RFC 2782: decidedly no such service.
    if (record.target === "." || record.target === "") return undefined;
    const addresses = await resolver.addresses(record.target).catch(() => []);
    const found = first(addresses, record.port, fits);
    if (found !== undefined) return found;
  }
  return undefined;
}

function first(addresses: readonly string[], port: number, fits: (address: string) => boolean): Endpoint | undefined {
  const address = addresses.find(fits);
  return address === undefined ? undefined : { address, port };
}
