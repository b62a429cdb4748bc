/** Child of speaker-mic.ts: the package `speaker` as an aplay that reads standard input, or `mic` as an arecord that writes standard output. */
import { systemClock } from "./os/clock.ts";
import { loadOptionalPackage } from "./os/optional-package.ts";
import { isThere, readTextIfThere } from "./os/system-files.ts";

/** A write that waits longer found the package's buffer of 500 ms full: it is emptied, since all that waits is delay. ms */
const fullMs = 30;
/** `speaker` keeps some memory of every write: before it is too much, a new child takes its place. Bytes. */
const mostMemory = 300e6;
/** How often it is looked what arecord has said, ms. */
const lookMs = 200;

interface Wanted {
  readonly pcm: string;
  readonly channels: number;
  readonly rateHz: number;
  readonly periodUs: number;
  readonly bufferUs: number;
}

interface Speaker {
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean;
  close(flush: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
}
type SpeakerClass = new (options: Readonly<Record<string, unknown>>) => Speaker;
type MicFactory = (options: Readonly<Record<string, string>>) => {
  start(): void;
  getAudioStream(): {
    on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
    on(event: "audioProcessExitComplete" | "end" | "error", listener: () => void): unknown;
  };
};

/** Ends with a line in the manner of ALSA's programs, which the parent reads. */
function fail(program: string, why: string): never {
  process.stderr.write(`${program}: ${why}\n`);
  process.exit(1);
}

function wantedOf(args: readonly string[]): Wanted {
  const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? "";
  const long = (flag: string): number => Number(args.find((arg) => arg.startsWith(`${flag}=`))?.split("=")[1]);
  return {
    pcm: after("-D"),
    channels: Number(after("-c")),
    rateHz: Number(after("-r")),
    periodUs: long("--period-time"),
    bufferUs: long("--buffer-time"),
  };
}

async function play(wanted: Wanted): Promise<void> {
  const { channels, rateHz, pcm } = wanted;
  // A number that is none aborts the process in the package.
  if (!Number.isInteger(channels) || !Number.isInteger(rateHz)) fail("aplay", "error: format");
  const loaded = await loadOptionalPackage("speaker", pcm).catch((error: Error) =>
    fail("aplay", `error: ${error.message}`),
  );
  const SpeakerOfPackage = loaded as SpeakerClass;
  const open = (): Speaker => {
    const speaker = new SpeakerOfPackage({
      ...{ channels, sampleRate: rateHz, bitDepth: 16, signed: true, device: pcm },
      // What is written goes to the card at once and in the pieces in which it came.
      ...{ samplesPerFrame: rateHz / 100, highWaterMark: 1 },
    });
    speaker.on("error", (error) => {
      // Its own end during a write is told as an error 0.
      if (!/write\(\) failed: 0/.test(error.message)) fail("aplay", `audio open error: ${error.message}`);
    });
    return speaker;
  };
  let speaker = open();
  let waiting: Uint8Array[] = [];
  let writes = false;
  const next = (): void => {
    if (writes || waiting.length === 0) return;
    writes = true;
    const bytes = Buffer.concat(waiting);
    waiting = [];
    const sinceMs = systemClock.now();
    const mine = speaker;
    mine.write(bytes, () => {
      writes = false;
      if (mine === speaker && systemClock.now() - sinceMs > fullMs + (bytes.length / (2 * channels * rateHz)) * 1000) {
        waiting = [];
        speaker.close(false);
        speaker = open();
        process.stderr.write("aplay: underrun!!! (at least 0.000 ms long)\n");
      }
      if (process.memoryUsage.rss() > mostMemory) fail("aplay", "error: the package speaker has used up its memory");
      next();
    });
  };
  process.stdin.on("data", (bytes: Uint8Array) => {
    waiting.push(bytes);
    next();
  });
  process.stdin.on("end", () => process.exit(0));
}

async function record(wanted: Wanted, shimFolder: string): Promise<void> {
  const path = process.env["PATH"] ?? "";
  const arecord = path
    .split(":")
    .map((folder) => `${folder}/arecord`)
    .find(isThere);
  if (arecord === undefined) fail("arecord", "No such file or directory: arecord (Debian package alsa-utils)");
  const said = `${shimFolder}/said-${process.pid}`;
  Object.assign(process.env, {
    PATH: `${shimFolder}:${path}`,
    OFFHOOK_ARECORD: arecord,
    OFFHOOK_PERIOD: String(wanted.periodUs),
    OFFHOOK_BUFFER: String(wanted.bufferUs),
    OFFHOOK_SAID: said,
  });
  const loaded = await loadOptionalPackage("mic", wanted.pcm).catch((error: Error) =>
    fail("arecord", `error: ${error.message}`),
  );
  const mic = (loaded as MicFactory)({
    ...{ device: wanted.pcm, rate: String(wanted.rateHz), channels: String(wanted.channels) },
    ...{ bitwidth: "16", encoding: "signed-integer", endian: "little", fileType: "raw" },
  });
  let told = 0;
  const tell = (): void => {
    const lines = (readTextIfThere(said) ?? "").split("\n").filter((line) => line !== "");
    for (const line of lines.slice(told)) process.stderr.write(`${line.replace(/^.*arecord: /, "arecord: ")}\n`);
    told = lines.length;
  };
  const look = (): void => {
    tell();
    systemClock.after(lookMs, look);
  };
  look();
  const ended = (): void => {
    tell();
    process.exit(1);
  };
  const stream = mic.getAudioStream();
  stream.on("data", (bytes) => process.stdout.write(bytes));
  stream.on("audioProcessExitComplete", ended);
  stream.on("error", ended);
  mic.start();
  // The parent closes this when it ends.
  process.stdin.on("end", () => process.exit(0));
  process.stdin.resume();
  process.stdout.on("error", () => process.exit(0));
}

const [program, shimFolder = "", ...args] = process.argv.slice(2);
if (program === "mic") await record(wantedOf(args), shimFolder);
else await play(wantedOf(args));
