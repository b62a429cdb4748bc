/** Formats that go along with a codec: comfort noise (RFC 3389 §6) and redundant audio (RFC 2198 §5); which packets they become is the media's affair. */
import type { CodecName, StreamSettings } from "../media/protocol.ts";
import type { MediaSection } from "./description.ts";
import type { LocalCodec, LocalMedia } from "./media.ts";

/** The type that comfort noise has at 8 kHz without a map (RFC 3551 §6), and what we call the others where we offer. */
const staticNoise = 13;
const dynamicNoise = 98;
const dynamicRed = 121;
const redClockHz = 8000;
/** Codecs whose packets are repeated: the rest has no need, or its own way. */
const repeated: ReadonlySet<CodecName> = new Set(["pcmu", "pcma", "g722"]);
/** Opus describes its pauses itself (RFC 7587 §3.1.3). */
const ownPausesHz = 48_000;

export interface Noise {
  readonly payloadType: number;
  readonly clockHz: number;
}

/** What one description says of them. */
export interface Companions {
  readonly noise: readonly Noise[];
  /** Payload type of redundant audio. */
  readonly red: number | undefined;
}

export const noCompanions: Companions = { noise: [], red: undefined };

/** What the far end says, in the order of its m= line. */
export function companionsOf(section: MediaSection): Companions {
  const noise: Noise[] = [];
  let red: number | undefined;
  const maps = section.rtpMaps;
  for (const text of section.formats) {
    const payloadType = /^\d{1,3}$/.test(text) ? Number(text) : 128;
    if (payloadType > 127) continue;
    const map = maps.get(payloadType);
    const encoding = map?.encoding.toUpperCase();
    if (map === undefined) {
      if (payloadType === staticNoise) noise.push({ payloadType, clockHz: 8000 });
    } else if (encoding === "CN") noise.push({ payloadType, clockHz: map.rateHz });
    else if (encoding === "RED" && map.rateHz === redClockHz) red ??= payloadType;
  }
  return { noise, red };
}

/** What we offer. @param number the session's payload type for a name, given the one that is liked */
export function offeredCompanions(
  local: LocalMedia,
  clocks: readonly number[],
  number: (name: `noise/${number}` | "red", wanted: number) => number,
): Companions {
  const noise = (local.comfortNoise === true ? clocks : [])
    .filter((clockHz) => clockHz !== ownPausesHz)
    .map((clockHz) => ({
      clockHz,
      payloadType: number(`noise/${clockHz}`, clockHz === 8000 ? staticNoise : dynamicNoise),
    }));
  const repeats = (local.redundancy ?? 0) > 0 && local.codecs.some(({ name }) => repeated.has(name));
  return { noise, red: repeats ? number("red", dynamicRed) : undefined };
}

/** What we answer: the offerer's numbers, of what we take part in. */
export function answeredCompanions(local: LocalMedia, codecs: readonly LocalCodec[], theirs: Companions): Companions {
  const takesRed = local.redundancy !== undefined && codecs.some(({ name }) => repeated.has(name));
  return { noise: local.comfortNoise === true ? theirs.noise : [], red: takesRed ? theirs.red : undefined };
}

/** Lines of the description for `companions`, whose numbers stand at the end of the m= line. */
export function companionLines({ noise, red }: Companions, codecs: readonly LocalCodec[]): readonly string[] {
  const lines = noise.map(({ payloadType, clockHz }) => `a=rtpmap:${payloadType} CN/${clockHz}`);
  if (red === undefined) return lines;
  const types = codecs.filter(({ name }) => repeated.has(name)).map(({ payloadType }) => payloadType);
  // One codec alone is carried twice.
  const list = types.length === 1 ? [...types, ...types] : types;
  return [...lines, `a=rtpmap:${red} red/${redClockHz}`, `a=fmtp:${red} ${list.join("/")}`];
}

export function companionTypes({ noise, red }: Companions): readonly number[] {
  return [...noise.map(({ payloadType }) => payloadType), ...(red === undefined ? [] : [red])];
}

/** What both sides have said, for what is sent by `codec` at that clock. */
export function agreedCompanions(
  local: LocalMedia,
  ours: Companions,
  theirs: Companions,
  codec: CodecName,
  clockHz: number,
): Pick<StreamSettings, "comfortNoise" | "red" | "silenceSuppression"> {
  const sent = theirs.noise.find((noise) => noise.clockHz === clockHz);
  const received = ours.noise.find((noise) => noise.clockHz === clockHz);
  const red = theirs.red !== undefined && ours.red !== undefined && repeated.has(codec);
  return {
    ...(sent === undefined || received === undefined
      ? {}
      : { comfortNoise: { sendType: sent.payloadType, receiveType: received.payloadType } }),
    ...(red ? { red: { sendType: theirs.red, receiveType: ours.red, depth: local.redundancy ?? 0 } } : {}),
    ...(local.silenceSuppression === true ? { silenceSuppression: true } : {}),
  };
}
