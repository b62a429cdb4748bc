/** Opus as a codec of the phone: sound kept, loss concealed and brought back, parameters obeyed, any bytes taken (RFC 6716, RFC 7587). */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Decoder, Encoder } from "../../../src/codec/codec.ts";
import { opus } from "../../../src/codec/opus/opus.ts";
import { packetSamples, repeatsBefore } from "../../../src/codec/opus/packet.ts";
import type { FormatParameters } from "../../../src/media/protocol.ts";
import { soundQuality } from "../../bench/sound-quality.ts";
import { random, speechLike } from "../playout/speech-like.ts";

const speech = speechLike(6, 16_000, 7);

interface Coded {
  readonly packets: readonly Uint8Array[];
  readonly kbits: number;
}

function code(pcm: Int16Array, ptimeMs: number, encoder: Encoder): Coded {
  const samples = 16 * ptimeMs;
  const packets: Uint8Array[] = [];
  const room = new Uint8Array(opus.bytesPerMs * ptimeMs);
  let bytes = 0;
  for (let at = 0; at + samples <= pcm.length; at += samples) {
    const size = encoder.encode(pcm.subarray(at, at + samples), room);
    packets.push(room.slice(0, size));
    bytes += size;
  }
  return { packets, kbits: (8 * bytes) / (packets.length * ptimeMs) };
}

function encoderWith(parameters: FormatParameters, lossPercent = 0): Encoder {
  const encoder = opus.createEncoder(parameters);
  encoder.expectLoss?.(lossPercent);
  return encoder;
}

