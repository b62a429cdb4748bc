/** Damaged messages thrown at the running phone while somebody talks: the call goes on, the phone answers afterwards. */
import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { Mutator, seedOfRun, torture } from "../fuzz/mutate.ts";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { fresh, RawTcp, RawUdp, request } from "./kit/raw-sip.ts";
import { findWords, speech, wavFile } from "./kit/sound.ts";

const caller = "127.44.4.1";
const callee = "127.44.4.2";
const enemy = "127.44.4.3";
const count = 3000;
const said = speech(["Front_Center", "Rear_Left"]);
const narrow = convertRate(convertRate(said, 16_000, 8000), 8000, 16_000);

endAllPrograms();
const peers: { close(): void }[] = [];
afterAll(() => {
  for (const peer of peers) peer.close();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Resident memory of a process, MiB. */
function memoryMib(pid: number): number {
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}

async function optionsAnswered(from: RawUdp): Promise<void> {
  const callId = fresh();
  const text = request(`OPTIONS sip:phone@${callee}`, {
    Via: `SIP/2.0/UDP ${from.address}:${from.port};branch=z9hG4bK${fresh()};rport`,
    "Max-Forwards": "70",
    From: `<sip:raw@${from.address}>;tag=1`,
    To: `<sip:phone@${callee}>`,
    "Call-ID": callId,
    CSeq: "1 OPTIONS",
  });
  await from.send(text, callee);
  await from.next("200 to OPTIONS", (m) => m.status === 200 && m.text.includes(callId));
}

/** Wanted by the phone of a stranger: its messages, good ones of ours besides those of RFC 4475. */
function corpus(): Buffer[] {
  const fields = {
    Via: `SIP/2.0/UDP ${enemy}:5060;branch=z9hG4bKfuzz;rport`,
    "Max-Forwards": "70",
    From: `<sip:enemy@${enemy}>;tag=e`,
    To: `<sip:phone@${callee}>`,
    "Call-ID": "fuzz",
    Contact: `<sip:enemy@${enemy}>`,
  };
  const sdp = `v=0\r\no=- 1 1 IN IP4 ${enemy}\r\ns=-\r\nc=IN IP4 ${enemy}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 8\r\n`;
  const ours = ["INVITE", "BYE", "CANCEL", "ACK", "OPTIONS", "INFO", "NOTIFY"].map((method) => {
    const body = method === "INVITE" ? sdp : "";
    const more = { CSeq: `1 ${method}`, ...(body === "" ? {} : { "Content-Type": "application/sdp" }) };
    return Buffer.from(request(`${method} sip:phone@${callee}`, { ...fields, ...more }, body));
  });
  return [...torture().values(), ...ours];
}

it("RFC 4475: a call goes on undisturbed under 3,000 damaged messages, over UDP and TCP", {
  timeout: 120_000,
}, async () => {
  const config = { ...openToAll, "account.1.codec.g722.enable": 0, "call_waiting.enable": 0 };
  const [a, b] = await Promise.all([
    PhoneProcess.start({ address: caller, panelPort: 7445, config }),
    PhoneProcess.start({ address: callee, panelPort: 7446, config }),
  ]);
  await a.dial(b.uri);
  await b.screen("incoming");
  await b.hook(true);
  await Promise.all([a.screen("talking"), b.screen("talking")]);

  const mutator = new Mutator(seedOfRun("flood"), corpus());
  const udp = await RawUdp.open(enemy, 5060);
  peers.push(udp);
  const before = (await b.media()).calls[0]?.packetsReceived ?? 0;
  const begunMs = performance.now();
  let atHalfMib = 0;
  for (let n = 0; n < count; n++) {
    const bytes = mutator.next().subarray(0, 8000);
    if (n % 30 === 29) {
      const tcp = await RawTcp.open(enemy, callee);
      peers.push(tcp);
      await tcp.send(bytes.toString("latin1"));
      if (n % 60 === 29) tcp.close();
    } else await udp.send(bytes, callee);
    if (n === count / 2) atHalfMib = memoryMib(b.program.pid);
    // As fast as a slow attacker: what is looked for is what a message does, not what a flood does.
    if (n % 5 === 4) await pause(5);
  }
  await pause(500);

  expect(b.program.alive, b.program.output.slice(-3000)).toBe(true);
  await optionsAnswered(udp);
  const media = await b.media();
  const spentMs = performance.now() - begunMs;
  const packets = (media.calls[0]?.packetsReceived ?? 0) - before;
  const grownMib = memoryMib(b.program.pid) - atHalfMib;
  console.log(`${packets} packets in ${Math.round(spentMs)} ms; memory grew by ${grownMib.toFixed(1)} MiB after half`);
  expect(packets).toBeGreaterThan(0.95 * (spentMs / 20));
  expect(media.calls[0]).toMatchObject({ lost: 0, rejected: 0 });
  expect(media.device.underruns).toBe(0);
  expect(grownMib).toBeLessThan(48);
  expect((await b.state()).screen.id).toMatch(/^talking/);

  await a.say(wavFile(said));
  await pause((1000 * said.length) / 16_000 + 700);
  expect(findWords(narrow, toMono(await b.heard(5))).likeness).toBeGreaterThan(0.9);
  await a.keys("cancel");
  await b.seen("the end", (s) => !s.screen.id.startsWith("talking"));
  await b.hook(false);
  await optionsAnswered(udp);
  await b.endCalls();
  await b.screen("idle");
  // And it can still be called.
  await a.dial(b.uri);
  await b.screen("incoming");
  expect([await a.stop(), await b.stop()]).toEqual([0, 0]);
});
