/** An account with two servers on a simulated network: raw peers that register, refuse calls, and fall silent when told to. */
import { silentLog } from "../../../src/base/log.ts";
import type { Resolver } from "../../../src/base/network.ts";
import { type FailoverOptions, type Server, ServerGroup } from "../../../src/sip/failover.ts";
import { Locator } from "../../../src/sip/location.ts";
import type { SipRequest } from "../../../src/sip/message.ts";
import type { Registration } from "../../../src/sip/registration.ts";
import type { RegistrationOptions } from "../../../src/sip/registration-options.ts";
import { media, type Peer, Rig } from "./rig.ts";

export const own = "10.0.0.1";
export const [one, two] = ["10.0.0.8", "10.0.0.9"];

export const server = (domain: string, more: Partial<Server> = {}): Server => ({
  ...{ domain, aor: `sip:alice@${domain}`, registrar: `sip:${domain}`, expiresSeconds: 3600, retries: 1 },
  location: { transport: "udp", port: 5060 },
  ...more,
});

const defaults: FailoverOptions = {
  servers: [server(one), server(two)],
  proxies: [],
  mode: "new-requests",
  durationMs: 600_000,
  probeMs: 120_000,
  ...{
    reregister: true,
    registerFirst: false,
    switchOn503: true,
    skipRedundant: true,
    ttlTimer: false,
    proxyInDialog: true,
    t1Ms: 500,
  },
};

export async function start(more: Partial<FailoverOptions> = {}, resolver?: Resolver) {
  const rig = new Rig(1);
  const peers = { one: await rig.peer(one), two: await rig.peer(two) };
  for (const peer of Object.values(peers))
    peer.onRequest = (request) => {
      if (request.method === "REGISTER") grant(peer, request);
      if (request.method === "INVITE") peer.respond(request, 486);
      if (request.method === "MESSAGE") peer.respond(request, 200);
    };
  const locator = new Locator({ resolver: resolver ?? { addresses: () => Promise.reject(new Error("not found")) } });
  const problems: unknown[] = [];
  const errors = (error: unknown) => void problems.push(error);
  const group = new ServerGroup({ locator, clock: rig.clock, log: silentLog, errors }, { ...defaults, ...more });
  const aor = group.options.servers[0]?.aor ?? "";
  const alice = await rig.phone(own, "alice", { identity: { aor, servers: group } });
  const register = async (options: Partial<RegistrationOptions> = {}): Promise<Registration> => {
    const place = options.only ?? 0;
    const registration = alice.userAgent.register({
      identity: alice.identity,
      registrar: group.options.servers[place]?.registrar ?? "",
      ...{ expiresSeconds: 3600, retryMs: 30_000 },
      ...options,
    });
    await rig.run(50);
    return registration;
  };
  /** Calls, and says who got the INVITE. */
  const call = async (ms = 3000): Promise<string> => {
    const before = [peers.one.count("INVITE"), peers.two.count("INVITE")];
    const domain = group.options.servers[0]?.domain;
    const session = alice.userAgent.invite({ identity: alice.identity, to: `sip:600@${domain}`, media: media(own) });
    await rig.run(ms);
    if (session.state.name !== "terminated") session.hangUp();
    const got = [peers.one.count("INVITE"), peers.two.count("INVITE")];
    return [got[0] !== before[0] ? "one" : "", got[1] !== before[1] ? "two" : ""].filter((s) => s !== "").join(" ");
  };
  return { rig, ...peers, alice, group, register, call, problems };
}

export function grant(peer: Peer, request: SipRequest, headers: [string, string][] = []): void {
  const contact = request.header("Contact") ?? "";
  peer.respond(request, 200, { headers: [["Contact", `${contact};expires=${request.expires}`], ...headers], tag: "" });
}
