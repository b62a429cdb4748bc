/**
 * From a URI to the addresses to try, in order: RFC 3263 §4.1 (transport: NAPTR, SRV), §4.2 (port and address), §4.3
 * (order of failover). It asks the resolver and sends nothing to servers; who tries the addresses is
 * user-agent-exchange.ts.
 */
import type { Clock } from "../../hal/clock.ts";
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Found, PointerRecord, Random, Resolver, ServiceRecord } from "../base/network.ts";
import { NameAddress } from "./address.ts";
import { LocationFailures } from "./location-failures.ts";
import { orderServices } from "./location-srv.ts";
import type { SipRequest } from "./message.ts";
import { describeAddress, type TransportAddress } from "./transport-address.ts";
import { defaultPort, isNumericHost } from "./transport-via.ts";
import { SipUri, type TransportName } from "./uri.ts";

export class LocationError extends PhoneError {
  readonly code: "no-address" | "not-supported" | "malformed";
  constructor(code: LocationError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface LocatorServices {
  readonly resolver: Resolver;
  /** What the transport layer can send by; everything unless told. */
  readonly transports?: readonly TransportName[];
  /** Draws among SRV records; without it the heaviest comes first. */
  readonly random?: Random;
  /** Lets addresses that failed be tried last for a while. */
  readonly clock?: Clock;
}

/** What is known of a server beside its URI: configuration of an account. */
export interface LocationChoice {
  readonly resolver?: Resolver | undefined;
  /** Known without asking, where the URI names none: then NAPTR is not asked (§4.1). */
  readonly transport?: TransportName | undefined;
  /** Known without asking, where the URI names none: then SRV is not asked (§4.2). */
  readonly port?: number | undefined;
  /** SRV records to ask for where there is no NAPTR (account.X.naptr_build); all that we can send by unless told. */
  readonly services?: readonly TransportName[] | undefined;
}

export interface Located {
  /** Never empty. */
  readonly targets: readonly TransportAddress[];
  /** How long that holds, s; endless where nothing was asked. */
  readonly ttlSeconds: number;
}

/** Addresses of one URI; a hostile zone shall not keep a call trying for hours. */
const mostTargets = 32;
const mostPointers = 8;
const serviceNames: Readonly<Record<TransportName, string>> = { udp: "_sip._udp", tcp: "_sip._tcp", tls: "_sips._tcp" };
/** RFC 3263 §4.1; the field is compared without regard to case. */
const pointerServices: Readonly<Record<string, TransportName>> = {
  "sip+d2u": "udp",
  "sip+d2t": "tcp",
  "sips+d2t": "tls",
};
const nothing = { records: [], ttlSeconds: Infinity };

export class Locator {
  readonly #resolver: Resolver;
  readonly #transports: readonly TransportName[];
  readonly #random: Random | undefined;
  readonly #failures: LocationFailures | undefined;

  constructor(services: LocatorServices) {
    this.#resolver = services.resolver;
    this.#transports = services.transports ?? ["udp", "tcp", "tls"];
    this.#random = services.random;
    this.#failures = services.clock === undefined ? undefined : new LocationFailures(services.clock);
  }

  /**
   * Never empty. `preferred` counts where the URI names no transport itself. Rejects with a message that names the
   * host, or the URI where it has none. Addresses that failed lately stand last.
   */
  async locate(uri: SipUri | string, preferred?: TransportName): Promise<readonly TransportAddress[]> {
    const { targets } = await this.find(uri, { transport: preferred });
    return this.#failures?.order(targets) ?? targets;
  }

  /** A target did not answer, or could not be reached. */
  failed(target: TransportAddress): void {
    this.#failures?.failed(target);
  }

  answered(target: TransportAddress): void {
    this.#failures?.answered(target);
  }

  /** As `locate`, with what an account knows and with the lifetime; failures count for nothing here. */
  async find(uri: SipUri | string, choice: LocationChoice = {}): Promise<Located> {
    const parsed = typeof uri === "string" ? SipUri.parse(uri) : uri;
    if (parsed === undefined) throw new LocationError("malformed", `"${uri}" is no URI`);
    if (parsed.scheme !== "sip" && parsed.scheme !== "sips")
      throw new LocationError("malformed", `${parsed.text} names no host to send to`);
    const resolver = choice.resolver ?? this.#resolver;
    const transport = this.#transportOf(parsed, choice.transport);
    const host = hostOf(parsed);
    const port = parsed.port || choice.port || undefined;
    if (isNumericHost(host) || port !== undefined) {
      const by = transport ?? this.#plain(parsed);
      return this.#addresses(resolver, host, by, port ?? defaultPort(by));
    }
    const found = await this.#byServices(resolver, host, transport, choice.services);
    if (found !== undefined) return found;
    // §4.2: no SRV records: the host itself, at the default port.
    const by = transport ?? this.#plain(parsed);
    return this.#addresses(resolver, host, by, defaultPort(by));
  }

  /** Undefined leaves the choice to NAPTR. */
  #transportOf(uri: SipUri, known: TransportName | undefined): TransportName | undefined {
    const named = uri.params.get("transport")?.toLowerCase();
    if (named !== undefined && uri.transport === undefined)
      throw new LocationError("not-supported", `cannot reach ${uri.host}: transport ${named} is not supported`);
    // RFC 3261 §26.2.2: sips means TLS, whatever carries it.
    const transport = uri.scheme === "sips" ? "tls" : (uri.transport ?? known);
    if (transport !== undefined && !this.#transports.includes(transport)) {
      const what = uri.scheme === "sips" ? "sips" : `transport ${transport}`;
      throw new LocationError("not-supported", `cannot reach ${uri.host}: ${what} is not supported`);
    }
    return transport;
  }

  /** What a URI without any wish is sent by (§4.1). */
  #plain(uri: SipUri): TransportName {
    if (uri.scheme === "sips") return "tls";
    return this.#transports.includes("udp") ? "udp" : (this.#transports[0] ?? "udp");
  }

