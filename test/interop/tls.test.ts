/** The phone by TLS with Debian's Kamailio, whose TLS is OpenSSL itself: certificates right and wrong, and calls (feature rows SEC-01 to SEC-04, SEC-20, ACC-03, ACC-28). */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { Authority, type Pair } from "./kit/certificates.ts";
import { Kamailio, type KamailioTls } from "./kit/kamailio.ts";
import { account, openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, temporaryFolder } from "./kit/process.ts";
import { sipp } from "./kit/sipp.ts";
import { findWords, speech, wavFile } from "./kit/sound.ts";

const server = "127.46.1.1";
const addresses = { "1001": "127.46.1.2", "1002": "127.46.1.3" } as const;
const users = { "1001": "correct horse", "1002": "battery: staple!" };
type User = keyof typeof addresses;

const phones = new Set<PhoneProcess>();
let right: Authority;
let wrong: Authority;
let good: Pair;

interface Certificates {
  /** Authorities that the phone is given. */
  readonly trusted?: readonly Authority[];
  readonly device?: Pair;
}

async function startPhone(user: User, more: Record<string, string | number> = {}, certificates: Certificates = {}) {
  const data = temporaryFolder("tls-phone");
  const folder = join(data, "data", "certificates");
  mkdirSync(join(folder, "trusted"), { recursive: true });
  for (const [n, authority] of (certificates.trusted ?? [right]).entries())
    writeFileSync(join(folder, "trusted", `authority-${n}.pem`), authority.own.certificate);
  const { device } = certificates;
  if (device !== undefined) writeFileSync(join(folder, "device.pem"), device.certificate + device.key);
  const phone = await PhoneProcess.start({
    address: addresses[user],
    panelPort: user === "1001" ? 7461 : 7462,
    data,
    config: {
      ...account(server, user, users[user], { "sip_server.1.transport_type": 2 }),
      ...(device === undefined ? {} : { "static.security.dev_cert": 1 }),
      ...more,
    },
  });
  phones.add(phone);
  return phone;
}

function registered(phone: PhoneProcess): Promise<void> {
  return phone.program.until("registered", (output) => output.includes("): registered"), 15_000);
}

/** What the LCD of an idle phone says of its registration. */
async function complaint(phone: PhoneProcess, words: RegExp): Promise<string> {
  const seen = await phone.seen(`"${words.source}" on the LCD`, (s) => words.test(s.screen.lines.join(" ")), 15_000);
  return seen.screen.lines.join(" ");
}

async function withKamailio(tls: KamailioTls, use: (kamailio: Kamailio) => Promise<void>): Promise<void> {
  const kamailio = await Kamailio.start({ address: server, users, tls });
  try {
    await use(kamailio);
  } finally {
    await Promise.all([...phones].map((phone) => phone.stop()));
    phones.clear();
    await kamailio.stop();
  }
}

afterEach(async () => {
  await Promise.all([...phones].map((phone) => phone.stop()));
  phones.clear();
});

