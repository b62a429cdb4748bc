/** Speech between a phone and a peer who speaks all the time: said here and looked for there, in real time. How like it must be is the caller's to say. */
import { expect } from "vitest";
import { toMono } from "../../../hal/driver/wav.ts";
import type { PhoneProcess } from "./phone.ts";
import { type Found, findWords, wavFile } from "./sound.ts";

const rateHz = 16_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Several times over, because baresip hangs up at the end of its file. */
export function repeated(samples: Int16Array, times = 6): Int16Array {
  const all = new Int16Array(times * samples.length);
  for (let n = 0; n < times; n++) all.set(samples, n * samples.length);
  return all;
}

/** Says `words` (16 kHz) into the phone, and waits until they are through. */
export async function says(phone: PhoneProcess, words: Int16Array): Promise<void> {
  await pause(500);
  await phone.say(wavFile(words));
  await pause((1000 * words.length) / rateHz + 700);
}

/**
 * What the phone hears of a peer that says `said` (16 kHz) over and over. Where in it the peer stands is not known: it is
 * looked for in pieces of 0.75 s, and the one found best counts.
 */
export async function hears(phone: PhoneProcess, said: Int16Array, least = 0.9): Promise<Found> {
  const piece = 12_000;
  await pause(4000);
  const heard = toMono(await phone.heard(4));
  let best: Found = { at: 0, likeness: 0, gainDb: Number.NEGATIVE_INFINITY };
  for (let from = 0; from + piece <= said.length; from += piece) {
    const found = findWords(said.subarray(from, from + piece), heard);
    if (found.likeness > best.likeness) best = found;
  }
  expect(best.likeness, "what the phone heard").toBeGreaterThan(least);
  return best;
}