  /** By NAPTR and SRV; undefined where the domain has none. */
  async #byServices(
    resolver: Resolver,
    host: string,
    transport: TransportName | undefined,
    fallback: readonly TransportName[] | undefined,
  ): Promise<Located | undefined> {
    if (transport !== undefined) return this.#byNames(resolver, host, [[transport, nameOf(transport, host)]], Infinity);
    const pointers = await ask(resolver.pointers?.bind(resolver), host);
    const useful = this.#usefulPointers(pointers.records);
    if (useful.length > 0) {
      const located = await this.#byPointers(resolver, useful, pointers.ttlSeconds);
      if (located !== undefined) return located;
    }
    const wanted = (fallback ?? this.#transports).filter((name) => this.#transports.includes(name));
    const names = wanted.map((name) => [name, nameOf(name, host)] as const);
    return this.#byNames(resolver, host, names, pointers.ttlSeconds);
  }

  /** Those that lead to a transport of ours, the preferred first (RFC 3403 §4.1). */
  #usefulPointers(records: readonly PointerRecord[]): readonly (readonly [PointerRecord, TransportName])[] {
    return [...records]
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap((record): readonly (readonly [PointerRecord, TransportName])[] => {
        const transport = pointerServices[record.service.toLowerCase()];
        const usable = transport !== undefined && this.#transports.includes(transport) && record.replacement !== "";
        // A rewriting rule has no use here: §4.1 knows replacements only.
        return usable && record.regexp === "" ? [[record, transport]] : [];
      });
  }

  async #byPointers(
    resolver: Resolver,
    pointers: readonly (readonly [PointerRecord, TransportName])[],
    ttlSeconds: number,
  ): Promise<Located | undefined> {
    const found = await Promise.all(
      pointers
        .slice(0, mostPointers)
        .map(([{ flags, replacement }, transport]) =>
          (flags.toLowerCase() === "a"
            ? this.#addresses(resolver, replacement, transport, defaultPort(transport))
            : this.#byNames(resolver, replacement, [[transport, replacement]], ttlSeconds)
          ).catch(() => undefined),
        ),
    );
    const parts = found.filter((one) => one !== undefined);
    return parts.length === 0 ? undefined : together(parts, ttlSeconds);
  }

  /** By SRV; undefined where none of the names has any. */
  async #byNames(
    resolver: Resolver,
    host: string,
    names: readonly (readonly [TransportName, string])[],
    ttlSeconds: number,
  ): Promise<Located | undefined> {
    const services = resolver.services?.bind(resolver);
    const found = await Promise.all(
      names.map(async ([transport, name]) => ({ transport, ...(await ask(services, name)) })),
    );
    const present = found.filter((one) => one.records.length > 0);
    if (present.length === 0) return undefined;
    const wanted = present.flatMap(({ transport, records, ttlSeconds: holds }) =>
      this.#ordered(records)
        .slice(0, mostTargets)
        .filter((record) => record.target !== ".")
        .map(({ target, port: at }) => ({ transport, holds, target, at })),
    );
    const results = await Promise.allSettled(
      wanted.map(async ({ transport, holds, target, at }) => {
        const located = await this.#addresses(resolver, target, transport, at);
        return { ...located, ttlSeconds: Math.min(located.ttlSeconds, holds) };
      }),
    );
    const parts = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const lost: unknown = results.find((result) => result.status === "rejected")?.reason;
    if (parts.length > 0) return together(parts, ttlSeconds);
    if (lost !== undefined) throw lost;
    // RFC 2782: a target of "." says that the service is decidedly not available.
    throw new LocationError("no-address", `${host} offers no SIP: its SRV records say so`);
  }

  #ordered(records: readonly ServiceRecord[]): readonly ServiceRecord[] {
    const random = this.#random;
    return orderServices(records, () => {
      if (random === undefined) return 1 - Number.EPSILON;
      const [a = 0, b = 0, c = 0] = random(3);
      return (a * 65_536 + b * 256 + c) / 2 ** 24;
    });
  }

  async #addresses(resolver: Resolver, host: string, transport: TransportName, port: number): Promise<Located> {
    if (isNumericHost(host)) return { targets: [{ transport, address: host, port }], ttlSeconds: Infinity };
    let found: Found<string>;
    try {
      found = (await resolver.hosts?.(host)) ?? {
        records: await resolver.addresses(host),
        ttlSeconds: defaultTtlSeconds,
      };
    } catch (error) {
      throw new LocationError("no-address", `no address for host ${host}: ${reasonOf(error)}`, { cause: error });
    }
    if (found.records.length === 0) throw new LocationError("no-address", `host ${host} has no address`);
    const targets = found.records.map((address) => ({ transport, address, port }));
    return { targets, ttlSeconds: found.ttlSeconds };
  }
}

