/** Where a stream can be reached from outside: hosts, mapped addresses, relays (RFC 8445 §5.1.1; feature rows NET-25 to NET-27). */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import {
  candidatePriority,
  defaultCandidate,
  Foundations,
  type LocalCandidate,
  withoutRedundant,
} from "../ice/candidate.ts";
import { canonicalAddress } from "../stun/address.ts";
import { Binding, type BindingState } from "../stun/binding.ts";
import type { NatPort } from "./nat-port.ts";
import type { Endpoint, IceCandidate, NatChoice } from "./protocol.ts";

/** A call does not wait for longer, whatever the servers do, ms. */
const gatherMs = 2000;
/** Keeps the NAT's binding through ringing and hold, ms: some forget after 20 s. */
const refreshMs = 15_000;

export interface HostPort {
  readonly port: NatPort;
  readonly local: Endpoint;
}

export interface Gathered {
  readonly candidates: readonly LocalCandidate[];
  readonly relays: readonly NatPort[];
  readonly bindings: readonly Binding[];
  readonly problems: readonly string[];
}

/** @param nextBase numbers for relays: each call gives another */
export async function gather(
  clock: Clock,
  hosts: readonly HostPort[],
  choice: NatChoice,
  nextBase: () => number,
): Promise<Gathered> {
  const foundations = new Foundations();
  const candidates: LocalCandidate[] = [];
  const relays: NatPort[] = [];
  const bindings: Binding[] = [];
  const problems = new Set<string>();
  const preferences = new Map([...new Set(hosts.map((h) => h.local.address))].map((a, i) => [a, 65_535 - i]));
  const add = (host: HostPort, type: IceCandidate["type"], at: Endpoint, base: number, server: string): void => {
    const { address } = host.local;
    candidates.push({
      foundation: foundations.of(type, address, server),
      component: host.port.component,
      priority: candidatePriority(type, preferences.get(address) ?? 0, host.port.component),
      address: canonicalAddress(at.address),
      port: at.port,
      type,
      related: type === "host" ? undefined : host.local,
      base,
    });
  };
  const waits: Promise<void>[] = [];
  let open = true;
  for (const host of hosts) {
    add(host, "host", host.local, host.port.base, "");
    const { stun, turn, publicAddress } = choice;
    if (publicAddress !== undefined && sameFamily(publicAddress, host.local.address))
      add(host, "srflx", { address: publicAddress, port: host.local.port }, host.port.base, "static");
    if (stun !== undefined && sameFamily(stun.address, host.local.address)) {
      const asked = mapping(clock, host, stun);
      bindings.push(asked.binding);
      waits.push(
        asked.first.then((state) => {
          if (!open) return;
          if (state.name === "known") add(host, "srflx", state.mapped, host.port.base, stun.address);
          else if (state.name === "failed") problems.add(state.why);
        }),
      );
    }
    if (turn !== undefined && sameFamily(turn.server.address, host.local.address))
      waits.push(
        host.port.relay(nextBase(), turn, host.local).then(
          ({ port, relayed, mapped }) => {
            if (!open) return;
            relays.push(port);
            add(host, "relay", relayed, port.base, turn.server.address);
            if (stun === undefined && mapped !== undefined)
              add(host, "srflx", mapped, host.port.base, turn.server.address);
          },
          (error: unknown) => {
            problems.add(reasonOf(error));
          },
        ),
      );
  }
  const late = await withinTime(clock, Promise.all(waits));
  open = false;
  if (late) problems.add(`not every STUN and TURN server answered within ${gatherMs / 1000} s`);
  return { candidates: withoutRedundant(candidates), relays, bindings, problems: [...problems] };
}

/** What to name in m= and c=, and in a=rtcp. */
export function defaults(
  candidates: readonly IceCandidate[],
  local: { rtp: Endpoint; rtcp: Endpoint },
): { readonly rtp: Endpoint; readonly rtcp: Endpoint } {
  // Of the family that the stream was opened with: its address stands in o= and decides the family of c=.
  const family = candidates.filter((c) => sameFamily(c.address, local.rtp.address));
  const pick = (component: number, own: Endpoint): Endpoint => {
    const found = defaultCandidate(family, component);
    return found === undefined ? own : { address: found.address, port: found.port };
  };
  return { rtp: pick(1, local.rtp), rtcp: pick(2, local.rtcp) };
}

function mapping(
  clock: Clock,
  host: HostPort,
  server: Endpoint,
): { readonly binding: Binding; readonly first: Promise<BindingState> } {
  let told: (state: BindingState) => void = () => {};
  const first = new Promise<BindingState>((resolve) => {
    told = resolve;
  });
  const binding = new Binding({ clock, client: host.port.stun, server, refreshMs, onState: (state) => told(state) });
  binding.start();
  return { binding, first };
}

/** True when time was up first. */
function withinTime(clock: Clock, done: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(gatherMs, () => resolve(true));
    void done.then(() => {
      timer.cancel();
      resolve(false);
    });
  });
}

function sameFamily(a: string, b: string): boolean {
  return a.includes(":") === b.includes(":");
}
