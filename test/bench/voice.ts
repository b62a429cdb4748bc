/**
 * Benchmarks of voice processing on simulated rooms: how much of the echo is gone after how long, what it takes from who speaks near at
 * the same time, how much later sound comes, and microseconds a frame. Everything but the times is the same in each run.
 */
import type { PathAcoustics, RoomChoice } from "../../hal/audio.ts";
import { Room } from "../../hal/driver/sim/room.ts";
import { Aec3 } from "../../src/dsp/aec3.ts";
import { DelayLine } from "../../src/dsp/delay-line.ts";
import type { VoiceTuning } from "../../src/media/protocol.ts";
import { VoiceMicrophone } from "../../src/media/voice-microphone.ts";
import { defaultVoice } from "../../src/media/voice-processing.ts";
import { speechLike } from "../unit/playout/speech-like.ts";
import type { Row } from "./row.ts";

const rateHz = 16_000;
const frameSamples = 160;
/** Seconds of the far end; the near end speaks in some of them. */
const seconds = 20;
const near = { from: 12, to: 18 };
/** What the reference leads the echo by, as in a phone whose card tells its delay. */
const aheadMs = 16;

interface Case {
  readonly what: string;
  readonly acoustics: PathAcoustics;
  readonly room: RoomChoice;
  /** ERLE that the design asks for from the fourth second on, dB. */
  readonly goal?: number;
}

const cases: readonly Case[] = [
  {
    what: "hands-free, office",
    acoustics: { echo: "room", noise: true },
    room: { delayMs: 40, decayMs: 250, gainDb: -4 },
    goal: 30,
  },
  {
    what: "hands-free, loudspeaker that distorts",
    acoustics: { echo: "room", noise: true },
    room: { delayMs: 70, decayMs: 300, gainDb: 0, drive: 1 },
    goal: 30,
  },
  {
    what: "hands-free, weak echo",
    acoustics: { echo: "room", noise: true },
    room: { delayMs: 40, decayMs: 60, gainDb: -25 },
  },
  { what: "handset", acoustics: { echo: "ear", noise: true }, room: { delayMs: 20, decayMs: 15, gainDb: -20 } },
];

interface Sound {
  /** What the microphone heard, without who spoke near. */
  readonly echo: Int16Array;
  readonly out: Int16Array;
  readonly microseconds: number[];
}

/** One microphone through all of `seconds`. */
function pass(microphone: VoiceMicrophone, choice: RoomChoice, speaks: { far: boolean; near: boolean }): Sound {
  const far = speaks.far ? speechLike(seconds, rateHz, 3) : new Int16Array(seconds * rateHz);
  const close = new Int16Array(far.length);
  if (speaks.near) close.set(speechLike(near.to - near.from, rateHz, 77), near.from * rateHz);
  const room = new Room(rateHz, choice);
  const line = new DelayLine(rateHz);
  const [echo, out] = [new Int16Array(far.length), new Int16Array(far.length)];
  const frame = new Int16Array(frameSamples);
  const played = new Int16Array(frameSamples);
  const microseconds: number[] = [];
  const delaySamples = Math.max(frameSamples, (choice.delayMs - aheadMs) * 16);
  for (let at = 0; at + frameSamples <= far.length; at += frameSamples) {
    frame.fill(0);
    room.hear(frame);
    echo.set(frame, at);
    for (let i = 0; i < frameSamples; i++) frame[i] = (frame[i] ?? 0) + (close[at + i] ?? 0);
    line.read(delaySamples, played);
    const begun = performance.now();
    microphone.correct(frame);
    microphone.clean(frame, played);
    microseconds.push(1000 * (performance.now() - begun));
    out.set(frame, at);
    const next = far.subarray(at, at + frameSamples);
    room.play(next);
    line.write(next);
  }
  return { echo, out, microseconds };
}

