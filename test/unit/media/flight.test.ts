/** The flight recorder: what was heard is made again from its recording, bit by bit, and told second by second. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codecs } from "../../../src/codec/index.ts";
import { defaultTuning } from "../../../src/media/engine.ts";
import { RecordedPlayout } from "../../../src/media/flight-playout.ts";
import { FlightRecorder } from "../../../src/media/flight-recorder.ts";
import { FlightReader, readFlight, replay } from "../../../src/media/flight-replay.ts";
import { noFigures } from "../../../src/media/playout-figures.ts";
import type { CodecName, FlightRecording } from "../../../src/media/protocol.ts";
import { MediaLab } from "./phones.ts";
import { seeded } from "./sound.ts";

const jitter = defaultTuning.jitter;
const receive = [
  { payloadType: 0, codec: "pcmu" },
  { payloadType: 9, codec: "g722" },
  { payloadType: 96, codec: "opus" },
] as const;
const typeOf = { pcmu: 0, g722: 9, opus: 96 } as const;
const facts = { stream: 3, epochMs: 1_700_000_000_000, nowMs: 0 };

/** Something voiced whose pitch wanders, with pauses between its words. @param from the 10 ms it begins at */
function speech(count: number, rateHz: number, from = 0): Int16Array {
  return Int16Array.from({ length: count }, (_, i) => {
    const t = from / 100 + i / rateHz;
    const pitch = 2 * Math.PI * (120 * t + 8 * Math.sin(2 * t));
    const loud = Math.max(0, Math.sin(5 * t));
    return Math.round(loud * (6000 * Math.sin(pitch) + 3000 * Math.sin(2 * pitch) + 1500 * Math.sin(5 * pitch)));
  });
}

/** A playout under loss, jitter, a change of codec, digits, a pause, a new source and new settings; what it gave. */
function listen(seed: number, seconds: number, sound = true) {
  const random = seeded(seed);
  const flight = new FlightRecorder({ sound, jitter });
  const playout = new RecordedPlayout(jitter, flight);
  playout.setReceive(receive);
  const coders = {
    pcmu: codecs.pcmu.createEncoder(),
    g722: codecs.g722.createEncoder(),
    opus: codecs.opus.createEncoder(),
  };
  const waiting: { atMs: number; give: () => void }[] = [];
  const heard: Int16Array[] = [];
  let sequence = 65_500;
  let timestamp = 4_294_900_000;
  for (let frame = 0; frame < 100 * seconds; frame++) {
    // As of a real clock: no whole numbers.
    const nowMs = 1000.1 + frame * 10.0007;
    if (frame % 2 === 0) {
      const name: CodecName & keyof typeof typeOf = frame < 300 ? "pcmu" : frame < 600 ? "g722" : "opus";
      const { format } = coders[name];
      const payload = new Uint8Array(1500);
      const pcm = speech(format.rateHz / 50, format.rateHz, frame);
      const size = coders[name].encode(pcm, payload);
      const number = sequence;
      const at = timestamp;
      sequence = (sequence + 1) & 0xffff;
      timestamp = (timestamp + format.rtpClockHz / 50) >>> 0;
      const atMs = nowMs + random() * 45;
      const paused = frame % 400 > 340;
      if (frame % 150 === 10) waiting.push({ atMs, give: () => playout.skip(number) });
      else if (paused && frame % 20 === 0)
        waiting.push({
          atMs,
          give: () => playout.putNoise(number, at, format.rtpClockHz, Uint8Array.of(50, 120), atMs),
        });
      else if (!paused && random() > 0.07)
        waiting.push({ atMs, give: () => playout.put(number, at, typeOf[name], false, payload.slice(0, size), atMs) });
    }
    if (frame === 450) playout.tune({ ...jitter, minMs: 60 });
    if (frame === 500) playout.setReceive([...receive].reverse());
    if (frame === 700) playout.reset();
    for (let i = 0; i < waiting.length; i++) {
      const packet = waiting[i];
      if (packet === undefined || packet.atMs > nowMs) continue;
      packet.give();
      waiting.splice(i--, 1);
    }
    const out = new Int16Array(160);
    playout.pull(out, nowMs);
    heard.push(out);
  }
  return { flight, playout, heard };
}

function samples(frames: readonly Int16Array[]): number[] {
  return frames.flatMap((frame) => [...frame]);
}

