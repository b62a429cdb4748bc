/** Makes the sound of a `Tone` (ITU-T E.180 cadences, Q.35 levels) sample by sample; not which tone a country uses. */
import type { Tone } from "../media/protocol.ts";
import { saturate16 } from "./saturate.ts";

/** A full-scale sine, dBm0 (G.711). */
const FULL_SCALE_DBM0 = 3.14;
const DEFAULT_LEVEL_DBM0 = -15;
const RAMP_MS = 5;
const MAX_FREQUENCIES = 4;

const TABLE_BITS = 11;
const TABLE = Float64Array.from({ length: (1 << TABLE_BITS) + 1 }, (_, i) =>
  Math.sin((2 * Math.PI * i) / (1 << TABLE_BITS)),
);

/** A sine from a 32-bit phase, by linear interpolation (error below -115 dB). */
function sine(phase: number): number {
  const index = phase >>> (32 - TABLE_BITS);
  const fraction = (phase & ((1 << (32 - TABLE_BITS)) - 1)) / (1 << (32 - TABLE_BITS));
  const left = TABLE[index] ?? 0;
  return left + ((TABLE[index + 1] ?? 0) - left) * fraction;
}

export class ToneGenerator {
  readonly #rateHz: number;
  readonly #ramp: number;
  readonly #phases = new Int32Array(MAX_FREQUENCIES);
  readonly #steps = new Int32Array(MAX_FREQUENCIES);
  #frequencies = 0;
  #amplitude = 0;
  #tone: Tone | undefined;
  #part = 0;
  #pass = 0;
  /** Position in the part, its length (Infinity = for ever) and its ramps, in samples. */
  #at = 0;
  #length = 0;
  #partRamp = 0;
  /** What a tone that was cut off still sounds: its oscillators fade out over one ramp. */
  readonly #oldPhases = new Int32Array(MAX_FREQUENCIES);
  readonly #oldSteps = new Int32Array(MAX_FREQUENCIES);
  #oldFrequencies = 0;
  #oldAmplitude = 0;
  #oldLeft = 0;

  constructor(rateHz: number) {
    this.#rateHz = rateHz;
    this.#ramp = Math.round((rateHz * RAMP_MS) / 1000);
  }

  /** True until the last part has sounded to its end. */
  get active(): boolean {
    return this.#tone !== undefined || this.#oldLeft > 0;
  }

  /** Begins `tone` at its beginning in place of what runs, which fades out over 5 ms beneath it; undefined only ends. */
  start(tone: Tone | undefined): void {
    if (this.#tone !== undefined && this.#frequencies > 0) {
      this.#oldPhases.set(this.#phases);
      this.#oldSteps.set(this.#steps);
      this.#oldFrequencies = this.#frequencies;
      this.#oldAmplitude = this.#amplitude * this.#envelope();
      this.#oldLeft = this.#ramp;
    }
    this.#tone = tone?.parts.some((part) => part.ms >= 0) ? tone : undefined;
    this.#part = 0;
    this.#pass = 0;
    if (this.#tone !== undefined) this.#enter();
  }

  /** Sets up the part that `#part` points at. */
  #enter(): void {
    const part = this.#tone?.parts[this.#part];
    if (part === undefined) return;
    this.#at = 0;
    this.#length = part.ms === 0 ? Number.POSITIVE_INFINITY : Math.max(0, Math.round((part.ms * this.#rateHz) / 1000));
    this.#partRamp = Math.min(this.#ramp, Math.floor(this.#length / 2));
    this.#frequencies = Math.min(part.hz.length, MAX_FREQUENCIES);
    this.#amplitude = 32_767 * 10 ** (((part.levelDbm0 ?? DEFAULT_LEVEL_DBM0) - FULL_SCALE_DBM0) / 20);
    for (let k = 0; k < this.#frequencies; k++) {
      // The phase itself runs on, so that equal frequencies in following parts join without a jump.
      this.#steps[k] = Math.round(((part.hz[k] ?? 0) / this.#rateHz) * 2 ** 32) | 0;
    }
  }

  /** Moves to the next part that has a length; ends the tone after its last pass. */
  #advance(): void {
    const tone = this.#tone;
    // Two passes are enough to find a part with a length, or to know that none follows.
    for (let tries = 0; tone !== undefined && tries < 2 * tone.parts.length + 1; tries++) {
      this.#part++;
      if (this.#part >= tone.parts.length) {
        this.#part = 0;
        this.#pass++;
        if (tone.repeat > 0 && this.#pass >= tone.repeat) break;
      }
      this.#enter();
      if (this.#length > 0) return;
    }
    this.#tone = undefined;
    this.#frequencies = 0;
  }

  /** Gain at the present place in the part: half a cosine at its edges. */
  #envelope(): number {
    const edge = Math.min(this.#at + 0.5, this.#length - this.#at - 0.5);
    return edge >= this.#partRamp ? 1 : 0.5 - 0.5 * Math.cos((Math.PI * edge) / this.#partRamp);
  }

  /** Adds the next `out.length` samples to what `out` holds. Returns whether anything was active. */
  addTo(out: Int16Array): boolean {
    if (!this.active) return false;
    for (let i = 0; i < out.length; i++) {
      let value = 0;
      if (this.#tone !== undefined) {
        if (this.#at >= this.#length) this.#advance();
        if (this.#frequencies > 0) {
          for (let k = 0; k < this.#frequencies; k++) {
            value += sine(this.#phases[k] ?? 0);
            this.#phases[k] = (this.#phases[k] ?? 0) + (this.#steps[k] ?? 0);
          }
          value *= this.#amplitude * this.#envelope();
        }
        this.#at++;
      }
      if (this.#oldLeft > 0) {
        const fade = 0.5 - 0.5 * Math.cos((Math.PI * (this.#oldLeft - 0.5)) / this.#ramp);
        this.#oldLeft--;
        for (let k = 0; k < this.#oldFrequencies; k++) {
          value += sine(this.#oldPhases[k] ?? 0) * this.#oldAmplitude * fade;
          this.#oldPhases[k] = (this.#oldPhases[k] ?? 0) + (this.#oldSteps[k] ?? 0);
        }
      }
      if (value !== 0) out[i] = saturate16((out[i] ?? 0) + Math.round(value));
    }
    // A last part that ended with this frame is over now, not one frame later.
    if (this.#tone !== undefined && this.#at >= this.#length) this.#advance();
    return true;
  }
}
