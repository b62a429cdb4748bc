/** The list of codecs. A new one is a file beside this one, its name in CodecName, and a line here. */
import type { CodecName } from "../media/protocol.ts";
import type { Codec } from "./codec.ts";
import { pcma, pcmu } from "./g711.ts";
import { g722 } from "./g722.ts";

export const codecs: Readonly<Record<CodecName, Codec>> = { pcmu, pcma, g722 };
