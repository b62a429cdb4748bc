/** Pauses and redundancy through whole engines: what goes over the wire, and what is heard at the other end. */
import { describe, expect, test } from "vitest";
import { defaultTuning } from "../../../src/media/engine.ts";
import type { CodecName, StreamSettings } from "../../../src/media/protocol.ts";
import { formatOf } from "../../../src/sdp/format.ts";
import { MediaLab, settings, type TestPhone } from "./phones.ts";
import { amplitudeAt, rms, seeded } from "./sound.ts";

const dbov = (value: number): number => 20 * Math.log10(value);

/** A voice of 700 Hz and its third for one second in three, over noise of -58 dBov, at 16 kHz. */
function talk(seconds: number, seed = 46): Int16Array {
  const random = seeded(seed);
  const noise = 32_768 * 10 ** (-58 / 20) * Math.sqrt(12);
  return Int16Array.from({ length: seconds * 16_000 }, (_, i) => {
    const speaking = (i / 16_000) % 3 < 1;
    const voice = speaking ? 5000 * Math.sin((2 * Math.PI * 700 * i) / 16_000) : 0;
    return Math.round(voice + noise * (random() - 0.5));
  });
}

async function call(
  change: Partial<StreamSettings>,
  codec: CodecName = "pcmu",
  seed = 1,
): Promise<{ lab: MediaLab; a: TestPhone; b: TestPhone }> {
  const lab = new MediaLab(seed);
  const [a, b] = [await lab.phone(), await lab.phone()];
  const payloadType = formatOf(codec).staticType ?? 96;
  await lab.connect(a, 1, b, 1, {
    ...settings("127.33.0.1", 1, codec),
    receive: [{ payloadType, codec }],
    ...change,
    remote: { address: b.address, port: 11_780, rtcpPort: 11_781 },
  });
  b.engine.configureStream(1, {
    ...settings(a.address, 11_780, codec),
    receive: [{ payloadType, codec }],
    ...change,
    silenceSuppression: false,
  });
  a.engine.setFocus([1]);
  b.engine.setFocus([1]);
  return { lab, a, b };
}

interface Sent {
  readonly type: number;
  readonly marker: boolean;
  readonly sequence: number;
  readonly timestamp: number;
  readonly bytes: Uint8Array;
}

/** RTP that phone `from` sent. */
function sent(lab: MediaLab, from: TestPhone): Sent[] {
  return lab.wire.log
    .filter((d) => d.from.address === from.address && d.from.port === 11_780)
    .map(({ bytes }) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return {
        type: view.getUint8(1) & 127,
        marker: view.getUint8(1) > 127,
        sequence: view.getUint16(2),
        timestamp: view.getUint32(4),
        bytes: bytes.subarray(12),
      };
    });
}

const noiseTypes = { sendType: 13, receiveType: 13 };

describe("silence suppression", () => {
  for (const codec of ["pcmu", "g722", "g726-32", "l16-16000"] as const)
    test(`AUD-08: with ${codec} pauses are described, not sent; time runs on and a talkspurt begins with the marker`, async () => {
      const { lab, a } = await call({ comfortNoise: noiseTypes, silenceSuppression: true }, codec);
      a.audio.setMicrophone(talk(12), false);
      lab.clock.advance(12_000);
      const packets = sent(lab, a);
      const audio = packets.filter((p) => p.type !== 13);
      const noise = packets.filter((p) => p.type === 13);
      // One second in three, and its hang-over; the first two seconds may be whole.
      expect(audio.length).toBeGreaterThan(200);
      expect(audio.length).toBeLessThan(400);
      expect(noise.length).toBeGreaterThanOrEqual(3);
      expect(noise.length).toBeLessThan(30);
      for (const { bytes } of noise.slice(1)) expect(Math.abs((bytes[0] ?? 0) - 58)).toBeLessThanOrEqual(6);
      // Sequence numbers without a hole; every audio packet after a hole in time has the marker, no other.
      const perPacket = codec === "l16-16000" ? 320 : 160;
      for (let i = 1; i < packets.length; i++) {
        const [before, now] = [packets[i - 1], packets[i]];
        if (before === undefined || now === undefined) continue;
        expect(now.sequence).toBe((before.sequence + 1) & 0xffff);
        expect((now.timestamp - before.timestamp) % perPacket).toBe(0);
        if (now.type !== 13) expect(now.marker, `packet ${i}`).toBe(before.type === 13);
      }
      const ticks = (packets.at(-1)?.timestamp ?? 0) - (packets[0]?.timestamp ?? 0);
      expect(ticks / perPacket).toBeGreaterThan(500);
    });

  test("AUD-08: to a far end without comfort noise a pause is nothing, save a packet every ten seconds", async () => {
    const { lab, a } = await call({ silenceSuppression: true });
    a.audio.setMicrophone(new Int16Array(16_000 * 25), false);
    lab.clock.advance(25_000);
    expect(sent(lab, a).length).toBeLessThan(10);
    expect(sent(lab, a).length).toBeGreaterThanOrEqual(2);
  });

  test("AUD-09: a pause is heard as noise of its level, is no loss, and speech after it is whole", async () => {
    const { lab, a, b } = await call({ comfortNoise: noiseTypes, silenceSuppression: true });
    a.audio.setMicrophone(talk(12), false);
    lab.clock.advance(8500);
    // The second from 7.4 to 8.4 s is pause.
    const pause = b.audio.heard(0.9);
    expect(Math.abs(dbov(rms(pause)) + 58)).toBeLessThan(5);
    lab.clock.advance(1400);
    expect(amplitudeAt(b.audio.heard(0.5), 700)).toBeGreaterThan(0.13);
    const figures = b.stream(1);
    expect(figures.lost).toBe(0);
    expect(figures.late).toBe(0);
    expect(figures.concealedFrames).toBeLessThan(5);
  });
});

