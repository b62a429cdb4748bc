/**
 * `npm run replay -- FILE [WAV]`: plays a recording of the flight recorder again through the playout of a call, writes
 * what the person heard beside it, and tells second by second what the network did and what was done about it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Flight, replay } from "../../src/media/flight-replay.ts";
import { writeWav } from "../../src/web/panel/wav.ts";

const rateHz = 16_000;

/** The text that explains a recording. */
export function explained({ header, seconds, heard, torn }: Flight): string {
  const when = new Date(header.epochMs).toISOString();
  const lines = [
    `call ${header.stream}, taken at ${when}, ${header.complete ? "from its beginning" : "its last minutes: the delay settles in the first of them"}`,
  ];
  if (torn) lines.push("the file ends in the middle of a record: what is behind it is lost");
  if (heard === undefined)
    lines.push("made without sound (features.flight_recorder.mode = 1): there is nothing to hear, mode 2 keeps it");
  const words = [
    "second",
    "came",
    "played",
    "lost",
    "late",
    "skipped",
    "made up ms",
    "stretched ms",
    "delay ms",
    "target ms",
  ];
  lines.push("", words.join("  "));
  const cell = (value: number, i: number) => String(value).padStart(words[i]?.length ?? 0);
  for (const s of seconds) {
    const row = [s.second, s.arrived, s.played, s.lost, s.late, s.skipped, s.concealedMs, s.stretchedMs];
    lines.push([...row, Math.round(s.delayMs), Math.round(s.targetMs)].map(cell).join("  "));
  }
  const sum = (of: (second: Flight["seconds"][number]) => number) => seconds.reduce((all, one) => all + of(one), 0);
  const missing = sum((s) => s.lost + s.late + s.skipped);
  const all = missing + sum((s) => s.played);
  lines.push(
    "",
    `${seconds.length} s: ${all} packets, ${missing} of them never heard (${all === 0 ? 0 : ((100 * missing) / all).toFixed(1)} %: ${sum((s) => s.lost)} lost, ${sum((s) => s.late)} late, ${sum((s) => s.skipped)} skipped), ${sum((s) => s.concealedMs) / 1000} s made up`,
  );
  return lines.join("\n");
}

/** @returns the exit status */
export function main(args: readonly string[], say: (line: string) => void): number {
  const [file, wav] = args;
  if (file === undefined || args.length > 2) {
    say("npm run replay -- FILE [WAV]   FILE: flight-*.bin of the phone's data folder; WAV: FILE.wav unless told");
    return 2;
  }
  try {
    const flight = replay(readFileSync(file));
    say(explained(flight));
    if (flight.heard === undefined) return 0;
    const target = wav ?? `${file.replace(/\.bin$/, "")}.wav`;
    writeFileSync(target, writeWav(flight.heard, rateHz), { mode: 0o600 });
    say(`what was heard: ${target}`);
    return 0;
  } catch (error) {
    say(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = main(process.argv.slice(2), (line) => void process.stdout.write(`${line}\n`));
