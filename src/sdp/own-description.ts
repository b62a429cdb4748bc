/** The description that we send, offer or answer (RFC 3264 §5, §6, §8): its m= lines keep their places, its version counts changes, its numbers keep their meaning. */

import { iceAttributes, type NamedPairs } from "../ice/sdp.ts";
import type { CodecName, Direction, Endpoint, IceLocal } from "../media/protocol.ts";
import {
  answeredCompanions,
  type Companions,
  companionLines,
  companionTypes,
  noCompanions,
  offeredCompanions,
} from "./companions.ts";
import type { MediaSection } from "./description.ts";
import { formatOf, type KnownFormat } from "./format.ts";
import { answeredParameters, formatParametersText, noParameters, someParameters } from "./format-parameters.ts";
import type { LocalCodec, LocalMedia } from "./media.ts";
import { cryptoLines, noSecurity, type OwnSecurity, type SecurityMemory } from "./security.ts";

/** One m= line of the session: our audio, our audio while the far end has it switched off, or a stream that stays rejected. */
export type Slot =
  | { readonly name: "audio" }
  | { readonly name: "closed"; readonly line: string }
  | { readonly name: "rejected"; readonly line: string };

export const audioSlot: Slot = { name: "audio" };

/** As §6 has it: the same media, protocol and formats, port 0. */
export function rejected(section: MediaSection): Slot {
  return { name: "rejected", line: `m=${section.kind} 0 ${section.protocol} ${section.formats.join(" ")}` };
}

/** Audio that the far end closed by port 0, and that a later offer of ours may open again (§8.2). */
export function closed(section: MediaSection): Slot {
  return { name: "closed", line: `m=${section.kind} 0 ${section.protocol} ${section.formats.join(" ")}` };
}

/** What a payload type may stand for; telephone-event has one for each clock (RFC 4733 §2.1). */
export type FormatName = CodecName | `event/${number}` | `noise/${number}` | "red";

export interface OwnSession {
  readonly sessionId: string;
  /** Of the description last sent. */
  readonly version: number | undefined;
  /** The description last sent, without its version. */
  readonly body: string;
  readonly slots: readonly Slot[];
  /** Payload types that this session has given a meaning (§8.3.2: it never changes). */
  readonly numbers: ReadonlyMap<number, FormatName>;
  /** How often ICE was restarted, by whomever; and by this side. */
  readonly iceGeneration: number;
  readonly iceRestarts: number;
  readonly security: SecurityMemory;
}

/** What a description says of ICE, and whether RTCP shares the port of RTP (RFC 5761). */
export type Transport =
  | { readonly name: "plain"; readonly rtcpMux?: "offered" | "agreed" | "no" }
  /** The far end's candidates do not fit its c= and m= (RFC 8839 §4.2.5). */
  | { readonly name: "ice-mismatch" }
  | {
      readonly name: "ice";
      readonly generation: number;
      readonly rtcpMux: "offered" | "agreed" | "no";
      readonly named?: NamedPairs | undefined;
    };

export interface OwnEvent {
  readonly payloadType: number;
  readonly clockHz: number;
}

/** The audio of one description of ours, with the numbers that it used. */
export interface OwnAudio {
  readonly local: LocalMedia;
  readonly codecs: readonly LocalCodec[];
  /** telephone-event by clock. */
  readonly events: readonly OwnEvent[];
  /** Comfort noise and redundant audio. */
  readonly companions: Companions;
  readonly direction: Direction;
  readonly transport: Transport;
  readonly security: OwnSecurity;
  /** RTCP of reduced size is taken (RFC 5506 §5). */
  readonly reducedSize: boolean;
}

/** What is said besides formats and direction. */
export interface Manner {
  readonly transport: Transport;
  readonly security: OwnSecurity;
  readonly memory: SecurityMemory;
  /** RTCP of reduced size was offered to us. */
  readonly reducedSize?: boolean;
  /** Comfort noise and redundant audio of the offer that is answered. */
  readonly offeredCompanions?: Companions;
  /** Lines of the audio (RFC 3312). */
  readonly preconditions?: readonly string[];
}

