/** Sound with the traits of speech that matter to a receiver: gliding pitch, formants, hiss, plosives, pauses; from a seed. */

/** Uniform numbers in 0 to 1 (mulberry32). */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const VOWELS = [
  [730, 1090, 2440],
  [270, 2290, 3010],
  [300, 870, 2240],
  [530, 1840, 2480],
  [570, 840, 2410],
] as const;

/** `seconds` of it at `rateHz`, peaks at about a quarter of full scale. */
export function speechLike(seconds: number, rateHz: number, seed: number): Int16Array {
  const next = random(seed);
  const total = Math.round(seconds * rateHz);
  const out = new Float64Array(total);
  const y1 = new Float64Array(3);
  const y2 = new Float64Array(3);
  let at = 0;
  let phase = 0;
  while (at < total) {
    const kind = next();
    const length = Math.round(
      rateHz * (kind < 0.15 ? 0.15 + 0.3 * next() : kind < 0.35 ? 0.05 + 0.07 * next() : 0.12 + 0.2 * next()),
    );
    const from = VOWELS[Math.floor(next() * VOWELS.length)] ?? VOWELS[0];
    const to = VOWELS[Math.floor(next() * VOWELS.length)] ?? VOWELS[0];
    const pitchFrom = 95 + 110 * next();
    const pitchTo = pitchFrom * (0.8 + 0.4 * next());
    const loud = 0.4 + 0.6 * next();
    for (let i = 0; i < length && at < total; i++, at++) {
      const u = i / length;
      const edge = Math.min(1, i / (0.012 * rateHz), (length - i) / (0.02 * rateHz));
      let source = 0;
      if (kind >= 0.35) {
        phase += (pitchFrom + (pitchTo - pitchFrom) * u) / rateHz;
        if (phase >= 1) phase -= 1;
        // A glottal pulse: rises over 60 % of the period and closes at once.
        source = phase < 0.6 ? Math.sin((Math.PI * phase) / 1.2) - 0.5 : -0.5;
        source += 0.02 * (next() - 0.5);
      } else if (kind >= 0.15) source = 1.5 * (next() - 0.5);
      let value = 0;
      for (let k = 0; k < 3; k++) {
        const hz = (from[k] ?? 500) + ((to[k] ?? 500) - (from[k] ?? 500)) * u;
        const width = 60 + 40 * k;
        const radius = Math.exp((-Math.PI * width) / rateHz);
        const y =
          source * (1 - radius) +
          2 * radius * Math.cos((2 * Math.PI * hz) / rateHz) * (y1[k] ?? 0) -
          radius * radius * (y2[k] ?? 0);
        y2[k] = y1[k] ?? 0;
        y1[k] = y;
        value += y / (1 + k);
      }
      out[at] = kind < 0.15 ? 0 : (kind < 0.35 ? 0.3 * source : value) * edge * loud;
    }
  }
  let peak = 1e-9;
  for (const value of out) peak = Math.max(peak, Math.abs(value));
  const background = random(seed + 1);
  return Int16Array.from(out, (value) => Math.round((8000 * value) / peak + 8 * (background() - 0.5)));
}
