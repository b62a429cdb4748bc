/** Sound for the benchmarks that sounds to a codec like somebody talking; made, not recorded. */

/** Voiced syllables of 180 ms with pauses, a pitch that moves, from a fixed seed. */
export function syllables(rateHz: number, seconds: number): Int16Array {
  const out = new Int16Array(rateHz * seconds);
  let seed = 12_345;
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed / 2 ** 32;
  };
  let phase = 0;
  let pitchHz = 120;
  let loud = 0;
  let colour = 1;
  for (let i = 0; i < out.length; i++) {
    const within = i % Math.round(rateHz * 0.25);
    if (within === 0) {
      pitchHz = 95 + 70 * random();
      loud = random() < 0.15 ? 0 : 3000 + 6000 * random();
      colour = 0.5 + random();
    }
    const at = within / (rateHz * 0.18);
    const shape = at < 1 ? Math.sin(Math.PI * at) : 0;
    phase += (2 * Math.PI * pitchHz * (1 - 0.1 * Math.min(at, 1))) / rateHz;
    let sum = 0;
    for (let partial = 1; partial <= 12; partial++)
      sum += Math.sin(partial * phase) / (1 + (partial - 3 * colour) ** 2);
    out[i] = Math.round(loud * shape * (0.5 * sum + 0.05 * (random() - 0.5)));
  }
  return out;
}
