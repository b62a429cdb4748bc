/** The list of codecs. A new one is a file beside this one, its name in CodecName, and a line here. */
import type { CodecName } from "../media/protocol.ts";
import type { Codec } from "./codec.ts";
import { pcma, pcmu } from "./g711.ts";
import { g722 } from "./g722.ts";
import { g726 } from "./g726.ts";
import { g729 } from "./g729/g729.ts";
import { ilbc } from "./ilbc.ts";
import { l16 } from "./l16.ts";
import { opus } from "./opus/opus.ts";

export const codecs: Readonly<Record<CodecName, Codec>> = {
  pcmu,
  pcma,
  g722,
  opus,
  "g726-16": g726("g726-16", 2, "low-first"),
  "g726-24": g726("g726-24", 3, "low-first"),
  "g726-32": g726("g726-32", 4, "low-first"),
  "g726-40": g726("g726-40", 5, "low-first"),
  "aal2-g726-16": g726("aal2-g726-16", 2, "high-first"),
  "aal2-g726-24": g726("aal2-g726-24", 3, "high-first"),
  "aal2-g726-32": g726("aal2-g726-32", 4, "high-first"),
  "aal2-g726-40": g726("aal2-g726-40", 5, "high-first"),
  "l16-8000": l16("l16-8000", 8000),
  "l16-16000": l16("l16-16000", 16_000),
  ilbc,
  g729,
};
