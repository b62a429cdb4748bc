/** What a change of the system's addresses and ways means to a phone that uses one of them (feature rows NET-39, NET-42). Pure; address-watch.ts looks and waits. */

/** The system as it is at one moment. */
export interface NetworkFacts {
  /** Numeric addresses of interfaces that are up and have a carrier; the loopback's are not among them. */
  readonly addresses: readonly string[];
  /** The address that packets to the rest of the world leave from; undefined where there is no way. */
  readonly outward: string | undefined;
}

export type AddressState =
  /** Sockets are bound to `address`, and the network carries it. */
  | { readonly name: "up"; readonly address: string }
  /** The link is down, or the address was taken away and there is no other. */
  | { readonly name: "down"; readonly address: string };

export type AddressEffect =
  | { readonly type: "lost" }
  | { readonly type: "back" }
  /** Another address is to be used from now on. */
  | { readonly type: "moved"; readonly from: string; readonly to: string };

/** The address for a phone that is told none: towards the world, else on whatever network there is, else its own loopback. */
export function ownAddress({ addresses, outward }: NetworkFacts, ipv6: boolean): string {
  const fitting = addresses.filter((address) => address.includes(":") === ipv6);
  return outward ?? fitting[0] ?? (ipv6 ? "::1" : "127.0.0.1");
}

export function nextAddress(state: AddressState, facts: NetworkFacts): [AddressState, readonly AddressEffect[]] {
  const ipv6 = state.address.includes(":");
  const present = facts.addresses.includes(state.address) || isLoopback(state.address);
  const other = facts.outward ?? (present ? state.address : facts.addresses.find((one) => one.includes(":") === ipv6));
  const back: readonly AddressEffect[] = state.name === "down" ? [{ type: "back" }] : [];
  // Without any other network the loopback stands for none: who began there has nothing to lose.
  if (other === undefined) {
    if (state.name === "down") return [state, []];
    return [{ name: "down", address: state.address }, [{ type: "lost" }]];
  }
  if (other === state.address) return [{ name: "up", address: other }, back];
  return [{ name: "up", address: other }, [{ type: "moved", from: state.address, to: other }, ...back]];
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}
