/** A call goes on with speech in both directions while somebody else does what people do to phones on the open network. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { account, openToAll, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms, Program, temporaryFolder } from "../interop/kit/process.ts";
import { fresh, RawTcp, RawUdp, request, value } from "../interop/kit/raw-sip.ts";
import { speech, wavFile } from "../interop/kit/sound.ts";

const ours = "127.47.20.1";
const other = "127.47.20.2";
const friend = "127.47.20.3";
const strangers = "127.47.21.1";
const program = fileURLToPath(new URL("../../dist/test/abuse/stranger.js", import.meta.url));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

interface Attack {
  readonly what: string;
  readonly kind: "invite" | "scan" | "half-open" | "slow" | "half-open-tls" | "handshakes" | "rtp";
  readonly count: number;
  readonly seconds: number;
  /** The phone takes calls from anybody. */
  readonly open?: boolean;
  /** What the stranger says it met. */
  readonly met: RegExp;
}

/** That of the media is found out. */
const portOf: Readonly<Record<Attack["kind"], number | undefined>> = {
  invite: 5060,
  scan: 5060,
  "half-open": 5060,
  slow: 5060,
  "half-open-tls": 5061,
  handshakes: 5061,
  rtp: undefined,
};

const attacks: readonly Attack[] = [
  {
    what: "1,000 INVITEs a second at a phone that trusts nobody",
    kind: "invite",
    count: 4000,
    seconds: 4,
    met: /^(?!.*"1[0-9][0-9]":).*"403":\d{4}/,
  },
  {
    what: "1,000 INVITEs a second at a phone open to all",
    kind: "invite",
    count: 4000,
    seconds: 4,
    open: true,
    met: /"180":[1-8],.*"486":\d{4}/,
  },
  {
    what: "1,000 REGISTERs and OPTIONS a second, for one extension after another",
    kind: "scan",
    count: 4000,
    seconds: 4,
    met: /"200":\d{4},"405":\d{4}/,
  },
  {
    what: "500 connections with half a message in each",
    kind: "half-open",
    count: 500,
    seconds: 4,
    met: /"closed":4\d\d/,
  },
  { what: "200 connections that send a byte a second", kind: "slow", count: 200, seconds: 5, met: /"closed":1\d\d/ },
  {
    what: "500 TLS handshakes that stop half-way",
    kind: "half-open-tls",
    count: 500,
    seconds: 4,
    met: /"closed":4\d\d/,
  },
  {
    what: "200 whole TLS handshakes a second",
    kind: "handshakes",
    count: 800,
    seconds: 4,
    met: /"secure":[1-9]\d?,"refused":7\d\d/,
  },
  { what: "2,000 RTP packets a second from elsewhere", kind: "rtp", count: 8000, seconds: 4, met: /"kind":"rtp"/ },
];

/** The second account's server is reached by TLS, so the phone listens by TLS too; neither server is there. */
const accounts = {
  ...account("127.47.20.9", "1001", "none"),
  "account.2.enable": 1,
  "account.2.user_name": "1002",
  "account.2.sip_server.1.address": "127.47.20.9",
  "account.2.sip_server.1.transport_type": 2,
};

/** Resident memory, MB. */
function memoryMb({ program: { pid } }: PhoneProcess): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

