/** Benchmarks of the media engine on simulated sound cards in real time: delay from mouth to ear, processor, spacing of packets. */
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import { systemClock } from "../../hal/driver/os/clock.ts";
import { SimAudio } from "../../hal/driver/sim/audio.ts";
import { codecs } from "../../src/codec/index.ts";
import { Engine } from "../../src/media/engine.ts";
import type { CodecName, FormatParameters } from "../../src/media/protocol.ts";
import { bindMediaSocket } from "../../src/net/media-socket.ts";
import { formatOf } from "../../src/sdp/format.ts";
import { speechLike } from "../unit/playout/speech-like.ts";
import type { Row } from "./row.ts";

const typeOf = (codec: CodecName): number => formatOf(codec).staticType ?? 96;
/** A click is louder than this. */
const clickLevel = 4000;
const frameMs = 10;
const codecMs = 20;
const clicks = 24;
const portMin = 12_780;
const portMax = 12_900;

interface Party {
  readonly audio: SimAudio;
  readonly engine: Engine;
  readonly port: number;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function party(address: string): Promise<Party> {
  const audio = new SimAudio(systemClock);
  const engine = new Engine({
    clock: systemClock,
    random: Math.random,
    bind: bindMediaSocket,
    device: audio,
    emit: () => {},
    loopDelayMs: () => ({ median: 0, worst: 0 }),
  });
  const port = await engine.openStream(1, { address, portMin, portMax });
  engine.setFocus([1]);
  engine.setPath("handset");
  await audio.open();
  return { audio, engine, port };
}

function configure(from: Party, address: string, port: number, codec: CodecName): void {
  from.engine.configureStream(1, {
    remote: { address, port, rtcpPort: port + 1 },
    direction: "sendrecv",
    codec,
    payloadType: typeOf(codec),
    ptimeMs: 20,
    receive: [{ payloadType: typeOf(codec), codec }],
    dtmf: undefined,
  });
}

async function call(codec: CodecName): Promise<{ here: Party; there: Party; close: () => Promise<void> }> {
  const [hereAddress, thereAddress] = ["127.33.7.1", "127.33.7.2"];
  const here = await party(hereAddress);
  const there = await party(thereAddress);
  configure(here, thereAddress, there.port, codec);
  configure(there, hereAddress, here.port, codec);
  return { here, there, close: async () => void (await Promise.all([here.engine.close(), there.engine.close()])) };
}

/** Index of the first loud sample, or -1. */
function clickIn(frame: Int16Array): number {
  return frame.findIndex((sample) => Math.abs(sample) > clickLevel);
}

/** Delays of clicks from one microphone to the other ear, ms: from when a sample was spoken to when it is heard. */
async function mouthToEar(from: Party, to: Party): Promise<number[]> {
  const delays: number[] = [];
  let spokenMs: number | undefined;
  const engineFrame = from.audio.onFrame;
  from.audio.onFrame = (captured, toPlay) => {
    const at = clickIn(captured);
    // A captured frame holds what was spoken in the 10 ms before it was given to us.
    if (at >= 0 && spokenMs === undefined) spokenMs = systemClock.now() - frameMs + at / 16;
    engineFrame?.(captured, toPlay);
  };
  to.audio.onHeard = (frame) => {
    const at = clickIn(frame);
    if (at < 0 || spokenMs === undefined) return;
    delays.push(systemClock.now() + at / 16 - spokenMs);
    spokenMs = undefined;
  };
  const click = Int16Array.from({ length: 160 }, (_, i) =>
    Math.round(20_000 * Math.sin((2 * Math.PI * 1000 * i) / 16_000)),
  );
  for (let i = 0; i < clicks; i++) {
    from.audio.say(click);
    await wait(180 + i * 1.7);
    spokenMs = undefined;
  }
  from.audio.onFrame = engineFrame;
  to.audio.onHeard = undefined;
  return delays;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

async function delayRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const codec of ["pcmu", "g722"] as const) {
    const { here, there, close } = await call(codec);
    await wait(3000);
    const delays = [...(await mouthToEar(here, there)), ...(await mouthToEar(there, here))];
    await close();
    const what = `mouth to ear, ${codec}, 20 ms packets, loopback, simulated cards`;
    rows.push({
      what: `${what}, median of ${delays.length}`,
      ours: percentile(delays, 0.5),
      unit: "ms",
      peers: {},
      goal: 60,
    });
    rows.push({ what: `${what}, p95`, ours: percentile(delays, 0.95), unit: "ms", peers: {} });
  }
  return rows;
}