/** Where the resolver knows none: how long an address is believed, s. */
const defaultTtlSeconds = 300;

/** No answer is no record: the host itself may still be found, in the hosts file for one. */
async function ask<T>(question: ((name: string) => Promise<Found<T>>) | undefined, name: string): Promise<Found<T>> {
  if (question === undefined) return nothing;
  try {
    return await question(name);
  } catch {
    return { records: [], ttlSeconds: 30 };
  }
}

function nameOf(transport: TransportName, host: string): string {
  return `${serviceNames[transport]}.${host}`;
}

/** Each address once, as long as the first of them lasts. */
function together(parts: readonly Located[], ttlSeconds: number): Located {
  const targets = new Map<string, TransportAddress>();
  for (const part of parts)
    for (const target of part.targets) {
      const key = describeAddress(target);
      if (!targets.has(key) && targets.size < mostTargets) targets.set(key, target);
    }
  return {
    targets: [...targets.values()],
    ttlSeconds: Math.min(ttlSeconds, ...parts.map((part) => part.ttlSeconds)),
  };
}

/**
 * The URI that decides where a request goes (RFC 3261 §8.1.2): the first Route where it is a loose router, else the
 * Request-URI, into which a strict router has been put already.
 */
export function nextHopOf(request: SipRequest): string {
  const first = request.values("Route")[0];
  const route = first === undefined ? undefined : NameAddress.parse(first);
  return route?.parsedUri?.isLooseRouter === true ? route.uri : request.uri;
}

/** `maddr` takes the place of the host (RFC 3261 §19.1.1). */
function hostOf(uri: SipUri): string {
  const maddr = uri.params.get("maddr");
  if (maddr === undefined || maddr === "") return uri.host;
  return maddr.startsWith("[") ? maddr.slice(1, -1) : maddr;
}