describe("comfort noise switched off", () => {
  test("AUD-09: a pause is silent where voice.cng is off, and no loss either", async () => {
    const { lab, a, b } = await call({ comfortNoise: noiseTypes, silenceSuppression: true });
    b.engine.tune({ ...defaultTuning, comfortNoise: false });
    a.audio.setMicrophone(talk(12), false);
    lab.clock.advance(8500);
    expect(dbov(rms(b.audio.heard(0.9)))).toBeLessThan(-85);
    expect(b.stream(1).lost).toBe(0);
  });
});

describe("redundant audio", () => {
  const red = { sendType: 121, receiveType: 121, depth: 2 };

  test("RFC 2198: at 20 % of loss most lost packets come again, and what is heard is the voice", async () => {
    const lost: number[] = [];
    const concealed: number[] = [];
    for (const change of [{}, { red }]) {
      const { lab, a, b } = await call(change, "pcmu", 7);
      lab.wire.conditions.loss = 0.2;
      a.audio.setMicrophone(talk(20, 3), false);
      lab.clock.advance(20_000);
      lost.push(b.stream(1).lost);
      concealed.push(b.stream(1).concealedFrames);
      const last = sent(lab, a).at(-1);
      expect(last?.type).toBe("red" in change ? 121 : 0);
      if ("red" in change) expect(last?.bytes.length).toBe(4 + 4 + 1 + 480);
    }
    expect(lost[0]).toBeGreaterThan(100);
    expect(lost[1]).toBeGreaterThan(100);
    expect(concealed[1] ?? 0).toBeLessThan((concealed[0] ?? 0) / 3);
  });

  test("RFC 2198: hostile lengths are dropped and counted, the call goes on", async () => {
    const { lab, a, b } = await call({ red });
    a.audio.setMicrophone(talk(6), true);
    lab.clock.advance(2000);
    const seed = 2198;
    const random = seeded(seed);
    for (let i = 0; i < 300; i++) {
      const bytes = Uint8Array.from({ length: 12 + Math.floor(random() * 60) }, () => Math.floor(random() * 256));
      bytes.set([0x80, 121]);
      if (bytes.length > 12) bytes[12] = 0x80 | (bytes[12] ?? 0);
      // More data than there is.
      if (bytes.length > 16) bytes.set([0xff, 0xff], 14);
      const from = { address: a.address, port: 11_780 };
      lab.wire.carry({ from, to: { address: b.address, port: 11_780 }, bytes, atMs: 0 });
      lab.clock.advance(10);
    }
    expect(b.stream(1).rejected, `seed ${seed}`).toBe(300);
    lab.clock.advance(900);
    expect(b.stream(1).lost).toBe(0);
    lab.clock.advance(600);
    expect(amplitudeAt(b.audio.heard(0.4), 700)).toBeGreaterThan(0.1);
  });
});

describe("codecs in a call", () => {
  for (const codec of ["pcma", "g722", "g726-16", "g726-40", "aal2-g726-32", "l16-8000", "l16-16000", "ilbc"] as const)
    test(`AUD-03: ${codec} is heard with packets of 10 to 60 ms, changed in mid-call`, async () => {
      const { lab, a, b } = await call({}, codec);
      a.audio.setMicrophone(
        Int16Array.from({ length: 16_000 }, (_, i) => 5000 * Math.sin((2 * Math.PI * 700 * i) / 16_000)),
        true,
      );
      for (const ptimeMs of [20, 60, 10, 30, 50, 40]) {
        a.engine.configureStream(1, {
          ...settings(b.address, 11_780, codec),
          receive: [{ payloadType: formatOf(codec).staticType ?? 96, codec }],
          ptimeMs,
        });
        lab.clock.advance(2500);
        expect(amplitudeAt(b.audio.heard(0.5), 700), `${ptimeMs} ms`).toBeGreaterThan(0.13);
      }
      expect(b.stream(1).lost).toBe(0);
    });

  test("AUD-04: codecs of both rates change in mid-call without a click", async () => {
    const { lab, a, b } = await call({});
    const all = (["pcmu", "g722", "g726-32", "l16-16000", "pcma"] as const).map((codec, i) => ({
      payloadType: formatOf(codec).staticType ?? 100 + i,
      codec,
    }));
    b.engine.configureStream(1, { ...settings(a.address, 11_780), receive: all });
    a.audio.setMicrophone(
      Int16Array.from({ length: 16_000 }, (_, i) => 5000 * Math.sin((2 * Math.PI * 500 * i) / 16_000)),
      true,
    );
    lab.clock.advance(2000);
    for (let round = 0; round < 10; round++) {
      const { codec, payloadType } = all[round % all.length] ?? { codec: "pcmu", payloadType: 0 };
      a.engine.configureStream(1, { ...settings(b.address, 11_780, codec), payloadType, receive: all });
      lab.clock.advance(1000);
      const heard = b.audio.heard(0.95);
      // A sine of 5000 at 500 Hz bends by 193 at most; a click is a corner of thousands.
      let sharpest = 0;
      for (let i = 2; i < heard.length; i++)
        sharpest = Math.max(sharpest, Math.abs((heard[i] ?? 0) - 2 * (heard[i - 1] ?? 0) + (heard[i - 2] ?? 0)));
      expect(sharpest, `to ${codec}`).toBeLessThan(1000);
      expect(amplitudeAt(heard.subarray(-8000), 500)).toBeGreaterThan(0.13);
    }
  });
});
