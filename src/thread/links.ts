/** Small wires between parts that do not know each other: the media worker, its settings, and the phone. */
import type { AudioChoice } from "../../board/board.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../config/configuration.ts";
import type { MediaClient } from "../media/client.ts";
import type { MediaEvent } from "../media/protocol.ts";
import type { Phone } from "../phone/phone.ts";
import { mediaTuning } from "../phone/settings.ts";

/** What the media worker tells of; a person hears its death as a gap, so the LCD says why. */
export function connectMedia(media: MediaClient, phone: Phone, log: Log): void {
  media.onEvent.on((event) => {
    if (event.type === "path") tellPath(log, event);
    if (event.type === "quality") phone.quality.told(event);
    phone.mediaEvent(event);
  });
  media.onDied.on(({ why, restartInMs }) => {
    log.error({ restartInMs }, `the media worker died: ${why}`);
    phone.notice("media worker", "Sound failed, restarting");
  });
  media.onRestored.on(({ lost }) => {
    log.warn({ lost }, "the media worker runs again");
    phone.notice("media worker", undefined);
    for (const call of lost) phone.hangUp(call);
  });
  // It may have been told before anybody listened.
  if (media.audioTrouble !== undefined) phone.mediaEvent(media.audioTrouble);
}

/**
 * The files that the command line names for sound must be usable: a wrong name is a mistake of this moment. A card that
 * is absent may still be plugged in. Throws with the reason.
 */
export function checkSoundFiles({ mic, speaker }: AudioChoice, media: MediaClient): void {
  const trouble = media.audioTrouble;
  if (trouble !== undefined && (mic !== undefined || speaker !== undefined)) throw new Error(trouble.why);
}

/** Tells the media worker how to run, now and whenever the configuration says something else. Rejects only the first time. */
export async function followTuning(config: Configuration, media: MediaClient, cname: string, log: Log): Promise<void> {
  let told = JSON.stringify(mediaTuning(config, cname));
  await media.tune(mediaTuning(config, cname));
  config.onChange.on(() => {
    const tuning = mediaTuning(config, cname);
    const text = JSON.stringify(tuning);
    if (text === told) return;
    told = text;
    media.tune(tuning).catch((error: unknown) => log.warn({}, reasonOf(error)));
  });
}

/** What ICE came to (feature row NET-27). */
function tellPath(log: Log, { stream, name, way }: Extract<MediaEvent, { type: "path" }>): void {
  if (name === "connected") log.info({ stream, way }, `call ${stream}: sound goes from ${way}`);
  else if (name === "failed") log.warn({ stream }, `call ${stream}: no way for the sound was found, ${way}`);
  else log.warn({ stream, way }, `call ${stream}: the far end is no longer reached, nothing is sent to it any more`);
}
