/** The running phone in an encrypted call with a peer of the test's own: packets tampered with, played again, and keys in SDP of every kind. */
import { createSocket, type Socket } from "node:dgram";
import { afterEach, describe, expect, it } from "vitest";
import { readCrypto } from "../../src/sdp/crypto.ts";
import { SrtpSession } from "../../src/srtp/session.ts";
import { eventually } from "./kit/process.ts";
import { fresh, type Heard, value } from "./kit/raw-sip.ts";
import { compose, offer, onTheWire, ourAddress, pause, phoneAddress } from "./kit/wire.ts";

const rtpPort = 40_000;
const ssrc = 0x0ff_1ce5;
const keySalt = (fill: number, size = 30) => new Uint8Array(size).map((_, i) => (i * 5 + fill) & 255);
const inline = (key: Uint8Array) => `inline:${Buffer.from(key).toString("base64")}`;
const secured = (...lines: string[]) =>
  `${offer("0", "RTP/SAVP")}${lines.map((line) => `a=crypto:${line}\r\n`).join("")}`;
const line80 = (fill: number, tag = 1) => `${tag} AES_CM_128_HMAC_SHA1_80 ${inline(keySalt(fill))}`;

function cryptoOf(answer: Heard) {
  const text = /^a=crypto:(.*)$/m.exec(answer.body)?.[1]?.trim() ?? "";
  const verdict = readCrypto(text);
  if (!verdict.ok) throw new Error(`${verdict.why} in ${answer.body}`);
  return verdict.line;
}

/** The far end's SRTP: ours with that key, the phone's as its answer says. */
function sessionOf(answer: Heard, fill: number): SrtpSession {
  const line = cryptoOf(answer);
  return new SrtpSession(
    {
      suite: line.facts.suite,
      send: {
        keySalt: keySalt(fill, line.facts.keyBytes + line.facts.saltBytes),
        lifetimePackets: undefined,
        mki: undefined,
      },
      receive: line.keys,
      plainRtcp: false,
      windowPackets: 64,
    },
    { rollover: () => undefined, ending: () => undefined },
  );
}

function sealed(session: SrtpSession, sequence: number): Uint8Array {
  const bytes = new Uint8Array(12 + 160 + 40).fill(0xff, 12);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x8000);
  view.setUint16(2, sequence);
  view.setUint32(4, sequence * 160);
  view.setUint32(8, ssrc);
  return bytes.slice(0, session.protectRtp(bytes, 172));
}

