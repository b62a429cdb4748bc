/** The quality of a call in words: rows of the status page (VQM-05, VQM-06) and the line in the log. Pure. */
import { utcText } from "../base/date-time.ts";
import type { StreamStatistics } from "../media/protocol.ts";
import { formatOf } from "../sdp/format.ts";
import type { Settings } from "./ports.ts";
import type { ReportFacts } from "./quality-report.ts";
import { isShown } from "./quality-settings.ts";

type Row = readonly [label: string, value: string];

/** @param running the call goes on: it has no end yet */
export function qualityRows(
  { local, remote, quality }: ReportFacts,
  statistics: StreamStatistics,
  settings: Settings,
  running: boolean,
): readonly Row[] {
  const { heard } = quality;
  const all: readonly (readonly [name: string, label: string, value: string])[] = [
    ["start_time", "Start time", time(quality.startEpochMs)],
    ["stop_time", "Stop time", running ? "" : time(quality.nowEpochMs)],
    ["local_call_id", "Local call ID", bare(local.uri)],
    ["remote_call_id", "Remote call ID", bare(remote.uri)],
    ["local_codec", "Local codec", formatOf(quality.sent.codec).encoding],
    ["remote_codec", "Remote codec", quality.received === undefined ? "" : formatOf(quality.received.codec).encoding],
    ["jitter", "Jitter", `${Math.round(quality.jitterMs)} ms`],
    ["jitter_buffer_max", "Jitter buffer max", heard === undefined ? "" : `${Math.round(heard.bufferMaxMs)} ms`],
    ["packets_lost", "Packets lost", String(quality.lost)],
    ["symm_oneway_delay", "One-way delay", `${Math.round(quality.oneWayMs)} ms`],
    [
      "round_trip_delay",
      "Round trip",
      statistics.roundTripMs === undefined ? "" : `${Math.round(statistics.roundTripMs)} ms`,
    ],
    ["moslq", "MOS-LQ", heard?.mosLq?.toFixed(1) ?? ""],
    ["moscq", "MOS-CQ", heard?.mosCq?.toFixed(1) ?? ""],
  ];
  const shown = all.filter(([name, , value]) => value !== "" && isShown(settings, name));
  return shown.length === 0
    ? []
    : [["RTP status", running ? "Now" : "Last call"], ...shown.map(([, label, value]): Row => [label, value])];
}

/** One line for whoever reads the log after a complaint. */
export function summaryOf({ quality, ...live }: StreamStatistics): { readonly text: string; readonly facts: object } {
  const codec = quality?.received?.codec ?? live.codec;
  const { heard, told, expected = 0, lost = 0, discarded = 0 } = quality ?? {};
  const parts = [
    codec === undefined ? "no sound" : formatOf(codec).encoding,
    `${live.packetsReceived} packets heard, ${lost} lost (${percent(lost, expected)} %), ${discarded} late`,
    `jitter ${(quality?.meanJitterMs ?? 0).toFixed(0)} ms, buffer ${live.bufferDelayMs.toFixed(0)} ms`,
    live.roundTripMs === undefined ? "round trip unknown" : `round trip ${live.roundTripMs.toFixed(0)} ms`,
    `concealed ${(live.concealedFrames / 100).toFixed(1)} s`,
    heard?.mosLq === undefined
      ? "MOS unknown"
      : `MOS ${heard.mosLq.toFixed(1)} heard, ${heard.mosCq?.toFixed(1) ?? "?"} talked, ${quality?.worstMosLq?.toFixed(1) ?? "?"} at worst`,
    told?.mosLq === undefined
      ? `${live.packetsSent} packets sent`
      : `${live.packetsSent} packets sent, heard there with MOS ${told.mosLq.toFixed(1)}`,
  ];
  const facts = { codec, lost, discarded, expected, mosLq: heard?.mosLq, mosCq: heard?.mosCq, rating: heard?.rating };
  return { text: `sound: ${parts.join("; ")}`, facts };
}

function percent(part: number, all: number): string {
  return all === 0 ? "0" : ((part * 100) / all).toFixed(1);
}

/** "sip:100@192.0.2.1;user=phone" is "100@192.0.2.1". */
function bare(uri: string): string {
  return uri.replace(/^sips?:/i, "").replace(/[;?].*$/, "");
}

/** The machine's own zone belongs to the clock's service: UTC, said so. */
function time(epochMs: number): string {
  return `${utcText(epochMs).slice(11, 19)} UTC`;
}
