/** What the media worker tells of, taken to the part of the phone that it is about. */
import type { MediaEvent } from "../media/protocol.ts";
import type { Assembly, PhoneParts } from "./assembly.ts";

export function takeMediaEvent(
  { clock, log }: Pick<PhoneParts, "clock" | "log">,
  { calls, paging, recording, alerts }: Assembly,
  event: MediaEvent,
): void {
  const callOf = (stream: number) => calls.list.find((c) => c.stream === stream);
  switch (event.type) {
    case "receiving":
      paging.receiving(event.stream, event.on);
      callOf(event.stream)?.receiving(event.on);
      return;
    case "recorded":
      recording.taken(event);
      return;
    case "key-ending":
      calls.keysEnding(event.stream);
      return;
    case "chosen":
      callOf(event.stream)?.session?.choosePath(event.controlling, event.chosen);
      return;
    case "path": {
      // The far end is not reached any more (RFC 7675 §5.1), or never was: who hears nothing is told why.
      const call = callOf(event.stream);
      if (call !== undefined && event.name !== "connected")
        alerts.soundless(event.name === "lost" && call.session?.restartIce() === true, clock);
      return;
    }
    case "audio-trouble":
      alerts.audioTrouble(event, log);
      return;
    default:
      return;
  }
}
