/** Calls in Opus between two engines: timestamps, redundancy that follows the reports, digits, silence, another codec in mid-call. */
import { describe, expect, test } from "vitest";
import { repeatsBefore } from "../../../src/codec/opus/packet.ts";
import type { StreamSettings } from "../../../src/media/protocol.ts";
import { speechLike } from "../playout/speech-like.ts";
import { MediaLab, settings, type TestPhone } from "./phones.ts";

const inOpus: Partial<StreamSettings> = {
  codec: "opus",
  payloadType: 107,
  parameters: { useinbandfec: "1", maxaveragebitrate: "32000" },
  receive: [
    { payloadType: 107, codec: "opus" },
    { payloadType: 0, codec: "pcmu" },
  ],
  dtmf: { sendType: 96, receiveType: 96, rateHz: 48_000 },
};

async function call(change: Partial<StreamSettings> = {}): Promise<{ lab: MediaLab; a: TestPhone; b: TestPhone }> {
  const lab = new MediaLab(3);
  const [a, b] = [await lab.phone(), await lab.phone()];
  await lab.connect(a, 1, b, 1, { ...inOpus, ...change });
  a.engine.setFocus([1]);
  b.engine.setFocus([1]);
  a.audio.setMicrophone(speechLike(4, 16_000, 5), true);
  return { lab, a, b };
}

/** RTP of one phone since a time: payload type, timestamp and payload. */
function sent(lab: MediaLab, from: TestPhone, sinceMs: number) {
  return (
    lab.wire.log
      // RTCP has the odd port.
      .filter(({ from: { address, port }, atMs }) => address === from.address && port % 2 === 0 && atMs >= sinceMs)
      .map(({ bytes }) => ({
        type: (bytes[1] ?? 0) & 127,
        marker: (bytes[1] ?? 0) >> 7,
        timestamp: new DataView(bytes.buffer, bytes.byteOffset).getUint32(4),
        payload: bytes.subarray(12),
      }))
  );
}

function rms(pcm: Int16Array): number {
  return Math.sqrt(pcm.reduce((sum, value) => sum + value * value, 0) / pcm.length);
}

describe("a call in Opus", () => {
  test("RFC 7587 §4.1: timestamps run at 48 kHz, whatever the packet time", async () => {
    for (const ptimeMs of [10, 20, 40, 60]) {
      const { lab, a } = await call({ ptimeMs });
      lab.clock.advance(3000);
      const packets = sent(lab, a, 0);
      expect(packets.length).toBeGreaterThan(3000 / ptimeMs - 3);
      for (let n = 1; n < packets.length; n++)
        expect(((packets[n]?.timestamp ?? 0) - (packets[n - 1]?.timestamp ?? 0)) >>> 0).toBe(48 * ptimeMs);
      expect(packets.every(({ type }) => type === 107)).toBe(true);
    }
  });

  test("AUD-01: both figures and ears say that it works", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(8000);
    const figures = b.stream(1);
    expect([figures.codec, figures.lost, figures.late, figures.rejected]).toEqual(["opus", 0, 0, 0]);
    expect(figures.jitterMs).toBeLessThan(2);
    expect(figures.mos).toBeGreaterThan(4.2);
    expect(rms(b.audio.heard(3))).toBeGreaterThan(500);
    expect(a.stream(1).packetsSent).toBeGreaterThan(380);
  });

  test("RFC 7587 §3.3: packets repeat the one before once the far end reports loss, and no more when it is over", async () => {
    const { lab, a, b } = await call();
    const share = (sinceMs: number): number => {
      const audio = sent(lab, a, sinceMs);
      return audio.filter(({ payload }) => repeatsBefore(payload, payload.length)).length / audio.length;
    };
    lab.clock.advance(12_000);
    expect(share(0)).toBe(0);
    lab.wire.conditions.loss = 0.12;
    lab.clock.advance(40_000);
    expect(share(lab.clock.now() - 10_000)).toBeGreaterThan(0.3);
    expect(b.stream(1).concealedFrames).toBeGreaterThan(0);
    lab.wire.conditions.loss = 0;
    lab.clock.advance(90_000);
    expect(share(lab.clock.now() - 10_000)).toBe(0);
  });

  test("AUD-08: silence costs nearly no packets where it need not be sent, and is no loss", async () => {
    const { lab, a, b } = await call({ silenceSuppression: true });
    lab.clock.advance(3000);
    a.audio.setMicrophone(new Int16Array(16_000), true);
    lab.clock.advance(2000);
    const before = a.stream(1).packetsSent;
    lab.clock.advance(10_000);
    expect(a.stream(1).packetsSent - before).toBeLessThan(80);
    expect(b.stream(1).lost).toBe(0);
    // The packet before a talkspurt was not sent, and each says that it is the first.
    const packets = sent(lab, a, 0);
    const steps = packets.slice(1).map(({ timestamp }, n) => (timestamp - (packets[n]?.timestamp ?? 0)) >>> 0);
    expect(steps.filter((step) => step > 960).length).toBeGreaterThan(10);
    for (const [n, step] of steps.entries()) expect(packets[n + 1]?.marker).toBe(step > 960 ? 1 : 0);
    a.audio.setMicrophone(speechLike(4, 16_000, 5), true);
    lab.clock.advance(3000);
    expect(rms(b.audio.heard(2))).toBeGreaterThan(500);
  });

  test("CAL-78: digits run on the clock of Opus", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(500);
    for (const digit of "159#") a.engine.sendDtmf(1, digit, 120);
    lab.clock.advance(3000);
    expect(b.digits).toBe("159#");
    const told = b.events.flatMap((event) => (event.type === "digit" ? [event.durationMs] : []));
    for (const ms of told) expect(Math.abs(ms - 120)).toBeLessThanOrEqual(20);
  });

  test("AUD-04: to PCMU and back in mid-call: nothing is lost, and jitter is not invented by the other clock", async () => {
    const { lab, a, b } = await call();
    const port = 11_780;
    lab.clock.advance(2000);
    for (const codec of ["pcmu", "opus", "pcmu", "opus"] as const) {
      a.engine.configureStream(1, {
        ...settings(b.address, port),
        ...inOpus,
        codec,
        payloadType: codec === "pcmu" ? 0 : 107,
      });
      lab.clock.advance(2000);
      const { lost, late, rejected, jitterMs } = b.stream(1);
      expect([lost, late, rejected]).toEqual([0, 0, 0]);
      expect(jitterMs).toBeLessThan(2);
      expect(rms(b.audio.heard(1))).toBeGreaterThan(300);
    }
  });
});
