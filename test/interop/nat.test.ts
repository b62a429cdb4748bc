/** The phone and NATs: Debian's coturn for STUN and relays, and a real NAT between two phones where namespaces are to be had. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Authority } from "./kit/certificates.ts";
import { Coturn, turnUser } from "./kit/coturn.ts";
import { inside, mayMakeNamespaces, NatLab, outside, type RouterKind, router } from "./kit/namespace.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, temporaryFolder } from "./kit/process.ts";
import { findWords, speech, wavFile } from "./kit/sound.ts";

endAllPrograms();

const words = speech(["Front_Center"]);
/** The same through G.711. */
const narrow = convertRate(convertRate(words, 16_000, 8000), 8000, 16_000);

function stun(server: string) {
  return {
    "sip.nat_stun.enable": 1,
    "sip.nat_stun.server": server,
    "sip.nat_stun.port": 3478,
    "account.1.enable": 1,
    "account.1.nat.nat_traversal": 1,
  };
}

function turn(server: string, password: string = turnUser.password) {
  return {
    "sip.nat_turn.enable": 1,
    "sip.nat_turn.server": server,
    "sip.nat_turn.port": 3478,
    "sip.nat_turn.username": turnUser.username,
    "sip.nat_turn.password": password,
  };
}

/** A data folder in which that authority was loaded. */
function trusting(authority: Authority): string {
  const folder = temporaryFolder("phone");
  const trusted = join(folder, "data", "certificates", "trusted");
  mkdirSync(trusted, { recursive: true });
  writeFileSync(join(trusted, "authority.pem"), authority.own.certificate);
  return folder;
}

const answering = { ...openToAll, "features.ip_call.auto_answer.enable": 1 };

async function callAndTalk(caller: PhoneProcess, called: PhoneProcess): Promise<void> {
  await caller.dial(called.uri);
  await caller.screen("talking");
  await called.screen("talking");
  await hears(caller, called);
  await hears(called, caller);
}

async function hears(from: PhoneProcess, to: PhoneProcess): Promise<void> {
  let likeness = 0;
  // The first words may go into the time before the way was found.
  for (let n = 0; n < 3 && likeness < 0.9; n++) {
    await from.say(wavFile(words));
    await new Promise((resolve) => setTimeout(resolve, words.length / 16 + 700));
    likeness = findWords(narrow, toMono(await to.heard(4))).likeness;
  }
  const logs = `${from.program.output.slice(-1500)}\n---\n${to.program.output.slice(-1500)}`;
  expect(likeness, `${to.address} hears ${from.address}: ${logs}`).toBeGreaterThan(0.9);
}

/** Where a phone sends to, and that it got something from there. */
async function remoteOf(phone: PhoneProcess): Promise<string> {
  return (await phone.media()).calls[0]?.remote ?? "";
}

async function both(
  one: Promise<PhoneProcess>,
  other: Promise<PhoneProcess>,
  use: (one: PhoneProcess, other: PhoneProcess) => Promise<void>,
): Promise<void> {
  const phones = await Promise.all([one, other]);
  try {
    await use(...phones);
  } finally {
    await Promise.all(phones.map((phone) => phone.stop()));
  }
}