describe("SEC-05: on the wire", () => {
  const wire = onTheWire({ "account.1.srtp_encryption": 2, "features.ip_call.auto_answer.enable": 1 });
  let socket: Socket | undefined;
  afterEach(() => {
    socket?.close();
    socket = undefined;
  });

  const open = async (): Promise<Uint8Array[]> => {
    const heard: Uint8Array[] = [];
    const bound = createSocket("udp4");
    socket = bound;
    bound.on("message", (bytes) => heard.push(new Uint8Array(bytes)));
    await new Promise<void>((resolve) => bound.bind(rtpPort, ourAddress, resolve));
    return heard;
  };
  const give = (bytes: Uint8Array, port: number) => socket?.send(bytes, port, phoneAddress);
  const portOf = (answer: Heard) => Number(/^m=audio (\d+)/m.exec(answer.body)?.[1]);

  async function call(body: string) {
    const dialog = { callId: fresh(), from: fresh() };
    await wire.udp.send(compose("INVITE", wire.udp.port, { body, ...dialog }), phoneAddress);
    const answer = await wire.final(dialog.callId, "1 INVITE");
    const toTag = /;tag=([^;\s]+)/.exec(value(answer, "To"))?.[1] ?? "";
    await wire.udp.send(compose("ACK", wire.udp.port, { ...dialog, toTag }), phoneAddress);
    return { ...dialog, toTag, answer };
  }

  async function change(dialog: { callId: string; from: string; toTag: string }, sequence: number, body: string) {
    await wire.udp.send(compose("INVITE", wire.udp.port, { ...dialog, body, sequence }), phoneAddress);
    const answer = await wire.final(dialog.callId, `${sequence} INVITE`);
    await wire.udp.send(compose("ACK", wire.udp.port, { ...dialog, sequence }), phoneAddress);
    return answer;
  }

  const srtp = async () => (await wire.phone.media()).calls[0];

  it("SEC-05: packets tampered with or played again are dropped and counted, the others are played", async () => {
    const heard = await open();
    const { answer } = await call(secured(line80(7)));
    expect(answer.body).toMatch(/^m=audio \d+ RTP\/SAVP 0/m);
    const far = sessionOf(answer, 7);
    const port = portOf(answer);
    for (let i = 0; i < 100; i++) {
      const packet = sealed(far, i);
      if (i % 4 === 0) {
        const bad = packet.slice();
        bad[30] = (bad[30] ?? 0) ^ 1;
        give(bad, port);
      }
      give(packet, port);
      if (i % 2 === 1) give(packet, port);
      await pause(10);
    }
    const call1 = await eventually("counts", async () => {
      const now = await srtp();
      return now?.packetsReceived === 100 ? now : undefined;
    });
    expect(call1.srtp).toEqual({ suite: "AES_CM_128_HMAC_SHA1_80", unauthenticated: 25, replayed: 50 });
    expect(call1.lost).toBe(0);
    // And what it sends opens by the key of its answer.
    const rtp = heard.filter((bytes) => (bytes[1] ?? 0) < 128);
    expect(rtp.length).toBeGreaterThan(20);
    expect(rtp.every((bytes) => far.unprotectRtp(bytes, 0)?.length === 172)).toBe(true);
  });

  it("SEC-05: a re-INVITE with other keys is answered by other keys, and packets by the old ones are taken meanwhile", async () => {
    await open();
    const dialog = await call(secured(line80(7)));
    const port = portOf(dialog.answer);
    const old = sessionOf(dialog.answer, 7);
    for (let i = 0; i < 10; i++) give(sealed(old, i), port);
    const again = await change(dialog, 2, secured(line80(7)));
    expect(cryptoOf(again).keys).toEqual(cryptoOf(dialog.answer).keys);
    const renewed = await change(dialog, 3, secured(line80(90)));
    expect(cryptoOf(renewed).keys).not.toEqual(cryptoOf(dialog.answer).keys);
    const fresh = sessionOf(renewed, 90);
    // At once: the phone takes them from the moment of its answer on.
    for (let i = 10; i < 20; i++) give(sealed(old, i), port);
    for (let i = 20; i < 40; i++) give(sealed(fresh, i), port);
    await eventually("all of them", async () => ((await srtp())?.packetsReceived === 40 ? true : undefined));
    expect((await srtp())?.srtp?.unauthenticated).toBe(0);
  });

  it.each([
    ["RTP/AVP with keys", offer("0").concat(`a=crypto:${line80(7)}\r\n`), /RTP\/AVP 0/, "AES_CM_128_HMAC_SHA1_80"],
    [
      "a draft's name, a lifetime and an MKI",
      secured(`3 AES_CM_256_HMAC_SHA1_80 ${inline(keySalt(7, 46))}|2^20|1:4`),
      /a=crypto:3 AES_CM_256_HMAC_SHA1_80 inline:/,
      "AES_256_CM_HMAC_SHA1_80",
    ],
    [
      "several lines, the strongest last",
      secured(
        `1 F8_128_HMAC_SHA1_80 ${inline(keySalt(1))}`,
        line80(7, 2),
        `5 AEAD_AES_128_GCM ${inline(keySalt(7, 28))}`,
      ),
      /a=crypto:5 AEAD_AES_128_GCM inline:/,
      "AEAD_AES_128_GCM",
    ],
    [
      "UNENCRYPTED_SRTCP",
      secured(`1 AES_CM_128_HMAC_SHA1_32 ${inline(keySalt(7))} UNENCRYPTED_SRTCP`),
      /a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:\S+ UNENCRYPTED_SRTCP/,
      "AES_CM_128_HMAC_SHA1_32",
    ],
  ])("SEC-05: an offer with %s is answered", async (_what, body, expected, suite) => {
    const { answer } = await call(body);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatch(expected);
    expect((await srtp())?.srtp?.suite).toBe(suite);
    expect((await wire.phone.state()).screen.icons).toContain("encrypted");
  });

  it.each([
    ["no keys", offer("0"), /encryption required/],
    ["RTP/SAVP and no keys", offer("0", "RTP/SAVP"), /without keys that can be used/],
    ["RTP that is not encrypted", secured(`${line80(7)} UNENCRYPTED_SRTP`), /UNENCRYPTED_SRTP/],
    ["RTP that is not authenticated", secured(`${line80(7)} UNAUTHENTICATED_SRTP`), /UNAUTHENTICATED_SRTP/],
    ["a key derivation rate", secured(`${line80(7)} KDR=4`), /key derivation rate/],
    ["a key that is too short", secured("1 AES_CM_128_HMAC_SHA1_80 inline:AAAA"), /a key of 3 bytes/],
    ["suites of others alone", secured(`1 F8_128_HMAC_SHA1_80 ${inline(keySalt(1))}`), /no suite of this phone/],
  ])("SEC-05: an offer with %s is refused with 488, a reason, and no key in the log", async (_what, body, why) => {
    const { answer } = await call(body);
    expect(answer.status).toBe(488);
    expect(value(answer, "Warning")).toMatch(why);
    expect(value(answer, "Warning")).not.toMatch(/[A-Za-z0-9+/]{30}/);
    await wire.phone.seen("why", (s) => s.screen.lines.join(" ").includes("Encryption required"));
    expect(wire.phone.program.output).not.toMatch(/inline:/);
  });
});