/** @param answering the common formats, numbered by the offerer; undefined in an offer. */
export function ownDescription(
  session: OwnSession,
  local: LocalMedia,
  slots: readonly Slot[],
  direction: Direction,
  answering: readonly KnownFormat[] | undefined,
  manner: Manner = { transport: { name: "plain" }, security: noSecurity, memory: session.security },
): { readonly own: OwnSession; readonly audio: OwnAudio; readonly sdp: string } {
  const numbers = new Map(session.numbers);
  const audio =
    answering === undefined
      ? offeredAudio(local, direction, numbers, manner)
      : answeredAudio(local, direction, answering, numbers, manner);
  const { transport, preconditions = [] } = manner;
  const iceGeneration = transport.name === "ice" ? transport.generation : session.iceGeneration;
  const family = local.address.includes(":") ? "IP6" : "IP4";
  const media = slots.flatMap((slot) =>
    slot.name === "audio" ? [...audioLines(audio), ...preconditions] : [slot.line],
  );
  // RFC 2543 had no directions: who is held sends to no address.
  const nowhere = local.hold && local.holdStyle === "zero-address";
  const { rtp } = namedAt(local, transport);
  const shown = rtp.address.includes(":") ? "IP6" : "IP4";
  const connection = nowhere ? (shown === "IP6" ? "::" : "0.0.0.0") : rtp.address;
  const tail = ["s=-", `c=IN ${shown} ${connection}`, "t=0 0", ...media].map((line) => `${line}\r\n`).join("");
  const origin = `IN ${family} ${local.address}`;
  const body = `${origin}\r\n${tail}`;
  const version = session.version === undefined ? 1 : session.body === body ? session.version : session.version + 1;
  const iceRestarts = answering === undefined ? (local.ice?.restarts ?? 0) : session.iceRestarts;
  return {
    own: {
      ...{ sessionId: session.sessionId, version, body, slots, numbers, iceGeneration, iceRestarts },
      security: manner.memory,
    },
    audio,
    sdp: `v=0\r\no=- ${session.sessionId} ${version} ${body}`,
  };
}

function offeredAudio(
  local: LocalMedia,
  direction: Direction,
  numbers: Map<number, FormatName>,
  { transport, security, reducedSize = false }: Manner,
): OwnAudio {
  const codecs = local.codecs.map((codec) => ({
    ...codec,
    payloadType: numberFor(codec.name, codec.payloadType, numbers),
  }));
  const events = offeredEvents(local, numbers);
  const companions = offeredCompanions(local, clocksOf(codecs), (name, wanted) => numberFor(name, wanted, numbers));
  return { local, codecs, events, companions, direction, transport, security, reducedSize };
}

/** One for each clock of our codecs, those of 8 kHz first: events run on the clock of the audio they stand in (RFC 4733 §2.1). */
function offeredEvents({ dtmfType, codecs }: LocalMedia, numbers: Map<number, FormatName>): readonly OwnEvent[] {
  if (dtmfType === undefined) return [];
  return clocksOf(codecs).map((clockHz) => ({
    clockHz,
    payloadType: numberFor(`event/${clockHz}`, dtmfType, numbers),
  }));
}

function clocksOf(codecs: readonly LocalCodec[]): readonly number[] {
  return [...new Set(codecs.map(({ name }) => formatOf(name).clockHz))].sort((a, b) => a - b);
}

/** The number that this session uses for a format: the one it had, else the wanted one, else a free dynamic one. */
function numberFor(what: FormatName, wanted: number, numbers: Map<number, FormatName>): number {
  if (numbers.get(wanted) === what) return wanted;
  for (const [number, meaning] of numbers) if (meaning === what) return number;
  let number = wanted;
  for (let i = 96; numbers.has(number) && i <= 127; i++) number = i;
  numbers.set(number, what);
  return number;
}

