/** Sound between the page and the phone: WAV files, resampling, the page's play buffer, the frames' two ends. */
import { describe, expect, test } from "vitest";
import { readFrame, saidFrame } from "../../../src/web/page/panel/frames.ts";
import { PlayBuffer } from "../../../src/web/page/panel/play-buffer.ts";
import { Resampler } from "../../../src/web/page/panel/resampler.ts";
import { heardFrame, PictureStream, readSaid } from "../../../src/web/panel/frames.ts";
import { readWav, writeWav } from "../../../src/web/panel/wav.ts";

const sine = (hz: number, rateHz: number, samples: number, from = 0): Float32Array =>
  Float32Array.from({ length: samples }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * (at + from)) / rateHz));

/** Amplitude at `hz`, by correlation. */
function amplitude(samples: Float32Array, hz: number, rateHz: number): number {
  let [re, im] = [0, 0];
  samples.forEach((sample, at) => {
    re += sample * Math.cos((2 * Math.PI * hz * at) / rateHz);
    im += sample * Math.sin((2 * Math.PI * hz * at) / rateHz);
  });
  return (2 * Math.hypot(re, im)) / samples.length;
}

function resample(from: number, to: number, hz: number): Float32Array {
  const resampler = new Resampler(from, to);
  const parts: Float32Array[] = [];
  for (let block = 0; block < from / 128; block++) parts.push(resampler.process(sine(hz, from, 128, block * 128)));
  return Float32Array.from(parts.flatMap((part) => [...part])).subarray(200, Math.floor(to * 0.9));
}

describe("panel: resampler", () => {
  test.each([
    [48_000, 16_000],
    [44_100, 16_000],
    [16_000, 48_000],
    [16_000, 44_100],
    [16_000, 16_000],
  ])("%i Hz to %i Hz keeps speech at its level and pitch", (from, to) => {
    for (const hz of [300, 1000, 3400, 6000]) expect(amplitude(resample(from, to, hz), hz, to)).toBeCloseTo(0.5, 1);
  });

  test("what 16 kHz cannot hold does not fold back", () => {
    expect(amplitude(resample(48_000, 16_000, 10_000), 6000, 16_000)).toBeLessThan(0.005);
  });

  test("the number of samples follows the ratio, and the trim", () => {
    const resampler = new Resampler(48_000, 16_000);
    let count = 0;
    for (let i = 0; i < 375; i++) count += resampler.process(new Float32Array(128)).length;
    expect(Math.abs(count - 16_000)).toBeLessThan(40);
    resampler.trim(0.01);
    count = 0;
    for (let i = 0; i < 375; i++) count += resampler.process(new Float32Array(128)).length;
    expect(Math.abs(count - 15_842)).toBeLessThan(40);
  });
});

describe("panel: play buffer", () => {
  const frame = new Int16Array(160).fill(8000);
  const block = new Float32Array(128);

  test("is silent until there is enough, then plays without a gap", () => {
    const buffer = new PlayBuffer(16_000, 48_000);
    buffer.push(frame);
    buffer.pull(block);
    expect(Math.max(...block)).toBe(0);
    for (let i = 0; i < 7; i++) buffer.push(frame);
    for (let i = 0; i < 20; i++) {
      buffer.pull(block);
      if (i > 10) expect(Math.min(...block)).toBeGreaterThan(0.2);
    }
  });

  test("a stall of a second does not become a second of delay", () => {
    const buffer = new PlayBuffer(16_000, 48_000);
    for (let i = 0; i < 100; i++) buffer.push(frame);
    expect(buffer.queuedMs).toBeLessThan(230);
  });

  test.each([0.9995, 1.0005])("a clock that runs at %f of ours is followed without a gap", (speed) => {
    const buffer = new PlayBuffer(16_000, 48_000);
    let pushed = 0;
    let silent = 0;
    for (let pulled = 0; pulled < 48_000 * 120; pulled += 128) {
      for (; pushed * 480 < pulled * speed; pushed++) buffer.push(frame);
      buffer.pull(block);
      if (pulled > 48_000 && block.includes(0)) silent += 1;
    }
    expect(silent).toBe(0);
    expect(buffer.queuedMs).toBeGreaterThan(20);
    expect(buffer.queuedMs).toBeLessThan(130);
  });
});

