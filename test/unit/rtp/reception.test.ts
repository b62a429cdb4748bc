/** What a receiver knows of a source: loss, duplicates, jitter, restarts (RFC 3550 §A.1, §A.3, §A.8). */
import { describe, expect, test } from "vitest";
import { Reception } from "../../../src/rtp/reception.ts";

function feed(reception: Reception, sequences: readonly number[]): string[] {
  return sequences.map((s) => reception.take(s & 0xffff, s * 160, s * 20));
}

describe("RFC 3550 §A.1 and §A.3", () => {
  test("counts on through the wrap of the sequence number", () => {
    const r = new Reception(1, 8000);
    feed(r, [65_533, 65_534, 65_535, 65_536, 65_537]);
    expect(r.extendedHighest).toBe(65_537);
    expect([r.expected, r.lost]).toEqual([5, 0]);
  });

  test("losses, reordering and duplicates are told apart", () => {
    const r = new Reception(1, 8000);
    expect(feed(r, [10, 11, 14, 12, 12, 11])).toEqual([
      "in-order",
      "in-order",
      "in-order",
      "reordered",
      "duplicate",
      "duplicate",
    ]);
    expect([r.expected, r.received, r.lost, r.duplicates]).toEqual([5, 4, 1, 2]);
  });

  test("the fraction lost is that since it was asked last, in 1/256", () => {
    const r = new Reception(1, 8000);
    feed(r, [1, 2, 3, 4]);
    expect(r.takeFractionLost()).toBe(0);
    feed(r, [6, 8]);
    expect(r.takeFractionLost()).toBe(128);
    feed(r, [9, 10]);
    expect(r.takeFractionLost()).toBe(0);
  });

  test("one packet far away is suspect; two in a row there are a restart, and what was lost before stays counted", () => {
    const r = new Reception(1, 8000);
    feed(r, [100, 101, 103]);
    expect(r.take(40_000, 0, 60)).toBe("suspect");
    expect(r.take(40_001, 160, 80)).toBe("restarted");
    expect(r.lost).toBe(1);
    feed(r, [40_002, 40_004]);
    expect(r.lost).toBe(2);
  });

  test("one stray packet does not disturb the count", () => {
    const r = new Reception(1, 8000);
    feed(r, [100, 101]);
    expect(r.take(30_000, 0, 60)).toBe("suspect");
    feed(r, [102, 103]);
    expect([r.expected, r.lost]).toEqual([4, 0]);
  });
});

describe("RFC 3550 §A.8: jitter", () => {
  test("none on a steady stream, the mean deviation on an unsteady one, and wraps of the timestamp are no jump", () => {
    const r = new Reception(1, 8000);
    const start = 0xffffffff - 800;
    for (let i = 0; i < 50; i++) r.take(i, (start + i * 160) >>> 0, i * 20);
    expect(r.jitterTicks).toBeLessThan(0.001);
    for (let i = 50; i < 400; i++) r.take(i, (start + i * 160) >>> 0, i * 20 + (i % 2) * 10);
    expect(r.jitterMs).toBeGreaterThan(9);
    expect(r.jitterMs).toBeLessThan(10.1);
  });
});