describe.runIf(needs("kamailio", "openssl", "sipp"))("TLS with Kamailio", () => {
  endAllPrograms();

  beforeAll(() => {
    right = new Authority("Right Authority");
    wrong = new Authority("Wrong Authority");
    good = right.issue({ commonName: "pbx", subjectAltName: `IP:${server},DNS:localhost` });
  });

  it.each([false, true])(
    "ACC-03: registers by TLS, calls and is called (by the registration's connection: %s), with sound both ways",
    async (reuse) => {
      await withKamailio({ ...good, reuse }, async (kamailio) => {
        // Without a port of its own, only the connection that the phone opened leads to it.
        const a = await startPhone("1001");
        const b = await startPhone("1002", reuse ? { "sip.listen_mode": 1 } : {});
        await kamailio.seen(/bound 1001 by tls/);
        await kamailio.seen(/bound 1002 by tls/);
        await Promise.all([registered(a), registered(b)]);
        expect(kamailio.log).toMatch(/contact=<sip:1001@127\.46\.1\.2:5061;transport=tls>/);
        await a.dial("1002");
        await b.screen("incoming");
        await b.hook(true);
        await Promise.all([a.screen("talking"), b.screen("talking")]);
        const said = speech(["Front_Center"]);
        for (const [from, to] of [[a, b] as const, [b, a] as const]) {
          await from.say(wavFile(said));
          await new Promise((resolve) => setTimeout(resolve, 2600));
          expect(findWords(said, toMono(await to.heard(4))).likeness).toBeGreaterThan(0.9);
        }
        await b.keys("cancel");
        await a.screen("idle", 15_000);
        expect(kamailio.log).not.toMatch(/INSANE/);
        expect(kamailio.count(/seen INVITE .* by TLS/i)).toBeGreaterThanOrEqual(1);
      });
    },
  );

  it("SEC-03: a server by its name, whose certificate carries only that; calls go on by the number in its Record-Route", async () => {
    const named = right.issue({ commonName: "pbx", subjectAltName: "DNS:pbx.test" });
    await withKamailio(named, async (kamailio) => {
      const byName = {
        "account.1.sip_server.1.address": "pbx.test",
        "dns_cache_a.1.name": "pbx.test",
        "dns_cache_a.1.ip": server,
        "dns_cache_a.1.ttl": 3600,
      };
      const a = await startPhone("1001", byName);
      const b = await startPhone("1002", byName);
      await Promise.all([registered(a), registered(b)]);
      await a.dial("1002");
      await b.screen("incoming");
      await b.hook(true);
      await Promise.all([a.screen("talking"), b.screen("talking")]);
      await a.keys("cancel");
      await b.screen("idle", 15_000);
      expect(kamailio.count(/seen BYE .* by TLS/i)).toBe(1);
      expect(a.program.output).not.toMatch(/certificate is refused/);
    });
  });

  it("ACC-28: the LCD shows a lock while the account goes by TLS", async () => {
    await withKamailio(good, async () => {
      const phone = await startPhone("1001");
      await registered(phone);
      const { screen } = await phone.seen("lock", (s) => s.screen.icons.includes("lock"));
      expect(screen.id).toBe("idle");
    });
  });

  it("SEC-02: an authority that is not trusted is named on LCD and in the log", async () => {
    await withKamailio(good, async () => {
      const phone = await startPhone("1001", {}, { trusted: [wrong] });
      expect(await complaint(phone, /not trusted|nobody who is trusted/)).toMatch(/certificate/);
      expect(phone.program.output).toMatch(
        /127\.46\.1\.1: its certificate is refused: it was issued by nobody who is trusted \(Right Authority\)/,
      );
    });
  });

  it("SEC-02: with trust_certificates 0 any certificate is taken", async () => {
    await withKamailio(wrong.issue({ commonName: "anybody" }), async () => {
      await registered(await startPhone("1001", { "static.security.trust_certificates": 0 }));
    });
  });

  it("SEC-02: an expired certificate is refused with its day", async () => {
    await withKamailio(right.issue({ commonName: "pbx", subjectAltName: `IP:${server}`, days: -1 }), async () => {
      const phone = await startPhone("1001");
      expect(await complaint(phone, /expired/)).toMatch(/expired on \d{4}-\d\d-\d\d/);
    });
  });

  it("SEC-03: a certificate for another name is refused, and both are said; cn_validation 0 takes it", async () => {
    await withKamailio(right.issue({ commonName: "pbx", subjectAltName: "DNS:other.test" }), async () => {
      const phone = await startPhone("1001");
      expect(await complaint(phone, /other\.test/)).toMatch(/is for other\.test, not for 127\.46\.1\.1/);
      await phone.stop();
      await registered(await startPhone("1001", { "static.security.cn_validation": 0 }));
    });
  });

  it("SEC-04: a server that demands a certificate takes the device's and is named where it refuses the built-in one", async () => {
    await withKamailio({ ...good, clientAuthorityPath: right.own.certificatePath }, async (kamailio) => {
      const bare = await startPhone("1001");
      expect(await complaint(bare, /certificate/)).toMatch(/this phone's certificate/);
      const device = right.issue({ commonName: "00:15:65:00:00:01" });
      await registered(await startPhone("1002", {}, { trusted: [right], device }));
      await kamailio.seen(/bound 1002 by tls/);
    });
  });

  it("RFC 5626 §4.5: a server that dies and comes back finds the phone registered again", async () => {
    await withKamailio(good, async (kamailio) => {
      const phone = await startPhone("1001", { "account.1.reg_fail_retry_interval": 1 });
      await registered(phone);
      await kamailio.kill();
      await phone.program.until("failed", (output) => /account 1: .*(?:refused|closed|reset)/.test(output), 15_000);
      await kamailio.restart();
      await kamailio.seen(/bound 1001 by tls/, 20_000);
    });
  });

  it("SEC-20: a call by UDP to an account that registers by TLS is refused with 403", async () => {
    await withKamailio(good, async () => {
      const phone = await startPhone("1001", { "account.1.sip_trust_ctrl": 0 });
      await registered(phone);
      const caller = sipp({
        scenario: "refused",
        address: server,
        transport: "udp",
        target: addresses["1001"],
        port: 5070,
      });
      expect(await caller.ended, caller.output.slice(-2000)).toBe(0);
      expect((await phone.state()).screen.id).toBe("idle");
    });
  });
});

describe.runIf(needs("baresip", "openssl"))("TLS with baresip", () => {
  endAllPrograms();
  const far = "127.46.1.4";

  it.each([false, true])(
    "SEC-01: a call to baresip's own port by a sips address (%s), and what it says is heard",
    async (sips) => {
      const authority = new Authority("Baresip Authority");
      const issued = authority.issue({ commonName: "baresip", subjectAltName: `IP:${far}` });
      const file = join(temporaryFolder("baresip-tls"), "baresip.pem");
      writeFileSync(file, issued.certificate + issued.key);
      const words = speech(["Front_Center"]);
      const says = new Int16Array(6 * words.length);
      for (let n = 0; n < 6; n++) says.set(words, n * words.length);
      const baresip = await Baresip.start({
        ...{ address: far, codec: "PCMA", answers: true, rateHz: 8000 },
        says: convertRate(says, 16_000, 8000),
        config: [`sip_certificate ${file}`],
      });
      const phone = await startPhone("1001", { ...openToAll, "account.1.enable": 0 }, { trusted: [authority] });
      await phone.dial(sips ? `sips:baresip@${far}:5061` : `sip:baresip@${far}:5061;transport=tls`);
      await phone.screen("talking");
      await new Promise((resolve) => setTimeout(resolve, 3500));
      const heard = toMono(await phone.heard(3.4));
      expect(findWords(convertRate(convertRate(words, 16_000, 8000), 8000, 16_000), heard).likeness).toBeGreaterThan(
        0.8,
      );
      await phone.keys("cancel");
      await phone.screen("idle", 15_000);
      await phone.stop();
      await baresip.stop();
    },
  );
});