/** Share of a core that this process takes within some seconds, percent. */
async function processor(seconds: number): Promise<number> {
  const before = process.cpuUsage();
  const started = performance.now();
  await wait(seconds * 1000);
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 10 / (performance.now() - started);
}

/** Processor of a call, percent of a core at the most. */
const callGoals: Readonly<Partial<Record<CodecName, number>>> = { pcmu: 2.4, opus: 6 };

async function processorRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const codec of ["pcmu", "g722", "opus"] as const) {
    const { here, there, close } = await call(codec);
    here.audio.setMicrophone(noise(), true);
    there.audio.setMicrophone(noise(), true);
    await wait(2000);
    const ours = (await processor(6)) / 2;
    await close();
    const most = callGoals[codec];
    const goal = most === undefined ? {} : { goal: most };
    rows.push({
      what: `processor of one ${codec} call with its simulated card`,
      ours,
      unit: "% of a core",
      peers: {},
      ...goal,
    });
  }
  return rows;
}

/** A second of noise at a level of speech. */
function noise(): Int16Array {
  return Int16Array.from({ length: 16_000 }, () => Math.round((Math.random() - 0.5) * 6000));
}

/** Keeps every core busy, at the priority of everybody, while `use` runs. */
async function withBusyCores<T>(use: () => Promise<T>): Promise<T> {
  const busy = cpus().map(() => spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" }));
  try {
    await wait(500);
    return await use();
  } finally {
    for (const one of busy) one.kill("SIGKILL");
  }
}

/** Frames that a card had to do without, and the latest frame, in some seconds of a call. */
async function underrunRows(): Promise<Row[]> {
  const seconds = 20;
  const { here, there, close } = await call("pcmu");
  await wait(1000);
  const missed = await withBusyCores(async () => {
    const before = here.audio.figures.underruns + there.audio.figures.underruns;
    here.audio.figures.worstLatenessMs = 0;
    await wait(1000 * seconds);
    return (here.audio.figures.underruns + there.audio.figures.underruns - before) / 2;
  });
  const lateMs = here.audio.figures.worstLatenessMs;
  await close();
  const how = `of a call, every core busy with another process, ordinary priority, ${seconds} s`;
  return [
    { what: `underruns ${how}`, ours: (missed * 3600) / seconds, unit: "frames/hour", peers: {}, better: "lower" },
    { what: `latest frame ${how}`, ours: lateMs, unit: "ms", peers: {} },
  ];
}

/** What a card's frame of 10 ms takes from the microphone's samples to the packet and from the buffer to the ear. */
async function frameRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const codec of ["pcmu", "g722", "opus"] as const) {
    const { here, there, close } = await call(codec);
    here.audio.setMicrophone(noise(), true);
    there.audio.setMicrophone(noise(), true);
    await wait(1500);
    const quiet: number[] = [];
    const coding: number[] = [];
    const engineFrame = here.audio.onFrame;
    let packets = here.engine.statistics().streams[0]?.packetsSent ?? 0;
    here.audio.onFrame = (captured, toPlay) => {
      const begun = performance.now();
      engineFrame?.(captured, toPlay);
      const us = 1000 * (performance.now() - begun);
      const sent = here.engine.statistics().streams[0]?.packetsSent ?? 0;
      (sent > packets ? coding : quiet).push(us);
      packets = sent;
    };
    await wait(5000);
    here.audio.onFrame = engineFrame;
    await close();
    const what = `engine, frame of 10 ms, ${codec}`;
    rows.push({ what: `${what}: only played`, ours: percentile(quiet, 0.5), unit: "µs", peers: {} });
    rows.push({ what: `${what}: played, coded and sent`, ours: percentile(coding, 0.5), unit: "µs", peers: {} });
  }
  return rows;
}

