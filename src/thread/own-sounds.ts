/**
 * The phone's own sounds, WAV files out of the data folder, given to the media worker: music for who is held (CAL-46
 * without a server), and what both sides hear when a recording begins (CAL-85).
 */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/configuration.ts";
import type { MediaClient } from "../media/client.ts";
import { readWav } from "../web/panel/wav.ts";

const sounds = [
  { parameter: "features.hold_music.file", type: "hold-music", heard: "people on hold hear" },
  {
    parameter: "features.usb_call_recording.announcement",
    type: "announcement",
    heard: "when a recording begins all hear",
  },
] as const;
/** Some minutes in memory, twice; music goes round anyhow. */
const mostSeconds = 180;

export interface OwnSoundsParts {
  readonly settings: Pick<Configuration, "text" | "onChange">;
  readonly media: Pick<MediaClient, "request">;
  readonly log: Log;
  /** Where the files lie. */
  readonly folder: string;
}

/** Again each time a parameter changes; what is wrong with a file is logged, and it is as if there were none. */
export async function followOwnSounds(parts: OwnSoundsParts): Promise<void> {
  const { settings, log } = parts;
  settings.onChange.on((names) => {
    for (const sound of sounds)
      if (names.has(sound.parameter)) void load(parts, sound).catch((error: unknown) => log.warn({}, reasonOf(error)));
  });
  for (const sound of sounds) if (settings.text(sound.parameter).trim() !== "") await load(parts, sound);
}

async function load(
  { settings, media, log, folder }: OwnSoundsParts,
  { parameter, type, heard }: (typeof sounds)[number],
): Promise<void> {
  const name = settings.text(parameter).trim();
  const sound = name === "" ? undefined : await read(folder, name);
  if (sound?.ok === false) log.warn({}, `${parameter} = ${name}: ${sound.why}`);
  await media.request({
    type,
    sound: sound?.ok === true ? { samples: sound.samples, rateHz: sound.rateHz } : undefined,
  });
  if (sound?.ok === true) log.info({}, `${heard} ${name}`);
}

async function read(folder: string, name: string): Promise<ReturnType<typeof readWav>> {
  if (name !== basename(name) || name.startsWith("."))
    return { ok: false, why: `it is no name of a file in ${folder}` };
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(folder, name));
  } catch (error) {
    return { ok: false, why: reasonOf(error) };
  }
  const sound = readWav(bytes);
  if (!sound.ok || sound.samples.length <= mostSeconds * sound.rateHz) return sound;
  return { ...sound, samples: sound.samples.slice(0, mostSeconds * sound.rateHz) };
}
