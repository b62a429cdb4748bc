/** Speech quality by the E-model (ITU-T G.107, with the planning values of G.113). An estimate from loss and delay, no listening. */
import type { CodecName } from "./protocol.ts";

interface Impairment {
  readonly ie: number;
  readonly bpl: number;
}

const g726At16: Impairment = { ie: 50, bpl: 20 };
const g726At24: Impairment = { ie: 25, bpl: 20 };
const g726At32: Impairment = { ie: 7, bpl: 20 };
const g726At40: Impairment = { ie: 2, bpl: 20 };
const wide: Impairment = { ie: 0, bpl: 20 };

/** Equipment impairment without loss, and robustness against random loss (G.113 Appendix I; G.711 with concealment). */
const impairment: Readonly<Record<CodecName, Impairment>> = {
  pcmu: { ie: 0, bpl: 25.1 },
  pcma: { ie: 0, bpl: 25.1 },
  // Narrow-band scale: a wide-band codec cannot score above G.711 on it.
  g722: wide,
  "l16-8000": { ie: 0, bpl: 25.1 },
  "l16-16000": wide,
  // Not in G.113; in-band FEC brings back most single losses.
  opus: { ie: 0, bpl: 35 },
  "g726-16": g726At16,
  "g726-24": g726At24,
  "g726-32": g726At32,
  "g726-40": g726At40,
  "aal2-g726-16": g726At16,
  "aal2-g726-24": g726At24,
  "aal2-g726-32": g726At32,
  "aal2-g726-40": g726At40,
  ilbc: { ie: 11, bpl: 32 },
  g729: { ie: 11, bpl: 19 },
};

/** R of a connection without any impairment: G.107's default values. */
const rDefault = 93.2;

/**
 * @param lossPercent lost and late packets, 0 to 100
 * @param burstRatio mean length of bursts over that of random loss, 1 or more
 * @param delayMs one way, mouth to ear
 * @returns rating R, 0 to 93.2
 */
export function ratingOf(codec: CodecName, lossPercent: number, burstRatio: number, delayMs: number): number {
  const { ie, bpl } = impairment[codec];
  const loss = Math.max(0, Math.min(100, lossPercent));
  const ieEffective = ie + (95 - ie) * (loss === 0 ? 0 : loss / (loss / Math.max(1, burstRatio) + bpl));
  return Math.max(0, Math.min(rDefault, rDefault - delayImpairment(delayMs) - ieEffective));
}

/** Idd: delay hurts conversation above 100 ms (G.107 §3.5). */
function delayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Annex B of G.107: 1 to 4.5. */
export function mosOf(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

/** Listening quality leaves delay out, conversational quality counts it. */
export interface QualityEstimate {
  /** 0 to 93.2. */
  readonly ratingLq: number;
  readonly ratingCq: number;
  /** 1 to 4.41. */
  readonly mosLq: number;
  readonly mosCq: number;
}

/** Parameters as those of `ratingOf`. */
export function estimateOf(
  codec: CodecName,
  lossPercent: number,
  burstRatio: number,
  delayMs: number,
): QualityEstimate {
  const ratingLq = ratingOf(codec, lossPercent, burstRatio, 0);
  const ratingCq = ratingOf(codec, lossPercent, burstRatio, delayMs);
  return { ratingLq, ratingCq, mosLq: mosOf(ratingLq), mosCq: mosOf(ratingCq) };
}
