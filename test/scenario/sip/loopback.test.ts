/** The user agents on real sockets of the loopback interface: register, call, hold, hang up. Once, to show that nothing is simulated away. */
import { expect, test } from "vitest";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { systemNetwork, systemRandom } from "../../../src/net/network.ts";
import { SystemResolver } from "../../../src/net/resolver.ts";
import { Locator } from "../../../src/sip/location.ts";
import type { Session } from "../../../src/sip/session.ts";
import { TransactionLayer } from "../../../src/sip/transactions.ts";
import { TransportLayer } from "../../../src/sip/transport.ts";
import { type Identity, UserAgent } from "../../../src/sip/user-agent.ts";
import { media } from "./rig.ts";

async function agent(address: string, name: string) {
  const parts = { network: systemNetwork, clock: systemClock, log: silentLog, random: systemRandom };
  const transport = new TransportLayer(parts);
  const { port } = await transport.listen({ transport: "udp", address, port: 0 });
  await transport.listen({ transport: "tcp", address, port });
  const transactions = new TransactionLayer({ ...parts, transport });
  const locator = new Locator({ resolver: new SystemResolver() });
  const errors: unknown[] = [];
  const userAgent = new UserAgent(
    { ...parts, transport, transactions, locator, errors: (error) => errors.push(error) },
    { userAgent: "Offhook test" },
  );
  const identity: Identity = { aor: `sip:${name}@${address}:${port}`, displayName: "", contactUser: name, route: [] };
  return { userAgent, identity, uri: `sip:${name}@${address}:${port}`, errors, close: () => transport.close() };
}

function until(session: Session, what: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (what()) resolve();
    };
    session.onState.on(look);
    session.onMedia.on(look);
    look();
  });
}

for (const transport of ["udp", "tcp"])
  test(`RFC 3261 §10, §13 to §15: over ${transport} on real sockets`, async () => {
    const alice = await agent("127.32.1.1", "alice");
    const bob = await agent("127.32.1.2", "bob");
    bob.userAgent.onRequest.on((incoming) => {
      if (incoming.request.method === "REGISTER")
        incoming.respond(200, undefined, (r) => r.addHeader("Contact", incoming.request.header("Contact") ?? ""));
    });
    bob.userAgent.onInvite.on((session) => {
      session.ring();
      session.answer(media("127.32.1.2"));
    });
    const registration = alice.userAgent.register({
      identity: alice.identity,
      registrar: `${bob.uri.replace("bob@", "")};transport=${transport}`,
      expiresSeconds: 60,
      retryMs: 1000,
    });
    await new Promise<void>((resolve) => {
      registration.onState.on((state) => {
        if (state.name === "registered") resolve();
      });
    });
    const to = `${bob.uri};transport=${transport}`;
    const session = alice.userAgent.invite({ identity: alice.identity, to, media: media("127.32.1.1") });
    await until(session, () => session.state.name === "established");
    session.hold();
    const directions: string[] = [];
    session.onMedia.on((m) => directions.push(m.direction));
    await until(session, () => directions.includes("sendonly"));
    session.hangUp();
    await alice.userAgent.close();
    await bob.userAgent.close();
    expect(registration.state.name).toBe("unregistered");
    expect([alice.userAgent.sessions, bob.userAgent.sessions]).toEqual([0, 0]);
    expect([...alice.errors, ...bob.errors]).toEqual([]);
    await alice.close();
    await bob.close();
  });
