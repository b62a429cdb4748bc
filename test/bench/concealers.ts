/** Concealers beside each other on the same losses of the same speech, no jitter: ours as the buffer runs and with 60 ms held, and Debian's spandsp. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codecs } from "../../src/codec/index.ts";
import type { CodecName } from "../../src/media/protocol.ts";
import { newPlayout, type Packet, receive, send } from "../unit/playout/network.ts";
import type { Row } from "./row.ts";
import { type SoundQuality, soundQuality } from "./sound-quality.ts";

const LOSSES = [
  ["loss 1 %", { loss: 0.01 }],
  ["loss 5 %", { loss: 0.05 }],
  ["loss 10 %", { loss: 0.1 }],
  ["loss 5 % in bursts of 3", { loss: 0.05, burst: 3 }],
] as const;
const SEEDS = [1, 2];
const HELD = [
  ["as the buffer runs", { adaptive: true, minMs: 0, maxMs: 240, normalMs: 60 }],
  ["with 60 ms held", { adaptive: true, minMs: 60, maxMs: 240, normalMs: 60 }],
] as const;
/** What we want to reach: a fifth less than spandsp's. */
const SHARE = 0.8;

/** Frames on standard input, each with a byte that says whether it was lost; sound on standard output. */
const SOURCE = `#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <spandsp.h>
int main(int count, char **words) {
  int samples = atoi(words[1]), lost;
  int16_t frame[4096];
  plc_state_t state;
  plc_init(&state);
  while ((lost = getchar()) != EOF && fread(frame, 2, samples, stdin) == (size_t) samples) {
    if (lost) plc_fillin(&state, frame, samples); else plc_rx(&state, frame, samples);
    fwrite(frame, 2, samples, stdout);
  }
  return 0;
}
`;

/** Runs `use` with the program built, or with undefined where libspandsp-dev or a compiler is not installed. */
function withSpandsp(use: (program: string | undefined) => Row[]): Row[] {
  const folder = mkdtempSync(join(tmpdir(), "offhook-bench-"));
  const program = join(folder, "plc");
  try {
    try {
      execFileSync("cc", ["-x", "c", "-O2", "-o", program, "-", "-lspandsp"], { input: SOURCE, stdio: "pipe" });
    } catch {
      return use(undefined);
    }
    return use(program);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function bySpandsp(program: string, packets: readonly Packet[], codec: CodecName, frames: number): Int16Array {
  const samples = 20 * codecs[codec].samplesPerMs;
  const decoder = codecs[codec].createDecoder();
  const came = new Map(packets.map((packet) => [(packet.sequence - 65_400) & 0xffff, packet]));
  const size = 1 + 2 * samples;
  const input = Buffer.alloc(frames * size);
  const scratch = new Int16Array(samples);
  for (let n = 0; n < frames; n++) {
    const packet = came.get(n);
    input[n * size] = packet === undefined ? 1 : 0;
    if (packet === undefined) continue;
    decoder.decode(packet.payload, scratch);
    scratch.forEach((value, i) => {
      input.writeInt16LE(value, n * size + 1 + 2 * i);
    });
  }
  const { stdout } = spawnSync(program, [String(samples)], { input, maxBuffer: 1e8 });
  return Int16Array.from({ length: stdout.length >> 1 }, (_, i) => stdout.readInt16LE(2 * i));
}

/** `pcm` at the codec's rate; `upTo16k` brings it to 16 kHz. */
export function concealers(
  codec: CodecName,
  pcm: Int16Array,
  kind: string,
  upTo16k: (pcm: Int16Array) => Int16Array,
): Row[] {
  const said = upTo16k(pcm);
  const frames = Math.floor(pcm.length / (20 * codecs[codec].samplesPerMs));
  return withSpandsp((program) =>
    LOSSES.flatMap(([name, trace]) => {
      const networks = SEEDS.map((seed) => send(pcm, codec, 20, trace, seed));
      const mean = (all: readonly SoundQuality[], which: keyof SoundQuality) =>
        all.reduce((sum, one) => sum + one[which] / all.length, 0);
      const theirs =
        program === undefined
          ? []
          : networks.map((packets) => soundQuality(said, upTo16k(bySpandsp(program, packets, codec, frames)), 16_000));
      const peer = (which: keyof SoundQuality): Record<string, number> =>
        theirs.length === 0 ? {} : { spandsp: mean(theirs, which) };
      const goal = theirs.length === 0 ? {} : { goal: SHARE * mean(theirs, "lsdDb") };
      return HELD.flatMap(([how, held]): Row[] => {
        const heard = networks.map((packets) =>
          receive(packets, codec, 20 * frames + 600, undefined, newPlayout(codec, held)),
        );
        const ours = heard.map(({ pcm: all }) => soundQuality(said, all, 16_000));
        const delayMs = heard.reduce((sum, one) => sum + one.delayMs / heard.length, 0);
        const what = `concealment, ${codec}, ${kind}, ${name}, ${how} (${delayMs.toFixed(0)} ms)`;
        return [
          {
            what: `log-spectral distance: ${what}`,
            ours: mean(ours, "lsdDb"),
            unit: "dB",
            peers: peer("lsdDb"),
            ...goal,
          },
          {
            what: `segmental SNR: ${what}`,
            ours: mean(ours, "snrDb"),
            unit: "dB",
            peers: peer("snrDb"),
            better: "higher",
          },
        ];
      });
    }),
  );
}