/** §6.1: the answer keeps the offerer's numbers and order. */
function answeredAudio(
  local: LocalMedia,
  direction: Direction,
  formats: readonly KnownFormat[],
  numbers: Map<number, FormatName>,
  { transport, security, reducedSize = false, offeredCompanions: theirs = noCompanions }: Manner,
): OwnAudio {
  const codecs: LocalCodec[] = [];
  const events: OwnEvent[] = [];
  for (const format of formats) {
    const { payloadType, clockHz } = format;
    if (format.kind === "codec") {
      const ours = local.codecs.find((c) => c.name === format.codec)?.parameters ?? noParameters;
      const parameters = answeredParameters(format.codec, ours, format.parameters);
      codecs.push({ name: format.codec, payloadType, parameters: someParameters(parameters) });
      numbers.set(payloadType, format.codec);
    } else {
      events.push({ payloadType, clockHz });
      numbers.set(payloadType, `event/${clockHz}`);
    }
  }
  const companions = answeredCompanions(local, codecs, theirs);
  for (const { payloadType, clockHz } of companions.noise) numbers.set(payloadType, `noise/${clockHz}`);
  if (companions.red !== undefined) numbers.set(companions.red, "red");
  return { local, codecs, events, companions, direction, transport, security, reducedSize };
}

function audioLines(audio: OwnAudio): readonly string[] {
  const { codecs, events, direction, local } = audio;
  const types = [...[...codecs, ...events].map(({ payloadType }) => payloadType), ...companionTypes(audio.companions)];
  const { rtp } = namedAt(local, audio.transport);
  const lines = [`m=audio ${rtp.port} ${audio.security.profile} ${types.join(" ")}`, ...cryptoLines(audio.security)];
  for (const { name, payloadType, parameters } of codecs) {
    const { encoding, clockHz, channels } = formatOf(name);
    lines.push(`a=rtpmap:${payloadType} ${encoding}/${clockHz}${channels === 1 ? "" : `/${channels}`}`);
    const text = formatParametersText(parameters ?? noParameters);
    if (text !== "") lines.push(`a=fmtp:${payloadType} ${text}`);
  }
  // Digits 0 to 9, *, #, A to D (RFC 4733 §3.2).
  for (const { payloadType, clockHz } of events)
    lines.push(`a=rtpmap:${payloadType} telephone-event/${clockHz}`, `a=fmtp:${payloadType} 0-15`);
  lines.push(...companionLines(audio.companions, codecs));
  lines.push(`a=ptime:${local.ptimeMs}`, `a=${direction}`);
  return [...lines, ...rtcpLines(audio), ...iceLines(audio)];
}

/** Where we are reached: what the checks of ICE chose, else what was gathered. */
function namedAt(
  local: LocalMedia,
  transport: Transport,
): { readonly rtp: Endpoint; readonly rtcp?: Endpoint | undefined } {
  const named = transport.name === "ice" ? transport.named : undefined;
  const rtp = named?.find((pair) => pair.component === 1)?.local;
  if (rtp === undefined) return { rtp: { address: local.address, port: local.port }, rtcp: local.rtcp };
  return { rtp, rtcp: named?.find((pair) => pair.component === 2)?.local };
}

/** Where RTCP goes when that is not the port above (RFC 3605), or that it shares the port of RTP. */
function rtcpLines({ local, transport, reducedSize }: OwnAudio): readonly string[] {
  const lines: string[] = [];
  const { rtp, rtcp } = namedAt(local, transport);
  const mux = transport.name === "ice-mismatch" ? "no" : transport.rtcpMux;
  if (rtcp !== undefined && mux !== "agreed" && (rtcp.port !== rtp.port + 1 || rtcp.address !== rtp.address))
    lines.push(`a=rtcp:${rtcp.port} IN ${rtcp.address.includes(":") ? "IP6" : "IP4"} ${rtcp.address}`);
  if (mux !== "no" && mux !== undefined) lines.push("a=rtcp-mux");
  if (reducedSize) lines.push("a=rtcp-rsize");
  if (local.rtcpManner?.extended === true) lines.push("a=rtcp-xr:rcvr-rtt=all voip-metrics");
  return lines;
}

function iceLines({ local, transport }: OwnAudio): readonly string[] {
  if (transport.name === "ice-mismatch") return ["a=ice-mismatch"];
  if (transport.name === "plain" || local.ice === undefined) return [];
  const ice: IceLocal =
    transport.rtcpMux === "agreed"
      ? { ...local.ice, candidates: local.ice.candidates.filter((c) => c.component === 1) }
      : local.ice;
  const named = transport.rtcpMux === "agreed" ? transport.named?.filter((p) => p.component === 1) : transport.named;
  return iceAttributes(ice, transport.generation, named).map((value) => `a=${value}`);
}
