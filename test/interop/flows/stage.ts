/** The stage of the guide's flows: Proxy Server P, users A, B and C who are phones, SIPp or baresip by turns, and speech. */
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { convertRate } from "../../../hal/driver/rate-converter.ts";
import { toMono } from "../../../hal/driver/wav.ts";
import { Baresip } from "../kit/baresip.ts";
import { account, PhoneProcess, type PhoneSeen } from "../kit/phone.ts";
import { endAllPrograms, type Program } from "../kit/process.ts";
import { type SippOptions, sipp } from "../kit/sipp.ts";
import { findWords, level, monoAt, speech, wavFile } from "../kit/sound.ts";
import { ProxyServer } from "./proxy.ts";
import type { Trace } from "./trace.ts";

export type Letter = "A" | "B" | "C";
type Config = Readonly<Record<string, string | number>>;

export const server = "127.48.1.1";
export const places: Readonly<Record<Letter, string>> = { A: "127.48.1.2", B: "127.48.1.3", C: "127.48.1.4" };
/** Phones register by these; the same person without a registration has the number with 2 in front. */
export const numbers: Readonly<Record<Letter, string>> = { A: "1001", B: "1002", C: "1003" };
/** Where SIPp and baresip stand when they play that person: beside the phone, whose port is taken. */
export const guests: Readonly<Record<Letter, string>> = { A: "127.48.1.12", B: "127.48.1.13", C: "127.48.1.14" };
export const guestNumbers: Readonly<Record<Letter, string>> = { A: "2001", B: "2002", C: "2003" };
const collector = { address: "127.48.1.9", port: 9060 };

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const textOf = (s: PhoneSeen) => `${s.screen.title} ${s.screen.lines.join(" ")}`;

/** Likeness from which on it is that person who is heard: another stays below 0.3. How well is for other tests to say. */
const recognised = 0.8;

/** What each says: no two alike. */
const sayings: Readonly<Record<Letter, Int16Array>> = {
  A: speech(["Front_Center"]),
  B: speech(["Side_Right"]),
  C: speech(["Rear_Left"]),
};
const narrow = (sound: Int16Array) => convertRate(convertRate(sound, 16_000, 8000), 8000, 16_000);
const lengthMs = (sound: Int16Array) => (1000 * sound.length) / 16_000;

export function startPhone(letter: Letter, config: Config = {}): Promise<PhoneProcess> {
  return PhoneProcess.start({
    address: places[letter],
    panelPort: 7481 + "ABC".indexOf(letter),
    config: { ...account(server, numbers[letter], "none"), ...config },
  });
}

/** One of our scenarios, in the part of `letter`. */
export function playSipp(letter: Letter, scenario: string, options: Partial<SippOptions> = {}): Program {
  return sipp({ scenario: `../flows/sipp/${scenario}`, address: guests[letter], echo: true, ...options });
}

/** SIPp as the caller of a phone. */
export function sippCalls(letter: Letter, scenario: string, number: string, args: readonly string[] = []): Program {
  return playSipp(letter, scenario, { target: server, args: ["-s", number, ...args] });
}

export function startBaresip(letter: Letter, answers: boolean): Promise<Baresip> {
  const says = sayings[letter];
  const long = new Int16Array(16 * says.length);
  for (let n = 0; n < 16; n++) long.set(says, n * says.length);
  return Baresip.start({
    address: guests[letter],
    codec: "PCMU",
    says: convertRate(long, 16_000, 8000),
    rateHz: 8000,
    answers,
    account: `<sip:${guestNumbers[letter]}@${server}>;regint=0;outbound="sip:${server}"`,
  });
}

/** SIPp ended by itself, and nothing that it received was other than its scenario says. */
export async function content(program: Program): Promise<void> {
  expect(await program.ended, program.output.slice(-3000)).toBe(0);
}

/** Presses the soft key that has this word now. */
export async function soft(phone: PhoneProcess, word: string): Promise<void> {
  const seen = await phone.seen(`soft key ${word}`, (s) => s.screen.softkeys.includes(word));
  const key = (["soft1", "soft2", "soft3", "soft4"] as const)[seen.screen.softkeys.indexOf(word)];
  if (key !== undefined) await phone.keys(key);
}

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

export interface Stage {
  readonly proxy: ProxyServer;
  readonly trace: Trace;
  phone(letter: Letter): PhoneProcess;
}

/** P and the phones of a file, for all its tests: each begins with idle phones and an empty trace. */
export function onStage(configs: Partial<Record<Letter, Config>>): Stage {
  endAllPrograms();
  const started = new Map<Letter, PhoneProcess>();
  let proxy: ProxyServer;

  beforeAll(async () => {
    const both = [...Object.entries(places), ...Object.entries(guests)];
    proxy = await ProxyServer.start({
      address: server,
      collector,
      parties: both,
      places: Object.fromEntries(
        Object.entries(guestNumbers).map(([letter, number]) => [number, `${guests[letter as Letter]}:5060`]),
      ),
    });
    const letters = Object.keys(configs) as Letter[];
    await Promise.all(
      letters.map(async (letter) => started.set(letter, await startPhone(letter, configs[letter] ?? {}))),
    );
    for (const letter of letters) {
      await proxy.registered(letter);
      await started.get(letter)?.seen("idle", (s) => s.screen.id === "idle");
    }
    await pause(100);
    proxy.trace.clear();
  });
  afterAll(async () => {
    for (const phone of started.values()) expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    expect(proxy.log).not.toContain("INSANE");
    await proxy.stop();
  });
  afterEach(async () => {
    for (const phone of started.values()) {
      expect(phone.program.alive, phone.program.output.slice(-3000)).toBe(true);
      await phone.hook(false);
      await phone.endCalls();
    }
    await pause(150);
    proxy.trace.clear();
  });

  const phone = (letter: Letter) => {
    const found = started.get(letter);
    if (found === undefined) throw new Error(`no phone ${letter} on this stage`);
    return found;
  };
  return {
    get proxy() {
      return proxy;
    },
    get trace() {
      return proxy.trace;
    },
    phone,
  };
}
