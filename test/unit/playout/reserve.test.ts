/** What Playout holds beyond what the network asks for: for gaps, and against spikes; and when it lets that go. */
import { describe, expect, it } from "vitest";
import { newPlayout, type Packet, receive, send } from "./network.ts";
import { speechLike } from "./speech-like.ts";

const steady = send(speechLike(30, 8000, 5), "pcmu", 20, {}, 5);

/** The buffer's delay over time, every 10 ms. */
function delays(packets: readonly Packet[]): { readonly delayMs: number[]; readonly concealedFrames: number } {
  const delayMs: number[] = [];
  const { figures } = receive(packets, "pcmu", 29_000, (now) => delayMs.push(now.bufferDelayMs));
  return { delayMs, concealedFrames: figures.concealedFrames };
}

function without(packets: readonly Packet[], lost: (n: number) => boolean): Packet[] {
  return packets.filter((_, n) => !lost(n));
}

/** All that is sent within 200 ms from `startMs` on arrives at their end. */
function spiked(packets: readonly Packet[], startMs: number): Packet[] {
  return packets.map((packet) =>
    packet.arrivalMs >= startMs && packet.arrivalMs < startMs + 200 ? { ...packet, arrivalMs: startMs + 200 } : packet,
  );
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), 0);

describe("reserve of the jitter buffer", () => {
  for (const phaseMs of [0, 1, 3, 5, 7, 9])
    it(`AUD-05: from the first packet on nearly one packet is held, never more, whatever the card's phase (${phaseMs} ms)`, () => {
      const packets = steady.slice(0, 400).map((packet, n) => ({ ...packet, arrivalMs: 20 * (n + 1) + phaseMs }));
      const seen: number[] = [];
      const { figures } = receive(packets, "pcmu", 7900, ({ bufferDelayMs }, nowMs) => {
        if (nowMs > 100) seen.push(bufferDelayMs);
      });
      expect(Math.min(...seen)).toBeGreaterThan(15);
      expect(most(seen)).toBeLessThanOrEqual(20);
      expect(figures.concealedFrames).toBe(0);
    });

  it("AUD-05: losses one by one are filled with what is held anyway: no time is stretched for them", () => {
    const { figures, delayMs } = receive(
      without(steady, (n) => n % 37 === 30),
      "pcmu",
      29_000,
    );
    expect(figures.lost).toBeGreaterThan(30);
    expect(figures.expansions + figures.compressions).toBe(0);
    expect(delayMs).toBeLessThanOrEqual(20);
  });

  it("AUD-05: losses in runs of three raise it to three packets, and five seconds after the last it is back, to a frame", () => {
    const { delayMs } = delays(without(steady, (n) => n < 500 && n % 40 >= 30 && n % 40 < 33));
    expect(most(delayMs.slice(300, 1000))).toBeGreaterThan(60);
    expect(most(delayMs.slice(300, 1000))).toBeLessThan(90);
    // The last lost packet is number 472, due at 9.4 s.
    expect(most(delayMs.slice(1440))).toBeLessThanOrEqual(32);
  });

  it("AUD-05: one spike of 200 ms is forgotten, to a frame, within 5 s", () => {
    const { delayMs } = delays(spiked(steady, 10_000));
    expect(most(delayMs.slice(1000, 1050))).toBeGreaterThan(150);
    expect(most(delayMs.slice(1520))).toBeLessThanOrEqual(32);
  });

  it("AUD-05: a spike of 200 ms every 3 s is held against from the second on: no more sound is made up", () => {
    let packets: Packet[] = steady;
    for (let startMs = 3000; startMs < 27_000; startMs += 3000) packets = spiked(packets, startMs);
    const frames: number[] = [];
    const { figures } = receive(packets, "pcmu", 29_000, (now) => frames.push(now.concealedFrames));
    expect(figures.late + figures.skipped).toBe(0);
    expect((frames.at(-1) ?? 0) - (frames[650] ?? 0)).toBeLessThan(3);
  });

  it("AUD-05: voice.jib.min that is larger is what is held", () => {
    const held = newPlayout("pcmu", { adaptive: true, minMs: 50, maxMs: 240, normalMs: 60 });
    const { delayMs } = receive(steady.slice(0, 500), "pcmu", 9900, undefined, held);
    expect(delayMs).toBeGreaterThan(46);
    expect(delayMs).toBeLessThan(62);
  });
});
