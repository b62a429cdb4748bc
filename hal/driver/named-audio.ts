/** The sound driver that PCM names ask for: "mic:NAME" and "speaker:NAME" are the packages `mic` and `speaker`, others ALSA's programs. */
import type { Clock } from "../clock.ts";
import { AlsaAudio, type AlsaChoice } from "./alsa-audio.ts";
import { SpeakerMicAudio } from "./speaker-mic.ts";

export interface NamedAudio extends AlsaChoice {
  readonly capture: string;
  readonly playback: string;
}

/** One prefix is enough for both directions: the packages come as a pair. */
export function audioByName(clock: Clock, choice: NamedAudio): AlsaAudio {
  const capture = choice.capture.replace(/^mic:/, "");
  const playback = choice.playback.replace(/^speaker:/, "");
  if (capture === choice.capture && playback === choice.playback) return new AlsaAudio(clock, choice);
  return new SpeakerMicAudio(clock, { ...choice, capture, playback });
}
