/** Judges a recording against its reference by log-spectral distance and segmental SNR after local re-alignment; no P.862. */

export interface SoundQuality {
  /** Mean over frames with speech, dB; lower is better. */
  readonly lsdDb: number;
  /** Mean over frames with speech, each limited to -10 to 35, dB. */
  readonly snrDb: number;
}

const twiddles = new Map<number, Float64Array>();
/** Cosines of a whole turn in `n` steps; sines are a quarter turn behind. */
function turn(n: number): Float64Array {
  const known = twiddles.get(n);
  if (known !== undefined) return known;
  const made = Float64Array.from({ length: n }, (_, k) => Math.cos((2 * Math.PI * k) / n));
  twiddles.set(n, made);
  return made;
}

/** In-place radix-2 transform of `re`, `im`; the length is a power of two. */
function fft(re: Float64Array, im: Float64Array, inverse: boolean): void {
  const n = re.length;
  const cosines = turn(n);
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j] ?? 0, re[i] ?? 0];
      [im[i], im[j]] = [im[j] ?? 0, im[i] ?? 0];
    }
  }
  for (let length = 2; length <= n; length <<= 1) {
    const half = length / 2;
    const stride = n / length;
    for (let from = 0; from < n; from += length) {
      for (let k = 0; k < half; k++) {
        const wr = cosines[k * stride] ?? 0;
        const sine = cosines[(k * stride + (3 * n) / 4) % n] ?? 0;
        const wi = inverse ? sine : -sine;
        const i = from + k;
        const j = i + half;
        const xr = (re[j] ?? 0) * wr - (im[j] ?? 0) * wi;
        const xi = (re[j] ?? 0) * wi + (im[j] ?? 0) * wr;
        re[j] = (re[i] ?? 0) - xr;
        im[j] = (im[i] ?? 0) - xi;
        re[i] = (re[i] ?? 0) + xr;
        im[i] = (im[i] ?? 0) + xi;
      }
    }
  }
}

/** Where `piece` fits best into `area`, as an offset of samples. */
function bestOffset(area: Float64Array, piece: Float64Array): number {
  let n = 1;
  while (n < area.length + piece.length) n *= 2;
  const ar = new Float64Array(n);
  const ai = new Float64Array(n);
  const br = new Float64Array(n);
  const bi = new Float64Array(n);
  ar.set(area);
  br.set(piece);
  fft(ar, ai, false);
  fft(br, bi, false);
  for (let k = 0; k < n; k++) {
    const re = (ar[k] ?? 0) * (br[k] ?? 0) + (ai[k] ?? 0) * (bi[k] ?? 0);
    ai[k] = (ai[k] ?? 0) * (br[k] ?? 0) - (ar[k] ?? 0) * (bi[k] ?? 0);
    ar[k] = re;
  }
  fft(ar, ai, true);
  let best = 0;
  for (let k = 1; k <= area.length - piece.length; k++) if ((ar[k] ?? 0) > (ar[best] ?? 0)) best = k;
  return best;
}

function rms(x: Float64Array): number {
  let sum = 0;
  for (const v of x) sum += v * v;
  return Math.sqrt(sum / Math.max(1, x.length));
}

/** Power spectrum of a frame, windowed, padded to `size`. */
function spectrum(frame: Float64Array, window: Float64Array, size: number): Float64Array {
  const re = new Float64Array(size);
  const im = new Float64Array(size);
  for (let i = 0; i < frame.length; i++) re[i] = (frame[i] ?? 0) * (window[i] ?? 0);
  fft(re, im, false);
  return Float64Array.from({ length: size / 2 + 1 }, (_, k) => (re[k] ?? 0) ** 2 + (im[k] ?? 0) ** 2);
}

/** Both at `rateHz`; `heard` may lag behind `said` by up to a second, and drift by 150 ms within any half second. */
export function soundQuality(said: Int16Array, heard: Int16Array, rateHz: number): SoundQuality {
  const ref = Float64Array.from(said, (v) => v / 32_768);
  const whole = Float64Array.from(heard, (v) => v / 32_768);
  const lag = bestOffset(
    whole.subarray(0, Math.min(whole.length, ref.length)),
    ref.subarray(0, Math.min(ref.length, whole.length) - rateHz),
  );
  const deg = new Float64Array(ref.length + rateHz / 2);
  deg.set(whole.subarray(lag, lag + deg.length));
  const frame = Math.round(rateHz * 0.02);
  const segment = rateHz / 2;
  const pad = Math.round(rateHz * 0.15);
  let size = 1;
  while (size < 2 * frame) size *= 2;
  const window = Float64Array.from(
    { length: 2 * frame },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (2 * frame - 1)),
  );
  const speech = rms(ref) * 0.3;
  let peak = 0;
  for (let at = 0; at + 2 * frame <= ref.length; at += 2 * frame) {
    for (const power of spectrum(ref.subarray(at, at + 2 * frame), window, size)) if (power > peak) peak = power;
  }
  const floor = 1e-4 * peak;
  let lsd = 0;
  let snr = 0;
  let count = 0;
  for (let at = 0; at + segment <= ref.length; at += segment) {
    const piece = ref.subarray(at, at + segment);
    if (rms(piece) < speech) continue;
    const low = Math.max(0, at - pad);
    const area = deg.subarray(low, at + segment + pad);
    if (area.length < segment) continue;
    const offset = bestOffset(area, piece);
    const found = area.subarray(offset, offset + segment);
    if (found.length < segment) continue;
    for (let f = 0; f + 2 * frame <= segment; f += frame) {
      const a = piece.subarray(f, f + 2 * frame);
      if (rms(a) < speech) continue;
      const b = found.subarray(f, f + 2 * frame);
      const left = spectrum(a, window, size);
      const right = spectrum(b, window, size);
      let sum = 0;
      for (let k = 0; k < left.length; k++)
        sum += (10 * Math.log10(((left[k] ?? 0) + floor) / ((right[k] ?? 0) + floor))) ** 2;
      lsd += Math.sqrt(sum / left.length);
      let signal = 0;
      let noise = 1e-12;
      for (let i = 0; i < a.length; i++) {
        signal += (a[i] ?? 0) ** 2;
        noise += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
      }
      snr += Math.max(-10, Math.min(35, 10 * Math.log10(signal / noise + 1e-12)));
      count++;
    }
  }
  return { lsdDb: count === 0 ? Number.NaN : lsd / count, snrDb: count === 0 ? Number.NaN : snr / count };
}
