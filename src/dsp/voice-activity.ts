/**
 * Tells speech from the noise behind it (feature row AUD-08): levels in four bands against the floor of each, with a hang-over.
 * Our own rule, not ITU-T G.729 Annex B's nor G.711 Appendix II's; it errs towards speech.
 */

/** Centre and width of the bands, Hz. */
const BANDS: readonly { readonly centreHz: number; readonly widthHz: number }[] = [
  { centreHz: 350, widthHz: 500 },
  { centreHz: 1200, widthHz: 1100 },
  { centreHz: 2700, widthHz: 1800 },
  { centreHz: 5200, widthHz: 3000 },
];
/** The floor is the lowest level of this many stretches of this many frames: 2 s. */
const STRETCHES = 8;
const STRETCH_FRAMES = 25;
/** A frame weighs this much in a band's level. */
const SMOOTH = 0.4;
/** Above the floor by this much is speech, in one band or in the mean of all, dB. The floor of noise lies 3 dB below its mean. */
const ONE_BAND_DB = 10;
const ALL_BANDS_DB = 6.5;
/** Never speech below the one, always above the other, dBov: a loud steady tone or a concert is no noise. */
const QUIETEST_DBOV = -72;
const LOUDEST_NOISE_DBOV = -36;
/** Frames of speech on end that make a word, and how long its ending, or that of something shorter, may be below notice. */
const WORD_FRAMES = 4;
const WORD_HANG_FRAMES = 20;
const CLICK_HANG_FRAMES = 6;
/** So long nothing is known of the noise, frames. */
const LEARNING_FRAMES = 20;
const FULL_SCALE = 32_768 ** 2;

class Band {
  readonly #b0: number;
  readonly #a1: number;
  readonly #a2: number;
  #x1 = 0;
  #x2 = 0;
  #y1 = 0;
  #y2 = 0;
  #level = 0;
  readonly #lows = new Float64Array(STRETCHES).fill(Number.POSITIVE_INFINITY);
  #low = Number.POSITIVE_INFINITY;
  floor = Number.POSITIVE_INFINITY;

  constructor(centreHz: number, widthHz: number, rateHz: number) {
    // A resonator of second order with two zeros, unity at its centre.
    const omega = (2 * Math.PI * centreHz) / rateHz;
    const alpha = (Math.sin(omega) * widthHz) / (2 * centreHz);
    this.#b0 = alpha / (1 + alpha);
    this.#a1 = (-2 * Math.cos(omega)) / (1 + alpha);
    this.#a2 = (1 - alpha) / (1 + alpha);
  }

  /** Takes a frame; returns how far above the floor the band's level is, dB. */
  take(frame: Int16Array, stretch: number): number {
    let energy = 0;
    for (let i = 0; i < frame.length; i++) {
      const x = frame[i] ?? 0;
      const y = this.#b0 * (x - this.#x2) - this.#a1 * this.#y1 - this.#a2 * this.#y2;
      this.#x2 = this.#x1;
      this.#x1 = x;
      this.#y2 = this.#y1;
      this.#y1 = y;
      energy += y * y;
    }
    // One unit of least significant noise keeps digital silence from having no floor at all.
    this.#level += SMOOTH * (energy / frame.length + 0.1 - this.#level);
    this.#low = Math.min(this.#low, this.#level);
    this.#lows[stretch] = this.#low;
    this.floor = Math.min(this.floor, this.#level);
    return 10 * Math.log10(this.#level / this.floor);
  }

  /** A stretch is over: the floor is the lowest of those that count. */
  turn(next: number): void {
    this.#lows[next] = Number.POSITIVE_INFINITY;
    this.#low = Number.POSITIVE_INFINITY;
    let floor = Number.POSITIVE_INFINITY;
    for (let i = 0; i < STRETCHES; i++) floor = Math.min(floor, this.#lows[i] ?? floor);
    this.floor = floor;
  }

  reset(): void {
    this.#x1 = this.#x2 = this.#y1 = this.#y2 = this.#level = 0;
    this.#lows.fill(Number.POSITIVE_INFINITY);
    this.#low = this.floor = Number.POSITIVE_INFINITY;
  }
}

export class VoiceActivity {
  readonly #bands: readonly Band[];
  #frames = 0;
  #stretch = 0;
  #run = 0;
  #hang = 0;
  /** The last frame itself is speech, no hang-over counted. */
  heard = true;

  /** @param rateHz 16000, or 8000 with the highest band idle */
  constructor(rateHz: 8000 | 16000) {
    this.#bands = BANDS.filter((band) => band.centreHz < rateHz / 2).map(
      (band) => new Band(band.centreHz, band.widthHz, rateHz),
    );
  }

  /** Takes 10 ms; returns whether they are to be heard. Nothing is allocated. */
  take(frame: Int16Array): boolean {
    let energy = 1;
    for (let i = 0; i < frame.length; i++) energy += (frame[i] ?? 0) ** 2;
    const dbov = 10 * Math.log10(energy / frame.length / FULL_SCALE);
    let most = 0;
    let sum = 0;
    for (const band of this.#bands) {
      const above = band.take(frame, this.#stretch);
      most = Math.max(most, above);
      sum += above;
    }
    if (++this.#frames % STRETCH_FRAMES === 0) {
      this.#stretch = (this.#stretch + 1) % STRETCHES;
      for (const band of this.#bands) band.turn(this.#stretch);
    }
    const above = most > ONE_BAND_DB || sum > ALL_BANDS_DB * this.#bands.length;
    this.heard = dbov > QUIETEST_DBOV && (above || dbov > LOUDEST_NOISE_DBOV || this.#frames <= LEARNING_FRAMES);
    if (this.heard) {
      this.#run++;
      this.#hang = Math.max(this.#hang, this.#run >= WORD_FRAMES ? WORD_HANG_FRAMES : CLICK_HANG_FRAMES);
      return true;
    }
    this.#run = 0;
    if (this.#hang === 0) return false;
    this.#hang--;
    return true;
  }

  reset(): void {
    for (const band of this.#bands) band.reset();
    this.#frames = this.#stretch = this.#run = this.#hang = 0;
    this.heard = true;
  }
}
