/** The body of a report of voice quality, application/vq-rtcpxr: RFC 6035 §4.6. Pure text; when one is sent and to whom is quality.ts. */
import { utcText } from "../base/date-time.ts";
import type { CallQuality, QualityFormat, VoipMetrics } from "../media/call-quality.ts";
import { formatOf } from "../sdp/format.ts";

export type Severity = "Warning" | "Critical";

export type ReportKind =
  | { readonly type: "session" }
  | { readonly type: "interval" }
  /** §4.6.2: MOSLQ as the RFC names it; OWD for the delay of one way, as collectors know it. */
  | { readonly type: "alert"; readonly metric: "MOSLQ" | "OWD"; readonly severity: Severity };

export interface ReportParty {
  readonly displayName: string;
  readonly uri: string;
}

export interface ReportFacts {
  readonly callId: string;
  readonly local: ReportParty;
  readonly remote: ReportParty;
  readonly direction: "in" | "out";
  /** Ours, with colons. */
  readonly mac: string;
  readonly dialog: { readonly localTag: string; readonly remoteTag: string } | undefined;
  readonly quality: CallQuality;
}

const plc = { unspecified: 0, none: 1, enhanced: 2, standard: 3 } as const;
const adaptive = { unknown: 0, fixed: 2, adaptive: 3 } as const;

/** The whole body, lines ended by CRLF. */
export function reportText(kind: ReportKind, facts: ReportFacts): string {
  const { quality, local, remote, direction } = facts;
  const { heard, told } = quality;
  const lines = [
    headOf(kind),
    `CallID: ${word(facts.callId)}`,
    `LocalID: ${partyText(local)}`,
    `RemoteID: ${partyText(remote)}`,
    `OrigID: ${partyText(direction === "out" ? local : remote)}`,
    `LocalAddr: ${addressText(quality.local)}`,
    `RemoteAddr: ${addressText(quality.remote)}`,
    `LocalGroup: ${word(quality.local.address)}`,
    `RemoteGroup: ${word(quality.remote.address)}`,
    `LocalMAC: ${facts.mac}`,
    "LocalMetrics:",
    ...metricsLines(quality, quality.received, heard, quality),
  ];
  if (told !== undefined) lines.push("RemoteMetrics:", ...metricsLines(quality, quality.sent, told, undefined));
  if (facts.dialog !== undefined) lines.push(dialogLine(facts.callId, facts.dialog, direction));
  return lines.map((line) => `${line}\r\n`).join("");
}

function headOf(kind: ReportKind): string {
  switch (kind.type) {
    case "session":
      return "VQSessionReport: CallTerm";
    case "interval":
      return "VQIntervalReport";
    case "alert":
      return `VQAlertReport: Type=${kind.metric} Severity=${kind.severity} Dir=local`;
    default:
      return kind satisfies never;
  }
}

