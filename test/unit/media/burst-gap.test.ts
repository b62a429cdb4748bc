/** Bursts and gaps of loss (RFC 3611 §4.7.2), beside the program of its appendix A.2. */
import { describe, expect, test } from "vitest";
import { BurstGap } from "../../../src/media/burst-gap.ts";
import { seeded } from "./sound.ts";

/** "." came, "x" did not. */
function figuresOf(pattern: string) {
  const counted = new BurstGap();
  for (const c of pattern)
    if (c === "x") counted.missing();
    else counted.played();
  return counted.figures;
}

const good = (count: number) => ".".repeat(count);

describe("RFC 3611 §4.7.2", () => {
  test("VQM-01: without loss all is one gap", () => {
    expect(figuresOf(good(100))).toMatchObject({ burstPackets: 0, burstDensityPercent: 0, gapPackets: 100 });
    expect(figuresOf("")).toMatchObject({ burstPackets: 0, gapPackets: 0, burstRatio: 1 });
  });

  test("single losses, 16 packets apart, belong to the gap", () => {
    const figures = figuresOf(`${good(20)}x${good(16)}x${good(20)}`);
    expect(figures).toMatchObject({ burstPackets: 0, gapPackets: 58 });
    expect(figures.gapDensityPercent).toBeCloseTo(200 / 58, 6);
  });

  test("losses less than 16 packets apart are a burst from the first to the last", () => {
    const figures = figuresOf(`${good(30)}x${good(15)}x.x${good(50)}`);
    expect(figures).toMatchObject({ burstPackets: 19, gapPackets: 40 });
    expect(figures.burstDensityPercent).toBeCloseTo(300 / 19, 6);
    expect(figures.gapDensityPercent).toBe(0);
  });

  test("means are taken over all bursts and gaps", () => {
    const figures = figuresOf(`xx${good(100)}xxxx${good(16)}x${good(16)}`);
    expect(figures).toMatchObject({ burstPackets: 3, gapPackets: (100 + 33) / 2, burstDensityPercent: 100 });
  });

  test("losses in rows count more for the E-model than the same number at random", () => {
    const random = seeded(5);
    let single = "";
    for (let i = 0; i < 20_000; i++) single += random() < 0.05 ? "x" : ".";
    expect(figuresOf(single).burstRatio).toBeLessThan(1.1);
    expect(figuresOf(`${good(57)}xxx`.repeat(300)).burstRatio).toBeCloseTo(3 * 0.95, 2);
  });

  test("density and lengths agree with the appendix's Markov model on random traces", () => {
    for (const seed of [1, 2, 3]) {
      const random = seeded(seed);
      let bad = false;
      let pattern = "";
      for (let i = 0; i < 50_000; i++) {
        bad = random() < (bad ? 0.98 : 0.003) ? bad || random() < 0.9 : false;
        pattern += random() < (bad ? 0.3 : 0.004) ? "x" : ".";
      }
      const ours = figuresOf(pattern);
      const theirs = appendix(pattern);
      expect(Math.abs(ours.burstPackets / theirs.burstPackets - 1)).toBeLessThan(0.2);
      expect(Math.abs(ours.gapPackets / theirs.gapPackets - 1)).toBeLessThan(0.2);
      expect(Math.abs(ours.burstDensityPercent - theirs.burstDensityPercent)).toBeLessThan(8);
      expect(Math.abs(ours.gapDensityPercent - theirs.gapDensityPercent)).toBeLessThan(0.5);
    }
  });
});

/** The transition counts of appendix A.2: states 1 (gap), 2 (received in a burst), 3 (lost in a burst), 4 (lost in a gap). */
function appendix(pattern: string) {
  const c = { 11: 0, 13: 0, 14: 0, 22: 0, 23: 0, 33: 0 };
  let since = 0;
  let lost = 1;
  for (const packet of pattern) {
    if (packet === ".") {
      since++;
      continue;
    }
    if (since >= 16) {
      if (lost === 1) c[14]++;
      else c[13]++;
      lost = 1;
      c[11] += since;
    } else {
      lost++;
      if (since === 0) c[33]++;
      else {
        c[23]++;
        c[22] += since - 1;
      }
    }
    since = 0;
  }
  const all = c[11] + c[14] + c[13] + c[22] + c[23] + c[13] + c[23] + c[33];
  const p32 = c[23] / (c[13] + c[23] + c[33]);
  const p23 = c[22] + c[23] < 1 ? 1 : 1 - c[22] / (c[22] + c[23]);
  const gapPackets = (c[11] + c[14] + c[13]) / c[13];
  return {
    gapPackets,
    burstPackets: all / c[13] - gapPackets,
    burstDensityPercent: (100 * p23) / (p23 + p32),
    gapDensityPercent: (100 * c[14]) / (c[11] + c[14]),
  };
}
