/** The phone's own music for who is held: a WAV file out of the data folder, given to the media worker (feature row CAL-46 without a server). */
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/configuration.ts";
import type { MediaClient } from "../media/client.ts";
import { readWav } from "../web/panel/wav.ts";

const parameter = "features.hold_music.file";
/** Some minutes in memory, twice; music goes round anyhow. */
const mostSeconds = 180;

export interface HoldMusicFileParts {
  readonly settings: Pick<Configuration, "text" | "onChange">;
  readonly media: Pick<MediaClient, "request">;
  readonly log: Log;
  /** Where the files lie. */
  readonly folder: string;
}

/** Again each time the parameter changes; what is wrong with a file is logged, and held people hear nothing. */
export async function followHoldMusic(parts: HoldMusicFileParts): Promise<void> {
  const { settings, log } = parts;
  settings.onChange.on((names) => {
    if (names.has(parameter)) void load(parts).catch((error: unknown) => log.warn({}, reasonOf(error)));
  });
  if (settings.text(parameter).trim() !== "") await load(parts);
}

async function load({ settings, media, log, folder }: HoldMusicFileParts): Promise<void> {
  const name = settings.text(parameter).trim();
  const sound = name === "" ? undefined : await read(folder, name);
  if (sound?.ok === false) log.warn({}, `${parameter} = ${name}: ${sound.why}; people on hold hear nothing`);
  const found = sound?.ok === true ? { samples: sound.samples, rateHz: sound.rateHz } : undefined;
  await media.request({ type: "hold-music", sound: found });
  if (found !== undefined) log.info({}, `people on hold hear ${name}`);
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
