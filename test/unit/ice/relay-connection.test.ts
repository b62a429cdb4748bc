/** Relays that are spoken to by a connection: through NATs that let no UDP out, and what happens when it breaks. */
import { describe, expect, test } from "vitest";
import type { End } from "./streams.ts";
import { Lab } from "./streams.ts";

async function lab(options: { readonly fragment?: boolean; readonly connect?: "refused" | "none" } = {}) {
  const made = await Lab.open();
  made.network.conditions = { ...made.network.conditions, fragment: options.fragment === true };
  made.connectRelay = ({ server }, from) =>
    made.network.host("10.0.1.2").connectStream(server, { address: from.address, port: 0 }, 2000);
  if (options.connect === "refused") made.connectRelay = () => Promise.reject(new Error("connection refused"));
  if (options.connect === "none") made.connectRelay = undefined;
  const a = await made.end("10.0.1.2", "symmetric", "203.0.113.1");
  const b = await made.end("10.0.2.2", "symmetric", "203.0.113.2");
  const relay = { server: made.server.at, ...made.server.user, stream: { name: "tcp" } } as const;
  return { made, a, b, relay };
}

const relayed = (end: End) => (end.gathered?.ice?.candidates ?? []).filter((c) => c.type === "relay");

describe("NET-27: a relay by TCP (RFC 8656 §2.1)", () => {
  test.each([false, true])("is found and used both ways, in pieces of any length (%s)", async (fragment) => {
    const { made, a, b, relay } = await lab({ fragment });
    await a.gather({ stun: undefined, turn: relay });
    await b.gather({ turn: undefined });
    expect(made.server.connections).toBe(2);
    expect(relayed(a).map((c) => c.component)).toEqual([1, 2]);
    // What the relay sees of a connection says nothing of the sockets of media.
    expect(a.gathered?.ice?.candidates.filter((c) => c.type === "srflx")).toEqual([]);
    made.connect(a, b);
    await made.run(4000);
    expect(a.path).toMatch(/^connected relay 198\.51\.100\.1/);
    for (const text of ["x", "xy", "xyz", "xyza", "a longer one, as packets of sound are"])
      for (const component of [1, 2] as const) {
        a.say(`a ${text}`, component);
        b.say(`b ${text}`, component);
      }
    await made.run(200);
    for (const text of ["x", "xy", "xyz", "xyza", "a longer one, as packets of sound are"])
      for (const component of [1, 2]) {
        expect(b.got(`a ${text}`, component)).toBe(true);
        expect(a.got(`b ${text}`, component)).toBe(true);
      }
    a.nat.close();
    await made.run(200);
    expect([made.server.allocations, made.server.connections]).toEqual([0, 0]);
  });

  test.each(["ended", "spoken nonsense over"] as const)("a connection that is %s is told of", async (how) => {
    const { made, a, relay } = await lab();
    await a.gather({ turn: relay });
    if (how === "ended") made.server.disconnect();
    else made.server.babble();
    await made.run(100);
    const said = a.events.flatMap((e) => (e.type === "log" ? [e.message] : []));
    expect(said).toContain(
      `TURN server 198.51.100.1:3478 takes the relay away: ${how === "ended" ? "the connection was closed" : "it does not speak TURN"}`,
    );
  });

  test("a server that takes no connection, says nothing, or wants another password: the call goes on without", async () => {
    for (const [spoil, why] of [
      ["refused", /gives no relay: .*refused/],
      ["silent", /not every STUN and TURN server answered within 2 s/],
      ["password", /gives no relay: 401/],
      ["none", /TURN over TCP and TLS is not there/],
    ] as const) {
      const { made, a, relay } = await lab(spoil === "refused" || spoil === "none" ? { connect: spoil } : {});
      if (spoil === "silent") made.server.silent = true;
      const turn = spoil === "password" ? { ...relay, password: "other" } : relay;
      const { problems } = await a.gather({ stun: undefined, turn });
      expect(problems).toEqual([expect.stringMatching(why)]);
      expect(relayed(a)).toEqual([]);
      a.nat.close();
      await made.run(5000);
      expect(made.server.connections, spoil).toBe(0);
    }
  });

  test("a stream that is closed while it connects leaves nothing behind", async () => {
    const { made, a, relay } = await lab();
    const done = a.nat.gather({
      ...{ publicAddress: undefined, stun: undefined, turn: relay, ice: true, addresses: [], credentials: undefined },
    });
    a.nat.close();
    await made.run(3000);
    await done;
    expect([made.server.allocations, made.server.connections]).toEqual([0, 0]);
  });
});
