/** Media statistics as `GET /panel/media` and the page have them. */
import type { MediaStatistics, StreamStatistics } from "../../media/protocol.ts";

export interface MediaReport {
  /** One for each stream of a call, in the order they were opened. */
  readonly calls: readonly StreamStatistics[];
  readonly device: MediaStatistics["device"];
  /** What is done to the microphone in use, and what it costs in delay. */
  readonly voice: MediaStatistics["voice"];
  readonly loopDelayMs: MediaStatistics["loopDelayMs"];
  /** Of the sound card, since it was opened. */
  readonly underruns: number;
}

export function mediaReport(statistics: MediaStatistics): MediaReport {
  const { streams, device, voice, loopDelayMs } = statistics;
  return { calls: streams, device, voice, loopDelayMs, underruns: device.underruns };
}
