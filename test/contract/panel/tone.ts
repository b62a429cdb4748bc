/** A tone to send through something, and how much of it came out at the other end. */

/** 16-bit samples, about 11 dB below full scale. */
export function tone(hz: number, rateHz: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rateHz * seconds }, (_, at) => 9000 * Math.sin((2 * Math.PI * hz * at) / rateHz));
}

/** Share of the power that lies at `hz`, 0 to 1; 0 for silence. */
export function shareAt(hz: number, samples: Int16Array, rateHz: number): number {
  let [re, im, power] = [0, 0, 0];
  samples.forEach((sample, at) => {
    re += sample * Math.cos((2 * Math.PI * hz * at) / rateHz);
    im += sample * Math.sin((2 * Math.PI * hz * at) / rateHz);
    power += sample * sample;
  });
  return power === 0 ? 0 : (2 * (re * re + im * im)) / (samples.length * power);
}
