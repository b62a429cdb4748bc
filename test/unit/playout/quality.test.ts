/** What a listener gets out of Playout: speech-like sound through loss and jitter, judged by content beside a plain buffer. */
import { describe, expect, it } from "vitest";
import { codecs } from "../../../src/codec/index.ts";
import { Resampler } from "../../../src/dsp/resampler.ts";
import type { CodecName } from "../../../src/media/protocol.ts";
import { soundQuality } from "../../bench/sound-quality.ts";
import { receive, receivePlainly, send, type Trace } from "./network.ts";
import { speechLike } from "./speech-like.ts";

function upTo16k(pcm: Int16Array, rateHz: number): Int16Array {
  const resampler = new Resampler(rateHz, 16_000, pcm.length);
  const out = new Int16Array(resampler.maxOutput(pcm.length));
  return out.subarray(0, resampler.process(pcm, out));
}

function judge(codec: CodecName, trace: Trace, seed: number) {
  const rateHz = codecs[codec].rateHz;
  const pcm = speechLike(8, rateHz, 40 + seed);
  const packets = send(pcm, codec, 20, trace, seed);
  const said = upTo16k(pcm, rateHz);
  const ours = receive(packets, codec, 8600);
  const plain = upTo16k(receivePlainly(packets, codec, 8600, 60), rateHz);
  return { ours: soundQuality(said, ours.pcm, 16_000), plain: soundQuality(said, plain, 16_000), heard: ours };
}

describe("what is heard", () => {
  const cases: [CodecName, string, Trace, number, number][] = [
    // Bounds: share of the plain buffer's log-spectral distance that ours may have, and least segmental SNR over the plain one.
    ["pcmu", "loss 5 %", { loss: 0.05 }, 0.75, 0],
    ["pcmu", "loss 10 %", { loss: 0.1 }, 0.75, 0],
    ["pcmu", "loss 10 % in bursts of 3", { loss: 0.1, burst: 3 }, 0.96, -3],
    ["g722", "loss 10 %", { loss: 0.1 }, 0.92, -1.5],
    ["pcmu", "jitter 0-100 ms and loss 5 %", { loss: 0.05, jitterMs: 100 }, 0.6, 1],
  ];
  for (const [codec, name, trace, share, snrDb] of cases) {
    it(`AUD-05: ${codec} at ${name} is nearer to what was said than a plain 60 ms buffer's`, () => {
      let oursLsd = 0;
      let plainLsd = 0;
      let gain = 0;
      for (const seed of [1, 2, 3]) {
        const { ours, plain } = judge(codec, trace, seed);
        oursLsd += ours.lsdDb / 3;
        plainLsd += plain.lsdDb / 3;
        gain += (ours.snrDb - plain.snrDb) / 3;
      }
      expect(oursLsd / plainLsd).toBeLessThan(share);
      expect(gain).toBeGreaterThan(snrDb);
    });
  }

  it("AUD-05: jitter of 0-60 ms with reordering leaves nearly nothing to conceal", () => {
    const { ours, heard } = judge("pcmu", { jitterMs: 60 }, 5);
    expect(heard.figures.late).toBeLessThan(4);
    expect(ours.lsdDb).toBeLessThan(1);
    expect(heard.delayMs).toBeLessThan(85);
  });

  it("AUD-05: a steady tone through 10 % loss keeps its level: no gap is heard as one", () => {
    const tone = Int16Array.from({ length: 8 * 16_000 }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 440 * i) / 16_000)),
    );
    const { pcm, figures } = receive(send(tone, "g722", 20, { loss: 0.1 }, 3), "g722", 7900);
    expect(figures.lost).toBeGreaterThan(20);
    let weakest = Number.POSITIVE_INFINITY;
    for (let at = 16_000; at < 7.5 * 16_000; at += 160) {
      let energy = 0;
      for (let i = at; i < at + 160; i++) energy += (pcm[i] ?? 0) ** 2;
      weakest = Math.min(weakest, Math.sqrt(energy / 160));
    }
    expect(weakest).toBeGreaterThan(3500);
  });

  it("AUD-05: when the far end falls silent in mid-word, the sound fades out within 120 ms instead of droning on", () => {
    const tone = Int16Array.from({ length: 16_000 }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * 200 * i) / 8000)),
    );
    const { pcm } = receive(send(tone, "pcmu", 20, {}, 3), "pcmu", 3000);
    let last = 0;
    for (let i = 0; i < pcm.length; i++) if (Math.abs(pcm[i] ?? 0) > 300) last = i;
    expect(last / 16).toBeLessThan(2000 + 60 + 130);
    expect(last / 16).toBeGreaterThan(2000);
  });
});
