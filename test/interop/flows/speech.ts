/** Speech of the guide's flows: what each user says, and that the others hear it, or do not. Who stands where is stage.ts. */
import { expect } from "vitest";
import { convertRate } from "../../../hal/driver/rate-converter.ts";
import { toMono } from "../../../hal/driver/wav.ts";
import type { Baresip } from "../kit/baresip.ts";
import type { PhoneProcess } from "../kit/phone.ts";
import { findWords, level, monoAt, speech, wavFile } from "../kit/sound.ts";

export type Letter = "A" | "B" | "C";

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Likeness from which on it is that person who is heard: another stays below 0.3. How well is for other tests to say. */
const recognised = 0.8;

/** What each says: no two alike. */
export const sayings: Readonly<Record<Letter, Int16Array>> = {
  A: speech(["Front_Center"]),
  B: speech(["Side_Right"]),
  C: speech(["Rear_Left"]),
};
const narrow = (sound: Int16Array) => convertRate(convertRate(sound, 16_000, 8000), 8000, 16_000);
const lengthMs = (sound: Int16Array) => (1000 * sound.length) / 16_000;

/** Speaks and listens again, twice at most, because a machine that does much else at once tears speech to pieces. */
async function recognise(listen: () => Promise<Readonly<Record<string, number>>>): Promise<void> {
  for (let more = 2; ; more--) {
    const heard = await listen();
    if (more > 0 && Object.values(heard).some((likeness) => likeness <= recognised)) continue;
    for (const [what, likeness] of Object.entries(heard)) expect(likeness, what).toBeGreaterThan(recognised);
    return;
  }
}

async function atPhone(says: Int16Array, phone: PhoneProcess): Promise<number> {
  return findWords(says, toMono(await phone.heard(5))).likeness;
}

/** Two phones: each says something else, and each hears the other. */
export async function phonesHear(a: PhoneProcess, b: PhoneProcess, letters: readonly [Letter, Letter]): Promise<void> {
  await pause(300);
  const [first, second] = [sayings[letters[0]], sayings[letters[1]]];
  await recognise(async () => {
    await Promise.all([a.say(wavFile(first)), b.say(wavFile(second))]);
    await pause(Math.max(lengthMs(first), lengthMs(second)) + 600);
    return {
      [`what ${letters[1]} heard`]: await atPhone(first, b),
      [`what ${letters[0]} heard`]: await atPhone(second, a),
    };
  });
}

/** One speaks, and all others hear it. */
export async function allHear(
  speaker: PhoneProcess,
  letter: Letter,
  listeners: Readonly<Partial<Record<Letter, PhoneProcess>>>,
): Promise<void> {
  const says = sayings[letter];
  await recognise(async () => {
    await speaker.say(wavFile(says));
    await pause(lengthMs(says) + 600);
    const heard: Record<string, number> = {};
    for (const [name, listener] of Object.entries(listeners))
      heard[`what ${name} heard of ${letter}`] = await atPhone(says, listener);
    return heard;
  });
}

/** The phone and SIPp, which sends back what it gets: both directions carry speech when the phone hears itself. */
export async function echoHeard(phone: PhoneProcess, letter: Letter): Promise<void> {
  const says = sayings[letter];
  await pause(300);
  await recognise(async () => {
    await phone.say(wavFile(says));
    await pause(lengthMs(says) + 700);
    return { "the echo": await atPhone(narrow(says), phone) };
  });
}

/** The phone and baresip, which says the same again and again. */
export async function baresipHears(phone: PhoneProcess, letter: Letter, baresip: Baresip, its: Letter): Promise<void> {
  const says = sayings[letter];
  await pause(300);
  await recognise(async () => {
    await phone.say(wavFile(says));
    await pause(Math.max(lengthMs(says), 2 * lengthMs(sayings[its])) + 600);
    return {
      "what baresip heard": findWords(narrow(says), monoAt(baresip.heard(), 16_000)).likeness,
      "what the phone heard": await atPhone(narrow(sayings[its]), phone),
    };
  });
}

/** A guest who says the same again and again is heard at that phone. */
export async function guestHeard(phone: PhoneProcess, guest: Letter): Promise<void> {
  await recognise(async () => {
    await pause(2 * lengthMs(sayings[guest]) + 600);
    return { [`what is heard of ${guest}`]: await atPhone(narrow(sayings[guest]), phone) };
  });
}

/** `holder` speaks and `held` hears nothing. */
export async function nothingHeard(holder: PhoneProcess, letter: Letter, held: PhoneProcess): Promise<void> {
  await pause(300);
  await holder.say(wavFile(sayings[letter]));
  await pause(1300);
  expect(level(toMono(await held.heard(1))), "what is heard while held").toBeLessThan(0.001);
  await pause(lengthMs(sayings[letter]) - 1200);
}
