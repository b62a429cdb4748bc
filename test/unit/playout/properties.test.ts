/** What holds of Playout on every network: checked on generated ones, whose seed is printed where one fails. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { codecs } from "../../../src/codec/index.ts";
import type { PlayoutFigures } from "../../../src/media/playout-figures.ts";
import { newPlayout, type Packet, receive, send } from "./network.ts";
import { speechLike } from "./speech-like.ts";

const network = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
  burst: fc.integer({ min: 1, max: 5 }),
  jitterMs: fc.integer({ min: 0, max: 150 }),
  driftPpm: fc.integer({ min: -500, max: 500 }),
  spike: fc.option(
    fc.record({ periodMs: fc.integer({ min: 400, max: 4000 }), heightMs: fc.integer({ min: 30, max: 350 }) }),
    {
      nil: undefined,
    },
  ),
});
const speeches = { pcmu: speechLike(6, 8000, 31), pcma: speechLike(6, 8000, 32), g722: speechLike(6, 16_000, 33) };
/** Packets, then silence until all that waits had its turn. */
const lengthMs = 7500;

function accounted(f: PlayoutFigures): number {
  return f.played + f.late + f.duplicates + f.discarded + f.skipped + f.waiting;
}

it("AUD-05: on any network each packet is counted once, each number is played, late, skipped or lost, and the delay has its bound", () => {
  fc.assert(
    fc.property(
      network,
      fc.constantFrom("pcmu" as const, "pcma" as const, "g722" as const),
      fc.constantFrom(10, 20, 30, 40, 50, 60),
      fc.constantFrom(60, 120, 240),
      fc.array(fc.nat(), { maxLength: 20 }),
      ({ spike, ...trace }, codec, ptimeMs, maxMs, again) => {
        const packets = send(
          speeches[codec],
          codec,
          ptimeMs,
          spike === undefined ? trace : { ...trace, spike },
          trace.seed,
        );
        const twice = again.flatMap((n): Packet[] => {
          const packet = packets[n % Math.max(1, packets.length)];
          return packet === undefined ? [] : [{ ...packet, arrivalMs: packet.arrivalMs + (n % 90) }];
        });
        const all = [...packets, ...twice].sort((a, b) => a.arrivalMs - b.arrivalMs);
        let worst = 0;
        const playout = newPlayout(codec, { adaptive: true, minMs: 0, maxMs, normalMs: 60 });
        const { figures } = receive(all, codec, lengthMs, (now) => (worst = Math.max(worst, now.targetMs)), playout);
        expect(figures.received).toBe(all.length);
        expect(accounted(figures)).toBe(all.length);
        expect(figures.waiting).toBe(0);
        expect(figures.duplicates).toBe(twice.length);
        expect(worst).toBeLessThanOrEqual(maxMs);
        const numbers = packets.map(({ sequence }) => (sequence - 65_400) & 0xffff);
        const span = packets.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1;
        expect(figures.played + figures.late + figures.skipped + figures.lost).toBe(span);
        expect(figures.lost).toBe(span - packets.length);
      },
    ),
    { numRuns: Number(process.env["PLAYOUT_RUNS"] ?? 40) },
  );
});

it("AUD-05: on any network without loss, sound is heard once and in its order", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 0, max: 80 }), (seed, jitterMs) => {
      // Each packet is a level of its own, ever louder: codes of A-law in the order of what they mean.
      const levels = Array.from({ length: 128 }, (_, code) => (0xff - code) ^ 0x55);
      const decoded = new Int16Array(1);
      const decoder = codecs.pcma.createDecoder();
      const worth = levels.map((code) => {
        decoder.decode(Uint8Array.of(code), decoded);
        return { code, value: decoded[0] ?? 0 };
      });
      worth.sort((a, b) => a.value - b.value);
      const packets = send(new Int16Array(160 * worth.length), "pcma", 20, { jitterMs }, seed).map((packet) => {
        const n = (packet.sequence - 65_400) & 0xffff;
        return { ...packet, payload: new Uint8Array(160).fill(worth[n]?.code ?? 0) };
      });
      const { pcm, figures } = receive(packets, "pcma", 20 * worth.length + 600);
      fc.pre(figures.late === 0 && figures.concealedFrames < 40);
      let highest = -32_768;
      for (let at = 0; at < 320 * worth.length; at += 160) {
        const frame = pcm.subarray(at, at + 160);
        const middle = frame[80] ?? 0;
        if (frame.every((value) => Math.abs(value - middle) < 30)) {
          expect(middle).toBeGreaterThanOrEqual(highest - 60);
          highest = Math.max(highest, middle);
        }
      }
    }),
    { numRuns: 20 },
  );
});