describe("abuse while a call goes on", () => {
  endAllPrograms();
  const folder = temporaryFolder("abuse");
  const sound = join(folder, "speech.wav");
  const phones: PhoneProcess[] = [];
  let b: PhoneProcess;

  const start = (address: string, panelPort: number, open: boolean) =>
    PhoneProcess.start({
      address,
      panelPort,
      config: open ? openToAll : { ...accounts, "features.direct_ip_call_enable": 1 },
      args: ["--mic", sound],
    });

  beforeAll(async () => {
    writeFileSync(sound, wavFile(speech()));
    b = await start(other, 7476, true);
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    await b.hook(false);
    await b.endCalls();
  });
  afterAll(async () => expect(await b.stop(), b.program.output.slice(-3000)).toBe(0));

  async function call(a: PhoneProcess): Promise<void> {
    await a.dial(`sip:b@${other}:5060`);
    await b.screen("incoming");
    await b.keys("ok");
    await Promise.all([a.screen("talking"), b.screen("talking")]);
  }

  /** What a phone's only call has lost, and how many packets it has had. */
  async function stream(phone: PhoneProcess) {
    const [only] = (await phone.media()).calls.filter(({ packetsSent }) => packetsSent > 0);
    if (only === undefined) throw new Error(`${phone.address} has no call with media`);
    return only;
  }

  for (const attack of attacks)
    it(`RFC 3261 §26.1.5: ${attack.what}: the call loses nothing, and afterwards all is as before`, () =>
      endure(attack));

  async function endure(attack: Attack): Promise<void> {
    const a = await start(ours, 7475, attack.open === true);
    phones.push(a);
    await call(a);
    await pause(700);
    const rtpPort = Number(/:(\d+)$/.exec((await stream(b)).remote)?.[1]);
    const [beforeA, beforeB, beforeMb] = [await stream(a), await stream(b), memoryMb(a)];
    const began = performance.now();

    const port = portOf[attack.kind] ?? rtpPort;
    const words = [attack.kind, strangers, ours, port, attack.count, attack.seconds].map(String);
    const stranger = new Program(process.execPath, [program, ...words]);
    await pause(1000);

    // Keys are answered all the while.
    const { volume } = await a.state();
    await a.keys(volume > 7 ? "volume_down" : "volume_up");
    await a.seen("another volume", (seen) => seen.volume !== volume);
    await a.keys("mute");
    await a.seen("mute", ({ mute }) => mute);
    await a.keys("mute");
    await a.seen("not mute", ({ mute }) => !mute);
    if (/half-open|slow|handshakes/.test(attack.kind)) await friendIsHeard();

    expect(await stranger.ended, stranger.output).toBe(0);
    expect(stranger.output).toMatch(attack.met);
    const [afterA, afterB] = [await stream(a), await stream(b)];
    const due = ((performance.now() - began) / 1000) * 50;
    for (const [name, before, after] of [
      ["what the attacked phone received", beforeA, afterA],
      ["what its peer received", beforeB, afterB],
    ] as const) {
      expect(after.lost - before.lost, name).toBe(0);
      expect(after.packetsReceived - before.packetsReceived, name).toBeGreaterThan(due - 25);
      // Packets of 20 ms that were not there when their turn came.
      expect(after.late - before.late, name).toBeLessThanOrEqual(2);
    }
    expect(memoryMb(a) - beforeMb, "growth of memory, MB").toBeLessThan(80);
    expect(a.program.alive).toBe(true);

    // Afterwards: hold and resume, the end, and a call anew.
    await a.seen("the call", ({ screen }) => screen.id.startsWith("talking"));
    if (attack.open === true) await clearStrangers(a);
    await a.keys("hold");
    await a.screen("talking_held");
    await a.keys("hold");
    await a.seen("talking", ({ screen }) => screen.id === "talking");
    await a.keys("cancel");
    await b.seen("the end", ({ screen }) => !screen.id.startsWith("talking"));
    await a.endCalls();
    await call(a);
  }

  /** Calls of strangers that still ring are refused, one after the other, until only ours is left. */
  async function clearStrangers(a: PhoneProcess): Promise<void> {
    for (let n = 0; n < 10 && (await a.state()).screen.id === "talking_incoming"; n++) {
      await a.keys("soft2");
      await pause(100);
    }
    await a.seen("only our call", ({ screen }) => screen.id === "talking");
  }

  /** Somebody else, over TCP and UDP, gets an answer. */
  async function friendIsHeard(): Promise<void> {
    const options = (via: string) =>
      request(`OPTIONS sip:phone@${ours}`, {
        Via: `SIP/2.0/${via};branch=z9hG4bK${fresh()};rport`,
        "Max-Forwards": "70",
        From: `<sip:friend@${friend}>;tag=${fresh()}`,
        To: `<sip:phone@${ours}>`,
        "Call-ID": fresh(),
        CSeq: "1 OPTIONS",
      });
    const tcp = await RawTcp.open(friend, ours);
    await tcp.send(options(`TCP ${friend}:${tcp.port}`));
    await tcp.until("a friend's OPTIONS", (text) => text.startsWith("SIP/2.0 200"));
    tcp.close();
    const udp = await RawUdp.open(friend);
    await udp.send(options(`UDP ${friend}:${udp.port}`), ours);
    const answer = await udp.next("a friend's OPTIONS", ({ status }) => status >= 200);
    expect(value(answer, "Allow")).toContain("INVITE");
    udp.close();
  }
});
