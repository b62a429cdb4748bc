/** The list of codecs. A new one is a file beside this one, its name in CodecName, and a line here. */
import type { CodecName } from "../media/protocol.ts";
import type { Codec, CodecFormat } from "./codec.ts";
import { pcma, pcmu } from "./g711.ts";
import { g722 } from "./g722.ts";
import { missingCodec } from "./missing.ts";

const notHere = "this version of the phone does not have it";

function narrow(name: CodecName, bytesPerMs: number): CodecFormat {
  return { name, rateHz: 8000, rtpClockHz: 8000, samplesPerMs: 8, bytesPerMs };
}

export const codecs: Readonly<Record<CodecName, Codec>> = {
  pcmu,
  pcma,
  g722,
  opus: missingCodec({ name: "opus", rateHz: 16_000, rtpClockHz: 48_000, samplesPerMs: 16, bytesPerMs: 64 }, notHere),
  "g726-16": missingCodec(narrow("g726-16", 2), notHere),
  "g726-24": missingCodec(narrow("g726-24", 3), notHere),
  "g726-32": missingCodec(narrow("g726-32", 4), notHere),
  "g726-40": missingCodec(narrow("g726-40", 5), notHere),
  "aal2-g726-16": missingCodec(narrow("aal2-g726-16", 2), notHere),
  "aal2-g726-24": missingCodec(narrow("aal2-g726-24", 3), notHere),
  "aal2-g726-32": missingCodec(narrow("aal2-g726-32", 4), notHere),
  "aal2-g726-40": missingCodec(narrow("aal2-g726-40", 5), notHere),
  "l16-8000": missingCodec(narrow("l16-8000", 16), notHere),
  "l16-16000": missingCodec(
    { name: "l16-16000", rateHz: 16_000, rtpClockHz: 16_000, samplesPerMs: 16, bytesPerMs: 32 },
    notHere,
  ),
  ilbc: missingCodec(narrow("ilbc", 1.9), notHere),
  g729: missingCodec(narrow("g729", 1), notHere),
};
