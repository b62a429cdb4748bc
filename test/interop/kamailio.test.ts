import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { Kamailio, type KamailioOptions } from "./kit/kamailio.ts";
import { account, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { findWords, level, monoAt, speech, wavFile } from "./kit/sound.ts";

const server = "127.44.1.1";
const addresses = { "1001": "127.44.1.2", "1002": "127.44.1.3" } as const;
const baresipAddress = "127.44.1.4";
const users = { "1001": "correct horse", "1002": "battery: staple!", "1003": "b4resip" };
const transports = { udp: 0, tcp: 1 } as const;
type Transport = keyof typeof transports;
type User = keyof typeof addresses;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const first = speech(["Front_Center", "Rear_Left"]);
const second = speech(["Side_Right", "Front_Left"]);
const narrow = (sound: Int16Array) => convertRate(convertRate(sound, 16_000, 8000), 8000, 16_000);

const phones = new Set<PhoneProcess>();

function startPhone(user: User, transport: Transport, more: Record<string, string | number> = {}) {
  return PhoneProcess.start({
    address: addresses[user],
    panelPort: user === "1001" ? 7441 : 7442,
    config: {
      ...account(server, user, users[user], { "sip_server.1.transport_type": transports[transport] }),
      ...more,
    },
  }).then((phone) => {
    phones.add(phone);
    return phone;
  });
}

async function startPair(kamailio: Kamailio, transport: Transport, more: Record<string, string | number> = {}) {
  const [a, b] = await Promise.all([startPhone("1001", transport, more), startPhone("1002", transport, more)]);
  await kamailio.seen(/bound 1001/);
  await kamailio.seen(/bound 1002/);
  await Promise.all([registered(a), registered(b)]);
  return { a, b };
}

/** Registered as 1003; it says the same again and again, because it hangs up at the end of its file. */
async function startBaresip(kamailio: Kamailio, transport: Transport, answers: boolean): Promise<Baresip> {
  const says = new Int16Array(8 * second.length);
  for (let n = 0; n < 8; n++) says.set(second, n * second.length);
  const baresip = await Baresip.start({
    address: baresipAddress,
    codec: "PCMU",
    says: convertRate(says, 16_000, 8000),
    rateHz: 8000,
    answers,
    account: `<sip:1003@${server};transport=${transport}>;auth_user=1003;auth_pass=${users["1003"]};regint=300`,
  });
  await kamailio.seen(/bound 1003/);
  return baresip;
}

/** The idle screen says nothing of trouble. */
const registered = (phone: PhoneProcess, ms = 15_000) =>
  phone.seen("registered", (s) => s.screen.id === "idle" && !isTroubled(s.screen), ms);
const isTroubled = ({ lines }: { lines: readonly string[] }) =>
  /answer|refused|password|Registering|closed|unreachable|fail/i.test(lines.join(" "));

async function call(a: PhoneProcess, b: PhoneProcess): Promise<void> {
  await a.dial("1002");
  await b.screen("incoming");
  await b.hook(true);
  await Promise.all([a.screen("talking"), b.screen("talking")]);
}

/** Each says something else; both are found in what the other heard, aligned and at their level. */
async function bothHear(a: PhoneProcess, b: PhoneProcess, wide = false): Promise<void> {
  const seen = wide ? (sound: Int16Array) => sound : narrow;
  await pause(400);
  await Promise.all([a.say(wavFile(first)), b.say(wavFile(second))]);
  await pause((1000 * Math.max(first.length, second.length)) / 16_000 + 700);
  const [atA, atB] = await Promise.all([a.heard(6), b.heard(6)]);
  const there = findWords(seen(first), toMono(atB));
  const here = findWords(seen(second), toMono(atA));
  expect(there.likeness, "what the called phone heard").toBeGreaterThan(0.9);
  expect(here.likeness, "what the calling phone heard").toBeGreaterThan(0.9);
  expect(Math.abs(there.gainDb)).toBeLessThan(1.5);
  expect(Math.abs(here.gainDb)).toBeLessThan(1.5);
}

async function hungUp(a: PhoneProcess, b: PhoneProcess): Promise<void> {
  await a.keys("cancel");
  // Both at once would be two BYEs.
  await b.seen("the end", (s) => !s.screen.id.startsWith("talking"));
  await b.hook(false);
  await Promise.all([a.screen("idle"), b.screen("idle")]);
}

const text = (s: { screen: { title: string; lines: readonly string[] } }) =>
  `${s.screen.title} ${s.screen.lines.join(" ")}`;

describe.runIf(needs("kamailio", "baresip"))("Kamailio", () => {
  endAllPrograms();
  let kamailio: Kamailio;
  const start = async (options: Partial<KamailioOptions> = {}) => {
    kamailio = await Kamailio.start({ address: server, users, ...options });
  };

  // Before Kamailio, which takes their registrations back.
  const stopPhones = async () => {
    const all = [...phones];
    phones.clear();
    for (const phone of all)
      if (phone.program.alive) expect(await phone.stop(), phone.program.output.slice(-2000)).toBe(0);
  };
  afterEach(stopPhones);

  describe.each(["udp", "tcp"] as const)("over %s", (transport) => {
    beforeAll(() => start());
    afterAll(() => kamailio.stop());
    afterEach(() => expect(kamailio.log).not.toContain("INSANE"));

    it("ACC-06, ACC-14: registers with digest, and takes the binding away at the end", async () => {
      const phone = await startPhone("1001", transport, { "account.1.unregister_on_reboot": 1 });
      await kamailio.seen(new RegExp(`bound 1001 by ${transport} 3600`, "i"));
      await registered(phone);
      expect(kamailio.count(/challenged 1001/)).toBe(1);
      expect(await phone.stop()).toBe(0);
      await kamailio.seen(/bound 1001 by \S+ 0/);
    });

    it("ACC-14: a wrong password is said on the LCD, and the server is not asked again and again", async () => {
      const before = kamailio.count(/seen REGISTER/);
      const phone = await startPhone("1001", transport, { "account.1.password": "wrong" });
      await phone.seen("the trouble", (s) => /wrong user name or password/i.test(text(s)));
      await pause(3000);
      expect(kamailio.count(/seen REGISTER/) - before).toBe(2);
    });

    it.each([
      ["PCMU", { "account.1.codec.g722.enable": 0 }],
      ["G722", { "account.1.codec.pcmu.enable": 0, "account.1.codec.pcma.enable": 0 }],
    ] as const)(
      "CAL-01: two phones call each other with %s through the record-routing proxy",
      async (codec, config) => {
        const { a, b } = await startPair(kamailio, transport, config);
        await call(a, b);
        await bothHear(a, b, codec === "G722");
        for (const phone of [a, b]) {
          const media = await phone.media();
          expect(media.calls[0]).toMatchObject({ codec: codec.toLowerCase(), lost: 0 });
          expect(media.device.underruns).toBe(0);
        }
        expect(kamailio.count(/seen ACK 1002 .*to-tag=\w/), "ACK takes the recorded route").toBeGreaterThan(0);
        const byes = kamailio.count(/seen BYE/);
        await hungUp(a, b);
        expect(kamailio.count(/seen BYE/) - byes).toBe(1);
      },
    );

    it("CAL-42: hold and resume, from either side", async () => {
      const { a, b } = await startPair(kamailio, transport);
      await call(a, b);
      for (const [holder, held] of [
        [a, b],
        [b, a],
      ] as const) {
        await holder.keys("hold");
        await holder.screen("talking_held");
        await held.seen("held by the far end", (s) => /Held by other party/.test(text(s)));
        await holder.say(wavFile(first));
        await pause(1500);
        expect(level(toMono(await held.heard(1)))).toBeLessThan(0.001);
        await pause((1000 * first.length) / 16_000 - 1500);
        await holder.keys("hold");
        for (const phone of [a, b]) await phone.seen("talking again", (s) => s.screen.id === "talking");
        await bothHear(a, b, true);
      }
      await hungUp(a, b);
    });

    it("CAL-27: do-not-disturb there is shown here, and rings nowhere", async () => {
      const { a, b } = await startPair(kamailio, transport, { "features.dnd.enable": 1 });
      await a.dial("1002");
      expect(text(await a.screen("ended"))).toContain("Not available");
      expect((await b.state()).screen.id).toBe("idle");
      await a.keys("cancel");
    });

    it("CAL-22: without call waiting a second caller hears that it is busy", async () => {
      const baresip = await startBaresip(kamailio, transport, true);
      const { a, b } = await startPair(kamailio, transport, { "call_waiting.enable": 0 });
      await b.dial("1003");
      await b.screen("talking");
      await a.dial("1002");
      expect(text(await a.screen("ended"))).toContain("Busy");
      expect((await b.state()).screen.id).toBe("talking");
      await b.keys("cancel");
      await b.screen("idle");
      await baresip.stop();
    });

    it("CAL-01: the caller gives up while it rings: both are idle, and one call was missed", async () => {
      const { a, b } = await startPair(kamailio, transport);
      await a.dial("1002");
      await a.screen("ringback");
      await b.screen("incoming");
      await a.keys("cancel");
      await Promise.all([a.screen("idle"), b.screen("idle")]);
      expect(text(await b.seen("the missed call", (s) => /missed/i.test(text(s))))).toMatch(/1 missed/i);
      await b.keys("soft1");
      expect(text(await b.screen("history"))).toContain("1001");
    });

    it("CAL-20: the callee refuses", async () => {
      const { a, b } = await startPair(kamailio, transport);
      await a.dial("1002");
      await b.screen("incoming");
      await b.keys("cancel");
      expect(text(await a.screen("ended"))).toContain("Busy");
      await a.keys("cancel");
      await Promise.all([a.screen("idle"), b.screen("idle")]);
    });

    it("flow 4: a number that nobody has is said to be not found, one that is not registered not available", async () => {
      const phone = await startPhone("1001", transport);
      await registered(phone);
      await phone.dial("4711");
      expect(text(await phone.screen("ended"))).toContain("Not found");
      await phone.keys("cancel");
      await phone.screen("idle");
      await phone.dial("1003");
      expect(text(await phone.screen("ended"))).toContain("Not available");
      await phone.keys("cancel");
    });

    it("CAL-01: a call survives the end of the proxy, and ends by its successor", async () => {
      const { a, b } = await startPair(kamailio, transport, { "account.1.reg_fail_retry_interval": 1 });
      await call(a, b);
      await kamailio.kill();
      await bothHear(a, b, true);
      await kamailio.restart();
      await bothHear(a, b, true);
      const media = await a.media();
      expect(media.calls[0]?.lost, JSON.stringify(media)).toBe(0);
      await a.keys("cancel");
      await kamailio.seen(/seen BYE/);
      await b.seen("the end", (s) => !s.screen.id.startsWith("talking"));
      await b.hook(false);
      await Promise.all([a.screen("idle"), b.screen("idle")]);
    });

    it.each([
      ["the phone calls", true],
      ["baresip calls", false],
    ] as const)("CAL-01: baresip at the same server: %s, and both hear each other", async (_who, phoneCalls) => {
      const baresip = await startBaresip(kamailio, transport, phoneCalls);
      try {
        const phone = await startPhone("1001", transport);
        await registered(phone);
        if (phoneCalls) await phone.dial("1003");
        else {
          await baresip.command("dial", `sip:1001@${server};transport=${transport}`);
          await phone.screen("incoming");
          await phone.hook(true);
        }
        await phone.screen("talking");
        await pause(400);
        await phone.say(wavFile(first));
        await pause((1000 * (first.length + 2 * second.length)) / 16_000 + 700);
        expect(findWords(narrow(first), monoAt(baresip.heard(), 16_000)).likeness).toBeGreaterThan(0.9);
        expect(findWords(narrow(second), toMono(await phone.heard(12))).likeness).toBeGreaterThan(0.9);
        if (phoneCalls) await phone.keys("cancel");
        else await baresip.command("hangup");
        await phone.seen("the end", (s) => !s.screen.id.startsWith("talking"));
      } finally {
        await baresip.stop();
      }
    });
  });

  describe("with other manners", () => {
    afterEach(async () => {
      await stopPhones().finally(() => kamailio.stop());
    });

    it("ACC-14, RFC 8760: answers a SHA-256 challenge, of REGISTER and of INVITE", async () => {
      await start({ algorithm: "SHA-256" });
      const { a, b } = await startPair(kamailio, "udp");
      await call(a, b);
      await hungUp(a, b);
    });

    it("ACC-06: registers anew before the end of a short binding, with nonces that have become stale", async () => {
      await start({ expiresSeconds: [1, 6], nonceSeconds: 2 });
      const phone = await startPhone("1001", "udp");
      await kamailio.seen(/bound 1001/);
      await registered(phone);
      const begin = performance.now();
      await phone.seen(
        "registered all the time",
        (s) => {
          expect(isTroubled(s.screen), text(s)).toBe(false);
          return kamailio.count(/bound 1001/) >= 5;
        },
        30_000,
      );
      const spent = performance.now() - begin;
      expect(spent).toBeGreaterThan(4 * 2300);
      expect(spent).toBeLessThan(4 * 4000);
    });

    it("ACC-06: a registrar that wants longer intervals gets them (423)", async () => {
      await start({ expiresSeconds: [120, 3600] });
      const phone = await startPhone("1001", "udp", { "account.1.sip_server.1.expires": 60 });
      await kamailio.seen(/bound 1001 by \S+ 120/);
      await registered(phone);
    });

    it("ACC-03: phones on UDP and TCP call each other, both directions, by a route with two entries", async () => {
      await start();
      const a = await startPhone("1001", "udp");
      const b = await startPhone("1002", "tcp");
      await kamailio.seen(/bound 1002/);
      await Promise.all([registered(a), registered(b)]);
      await call(a, b);
      await bothHear(a, b, true);
      await a.keys("hold");
      await b.screen("talking_held");
      await a.keys("hold");
      await b.seen("talking again", (s) => s.screen.id === "talking");
      await b.hook(false);
      await Promise.all([a.screen("idle"), b.screen("idle")]);
      await b.dial("1001");
      await a.screen("incoming");
      await a.hook(true);
      await b.screen("talking");
      await hungUp(b, a);
    });

    it.each(["udp", "tcp"] as const)(
      "ACC-07: the server dies: the LCD says so; it comes back: the phones register by themselves and call (%s)",
      async (transport) => {
        // Over UDP only silence can tell, 32 s after the next refresh; over TCP the connection does, at once.
        const udp = transport === "udp";
        await start({ expiresSeconds: [1, udp ? 8 : 3600] });
        const { a, b } = await startPair(kamailio, transport, { "account.1.reg_fail_retry_interval": 2 });
        // A connection that dies right after the grant is taken for a server that does this always.
        await pause(5500);
        await kamailio.kill();
        for (const phone of [a, b]) await phone.seen("the loss", (s) => isTroubled(s.screen), udp ? 50_000 : 3000);
        await pause(1000);
        expect(text(await a.state())).toContain(server);
        await kamailio.restart();
        await kamailio.seen(/bound 1001/, 20_000);
        await kamailio.seen(/bound 1002/, 20_000);
        await Promise.all([registered(a), registered(b)]);
        await call(a, b);
        await hungUp(a, b);
      },
      120_000,
    );
  });
});
