/** What a stream's receiving side costs and how it sounds: seeded traces through Playout beside a plain fixed buffer. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { codecs } from "../../src/codec/index.ts";
import { Resampler } from "../../src/dsp/resampler.ts";
import type { CodecName } from "../../src/media/protocol.ts";
import { receive, receivePlainly, send, type Trace } from "../unit/playout/network.ts";
import { speechLike } from "../unit/playout/speech-like.ts";
import { concealers } from "./concealers.ts";
import type { Row } from "./row.ts";
import { soundQuality } from "./sound-quality.ts";

const TRACES: readonly (readonly [string, Trace])[] = [
  ["clean", {}],
  ["loss 1 %", { loss: 0.01 }],
  ["loss 5 %", { loss: 0.05 }],
  ["loss 10 %", { loss: 0.1 }],
  ["loss 5 % in bursts of 3", { loss: 0.05, burst: 3 }],
  ["jitter 0-20 ms", { jitterMs: 20 }],
  ["jitter 0-60 ms", { jitterMs: 60 }],
  ["loss 5 % and jitter 0-60 ms", { loss: 0.05, jitterMs: 60 }],
  ["spike of 200 ms every 3 s", { spike: { periodMs: 3000, heightMs: 200 } }],
];
const SEEDS = [1, 2];
const PLAIN_MS = 60;
const PLAIN = `fixed ${PLAIN_MS} ms, silence`;

/** Voices that alsa-utils brings, 48 kHz, human. */
const VOICES = ["Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Rear_Left", "Rear_Right"];

/** Silence around what is said: a listener's first half second is aligned by what came before it, ms. */
const PAD_MS = 750;

function resample(pcm: Int16Array, fromHz: number, toHz: number): Int16Array {
  const resampler = new Resampler(fromHz, toHz, pcm.length);
  const out = new Int16Array(resampler.maxOutput(pcm.length));
  return out.subarray(0, resampler.process(pcm, out));
}

/** Human speech where the machine has it, otherwise our imitation. */
function speech(): { pcm48: Int16Array; kind: string } {
  const files = VOICES.map((name) => `/usr/share/sounds/alsa/${name}.wav`);
  if (!files.every((file) => existsSync(file))) return { pcm48: speechLike(8, 48_000, 1), kind: "imitated speech" };
  const parts = files.map((file) => {
    const raw = readFileSync(file);
    const data = raw.indexOf("data") + 8;
    return new Int16Array(raw.buffer.slice(raw.byteOffset + data, raw.byteOffset + data + ((raw.length - data) & ~1)));
  });
  const pad = 48 * PAD_MS;
  const pcm48 = new Int16Array(parts.reduce((sum, part) => sum + part.length, 2 * pad));
  let at = pad;
  for (const part of parts) {
    pcm48.set(part, at);
    at += part.length;
  }
  return { pcm48, kind: "human speech" };
}

const SPOKEN = [
  [
    "en-gb",
    "The boy was there when the sun rose. A rod is used to catch pink salmon. The source of the huge river is the clear " +
      "spring. Kick the ball straight and follow through. Help the woman get back to her feet.",
  ],
  [
    "de+f2",
    "Die Katze sitzt auf dem Dach und schaut den Vögeln zu. Morgen fahren wir mit dem Zug nach Hamburg und essen Fisch.",
  ],
] as const;

/** A male and a female voice by espeak-ng where it is installed: what holds for one voice need not hold for another. */
function spoken(): { pcm: Int16Array; rateHz: number; kind: string }[] {
  return SPOKEN.flatMap(([voice, text]) => {
    try {
      const wav = execFileSync("espeak-ng", ["-v", voice, "--stdout", text], { stdio: ["ignore", "pipe", "ignore"] });
      const data = wav.subarray(wav.indexOf("data") + 8);
      const rateHz = wav.readUInt32LE(24);
      const pad = Math.round((rateHz * PAD_MS) / 1000);
      const pcm = new Int16Array((data.length >> 1) + 2 * pad);
      for (let i = 0; i < data.length >> 1; i++) pcm[pad + i] = data.readInt16LE(2 * i);
      return [{ pcm, rateHz, kind: `espeak-ng ${voice}` }];
    } catch {
      return [];
    }
  });
}

