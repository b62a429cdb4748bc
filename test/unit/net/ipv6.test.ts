/** Two user agents on ::1, real sockets: IPv6 by UDP, TCP and TLS, with the brackets where they belong (RFC 3261 §25.1, RFC 4566 §5.7). */
import { networkInterfaces } from "node:os";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemNetwork, systemRandom } from "../../../src/net/network.ts";
import { SystemResolver } from "../../../src/net/resolver.ts";
import { selfSigned } from "../../../src/net/self-signed.ts";
import { TlsNetwork } from "../../../src/net/tls.ts";
import type { NegotiatedMedia } from "../../../src/sdp/media.ts";
import { Locator } from "../../../src/sip/location.ts";
import type { Session } from "../../../src/sip/session.ts";
import { TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer } from "../../../src/sip/transport.ts";
import type { TransportName } from "../../../src/sip/uri.ts";
import { type Identity, UserAgent } from "../../../src/sip/user-agent.ts";
import { Authority } from "../../interop/kit/certificates.ts";
import { media } from "../../scenario/sip/rig.ts";

const ipv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

async function agent(name: string, transport: TransportName, authority: Authority) {
  const issued = authority.issue({ commonName: name, subjectAltName: "IP:::1" });
  const tls = new TlsNetwork(systemClock, silentLog, async () => ({
    ...(name === "bob" ? issued : selfSigned(name)),
    authorities: [authority.own.certificate],
    clientAuthorities: [],
    clientMustShow: false,
    least: "TLSv1.2",
    ciphers: undefined,
    checkTrust: name === "alice",
    checkName: true,
  }));
  const network = { ...systemNetwork, secure: tls };
  const parts = { network, clock: systemClock, log: silentLog, random: systemRandom };
  const transportLayer = new TransportLayer(parts);
  const { port } = await transportLayer.listen({ transport, address: "::1", port: 0 });
  const transactions = new TransactionLayer({ ...parts, transport: transportLayer });
  const locator = new Locator({ resolver: new SystemResolver() });
  const errors: unknown[] = [];
  const userAgent = new UserAgent(
    { ...parts, transport: transportLayer, transactions, locator, errors: (error) => errors.push(error) },
    { userAgent: "Offhook test" },
  );
  const uri = `sip:${name}@[::1]:${port}`;
  const identity: Identity = { aor: uri, displayName: "", contactUser: name, route: [], transport };
  const close = async () => {
    await userAgent.close();
    await transportLayer.close();
  };
  return { userAgent, identity, uri, port, errors, close };
}

function until(session: Session, what: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (what()) resolve();
    };
    session.onState.on(look);
    look();
  });
}

describe.runIf(ipv6)("IPv6", () => {
  test.each(["udp", "tcp", "tls"] as const)("NET-05: a call over %s between [::1] and [::1]", async (transport) => {
    const authority = new Authority("IPv6 Authority");
    const alice = await agent("alice", transport, authority);
    const bob = await agent("bob", transport, authority);
    const incoming: Session[] = [];
    bob.userAgent.onInvite.on((session) => {
      incoming.push(session);
      session.ring();
      session.answer(media("::1"));
    });
    const to = `${bob.uri};transport=${transport}`;
    const session = alice.userAgent.invite({ identity: alice.identity, to, media: media("::1") });
    const agreed: NegotiatedMedia[] = [];
    session.onMedia.on((negotiated) => agreed.push(negotiated));
    await until(session, () => session.state.name === "established");
    const invite = incoming[0]?.request;
    const suffix = transport === "udp" ? "" : `;transport=${transport}`;
    expect(invite?.header("Contact")).toBe(`<sip:alice@[::1]:${alice.port}${suffix}>`);
    expect(invite?.header("Via")).toContain(`SIP/2.0/${transport.toUpperCase()} [::1]:${alice.port}`);
    expect(invite?.bodyText).toMatch(/^c=IN IP6 ::1\r$/m);
    expect(agreed[0]?.remote.address).toBe("::1");
    const farSession = incoming[0];
    if (farSession === undefined) throw new Error("no call came in");
    // BYE goes to the Contact, which is an address in brackets too.
    farSession.hangUp();
    await until(session, () => session.state.name === "terminated");
    expect(session.state).toMatchObject({ name: "terminated", by: "remote" });
    await Promise.all([alice.close(), bob.close()]);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
  });
});
