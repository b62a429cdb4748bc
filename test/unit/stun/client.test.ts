/** Questions and answers over a simulated network: repetitions, credentials, mapped addresses. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { DatagramSocket } from "../../../src/base/network.ts";
import { Binding, type BindingState } from "../../../src/stun/binding.ts";
import { StunClient, type StunOutcome } from "../../../src/stun/client.ts";
import { LongTermCredentials, longTermKey, ShortTermCredentials, shortTermKey } from "../../../src/stun/credentials.ts";
import { parseStun, type StunMessage, writeStun } from "../../../src/stun/message.ts";
import { SharedSocket } from "../../../src/stun/shared-socket.ts";
import { attribute, method } from "../../../src/stun/types.ts";
import { errorValue, textValue, xorAddress } from "../../../src/stun/value.ts";
import { SimulatedNetwork, seededBytes } from "../../fake/network.ts";

const server = { address: "198.51.100.1", port: 3478 };

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

async function lab(
  answer: (message: StunMessage, from: { address: string; port: number }, socket: DatagramSocket) => void,
) {
  const clock = new ManualClock();
  const network = new SimulatedNetwork(clock, 7);
  const far = await network.host(server.address).bindDatagram(server);
  far.onMessage = (bytes, from) => {
    const parsed = parseStun(bytes);
    if (parsed.ok) answer(parsed.message, from, far);
  };
  const near = await network.host("192.0.2.10").bindDatagram({ address: "192.0.2.10", port: 5060 });
  const client = new StunClient({ clock, random: seededBytes(3), send: (bytes, to) => near.send(bytes, to) });
  near.onMessage = (bytes, from) => client.take(bytes, from);
  const run = async (ms: number) => {
    for (let at = 0; at < ms; at += 10) {
      clock.advance(10);
      await settle();
    }
  };
  return { clock, network, near, far, client, run };
}

function mappedReply(message: StunMessage, from: { address: string; port: number }, signed?: Uint8Array): Uint8Array {
  const { transactionId } = message;
  return writeStun({
    class: "success",
    method: message.method,
    transactionId,
    attributes: [xorAddress(attribute.xorMappedAddress, from, transactionId)],
    integrity: signed === undefined ? undefined : { key: signed, algorithm: message.integrity ?? "sha1" },
  });
}

describe("RFC 8489 §6.2.1", () => {
  test("a silent server is asked seven times, at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s, and given up at 39.5 s", async () => {
    const { client, network, clock, run } = await lab(() => {});
    let outcome: StunOutcome | undefined;
    void client.request({ method: method.binding, to: server }).then((o) => {
      outcome = o;
    });
    await run(39_490);
    expect(network.transits.map((t) => t.atMs)).toEqual([0, 500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(new Set(network.transits.map((t) => Buffer.from(t.bytes).toString("hex"))).size).toBe(1);
    expect(outcome).toBeUndefined();
    await run(20);
    expect([clock.now(), outcome]).toEqual([39_510, { name: "timeout" }]);
  });

  test("an answer ends it; one from elsewhere, or with another method, is none", async () => {
    const { client, network, run } = await lab((message, from, far) => {
      far.send(writeStun({ ...message, method: method.allocate, attributes: [] }), from);
    });
    const stranger = await network.host("203.0.113.9").bindDatagram({ address: "203.0.113.9", port: 3478 });
    let outcome: StunOutcome | undefined;
    void client.request({ method: method.binding, to: server }).then((o) => {
      outcome = o;
    });
    const asked = network.transits[0]?.bytes;
    const parsed = asked === undefined ? undefined : parseStun(asked);
    if (parsed?.ok !== true) throw new Error("nothing was asked");
    stranger.send(mappedReply(parsed.message, server), { address: "192.0.2.10", port: 5060 });
    await run(100);
    expect(outcome).toBeUndefined();
    client.close();
    await settle();
    expect(outcome).toEqual({ name: "closed" });
  });
});

describe("RFC 8489 §9: credentials", () => {
  test("§9.1: a short-term request is signed, and an answer not signed with the same key does not count", async () => {
    let sign = false;
    const { client, run } = await lab((message, from, far) => {
      expect(message.isFrom(shortTermKey("pass"))).toBe(true);
      far.send(mappedReply(message, from, sign ? shortTermKey("pass") : undefined), from);
      sign = true;
    });
    const credentials = new ShortTermCredentials("remote:local", "pass");
    const asked = client.request({ method: method.binding, to: server, credentials });
    await run(600);
    expect(await asked).toMatchObject({ name: "success" });
  });

  test.each([
    ["MD5 and SHA-1", "plain-nonce", "md5", "sha1"],
    ["SHA-256", "obMatJos2gAAArest", "sha256", "sha256"],
  ] as const)("§9.2: 401, then %s; 438 brings a new nonce", async (_, nonce, hash, algorithm) => {
    const seen: string[] = [];
    const { client, run } = await lab((message, from, far) => {
      const refuse = (code: number, value: string) =>
        far.send(
          writeStun({
            ...message,
            class: "error",
            attributes: [
              { type: attribute.errorCode, value: errorValue(code, "no") },
              { type: attribute.realm, value: textValue("example.org") },
              { type: attribute.nonce, value: textValue(value) },
              { type: attribute.passwordAlgorithms, value: Uint8Array.from([0, 1, 0, 0, 0, 2, 0, 0]) },
            ],
          }),
          from,
        );
      const key = longTermKey("user", "example.org", "pass", hash);
      const told = message.text(attribute.nonce);
      seen.push(`${told} ${message.integrity} ${message.integrity !== undefined && message.isFrom(key)}`);
      if (told === undefined) refuse(401, nonce);
      else if (told === nonce) refuse(438, `${nonce}2`);
      else far.send(mappedReply(message, from, key), from);
    });
    const credentials = new LongTermCredentials("user", "pass");
    const asked = client.request({ method: method.binding, to: server, credentials });
    await run(100);
    expect(await asked).toMatchObject({ name: "success" });
    expect(seen).toEqual([`undefined undefined false`, `${nonce} ${algorithm} true`, `${nonce}2 ${algorithm} true`]);
  });

  test("§9.2.5: a second 401 means the wrong password: it is not tried again and again", async () => {
    let asked = 0;
    const { client, run } = await lab((message, from, far) => {
      asked++;
      const attributes = [
        { type: attribute.errorCode, value: errorValue(401, "Unauthorized") },
        { type: attribute.realm, value: textValue("example.org") },
        { type: attribute.nonce, value: textValue(`n${asked}`) },
      ];
      far.send(writeStun({ ...message, class: "error", attributes }), from);
    });
    const credentials = new LongTermCredentials("user", "wrong");
    const outcome = client.request({ method: method.allocate, to: server, credentials });
    await run(100);
    expect(await outcome).toMatchObject({ name: "refused", code: 401, reason: "Unauthorized" });
    expect(asked).toBe(2);
  });
});

describe("NET-26: the mapped address of a socket", () => {
  test("it is learned, kept open by refreshes, told when it changes, and lost and found again", async () => {
    let port = 40_000;
    let answers = true;
    let asked = 0;
    const { client, clock, run } = await lab((message, from, far) => {
      asked++;
      if (answers) far.send(mappedReply(message, { address: "203.0.113.5", port }), from);
    });
    const states: BindingState[] = [];
    const binding = new Binding({ clock, client, server, refreshMs: 20_000, onState: (s) => states.push(s) });
    binding.start();
    await run(50_000);
    expect(asked).toBe(3);
    expect(states).toEqual([{ name: "known", mapped: { address: "203.0.113.5", port: 40_000 } }]);
    port = 40_001;
    await run(20_000);
    expect(states.at(-1)).toEqual({ name: "known", mapped: { address: "203.0.113.5", port: 40_001 } });
    answers = false;
    await run(30_000);
    expect(states.at(-1)).toEqual({ name: "failed", why: "STUN server 198.51.100.1:3478 does not answer" });
    answers = true;
    await run(30_000);
    expect(states.at(-1)).toMatchObject({ name: "known" });
    binding.close();
    const before = asked;
    await run(60_000);
    expect(asked).toBe(before);
  });

  test("on a socket shared with SIP the answers do not reach SIP, and SIP goes through", async () => {
    const { clock, near, far, run } = await lab((message, from, socket) =>
      socket.send(mappedReply(message, from), from),
    );
    const shared = new SharedSocket(near, { clock, random: seededBytes(9) });
    const heard: string[] = [];
    shared.onMessage = (bytes) => heard.push(Buffer.from(bytes).toString());
    const asked = shared.stun.request({ method: method.binding, to: server });
    far.send(textValue("SIP/2.0 200 OK\r\n"), near.local);
    await run(50);
    expect(await asked).toMatchObject({ name: "success", response: { mapped: near.local } });
    expect(heard).toEqual(["SIP/2.0 200 OK\r\n"]);
  });
});