describe.runIf(needs("turnserver"))("coturn", () => {
  const server = "127.46.1.1";

  it("NET-26: the phone learns where its SIP and its RTP are seen, and a call goes on as ever", async () => {
    const coturn = await Coturn.start({ address: server });
    const a = PhoneProcess.start({ address: "127.46.2.1", panelPort: 7461, config: { ...openToAll, ...stun(server) } });
    const b = PhoneProcess.start({ address: "127.46.2.2", panelPort: 7462, config: answering });
    await both(a, b, async (one, other) => {
      await one.program.until("seen", (output) => output.includes("SIP is seen at 127.46.2.1:5060"));
      await callAndTalk(one, other);
    });
    await coturn.stop();
  });

  it("NET-27: two phones with ICE find the direct way", async () => {
    const coturn = await Coturn.start({ address: server });
    const ice = { "ice.enable": 1, ...turn(server) };
    const a = PhoneProcess.start({ address: "127.46.2.3", panelPort: 7461, config: { ...openToAll, ...ice } });
    const b = PhoneProcess.start({ address: "127.46.2.4", panelPort: 7462, config: { ...answering, ...ice } });
    await both(a, b, async (one, other) => {
      await callAndTalk(one, other);
      await one.program.until("path", (output) => /host 127\.46\.2\.3:\d+ to host 127\.46\.2\.4:\d+/.test(output));
      await other.program.until("path", (output) => /host 127\.46\.2\.4:\d+ to host 127\.46\.2\.3:\d+/.test(output));
    });
    await coturn.stop();
  });

  it("NET-27: a phone with a relay and no ICE talks through coturn, which gets the port back", async () => {
    const coturn = await Coturn.start({ address: server });
    const relay = { ...stun(server), ...turn(server) };
    const a = PhoneProcess.start({ address: "127.46.2.5", panelPort: 7461, config: { ...openToAll, ...relay } });
    const b = PhoneProcess.start({ address: "127.46.2.6", panelPort: 7462, config: answering });
    await both(a, b, async (one, other) => {
      await callAndTalk(one, other);
      expect(await remoteOf(other)).toMatch(/^127\.46\.1\.1:49\d\d\d$/);
      await one.endCalls();
      await coturn.program.until("both ports back", (output) => output.split("lifetime=0").length > 2);
    });
    await coturn.stop();
  });

  it("NET-27: with a wrong password for the relay it is told why, and the call goes on without", async () => {
    const coturn = await Coturn.start({ address: server });
    const wrong = { "ice.enable": 1, ...turn(server, "wrong") };
    const a = PhoneProcess.start({ address: "127.46.2.7", panelPort: 7461, config: { ...openToAll, ...wrong } });
    const b = PhoneProcess.start({ address: "127.46.2.8", panelPort: 7462, config: answering });
    await both(a, b, async (one, other) => {
      await callAndTalk(one, other);
      expect(one.program.output).toContain("TURN server 127.46.1.1:3478 gives no relay: 401");
    });
    await coturn.stop();
  });

  describe("relays by connections (RFC 8656 §2.1)", () => {
    const server = "127.53.1.1";
    const authority = new Authority("Relays");
    const certificate = authority.issue({ commonName: "relay", subjectAltName: `IP:${server}` });

    function by(transport: 1 | 2) {
      return { ...turn(server), "sip.nat_turn.transport": transport, "account.1.nat.nat_traversal": 1 };
    }

    it.each(["tcp", "tls"] as const)("NET-27: a relay by %s, and the words come through", async (transport) => {
      const coturn = await Coturn.start({ address: server, certificate });
      const relay = by(transport === "tcp" ? 1 : 2);
      const a = PhoneProcess.start({
        ...{ address: "127.53.2.9", panelPort: 7531, config: { ...openToAll, "account.1.enable": 1, ...relay } },
        data: trusting(authority),
      });
      const b = PhoneProcess.start({ address: "127.53.2.10", panelPort: 7532, config: answering });
      await both(a, b, async (one, other) => {
        await callAndTalk(one, other);
        expect(await remoteOf(other)).toMatch(/^127\.53\.1\.1:49\d\d\d$/);
        expect(coturn.program.output).toContain("tcp or tls connected to: 127.53.2.9:");
        expect(coturn.program.output.includes("method=TLSv1")).toBe(transport === "tls");
        await one.endCalls();
        await coturn.program.until("both ports back", (output) => output.split("lifetime=0").length > 2);
      });
      await coturn.stop();
    });

    it("NET-27: a relay whose certificate nobody vouches for is refused by name, and the call goes on without", async () => {
      const coturn = await Coturn.start({ address: server, certificate });
      const a = PhoneProcess.start({
        ...{ address: "127.53.2.11", panelPort: 7531, config: { ...openToAll, "account.1.enable": 1, ...by(2) } },
      });
      const b = PhoneProcess.start({ address: "127.53.2.12", panelPort: 7532, config: answering });
      await both(a, b, async (one, other) => {
        await callAndTalk(one, other);
        expect(one.program.output).toContain(
          `TURN server ${server}:5349 gives no relay: ${server}: its certificate is refused`,
        );
      });
      await coturn.stop();
    });
  });
});

const namespaces = needs("turnserver", "ip", "nft") && mayMakeNamespaces();
const [server, friend] = outside;

/** A phone inside and one outside of a router of its own. */
function phones(kind: RouterKind, panelPort: number) {
  const lab = new NatLab(kind);
  const home = { address: inside, panelPort, prefix: lab.prefix("inside") };
  const away = { address: friend, panelPort: panelPort + 1, prefix: lab.prefix("outside") };
  const ports = Promise.all([lab.forward("inside", panelPort), lab.forward("outside", panelPort + 1)]);
  return async (
    config: Readonly<Record<string, string | number>>,
    theirs: Readonly<Record<string, string | number>>,
    use: (one: PhoneProcess, other: PhoneProcess) => Promise<void>,
  ): Promise<void> => {
    await ports;
    const coturn = await Coturn.start({ address: server, prefix: lab.prefix("outside") });
    const one = PhoneProcess.start({ ...home, config: { ...openToAll, ...config } });
    const other = PhoneProcess.start({ ...away, config: { ...answering, ...theirs } });
    await both(one, other, use);
    await coturn.stop();
  };
}

const at = (address: string) => new RegExp(`^${address.replaceAll(".", "\\.")}:`);

describe.runIf(namespaces)("a phone behind a NAT with one port for all", () => {
  const withPhones = phones("cone", 7463);

  it("NET-26: by STUN it is seen at the router's address, and both hear each other", async () => {
    await withPhones(stun(server), {}, async (one, other) => {
      await one.program.until("seen", (output) => output.includes(`SIP is seen at ${router}:`));
      await callAndTalk(one, other);
      expect(await remoteOf(other)).toMatch(at(router));
    });
  });

  it("NET-25: by its static address both hear each other", async () => {
    const fixed = {
      "network.static_nat.enable": 1,
      "network.static_nat.addr": router,
      "account.1.nat.nat_traversal": 2,
    };
    await withPhones(fixed, {}, async (one, other) => {
      await callAndTalk(one, other);
      expect(await remoteOf(other)).toMatch(at(router));
    });
  });
});

describe.runIf(namespaces)("a phone behind a symmetric NAT", () => {
  const withPhones = phones("symmetric", 7465);

  it("NET-27: by ICE both hear each other, directly", async () => {
    const ice = { "ice.enable": 1, ...stun(server), ...turn(server) };
    await withPhones(ice, { "ice.enable": 1 }, async (one, other) => {
      await callAndTalk(one, other);
      await one.program.until("path", (output) => output.includes(`to host ${friend}:`));
      await other.program.until("path", (output) => output.includes(`to prflx ${router}:`));
    });
  });

  it("NET-27: by its relay it is heard by a phone that knows no ICE", async () => {
    await withPhones({ "ice.enable": 1, ...turn(server) }, {}, async (one, other) => {
      await callAndTalk(one, other);
      expect(await remoteOf(other)).toMatch(at(server));
    });
  });
});