function decodeAll(packets: readonly Uint8Array[], decoder: Decoder = opus.createDecoder()): Int16Array {
  const parts = packets.map((packet) => {
    const out = new Int16Array(1920);
    return out.slice(0, decoder.decode(packet, out));
  });
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function energy(pcm: Int16Array, from = 0, to = pcm.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (pcm[i] ?? 0) ** 2;
  return sum / (to - from);
}

describe("Opus", () => {
  it("AUD-01: the library is the one that the checksum beside the build script names", () => {
    const sums = readFileSync(new URL("../../../src/codec/wasm/sha256sums", import.meta.url), "utf8");
    for (const [file, path] of [
      ["opus.wasm", "codec/opus/opus.wasm"],
      ["speexdsp.wasm", "dsp/speexdsp.wasm"],
    ] as const) {
      const bytes = readFileSync(new URL(`../../../src/${path}`, import.meta.url));
      expect(sums).toContain(`${createHash("sha256").update(bytes).digest("hex")}  ${file}`);
    }
  });

  for (const ptimeMs of [10, 20, 40, 60])
    it(`AUD-03: speech in packets of ${ptimeMs} ms comes out as long as it went in and much alike`, () => {
      const { packets } = code(speech, ptimeMs, encoderWith({ maxaveragebitrate: "32000" }));
      for (const packet of packets) expect(packetSamples(packet, packet.length)).toBe(16 * ptimeMs);
      const heard = decodeAll(packets);
      expect(heard.length).toBe(16 * ptimeMs * packets.length);
      expect(soundQuality(speech, heard, 16_000).lsdDb).toBeLessThan(2);
    });

  it("AUD-03: a packet time that Opus does not have becomes the next shorter one", () => {
    expect([10, 20, 30, 40, 50, 60].map((ms) => opus.packetMs(ms))).toEqual([10, 20, 20, 40, 40, 60]);
  });

  it("RFC 7587 §6.1: maxaveragebitrate bounds the mean rate, cbr makes all packets alike", () => {
    for (const rate of [12_000, 24_000, 40_000]) {
      const { kbits } = code(speech, 20, encoderWith({ maxaveragebitrate: String(rate) }));
      expect(kbits).toBeLessThan(1.1 * (rate / 1000));
      expect(kbits).toBeGreaterThan(0.5 * (rate / 1000));
    }
    const constant = code(speech, 20, encoderWith({ maxaveragebitrate: "24000", cbr: "1" }));
    expect(new Set(constant.packets.map((packet) => packet.length)).size).toBe(1);
  });

  it("RFC 7587 §6.1: wrong values are as if they were not there", () => {
    const { kbits } = code(
      speech,
      20,
      encoderWith({ maxaveragebitrate: "-5", maxplaybackrate: "wide", usedtx: "yes" }),
    );
    expect(kbits).toBeGreaterThan(15);
    expect(kbits).toBeLessThan(36);
  });

  it("RFC 7587 §6.1: maxplaybackrate=8000 gives narrow-band packets", () => {
    const { packets } = code(speech, 20, encoderWith({ maxplaybackrate: "8000" }));
    // SILK narrow band: configurations 0 to 3 (RFC 6716 §3.1).
    expect(packets.every((packet) => (packet[0] ?? 0) >> 3 < 4)).toBe(true);
  });

  it("RFC 7587 §3.1.3: with usedtx silence costs nearly no packet, speech after it all of them", () => {
    const pause = new Int16Array(3 * 16_000);
    const encoder = encoderWith({ usedtx: "1" });
    code(speech, 20, encoder);
    const { packets } = code(pause, 20, encoder);
    const empty = packets.filter((packet) => packet.length === 0).length;
    expect(empty).toBeGreaterThan(100);
    expect(empty).toBeLessThan(150);
    const after = code(speech.subarray(0, 8000), 20, encoder).packets;
    expect(after.slice(0, 10).filter((packet) => packet.length === 0).length).toBeLessThan(10);
  });

  it("RFC 7587 §6.1: packets repeat the one before only where FEC was asked for and loss is reported", () => {
    const share = (parameters: FormatParameters, lossPercent: number): number => {
      const { packets } = code(speech, 20, encoderWith({ maxaveragebitrate: "24000", ...parameters }, lossPercent));
      return packets.filter((packet) => repeatsBefore(packet, packet.length)).length / packets.length;
    };
    expect(share({ useinbandfec: "1" }, 10)).toBeGreaterThan(0.4);
    expect(share({ useinbandfec: "1" }, 0)).toBe(0);
    expect(share({}, 10)).toBe(0);
  });

  it("RFC 6716 §2.1.7: what was lost comes back out of the next packet, nearer than concealment makes it", () => {
    const { packets } = code(speech, 20, encoderWith({ useinbandfec: "1", maxaveragebitrate: "32000" }, 15));
    const truth = decodeAll(packets);
    let recoveredError = 0;
    let concealedError = 0;
    let recovered = 0;
    const back = opus.createDecoder();
    const plain = opus.createDecoder();
    const out = new Int16Array(320);
    for (let n = 0; n < packets.length; n++) {
      const packet = packets[n] ?? new Uint8Array();
      const next = packets[n + 1];
      if (n % 7 === 3 && next !== undefined && repeatsBefore(next, next.length)) {
        const error = (pcm: Int16Array): number =>
          pcm.reduce((sum, value, i) => sum + (value - (truth[n * 320 + i] ?? 0)) ** 2, 0);
        expect(back.recover?.(next, next.length, out, 320)).toBe(320);
        recoveredError += error(out);
        expect(plain.conceal?.(out, 320)).toBe(320);
        concealedError += error(out);
        recovered++;
      } else {
        back.decode(packet, out);
        plain.decode(packet, out);
      }
    }
    expect(recovered).toBeGreaterThan(15);
    expect(recoveredError).toBeLessThan(0.5 * concealedError);
  });

  it("RFC 6716 §4.4: concealment goes on with the sound, then fades out", () => {
    const tone = Int16Array.from({ length: 16_000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * 200 * i) / 16_000));
    const decoder = opus.createDecoder();
    const before = decodeAll(code(tone, 20, encoderWith({})).packets, decoder);
    const out = new Int16Array(320);
    expect(decoder.conceal?.(out, 320)).toBe(320);
    expect(energy(out)).toBeGreaterThan(0.1 * energy(before, before.length - 320));
    for (let i = 0; i < 25; i++) decoder.conceal?.(out, 320);
    expect(energy(out)).toBeLessThan(0.02 * energy(before, before.length - 320));
  });

  it("a packet that repeats nothing is not recovered from, and moves no state", () => {
    const { packets } = code(speech, 20, encoderWith({}));
    const touched = opus.createDecoder();
    const out = new Int16Array(320);
    for (const packet of packets) {
      expect(touched.recover?.(packet, packet.length, out, 320)).toBe(0);
      touched.decode(packet, out);
    }
    const untouched = decodeAll(packets).slice(-320);
    expect([...out]).toEqual([...untouched]);
  });

  it("many encoders and decoders in turn are as each by itself", () => {
    const sounds = [speechLike(2, 16_000, 1), speechLike(2, 16_000, 2), speechLike(2, 16_000, 3)];
    const alone = sounds.map((pcm) => code(pcm, 20, encoderWith({ useinbandfec: "1" })).packets);
    const aloneHeard = alone.map((packets) => decodeAll(packets));
    const encoders = sounds.map(() => encoderWith({ useinbandfec: "1" }));
    const decoders = sounds.map(() => opus.createDecoder());
    const room = new Uint8Array(1500);
    const out = new Int16Array(320);
    for (let n = 0; n < 100; n++)
      sounds.forEach((pcm, i) => {
        const size = encoders[i]?.encode(pcm.subarray(n * 320, n * 320 + 320), room) ?? 0;
        expect(Buffer.compare(room.subarray(0, size), alone[i]?.[n] ?? room)).toBe(0);
        decoders[i]?.decode(room, out, size);
        expect(
          Buffer.compare(
            Buffer.from(out.buffer),
            Buffer.from(aloneHeard[i]?.slice(n * 320, n * 320 + 320).buffer ?? out.buffer),
          ),
        ).toBe(0);
      });
  });

  it("a decoder that took over another's state goes on like it, and a reset one begins anew", () => {
    const { packets } = code(speech, 20, encoderWith({}));
    const one = opus.createDecoder();
    const a = new Int16Array(320);
    const b = new Int16Array(320);
    for (const packet of packets.slice(0, 100)) one.decode(packet, a);
    const other = opus.createDecoder();
    other.copyFrom(one);
    for (const packet of packets.slice(100, 120)) {
      one.decode(packet, a);
      other.decode(packet, b);
      expect([...b]).toEqual([...a]);
    }
    other.reset();
    for (const packet of packets.slice(0, 20)) other.decode(packet, b);
    expect([...b]).toEqual([...decodeAll(packets.slice(0, 20)).slice(-320)]);
  });

  it("stereo, full band and other lengths come out as mono at 16 kHz", () => {
    // A packet of CELT, 20 ms, full band, stereo, whose two frames of 10 ms are empty: lost by the sender's own word.
    const packet = Uint8Array.of((30 << 3) | 4 | 1);
    expect(packetSamples(packet, 1)).toBe(320);
    expect(opus.createDecoder().decode(packet, new Int16Array(1920))).toBe(320);
  });

  it("RFC 6716 §3.2: lengths are read from the first bytes, and what cannot be is no packet", () => {
    const lengths: [number[], number][] = [
      [[0 << 3], 160],
      [[3 << 3], 960],
      [[(12 << 3) | 1], 320],
      [[(16 << 3) | 2, 0], 80],
      [[(31 << 3) | 3, 6], 1920],
      [[(31 << 3) | 3, 7], 0],
      [[(3 << 3) | 3, 2, 0], 1920],
      [[(3 << 3) | 3, 3, 0], 0],
      [[(3 << 3) | 3], 0],
      [[], 0],
      [[3, 0], 0],
    ];
    for (const [bytes, samples] of lengths) expect(packetSamples(Uint8Array.from(bytes), bytes.length)).toBe(samples);
  });

  it("any bytes, cut or damaged packets give sound of a bounded length and never an error", () => {
    const seed = 20_261_122;
    const next = random(seed);
    const { packets } = code(speech, 20, encoderWith({ useinbandfec: "1" }, 10));
    const decoder = opus.createDecoder();
    const out = new Int16Array(1920);
    for (let n = 0; n < 3000; n++) {
      const good = packets[n % packets.length] ?? new Uint8Array(1);
      const bytes =
        n % 3 === 0
          ? Uint8Array.from({ length: Math.floor(1400 * next() ** 3) }, () => 256 * next())
          : good.slice(0, n % 3 === 1 ? Math.floor(good.length * next()) : good.length);
      if (n % 3 === 2) bytes[Math.floor(next() * bytes.length)] = 256 * next();
      const expected = packetSamples(bytes, bytes.length);
      expect(decoder.decode(bytes, out), `seed ${seed}, packet ${n}`).toBe(expected);
      if (n % 5 === 0) decoder.recover?.(bytes, bytes.length, out, 320);
      if (n % 7 === 0) decoder.conceal?.(out, 320);
    }
    const after = decodeAll(packets, decoder);
    expect(energy(after)).toBeGreaterThan(0.2 * energy(speech));
  });

  it("room that is too small is filled and not overrun", () => {
    const { packets } = code(speech, 20, encoderWith({}));
    expect(opus.createDecoder().decode(packets[50] ?? new Uint8Array(), new Int16Array(100))).toBe(100);
    expect(encoderWith({}).encode(speech.subarray(0, 320), new Uint8Array(10))).toBeLessThanOrEqual(10);
    expect(opus.createDecoder().decode(new Uint8Array(5000).fill(8), new Int16Array(1920))).toBe(0);
  });
});