describe("flight recorder", () => {
  for (const seed of [11, 12, 13])
    test(`what was heard under loss is made again bit by bit (seed ${seed})`, () => {
      const { flight, playout, heard } = listen(seed, 12);
      expect(playout.figures.concealedFrames).toBeGreaterThan(5);
      const again = replay(flight.take(facts));
      expect(again.header).toEqual({ ...facts, complete: true, sound: true });
      expect(again.torn).toBe(false);
      expect([...(again.heard ?? [])]).toEqual(samples(heard));
    });

  test("each second says what came, what was lost, late and made up, and the delay", () => {
    const { flight } = listen(21, 6);
    const { seconds } = replay(flight.take(facts));
    expect(seconds).toHaveLength(5);
    const sum = (of: (second: (typeof seconds)[number]) => number) => seconds.reduce((all, one) => all + of(one), 0);
    expect(sum((s) => s.arrived)).toBeGreaterThan(150);
    expect(sum((s) => s.lost)).toBeGreaterThan(5);
    expect(sum((s) => s.concealedMs)).toBeGreaterThan(50);
    for (const { delayMs, targetMs } of seconds.slice(1)) {
      expect(delayMs).toBeGreaterThan(10);
      expect(targetMs).toBeLessThanOrEqual(300);
    }
  });

  test("without sound there are the same seconds, no word of the speech, and nothing to hear", () => {
    const loud = listen(31, 5, true).flight.take(facts);
    const quiet = listen(31, 5, false).flight.take(facts);
    expect(quiet.length).toBeLessThan(loud.length / 2);
    expect(replay(quiet).heard).toBeUndefined();
    expect(replay(quiet).seconds).toEqual(replay(loud).seconds);
    const reader = new FlightReader(readFlight(quiet)?.records ?? new Uint8Array());
    for (let record = reader.next(); record !== undefined; record = reader.next())
      if (record.type === "packet") expect(record.payload).toHaveLength(0);
  });

  test("a longer call keeps its end, in a ring of fixed size, and what is kept can be heard", () => {
    const flight = new FlightRecorder({ sound: false, jitter });
    const figures = noFigures();
    for (let frame = 0; frame < 40_000; frame++) {
      if (frame % 2 === 0) flight.packet(frame & 0xffff, 80 * frame, 0, false, new Uint8Array(160), 10 * frame);
      flight.frame(10 * frame);
      figures.played += frame % 2;
      flight.figures(figures);
    }
    const kept = flight.take(facts);
    expect(kept.length).toBeLessThan(8 * 65_536 + 1000);
    const { header, seconds } = replay(kept);
    expect(header.complete).toBe(false);
    expect(seconds.length).toBeGreaterThan(60);
    expect(seconds.length).toBeLessThan(400);
    for (const { arrived, played } of seconds.slice(1)) expect([arrived, played]).toEqual([50, 50]);
  });

  test("a torn or foreign file is said to be one, and never throws anything else", () => {
    const whole = listen(51, 2).flight.take(facts);
    expect(replay(whole.subarray(0, whole.length - 3)).torn).toBe(true);
    expect(() => replay(new TextEncoder().encode("RIFF\n{}\n"))).toThrow("no recording of the flight recorder");
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (rest) => {
        const reader = new FlightReader(rest);
        let records = 0;
        while (reader.next() !== undefined) records++;
        return records <= rest.length;
      }),
      { seed: 77, numRuns: 2000 },
    );
  });
});

describe("flight recorder in a call", () => {
  const recordings = (events: readonly { type: string }[]) =>
    events.flatMap((event) =>
      event.type === "flight" ? [event as { type: "flight"; recording: FlightRecording }] : [],
    );

  async function call(loss: number, belowMosLq: number | undefined) {
    const lab = new MediaLab(9);
    const [anna, bert] = [await lab.phone(), await lab.phone()];
    anna.engine.tune({ ...defaultTuning, flight: { sound: true, belowMosLq } });
    Object.assign(lab.wire.conditions, { delayMs: 20, loss });
    await lab.connect(anna, 1, bert, 1);
    for (const phone of [anna, bert]) phone.engine.setFocus([1]);
    bert.audio.person?.say(speech(16_000 * 20, 16_000));
    await lab.run(20_000);
    return { lab, anna, bert };
  }

  test("on request it is taken from a running call and from the one that ended last, and is what the ear got", async () => {
    const { anna } = await call(0.05, undefined);
    const ear = anna.audio.person?.heard(10) ?? new Int16Array();
    const running = anna.engine.flight(undefined);
    anna.engine.closeStream(1);
    const ended = anna.engine.flight(undefined);
    expect(running?.stream).toBe(1);
    expect(ended?.bytes.length).toBeGreaterThanOrEqual(running?.bytes.length ?? Number.NaN);
    expect(anna.engine.flight(1)).toBeUndefined();
    const heard = replay(running?.bytes ?? new Uint8Array()).heard ?? new Int16Array();
    expect(heard.length).toBeGreaterThan(16_000 * 19);
    expect(ear.length).toBe(160_000);
    expect([...heard.subarray(heard.length - ear.length)]).toEqual([...ear]);
    expect(recordings(anna.events)).toEqual([]);
  });

  test("it is told of by itself when the quality of a call fell below the mark, and not of a good call", async () => {
    const bad = await call(0.15, 3.5);
    bad.anna.engine.closeStream(1);
    expect(recordings(bad.anna.events)).toHaveLength(1);
    const good = await call(0, 3.5);
    good.anna.engine.closeStream(1);
    expect(recordings(good.anna.events)).toEqual([]);
  });
});
