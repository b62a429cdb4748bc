/** The tone that warns of an automatic answer: the phone's own, or the configured one (feature rows AUD-20, CAL-23). */
import type { Log } from "../base/log.ts";
import { parseTone } from "../dsp/tone-text.ts";
import { standardTones } from "../dsp/tones.ts";
import type { Tone } from "../media/protocol.ts";
import type { Settings } from "./ports.ts";

const own = "voice.tone.autoanswer";

/** Always one that ends. Undefined where none is wanted. */
export function answerTone(settings: Settings, log: Log): Tone | undefined {
  if (!settings.flag("features.auto_answer_tone.enable")) return undefined;
  const text = settings.text(own).trim();
  if (!settings.flag("features.custom_auto_answer_tone.enable") || text === "") return standardTones["auto-answer"];
  const read = parseTone(text);
  const why = read.ok
    ? read.tone.parts.some(({ ms }) => ms === 0)
      ? "a part of 0 ms never ends"
      : undefined
    : read.why;
  if (read.ok && why === undefined) return { ...read.tone, repeat: 1 };
  log.warn({}, `${own} = ${text}: ${why}; the usual tone is played`);
  return standardTones["auto-answer"];
}
