/** Shortens and lengthens sound by a whole number of its periods, unheard (waveform similarity); when to is decided by the pace. */
import type { PlayoutFigures } from "./playout-figures.ts";
import type { PlayoutLine } from "./playout-line.ts";
import type { PlayoutPace } from "./playout-pace.ts";

const SHORTEST_MS = 2.5;
const LONGEST_MS = 15;
/** Mean square under which any place will do, as 16-bit samples squared: about -55 dBov. */
const SILENT = 60 ** 2;
/** The same in relation to the loudest heard of late, 26 dB below it, and what of that is kept from one search to the next. */
const QUIET = 1 / 400;
const KEPT = 0.9995;

export class Stretch {
  /** Result of the last search: samples to skip or to repeat, 0 when none would do. */
  lag = 0;
  /** Likeness there, -1 to 1; 1 where it is silent. */
  likeness = 0;
  /** Blocks in a row, up to the one to be played now, that are quiet. */
  quietBlocks = 0;
  /** Mean square of the loudest block of late. */
  #loudest = 0;

  /** Once a block, before anything else: how loud `pcm[at .. at + count)` is, which is played next. */
  hear(pcm: Int16Array, at: number, count: number): void {
    let energy = 0;
    for (let i = 0; i < count; i++) energy += (pcm[at + i] ?? 0) ** 2;
    this.#loudest = Math.max(this.#loudest * KEPT, energy / count);
    if (energy < this.#silent * count) this.quietBlocks++;
    else this.quietBlocks = 0;
  }

  get #silent(): number {
    return Math.max(SILENT, QUIET * this.#loudest);
  }

  /**
   * Looks for a lag with which `pcm[at ..]` and `pcm[at + direction * lag ..]` are alike over `count` samples. `longest` bounds
   * the lag from above, and the caller vouches for the samples.
   */
  search(pcm: Int16Array, at: number, count: number, direction: 1 | -1, longest: number, rateHz: number): void {
    const from = Math.round((SHORTEST_MS * rateHz) / 1000);
    const to = Math.min(longest, Math.round((LONGEST_MS * rateHz) / 1000));
    this.lag = 0;
    this.likeness = -1;
    if (to < from) return;
    let energy = 0;
    for (let i = 0; i < count; i++) energy += (pcm[at + i] ?? 0) ** 2;
    let other = 0;
    for (let i = 0; i < count; i++) other += (pcm[at + direction * to + i] ?? 0) ** 2;
    const silent = this.#silent * count;
    if (energy < silent && other < silent) {
      this.lag = to;
      this.likeness = 1;
      return;
    }
    // Every second lag and sample first, then the neighbours of the best.
    const coarse = rateHz > 8000 ? 2 : 1;
    let best = from;
    for (let lag = from; lag <= to; lag += coarse) {
      const likeness = this.#likeness(pcm, at, at + direction * lag, count, coarse);
      if (likeness > this.likeness) {
        this.likeness = likeness;
        best = lag;
      }
    }
    if (coarse > 1) {
      this.likeness = -1;
      for (let lag = Math.max(from, best - 1); lag <= Math.min(to, best + 1); lag++) {
        const likeness = this.#likeness(pcm, at, at + direction * lag, count, 1);
        if (likeness > this.likeness) {
          this.likeness = likeness;
          this.lag = lag;
        }
      }
    } else this.lag = best;
  }

  /** Plays the next `need` samples into `out` so that they end earlier in the line than they would; false where none is alike. */
  expand(line: PlayoutLine, pace: PlayoutPace, figures: PlayoutFigures, need: number, out: Int16Array): boolean {
    const longest = Math.min(line.head - need, Math.ceil((pace.mostMs * line.rateHz) / 1000));
    this.search(line.pcm, line.head, need, -1, longest, line.rateHz);
    if (this.lag === 0 || this.likeness < pace.likenessToExpand(this.quietBlocks)) return false;
    figures.expansions++;
    figures.expandedMs += (1000 * this.lag) / line.rateHz;
    this.#take(line, pace, need, -this.lag, out);
    return true;
  }

  /** The same, to end later in the line. */
  compress(line: PlayoutLine, pace: PlayoutPace, figures: PlayoutFigures, need: number, out: Int16Array): boolean {
    const longest = Math.min(line.ahead - need, Math.floor((pace.roomMs * line.rateHz) / 1000));
    this.search(line.pcm, line.head, need, 1, longest, line.rateHz);
    if (this.lag === 0 || this.likeness < pace.likenessToCompress) return false;
    figures.compressions++;
    figures.compressedMs += (1000 * this.lag) / line.rateHz;
    this.#take(line, pace, need, this.lag, out);
    return true;
  }

  #take(line: PlayoutLine, pace: PlayoutPace, need: number, lag: number, out: Int16Array): void {
    this.splice(line.pcm, line.head, need, lag, out);
    line.head += need + lag;
    pace.moved((-1000 * lag) / line.rateHz);
    pace.stretched();
  }

  /** Writes to `out` the `count` samples from `at` on, cross-faded into those that lie `lag` further on (or back). */
  splice(pcm: Int16Array, at: number, count: number, lag: number, out: Int16Array): void {
    for (let i = 0; i < count; i++) {
      const right = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / count);
      out[i] = Math.round((pcm[at + i] ?? 0) * (1 - right) + (pcm[at + lag + i] ?? 0) * right);
    }
  }

  #likeness(pcm: Int16Array, a: number, b: number, count: number, step: number): number {
    let cross = 0;
    let energyA = 1;
    let energyB = 1;
    for (let i = 0; i < count; i += step) {
      const x = pcm[a + i] ?? 0;
      const y = pcm[b + i] ?? 0;
      cross += x * y;
      energyA += x * x;
      energyB += y * y;
    }
    return cross / Math.sqrt(energyA * energyB);
  }
}
