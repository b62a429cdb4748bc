/** WAV files and sampling rates: what the microphone file and the recording stand on. */
import { describe, expect, test } from "vitest";
import { convertRate, RateConverter } from "../../../hal/driver/rate-converter.ts";
import { parseWav, toMono, wavHeader, writeWav } from "../../../hal/driver/wav.ts";
import { amplitudeAt, rms, sine } from "../media/sound.ts";

describe("WAV files", () => {
  test("what is written is read again, mono and stereo", () => {
    const samples = Int16Array.of(1, -2, 32_767, -32_768);
    expect(parseWav(writeWav(44_100, samples))).toEqual({ rateHz: 44_100, channels: 1, samples });
    const stereo = parseWav(writeWav(8000, samples, 2));
    expect(stereo.channels).toBe(2);
    expect([...toMono({ rateHz: 8000, channels: 2, samples: Int16Array.of(10, 20, -30, -50) })]).toEqual([15, -40]);
  });

  test("other chunks before the sound, odd lengths and an extensible format are read", () => {
    const plain = writeWav(16_000, Int16Array.of(7, 8, 9));
    const list = Uint8Array.of(76, 73, 83, 84, 3, 0, 0, 0, 1, 2, 3, 0);
    const bytes = Uint8Array.from([...plain.subarray(0, 36), ...list, ...plain.subarray(36)]);
    expect([...parseWav(bytes).samples]).toEqual([7, 8, 9]);
    const format = [...plain.subarray(20, 36)];
    format[0] = 0xfe;
    format[1] = 0xff;
    const extensible = [
      102,
      109,
      116,
      32,
      40,
      0,
      0,
      0,
      ...format,
      22,
      0,
      16,
      0,
      4,
      0,
      0,
      0,
      1,
      0,
      ...new Uint8Array(14),
    ];
    expect([
      ...parseWav(Uint8Array.from([...plain.subarray(0, 12), ...extensible, ...plain.subarray(36)])).samples,
    ]).toEqual([7, 8, 9]);
  });

  test("a recorder that was cut off left a length of 0, or too great a one: the file's end counts", () => {
    for (const length of [0, 0xffffffff, 1000]) {
      const bytes = writeWav(16_000, Int16Array.of(1, 2, 3));
      new DataView(bytes.buffer).setUint32(40, length, true);
      expect([...parseWav(bytes).samples]).toEqual([1, 2, 3]);
    }
    expect(parseWav(wavHeader(16_000, 1, 0)).samples.length).toBe(0);
  });

  test("what it is not is said", () => {
    expect(() => parseWav(new Uint8Array(3))).toThrow("not a WAV file");
    expect(() => parseWav(writeWav(16_000, new Int16Array(2)).subarray(0, 30))).toThrow("the format chunk is cut off");
    const eight = writeWav(16_000, new Int16Array(2));
    eight[34] = 8;
    expect(() => parseWav(eight)).toThrow("16-bit PCM is wanted, this is format 1 with 8 bits");
    expect(() => parseWav(writeWav(16_000, new Int16Array(2)).subarray(0, 36))).toThrow("no sound in it");
  });
});

describe("sampling rates", () => {
  for (const hz of [8000, 11_025, 22_050, 32_000, 44_100, 48_000])
    test(`${hz} Hz to 16000: length, level and pitch stay, and nothing is mirrored`, () => {
      const out = convertRate(sine(700, 1, 0.25, hz), hz, 16_000);
      expect(out.length).toBe(16_000);
      expect(amplitudeAt(out.subarray(2000, 14_000), 700)).toBeCloseTo(0.25, 2);
      expect(rms(out.subarray(2000, 14_000))).toBeCloseTo(0.25 / Math.SQRT2, 2);
    });

  test("its delay is taken off: a click stays where it was", () => {
    const click = new Int16Array(48_000);
    click.fill(20_000, 24_000, 24_003);
    const out = convertRate(click, 48_000, 16_000);
    expect(Math.abs(out.indexOf(Math.max(...out)) - 8000)).toBeLessThanOrEqual(1);
  });

  test("what is above the lower rate's half is gone", () => {
    expect(rms(convertRate(sine(11_000, 1, 0.25, 48_000), 48_000, 16_000).subarray(1000, 15_000))).toBeLessThan(0.001);
  });

  test("in pieces of any size it gives what it gives in one", () => {
    const sound = sine(440, 0.2, 0.5, 44_100);
    const whole = new Int16Array(4000);
    const all = new RateConverter(44_100, 16_000).convert(sound, sound.length, whole);
    const pieces = new Int16Array(4000);
    const converter = new RateConverter(44_100, 16_000);
    let at = 0;
    for (let from = 0, size = 1; from < sound.length; from += size, size = (size * 7 + 3) % 500)
      at += converter.convert(sound.subarray(from, from + size), Math.min(size, sound.length - from), pieces, at);
    expect(at).toBe(all);
    expect(pieces).toEqual(whole);
  });
});
