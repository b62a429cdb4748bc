/** What our Vias say of where they were sent from (RFC 3261 §18.1.1), and whether a response is to one of them (§18.1.2, §8.1.3.3). Sends nothing. */
import type { Clock } from "../../hal/clock.ts";
import type { Endpoint, Network } from "../base/network.ts";
import type { SipMessage } from "./message.ts";
import { isUnspecified, type TransportAddress } from "./transport-address.ts";
import { type Listener, sentByOf } from "./transport-listening.ts";
import type { Via } from "./via.ts";

interface LocalAddress {
  readonly address: string;
  readonly untilMs: number;
}

/** How long the system's choice of a local address is believed: an interface may come or go. */
const localAddressMs = 10_000;
const maxLocalAddresses = 1000;

export class SentBys {
  readonly #services: { readonly network: Network; readonly clock: Clock };
  /** Every one that we ever wrote into a Via. */
  readonly #all: Endpoint[] = [];
  readonly #localAddresses = new Map<string, LocalAddress>();

  constructor(services: { readonly network: Network; readonly clock: Clock }) {
    this.#services = services;
  }

  /** At once where the socket has an address of its own or the system was asked lately. */
  of(listener: Listener, target: TransportAddress): Endpoint | Promise<Endpoint> {
    const { address, port } = sentByOf(listener.at, target);
    if (!isUnspecified(address)) return this.#remember({ address, port });
    const nowMs = this.#services.clock.now();
    const known = this.#localAddresses.get(target.address);
    if (known !== undefined && known.untilMs > nowMs) return this.#remember({ address: known.address, port });
    return this.#services.network.localAddressFor(target.address).then((local) => {
      if (this.#localAddresses.size >= maxLocalAddresses) this.#localAddresses.clear();
      this.#localAddresses.set(target.address, { address: local, untilMs: nowMs + localAddressMs });
      return this.#remember({ address: local, port });
    });
  }

  /** The system's choices are asked for anew: our addresses have changed. */
  moved(): void {
    this.#localAddresses.clear();
  }

  /** One Via, and it is one we wrote. */
  areOf(response: SipMessage, via: Via): boolean {
    if (response.values("Via").length !== 1) return false;
    const port = via.port ?? 5060;
    for (const known of this.#all) if (known.port === port && known.address === via.host) return true;
    return false;
  }

  #remember(sentBy: Endpoint): Endpoint {
    for (const known of this.#all) if (known.port === sentBy.port && known.address === sentBy.address) return known;
    this.#all.push(sentBy);
    return sentBy;
  }
}
