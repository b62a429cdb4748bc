/** What payload types mean: the static table of RFC 3551 §6, dynamic maps, and the codecs of this phone; not which of them is chosen. */

import type { CodecName, FormatParameters } from "../media/protocol.ts";
import type { MediaSection } from "./description.ts";
import { parseFormatParameters } from "./format-parameters.ts";

/** A codec as SDP names it. */
interface CodecFormat {
  readonly codec: CodecName;
  readonly encoding: string;
  /** The RTP clock. G.722 has 8000 though it samples at 16000 (RFC 3551 §4.5.2). */
  readonly clockHz: number;
  readonly channels: number;
  readonly staticType: number | undefined;
}

function dynamic(codec: CodecName, encoding: string, clockHz: number, channels = 1): CodecFormat {
  return { codec, encoding, clockHz, channels, staticType: undefined };
}

const formats: readonly CodecFormat[] = [
  { codec: "pcmu", encoding: "PCMU", clockHz: 8000, channels: 1, staticType: 0 },
  { codec: "pcma", encoding: "PCMA", clockHz: 8000, channels: 1, staticType: 8 },
  { codec: "g722", encoding: "G722", clockHz: 8000, channels: 1, staticType: 9 },
  { codec: "g729", encoding: "G729", clockHz: 8000, channels: 1, staticType: 18 },
  // Always two channels, whatever is sent (RFC 7587 §7).
  dynamic("opus", "opus", 48_000, 2),
  dynamic("g726-16", "G726-16", 8000),
  dynamic("g726-24", "G726-24", 8000),
  dynamic("g726-32", "G726-32", 8000),
  dynamic("g726-40", "G726-40", 8000),
  dynamic("aal2-g726-16", "AAL2-G726-16", 8000),
  dynamic("aal2-g726-24", "AAL2-G726-24", 8000),
  dynamic("aal2-g726-32", "AAL2-G726-32", 8000),
  dynamic("aal2-g726-40", "AAL2-G726-40", 8000),
  dynamic("l16-8000", "L16", 8000),
  dynamic("l16-16000", "L16", 16_000),
  dynamic("ilbc", "iLBC", 8000),
];

export function formatOf(codec: CodecName): CodecFormat {
  const format = formats.find((f) => f.codec === codec);
  if (format === undefined) throw new TypeError(`bug: no SDP format of codec ${codec}`);
  return format;
}

/** What one payload type of a media section stands for, as far as this phone knows it. */
export type KnownFormat =
  | {
      readonly kind: "codec";
      readonly payloadType: number;
      readonly codec: CodecName;
      readonly clockHz: number;
      readonly parameters: FormatParameters;
    }
  | { readonly kind: "event"; readonly payloadType: number; readonly clockHz: number };

/** The formats we know, in the order of the `m=` line; each number once. */
export function knownFormats(media: MediaSection): readonly KnownFormat[] {
  const maps = media.rtpMaps;
  const seen = new Set<number>();
  const known: KnownFormat[] = [];
  for (const text of media.formats) {
    const payloadType = /^\d{1,3}$/.test(text) ? Number(text) : 128;
    if (payloadType > 127 || seen.has(payloadType)) continue;
    seen.add(payloadType);
    const map = maps.get(payloadType);
    const encoding = map?.encoding.toUpperCase();
    if (encoding === "TELEPHONE-EVENT" && map !== undefined) {
      known.push({ kind: "event", payloadType, clockHz: map.rateHz });
      continue;
    }
    // A map counts before the static table: the far end says what it sends.
    const format = formats.find((f) =>
      map === undefined
        ? f.staticType === payloadType
        : f.encoding.toUpperCase() === encoding && clockFits(f, map.rateHz) && f.channels === map.channels,
    );
    if (format === undefined) continue;
    const parameters = parseFormatParameters(media.formatParameters(payloadType));
    known.push({ kind: "codec", payloadType, codec: format.codec, clockHz: format.clockHz, parameters });
  }
  return known;
}

function clockFits(format: CodecFormat, rateHz: number): boolean {
  // Devices that read RFC 3551 §4.5.2 wrongly write the sampling rate of G.722.
  return rateHz === format.clockHz || (format.codec === "g722" && rateHz === 16000);
}
