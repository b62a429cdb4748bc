/** Clock drift between the sender and our card, over a long simulated call. */
import { describe, expect, it } from "vitest";
import { receive, send } from "./network.ts";
import { speechLike } from "./speech-like.ts";

/** CI runs ten minutes; PLAYOUT_HOURS=2 runs hours. */
const minutes = Number(process.env["PLAYOUT_HOURS"] ?? 1 / 6) * 60;

describe("drift", () => {
  for (const driftPpm of [500, -500]) {
    it(`AUD-05: a sender ${Math.abs(driftPpm)} ppm too ${driftPpm > 0 ? "slow" : "fast"} for ${minutes} minutes costs no gap and no delay`, () => {
      const speech = speechLike(30, 8000, 21);
      const pcm = new Int16Array(8000 * 60 * minutes);
      for (let at = 0; at < pcm.length; at += speech.length) pcm.set(speech.subarray(0, pcm.length - at), at);
      const packets = send(pcm, "pcmu", 20, { driftPpm, jitterMs: 4 }, 7);
      let worst = 0;
      const { figures, delayMs } = receive(
        packets,
        "pcmu",
        60_000 * minutes * (1 + Math.min(0, driftPpm * 1e-6)),
        (now, nowMs) => {
          if (nowMs > 2000) worst = Math.max(worst, now.bufferDelayMs);
        },
      );
      expect(figures.lost + figures.late + figures.skipped).toBe(0);
      // A late packet now and then may cost a frame; a slip a period would cost one every 20 s.
      expect(figures.concealedFrames).toBeLessThan(3 + minutes);
      expect(delayMs).toBeLessThan(25);
      expect(worst).toBeLessThan(60);
      const stretchedMs = figures.expandedMs - figures.compressedMs;
      const driftedMs = 60_000 * minutes * driftPpm * 1e-6;
      expect(Math.abs(stretchedMs - driftedMs)).toBeLessThan(60 + 10 * figures.concealedFrames);
    });

    it(`AUD-05: the same with loss and jitter for ${minutes} minutes: what is lost is filled, nothing else, and the delay stays`, () => {
      const speech = speechLike(30, 8000, 22);
      const pcm = new Int16Array(8000 * 60 * minutes);
      for (let at = 0; at < pcm.length; at += speech.length) pcm.set(speech.subarray(0, pcm.length - at), at);
      const packets = send(pcm, "pcmu", 20, { driftPpm, jitterMs: 15, loss: 0.02, burst: 1.5 }, 8);
      const all = Math.floor(pcm.length / 160);
      // Packets that came out of order step back, which is above 0x8000.
      const steps = packets.map(({ sequence }, n) => (sequence - (packets[n - 1]?.sequence ?? sequence)) & 0xffff);
      const longest = steps.reduce((most, step) => (step < 0x8000 ? Math.max(most, step) : most), 1) - 1;
      let worst = 0;
      const { figures, delayMs } = receive(packets, "pcmu", 60_000 * minutes * (1 + driftPpm * 1e-6), (now, nowMs) => {
        if (nowMs > 2000) worst = Math.max(worst, now.bufferDelayMs);
      });
      expect(figures.skipped).toBe(0);
      // The network lost these, and at the very end of the call a few have not come yet.
      expect(Math.abs(figures.lost - (all - packets.length))).toBeLessThan(4);
      expect(figures.late).toBeLessThan(0.001 * all);
      // Two frames a lost packet, and a frame where one came late.
      expect(figures.concealedFrames).toBeLessThan(2.1 * figures.lost + 0.002 * all);
      expect(figures.concealedFrames).toBeGreaterThan(1.8 * figures.lost);
      expect(delayMs).toBeLessThan(80);
      // The longest gap may have been late as well as lost; in ten minutes it is of five packets.
      expect(worst).toBeLessThan(30 + 20 * longest);
    });
  }
});