describe("panel: WAV files", () => {
  test("what is written is read again", () => {
    const samples = Int16Array.of(0, 1, -1, 32_767, -32_768);
    expect(readWav(writeWav(samples, 22_050))).toEqual({ ok: true, samples, rateHz: 22_050 });
  });

  test("chunks that are not sound are passed over, odd ones too", () => {
    const wav = writeWav(Int16Array.of(5, 6), 8000);
    const list = Uint8Array.of(0x4c, 0x49, 0x53, 0x54, 3, 0, 0, 0, 1, 2, 3, 0);
    const joined = Uint8Array.from([...wav.subarray(0, 36), ...list, ...wav.subarray(36)]);
    expect(readWav(joined)).toEqual({ ok: true, samples: Int16Array.of(5, 6), rateHz: 8000 });
  });

  test("a file that was cut off, or streamed with no length, is read as far as it goes", () => {
    const wav = writeWav(new Int16Array(100).fill(3), 8000);
    const cut = readWav(wav.subarray(0, 44 + 51));
    expect(cut.ok && cut.samples.length).toBe(25);
    new DataView(wav.buffer).setUint32(40, 0xffffffff, true);
    const streamed = readWav(wav);
    expect(streamed.ok && streamed.samples.length).toBe(100);
  });

  const patched = (at: number, ...bytes: number[]): Uint8Array => {
    const wav = writeWav(Int16Array.of(1), 8000);
    wav.set(bytes, at);
    return wav;
  };
  test.each([
    ["8 bits", patched(34, 8), "it is not 16-bit PCM (format 1, 8 bits)"],
    ["µ-law", patched(20, 7), "it is not 16-bit PCM (format 7, 16 bits)"],
    ["six channels", patched(22, 6), "it has 6 channels; one or two are understood"],
    ["a rate of 100 Hz", patched(24, 100, 0), "its rate is 100 Hz; 4000 to 192000 are understood"],
    ["no data", writeWav(Int16Array.of(1), 8000).subarray(0, 36), "it has no data chunk"],
    ["no format", patched(12, 0x78), "its data chunk comes before its fmt chunk"],
    ["nothing", new Uint8Array(0), "it is no WAV file (no RIFF/WAVE header)"],
  ])("%s: refused with the reason", (_, bytes, why) => {
    expect(readWav(bytes)).toEqual({ ok: false, why });
  });
});

describe("panel: frames have the same layout at both ends", () => {
  test("speech", () => {
    const samples = Int16Array.of(1, -1, 32_767, -32_768);
    expect(readSaid(new Uint8Array(saidFrame(samples, 16_000)))).toEqual({ samples, rateHz: 16_000 });
    expect(readFrame(heardFrame(samples, 48_000).buffer as ArrayBuffer)).toEqual({
      kind: "heard",
      samples,
      rateHz: 48_000,
    });
  });

  test("pictures: what did not change is not sent", () => {
    const stream = new PictureStream({ width: 12, height: 4, format: "mono" });
    const picture = new Uint8Array(8);
    const read = () => {
      const frame = stream.next(picture);
      return frame === undefined ? undefined : readFrame(frame.buffer as ArrayBuffer);
    };
    expect(read()).toMatchObject({ kind: "picture", format: "mono", width: 12, height: 4, firstRow: 0, rows: 4 });
    expect(read()).toBeUndefined();
    picture[3] = 0x10;
    picture[5] = 0x20;
    expect(read()).toMatchObject({ firstRow: 1, rows: 2, bytes: Uint8Array.of(0, 0x10, 0, 0x20) });
  });
});