async function spacingRows(): Promise<Row[]> {
  const alone = await spacing("");
  return [alone, await withBusyCores(() => spacing(", every core busy with another process"))];
}

async function spacing(how: string): Promise<Row> {
  const sink = await bindMediaSocket({ address: "127.33.7.9", port: 12_990 });
  const times: number[] = [];
  sink.onMessage = () => times.push(systemClock.now());
  const from = await party("127.33.7.1");
  configure(from, "127.33.7.9", 12_990, "pcmu");
  await wait(8000);
  await from.engine.close();
  sink.close();
  const off = times.slice(26).map((time, i) => Math.abs(time - (times[i + 25] ?? 0) - 20));
  return {
    what: `packets of 20 ms: distance from their place, p99 of ${off.length}${how}`,
    ours: percentile(off, 0.99),
    unit: "ms",
    peers: {},
    goal: 4,
  };
}

/** How each codec is asked to code, where that changes what it costs. */
const coded: readonly [CodecName, string, FormatParameters, number][] = [
  ["pcmu", "", {}, 0],
  ["pcma", "", {}, 0],
  ["g722", "", {}, 0],
  ["opus", " at 24 kbit/s", { maxaveragebitrate: "24000" }, 0],
  ["opus", " at 24 kbit/s, FEC for 10 % loss", { maxaveragebitrate: "24000", useinbandfec: "1" }, 10],
  ["opus", " at 32 kbit/s", { maxaveragebitrate: "32000" }, 0],
  ["g726-32", "", {}, 0],
  ["l16-16000", "", {}, 0],
  ["ilbc", ", mode 20", { mode: "20" }, 0],
  ["g729", "", {}, 0],
];

/** Encoding and decoding by themselves, the median over frames: what else runs on the machine must not count. */
function codecRows(): Row[] {
  const rows: Row[] = [];
  for (const [name, how, parameters, lossPercent] of coded) {
    const codec = codecs[name];
    if (codec.missing !== undefined) continue;
    const encoder = codec.createEncoder(parameters);
    const decoder = codec.createDecoder(parameters);
    encoder.expectLoss?.(lossPercent);
    const sound = speechLike(4, codec.rateHz, 1);
    const samples = codec.samplesPerMs * codecMs;
    const out = new Int16Array(samples);
    const room = new Uint8Array(codec.bytesPerMs * codecMs);
    const encodeUs: number[] = [];
    const decodeUs: number[] = [];
    for (let round = 0; round < 6; round++)
      for (let at = 0; at + samples <= sound.length; at += samples) {
        const pcm = sound.subarray(at, at + samples);
        const begun = performance.now();
        const size = encoder.encode(pcm, room);
        const half = performance.now();
        decoder.decode(room, out, size);
        if (round === 0) continue;
        encodeUs.push(1000 * (half - begun));
        decodeUs.push(1000 * (performance.now() - half));
      }
    const what = `${name}${how}`;
    rows.push({ what: `encode 20 ms: ${what}`, ours: percentile(encodeUs, 0.5), unit: "µs", peers: {} });
    rows.push({ what: `decode 20 ms: ${what}`, ours: percentile(decodeUs, 0.5), unit: "µs", peers: {} });
  }
  return rows;
}

export async function run(): Promise<Row[]> {
  return [
    ...codecRows(),
    ...(await frameRows()),
    ...(await delayRows()),
    ...(await processorRows()),
    ...(await spacingRows()),
    ...(await underrunRows()),
  ];
}
