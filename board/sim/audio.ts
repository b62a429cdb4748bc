/** The simulated sound card of board `sim`, with what the command line says about its microphone and its speaker. */
import type { AudioDevice } from "../../hal/audio.ts";
import type { Clock } from "../../hal/clock.ts";
import { readWhole, WrittenFile } from "../../hal/driver/os/files.ts";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { SimAudio } from "../../hal/driver/sim/audio.ts";
import { parseWav, toMono } from "../../hal/driver/wav.ts";
import { WavRecorder } from "../../hal/driver/wav-recorder.ts";
import { HalError } from "../../hal/error.ts";
import type { AudioChoice } from "../board.ts";

const rateHz = 16_000;

/** @throws HalError naming the file that cannot be read or written */
export async function openSimAudio(clock: Clock, choice: AudioChoice): Promise<AudioDevice> {
  return new SimAudio(clock, {
    ...(choice.mic === undefined ? {} : { microphone: microphoneOf(choice.mic) }),
    once: choice.micOnce === true,
    ...(choice.room === undefined ? {} : { room: choice.room }),
    ...(choice.speaker === undefined ? {} : { record: recorderOf(choice.speaker) }),
  });
}

function microphoneOf(path: string): Int16Array {
  try {
    const sound = parseWav(readWhole(path));
    return convertRate(toMono(sound), sound.rateHz, rateHz);
  } catch (cause) {
    throw new HalError(`microphone file ${path}`, "absent", cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

function recorderOf(path: string): WavRecorder {
  try {
    return new WavRecorder(new WrittenFile(path), rateHz);
  } catch (cause) {
    throw new HalError(`speaker file ${path}`, "refused", cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}
