/** A codec that the phone knows by name and cannot use; which ones is the affair of index.ts. */
import { PhoneError } from "../base/error.ts";
import type { Codec, CodecFormat } from "./codec.ts";

export class CodecMissingError extends PhoneError {
  readonly code = "codec-missing";
}

/** @param why one sentence for people: "the G.729 part is not installed" */
export function missingCodec(format: CodecFormat, why: string): Codec {
  const refuse = (): never => {
    throw new CodecMissingError(`codec ${format.name}: ${why}`);
  };
  return { ...format, missing: why, packetMs: (wantedMs) => wantedMs, createEncoder: refuse, createDecoder: refuse };
}
