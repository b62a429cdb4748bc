/** The quality estimate: the E-model's curve, and the window of loss that feeds it. */
import { describe, expect, test } from "vitest";
import { mosOf, ratingOf } from "../../../src/media/e-model.ts";
import { LossWindow } from "../../../src/media/loss-window.ts";

describe("ITU-T G.107", () => {
  test("without any impairment R is 93.2 and MOS 4.41", () => {
    expect(ratingOf("pcmu", 0, 1, 50)).toBeCloseTo(93.2, 5);
    expect(mosOf(93.2)).toBeCloseTo(4.41, 2);
  });

  test("Annex B: R of 0, 50, 60, 70, 80, 90 and 100", () => {
    expect([0, 50, 60, 70, 80, 90, 100].map((r) => Number(mosOf(r).toFixed(2)))).toEqual([
      1, 2.58, 3.1, 3.6, 4.02, 4.34, 4.5,
    ]);
  });

  test("loss: 5 % at random costs G.711 with concealment 15.8, bursts of double length cost more", () => {
    expect(93.2 - ratingOf("pcma", 5, 1, 0)).toBeCloseTo((95 * 5) / (5 + 25.1), 5);
    expect(ratingOf("pcma", 5, 2, 0)).toBeLessThan(ratingOf("pcma", 5, 1, 0));
    expect(ratingOf("pcmu", 100, 1, 400)).toBeLessThan(30);
  });

  test("delay: nothing up to 100 ms, little at 150, 24 at 400", () => {
    expect(93.2 - ratingOf("g722", 0, 1, 100)).toBe(0);
    expect(93.2 - ratingOf("g722", 0, 1, 150)).toBeLessThan(0.5);
    expect(93.2 - ratingOf("g722", 0, 1, 400)).toBeCloseTo(24.1, 0);
  });
});

describe("loss of the last ten seconds", () => {
  test("undefined before anything was expected, then what is lost now; old loss is forgotten", () => {
    const window = new LossWindow();
    expect(window.percent(0, 0)).toBeUndefined();
    let expected = 0;
    let missing = 0;
    for (let second = 0; second < 40; second++) {
      window.tick(expected, missing, second * 1000);
      expected += 50;
      if (second < 20) missing += 5;
      const percent = window.percent(expected, missing) ?? Number.NaN;
      if (second < 20) expect(percent).toBeCloseTo(10, 5);
      if (second > 31) expect(percent).toBe(0);
    }
  });

  test("nothing that comes any more is loss of all", () => {
    const window = new LossWindow();
    for (let second = 0; second < 15; second++) window.tick(100, 0, second * 1000);
    expect(window.percent(100, 0)).toBe(100);
  });
});