/** @param own what only the reporting side knows of itself */
function metricsLines(
  quality: CallQuality,
  format: QualityFormat | undefined,
  m: VoipMetrics | undefined,
  own: CallQuality | undefined,
): string[] {
  const lines = [`Timestamps: START=${utcText(quality.startEpochMs)} STOP=${utcText(quality.nowEpochMs)}`];
  if (format !== undefined)
    lines.push(`SessionDesc: ${formatText(format, m)} SSUP=${quality.silenceSuppression ? "on" : "off"}`);
  if (m === undefined) return lines;
  const delays = [`RTD=${ms(m.roundTripMs)}`, `ESD=${ms(m.endSystemMs)}`];
  if (own !== undefined)
    delays.push(`SOWD=${ms(own.oneWayMs)}`, `IAJ=${ms(own.jitterMs)}`, `MAJ=${ms(own.meanJitterMs)}`);
  lines.push(
    `JitterBuffer: JBA=${adaptive[m.buffer]} JBR=${m.bufferRate} JBN=${ms(m.bufferNominalMs)} JBM=${ms(m.bufferMaxMs)} JBX=${ms(m.bufferAbsoluteMaxMs)}`,
    `PacketLoss: NLR=${percent(m.lossPercent)} JDR=${percent(m.discardPercent)}`,
    `BurstGapLoss: BLD=${percent(m.burstDensityPercent)} BD=${long(m.burstMs)} GLD=${percent(m.gapDensityPercent)} GD=${long(m.gapMs)} GMIN=${Math.max(1, m.gapThreshold)}`,
    `Delay: ${delays.join(" ")}`,
  );
  const signal = [
    ...level("SL", m.signalDbm0),
    ...level("NL", m.noiseDbm0),
    ...(m.echoLossDb === undefined ? [] : [`RERL=${Math.round(m.echoLossDb)}`]),
  ];
  if (signal.length > 0) lines.push(`Signal: ${signal.join(" ")}`);
  const estimates = [
    ...(m.rating === undefined ? [] : [`RLQ=${Math.round(m.rating)}`]),
    ...(own?.ratingCq === undefined ? [] : [`RCQ=${Math.round(own.ratingCq)}`]),
    ...(m.mosLq === undefined ? [] : [`MOSLQ=${m.mosLq.toFixed(1)}`]),
    ...(m.mosCq === undefined ? [] : [`MOSCQ=${m.mosCq.toFixed(1)}`]),
  ];
  if (estimates.length > 0)
    lines.push(`QualityEst: ${estimates.join(" ")}${own === undefined ? "" : " QoEEstAlg=G.107"}`);
  return lines;
}

function formatText({ codec, payloadType, packetMs }: QualityFormat, m: VoipMetrics | undefined): string {
  const { encoding, clockHz } = formatOf(codec);
  // What RTP counts in is not what G.722 samples at (RFC 3551 §4.5.2).
  const sampleHz = codec === "g722" ? 16_000 : clockHz;
  const frameMs = codec === "g729" ? 10 : packetMs;
  const frames = Math.max(1, Math.round(packetMs / frameMs));
  const parts = [`PT=${payloadType}`, `PD=${encoding}`, `SR=${sampleHz}`, `FD=${Math.round(frameMs)}`];
  parts.push(`FPP=${frames}`, `PPS=${Math.round(1000 / Math.max(1, packetMs))}`);
  if (m !== undefined) parts.push(`PLC=${plc[m.concealment]}`);
  return parts.join(" ");
}

function dialogLine(callId: string, dialog: NonNullable<ReportFacts["dialog"]>, direction: "in" | "out"): string {
  const { localTag, remoteTag } = dialog;
  const [from, to] = direction === "out" ? [localTag, remoteTag] : [remoteTag, localTag];
  return `DialogID: ${word(callId)};to-tag=${word(to)};from-tag=${word(from)}`;
}

function addressText(at: {
  readonly address: string;
  readonly port: number;
  readonly ssrc: number | undefined;
}): string {
  // The grammar wants a source; 0 for one that never sent.
  return `IP=${at.address} PORT=${at.port} SSRC=0x${(at.ssrc ?? 0).toString(16)}`;
}

function partyText({ displayName, uri }: ReportParty): string {
  const name = printable(displayName).replace(/["\\]/g, "\\$&");
  return name === "" ? `<${printable(uri)}>` : `"${name}" <${printable(uri)}>`;
}

/** A name from the far end must not begin a line of its own. */
function printable(text: string): string {
  return [...text]
    .filter((c) => c >= " " && c !== "\u007f")
    .join("")
    .trim();
}

function word(text: string): string {
  return printable(text).replaceAll(" ", "") || "unknown";
}

function ms(value: number): number {
  return Math.max(0, Math.min(65_535, Math.round(value)));
}

function long(value: number): number {
  return Math.max(0, Math.min(3_600_000, Math.round(value)));
}

function percent(value: number): string {
  return Math.max(0, Math.min(100, value)).toFixed(1);
}

function level(name: string, dbm0: number | undefined): string[] {
  return dbm0 === undefined ? [] : [`${name}=${Math.max(-99, Math.min(3, Math.round(dbm0)))}`];
}
