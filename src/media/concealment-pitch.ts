/**
 * Leads a voice over a gap with voiced sound on both sides: one period of each, drawn out in phase from the pitch of the one to the
 * pitch of the other, so that no period is broken and none weakens another. Where the sides are not one voice it says so.
 */

/** Periods looked for: 400 to 62 Hz, ms. */
const SHORTEST_MS = 2.5;
const LONGEST_MS = 16;
/** Sound over which a period is compared with its neighbour, ms. */
const COMPARED_MS = 8;
/** Likeness of neighbouring periods from which a side is voiced. */
const VOICED = 0.6;
/** The first period that is nearly as alike as the best is the true one: twice a period is as alike. */
const NEARLY = 0.95;
/** Greatest ratio between the two periods. */
const SAME_VOICE = 1.4;
/** Least likeness of the two periods, one turned to the other. */
const ALIKE = 0.4;
/** Greatest share by which the pitch is bent over the gap so that the periods meet. */
const MOST_BEND = 0.15;

export class PitchBridge {
  /** Likeness of each lag of the search, by lag. */
  readonly #likeness = new Float64Array(512);

  /**
   * Writes `gap` samples that lead from `pcm[.. end)` to `next[0 .. count)` into `out`.
   * @returns false, and `out` is as it was, where the two sides are not one voice
   */
  fill(
    pcm: Int16Array,
    end: number,
    next: Int16Array,
    count: number,
    gap: number,
    rateHz: number,
    out: Float64Array,
  ): boolean {
    const compared = Math.round((COMPARED_MS * rateHz) / 1000);
    const before = this.#period(pcm, end - compared, -1, compared, end - compared, rateHz);
    if (before === 0) return false;
    const ahead = Math.min(compared, count >> 1);
    const after = this.#period(next, 0, 1, ahead, count - ahead, rateHz);
    if (after === 0 || before > SAME_VOICE * after || after > SAME_VOICE * before) return false;
    const shift = this.#turn(pcm, end - before, before, next, after);
    if (shift < 0) return false;
    const turned = shift / before;
    // So many periods the two pitches make of the gap, and so many end where the next side begins.
    const turns = (gap * (1 / before + 1 / after)) / 2;
    const met = Math.round(turns - turned) + turned;
    if (Math.abs(met - turns) > MOST_BEND * turns) return false;
    for (let i = 0; i < gap; i++) {
      const u = (i + 0.5) / gap;
      const at = i / before + ((1 / after - 1 / before) * i * i) / (2 * gap) + (met - turns) * (3 - 2 * u) * u * u;
      const right = 0.5 - 0.5 * Math.cos(Math.PI * u);
      out[i] = (1 - right) * within(pcm, end - before, before, at) + right * within(next, 0, after, at - turned);
    }
    return true;
  }

  /** Period in samples of the `count` samples of `pcm` from `at` on and those beside them (`side` 1 later, -1 earlier), or 0. */
  #period(pcm: Int16Array, at: number, side: 1 | -1, count: number, room: number, rateHz: number): number {
    const from = Math.round((SHORTEST_MS * rateHz) / 1000);
    const to = Math.min(room, Math.round((LONGEST_MS * rateHz) / 1000));
    const all = this.#likeness;
    let best = VOICED;
    let period = 0;
    for (let lag = from; lag <= to; lag++) {
      let cross = 0;
      let a = 1;
      let b = 1;
      for (let i = 0; i < count; i++) {
        const x = pcm[at + i] ?? 0;
        const y = pcm[at + side * lag + i] ?? 0;
        cross += x * y;
        a += x * x;
        b += y * y;
      }
      const likeness = cross / Math.sqrt(a * b);
      all[lag] = likeness;
      if (likeness <= best) continue;
      best = likeness;
      period = lag;
    }
    for (let lag = from + 1; lag < period; lag++) {
      const likeness = all[lag] ?? 0;
      if (likeness > NEARLY * best && likeness > (all[lag - 1] ?? 0) && likeness >= (all[lag + 1] ?? 0)) return lag;
    }
    return period;
  }

  /** By how many samples the next side's period is turned against the past's, or -1 where they are not alike. */
  #turn(pcm: Int16Array, from: number, before: number, next: Int16Array, after: number): number {
    let best = ALIKE;
    let turned = -1;
    for (let shift = 0; shift < before; shift++) {
      let cross = 0;
      let a = 1;
      let b = 1;
      for (let i = 0, at = shift; i < before; i++, at++) {
        if (at === before) at = 0;
        const x = pcm[from + at] ?? 0;
        const y = next[Math.round((i * after) / before)] ?? 0;
        cross += x * y;
        a += x * x;
        b += y * y;
      }
      const likeness = cross / Math.sqrt(a * b);
      if (likeness <= best) continue;
      best = likeness;
      turned = shift;
    }
    return turned;
  }
}

/** The value `turns` periods on in the period of `length` samples that begins at `from`, between samples by a cubic. */
function within(pcm: Int16Array, from: number, length: number, turns: number): number {
  const place = (turns - Math.floor(turns)) * length;
  const i = Math.floor(place);
  const u = place - i;
  const a = pcm[from + ((i + length - 1) % length)] ?? 0;
  const b = pcm[from + (i % length)] ?? 0;
  const c = pcm[from + ((i + 1) % length)] ?? 0;
  const d = pcm[from + ((i + 2) % length)] ?? 0;
  return b + 0.5 * u * (c - a + u * (2 * a - 5 * b + 4 * c - d + u * (3 * (b - c) + d - a)));
}