function traces(codec: CodecName, pcm48: Int16Array, kind: string): Row[] {
  const rateHz = codecs[codec].rateHz;
  const pcm = resample(pcm48, 48_000, rateHz);
  const said = resample(pcm, rateHz, 16_000);
  const rows: Row[] = [];
  for (const [name, trace] of TRACES) {
    const lengthMs = (1000 * pcm.length) / rateHz + 400;
    let lsd = 0;
    let plainLsd = 0;
    let snr = 0;
    let plainSnr = 0;
    let delay = 0;
    for (const seed of SEEDS) {
      const packets = send(pcm, codec, 20, trace, seed);
      const ours = receive(packets, codec, lengthMs);
      const heard = soundQuality(said, ours.pcm, 16_000);
      const plain = soundQuality(
        said,
        resample(receivePlainly(packets, codec, lengthMs, PLAIN_MS), rateHz, 16_000),
        16_000,
      );
      lsd += heard.lsdDb / SEEDS.length;
      snr += heard.snrDb / SEEDS.length;
      plainLsd += plain.lsdDb / SEEDS.length;
      plainSnr += plain.snrDb / SEEDS.length;
      delay += ours.delayMs / SEEDS.length;
    }
    const what = `${codec}, ${kind}, ${name}`;
    rows.push({ what: `log-spectral distance: ${what}`, ours: lsd, unit: "dB", peers: { [PLAIN]: plainLsd } });
    rows.push({ what: `segmental SNR: ${what}`, ours: snr, unit: "dB", peers: { [PLAIN]: plainSnr } });
    const delayRow = { what: `mean buffer delay: ${what}`, ours: delay, unit: "ms", peers: { [PLAIN]: PLAIN_MS } };
    rows.push(name === "clean" ? { ...delayRow, goal: 20 } : delayRow);
  }
  return rows;
}

function costs(pcm48: Int16Array): Row[] {
  const rows: Row[] = [];
  for (const codec of ["pcmu", "pcma", "g722"] as const) {
    const rateHz = codecs[codec].rateHz;
    const once = resample(pcm48, 48_000, rateHz);
    const pcm = new Int16Array(once.length * 4);
    for (let at = 0; at < pcm.length; at += once.length) pcm.set(once, at);
    const lengthMs = (1000 * pcm.length) / rateHz;
    for (const [name, trace] of [
      ["clean", {}],
      ["loss 5 %", { loss: 0.05 }],
    ] as const) {
      const packets = send(pcm, codec, 20, trace, 3);
      receive(packets, codec, lengthMs);
      const { costUs } = receive(packets, codec, lengthMs);
      rows.push({ what: `put and pull: ${codec}, ${name}`, ours: costUs, unit: "µs per 10 ms", peers: {} });
    }
    const encoder = codecs[codec].createEncoder();
    const decoder = codecs[codec].createDecoder();
    const frame = new Int16Array(codecs[codec].samplesPerMs * 20);
    const coded = new Uint8Array(codecs[codec].bytesPerMs * 20);
    const rounds = 2000;
    let begun = 0;
    for (let i = -500; i < rounds; i++) {
      if (i === 0) begun = performance.now();
      const at = ((i + 500) * frame.length) % (once.length - frame.length);
      encoder.encode(once.subarray(at, at + frame.length), coded);
      decoder.decode(coded, frame);
    }
    const us = (1000 * (performance.now() - begun)) / rounds;
    const row = { what: `encode and decode 20 ms: ${codec}`, ours: us, unit: "µs", peers: {} };
    rows.push(codec === "g722" ? { ...row, goal: 60 } : row);
  }
  return rows;
}

export async function run(): Promise<Row[]> {
  const { pcm48, kind } = speech();
  const alone = (["pcmu", "g722"] as const).flatMap((codec) => {
    const { rateHz } = codecs[codec];
    return [{ pcm: pcm48, rateHz: 48_000, kind }, ...spoken()].flatMap((voice) =>
      concealers(codec, resample(voice.pcm, voice.rateHz, rateHz), voice.kind, (pcm) => resample(pcm, rateHz, 16_000)),
    );
  });
  return [...costs(pcm48), ...alone, ...traces("pcmu", pcm48, kind), ...traces("g722", pcm48, kind)];
}
