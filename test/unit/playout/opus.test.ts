/** Opus through the jitter buffer: loss brought back by FEC, packets of other lengths, clocks that change with the codec. */
import { describe, expect, it } from "vitest";
import { codecs } from "../../../src/codec/index.ts";
import { Playout } from "../../../src/media/playout.ts";
import { soundQuality } from "../../bench/sound-quality.ts";
import { newPlayout, receive, send, type Trace } from "./network.ts";
import { speechLike } from "./speech-like.ts";

const fec = { useinbandfec: "1", maxaveragebitrate: "24000" };

describe("Opus through the jitter buffer", () => {
  it("AUD-05: at 10 % loss with FEC it is nearer to what was said than without, and less is made up", () => {
    const trace: Trace = { loss: 0.1 };
    let withFec = 0;
    let without = 0;
    let made = 0;
    let madeWithout = 0;
    for (const seed of [1, 2, 3, 4]) {
      const pcm = speechLike(8, 16_000, 60 + seed);
      const judge = (parameters: Readonly<Record<string, string>>) => {
        const heard = receive(send(pcm, "opus", 20, trace, seed, parameters), "opus", 8600);
        return { lsd: soundQuality(pcm, heard.pcm, 16_000).lsdDb, made: heard.figures.concealedFrames };
      };
      const a = judge(fec);
      const b = judge({ maxaveragebitrate: "24000" });
      withFec += a.lsd;
      without += b.lsd;
      made += a.made;
      madeWithout += b.made;
    }
    expect(withFec).toBeLessThan(0.97 * without);
    expect(made).toBeLessThan(0.7 * madeWithout);
  });

  for (const ptimeMs of [10, 40, 60])
    it(`AUD-03: packets of ${ptimeMs} ms play without a gap`, () => {
      const pcm = speechLike(6, 16_000, 9);
      const { figures, pcm: heard } = receive(send(pcm, "opus", ptimeMs, {}, 1), "opus", 5900);
      expect(figures.lost + figures.late + figures.discarded + figures.skipped).toBe(0);
      expect(soundQuality(pcm, heard, 16_000).lsdDb).toBeLessThan(2);
    });

  it("AUD-03: the length of packets may change at any packet", () => {
    const pcm = speechLike(6, 16_000, 10);
    const encoder = codecs.opus.createEncoder({ maxaveragebitrate: "32000" });
    const playout = newPlayout("opus");
    const lengths = [20, 60, 10, 40, 20, 20, 10];
    const room = new Uint8Array(4000);
    const packets: { atMs: number; timestamp: number; payload: Uint8Array }[] = [];
    for (let n = 0, ms = 0; ms < 5800; n++) {
      const length = lengths[n % lengths.length] ?? 20;
      const size = encoder.encode(pcm.subarray(ms * 16, (ms + length) * 16), room);
      packets.push({ atMs: ms + length, timestamp: ms * 48, payload: room.slice(0, size) });
      ms += length;
    }
    const heard = new Int16Array(160 * 570);
    const frame = new Int16Array(160);
    let at = 0;
    for (let i = 0; i < 570; i++) {
      for (let p = packets[at]; p !== undefined && p.atMs <= 10 * i; p = packets[++at])
        playout.put(at, p.timestamp, 96, false, p.payload, p.atMs);
      playout.pull(frame, 10 * i);
      heard.set(frame, 160 * i);
    }
    expect(playout.figures.lost + playout.figures.late + playout.figures.discarded).toBe(0);
    expect(soundQuality(pcm, heard, 16_000).lsdDb).toBeLessThan(2.2);
  });

  it("AUD-04: a change to PCMU and back, whose clocks differ, costs no packet and leaves no step in the count", () => {
    const pcm = speechLike(6, 16_000, 11);
    const wide = codecs.opus.createEncoder();
    const narrow = codecs.pcmu.createEncoder();
    const playout = new Playout({
      rateHz: 16_000,
      jitter: { adaptive: true, minMs: 0, maxMs: 240, normalMs: 60 },
    });
    playout.setReceive([
      { payloadType: 96, codec: "opus" },
      { payloadType: 0, codec: "pcmu" },
    ]);
    const room = new Uint8Array(2000);
    const half = new Int16Array(160);
    const frame = new Int16Array(160);
    let timestamp = 1000;
    for (let i = 0; i < 580; i++) {
      if (i % 2 === 0) {
        const isOpus = Math.floor(i / 100) % 2 === 0;
        const block = pcm.subarray(i * 160, i * 160 + 320);
        for (let k = 0; k < 160; k++) half[k] = block[2 * k] ?? 0;
        const size = isOpus ? wide.encode(block, room) : narrow.encode(half, room);
        playout.put(i / 2, timestamp >>> 0, isOpus ? 96 : 0, false, room.subarray(0, size), 10 * i);
        timestamp += isOpus ? 960 : 160;
      }
      playout.pull(frame, 10 * i);
    }
    const { lost, late, discarded, skipped, jitterMs, bufferDelayMs } = playout.figures;
    expect([lost, late, discarded, skipped]).toEqual([0, 0, 0, 0]);
    expect(jitterMs).toBeLessThan(1);
    expect(bufferDelayMs).toBeLessThan(60);
  });
});