function levelDb(pcm: Int16Array, from: number, to: number): number {
  let sum = 1e-3;
  for (let i = Math.round(from * rateHz); i < to * rateHz; i++) sum += (pcm[i] ?? 0) ** 2;
  return 10 * Math.log10(sum / ((to - from) * rateHz));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const withoutLevels: VoiceTuning = { ...defaultVoice, noiseSuppression: false, gainControl: false };

async function microphoneOf(acoustics: PathAcoustics, cancels: boolean, voice: VoiceTuning): Promise<VoiceMicrophone> {
  const microphone = new VoiceMicrophone(acoustics, acoustics.echo === "room" ? await Aec3.open() : undefined);
  microphone.configure(cancels, voice);
  return microphone;
}

async function echoRows({ what, acoustics, room, goal }: Case): Promise<Row[]> {
  const plain = pass(await microphoneOf(acoustics, true, withoutLevels), room, { far: true, near: true });
  const alone = pass(await microphoneOf(acoustics, true, withoutLevels), room, { far: false, near: true });
  const microphone = await microphoneOf(acoustics, true, defaultVoice);
  const whole = pass(microphone, room, { far: true, near: true });
  const lowered = ({ echo, out }: Sound, from: number, to: number) => levelDb(echo, from, to) - levelDb(out, from, to);
  const row = (of: string, ours: number, unit: string, most: Pick<Row, "goal" | "better"> = {}): Row => ({
    what: `${what}: ${of}`,
    ours,
    unit,
    peers: {},
    ...most,
  });
  const spoken = [near.from + 0.5, near.to - 0.5] as const;
  return [
    row("echo lowered, 1st second", lowered(whole, 0, 1), "dB"),
    row("echo lowered, 2nd and 3rd second", lowered(whole, 1, 3), "dB"),
    row(
      "echo lowered, 4th to 6th second",
      lowered(whole, 3, 6),
      "dB",
      goal === undefined ? {} : { goal, better: "higher" },
    ),
    row(
      "echo lowered, 7th to 12th second",
      lowered(whole, 6, 12),
      "dB",
      goal === undefined ? {} : { goal, better: "higher" },
    ),
    row("echo lowered, canceller without noise suppression, 7th to 12th second", lowered(plain, 6, 12), "dB"),
    row("both speak: the near end loses", levelDb(alone.out, ...spoken) - levelDb(plain.out, ...spoken), "dB"),
    row("sound comes later by", microphone.figures().delayMs, "ms"),
    row("a frame of 10 ms, median", percentile(whole.microseconds, 0.5), "µs"),
    row("a frame of 10 ms, p99", percentile(whole.microseconds, 0.99), "µs"),
  ];
}

/** What each part costs by itself. */
async function stageRows(): Promise<Row[]> {
  const room: RoomChoice = { delayMs: 40, decayMs: 0, gainDb: -10 };
  const median = async (acoustics: PathAcoustics, cancels: boolean, voice: VoiceTuning) =>
    percentile(pass(await microphoneOf(acoustics, cancels, voice), room, { far: true, near: true }).microseconds, 0.5);
  const stages = [
    ["offset only", await median({ echo: "none", noise: false }, false, withoutLevels)],
    ["AEC3", await median({ echo: "room", noise: false }, true, withoutLevels)],
    ["speexdsp's echo canceller", await median({ echo: "ear", noise: false }, true, withoutLevels)],
    ["speexdsp's noise suppression and gain control", await median({ echo: "none", noise: true }, false, defaultVoice)],
  ] as const;
  return stages.map(([what, ours]) => ({ what: `a frame of 10 ms: ${what}, median`, ours, unit: "µs", peers: {} }));
}

export async function run(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const one of cases) rows.push(...(await echoRows(one)));
  const begun = performance.now();
  const another = await Aec3.open();
  rows.push({ what: "making an AEC3, its code loaded", ours: performance.now() - begun, unit: "ms", peers: {} });
  another.close();
  return [...rows, ...(await stageRows())];
}
