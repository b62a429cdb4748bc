/** Format parameters (`a=fmtp`) of audio codecs: read, written, and what both sides' values together mean (RFC 3264 §6.1); how a codec applies them is the codec's affair. */

import type { CodecName, FormatParameters } from "../media/protocol.ts";

/** Names longer than this and more of them than this are no codec's. */
const longest = 64;
const most = 32;

export const noParameters: FormatParameters = Object.freeze({});

/** undefined for none, as it is told to the media. */
export function someParameters(parameters: FormatParameters): FormatParameters | undefined {
  return Object.keys(parameters).length === 0 ? undefined : parameters;
}

/** "minptime=10; useinbandfec=1" as names in lower case and values as written; what has no `=` has the value "". */
export function parseFormatParameters(text: string | undefined): FormatParameters {
  if (text === undefined) return noParameters;
  const found = new Map<string, string>();
  for (const part of text.split(";", most)) {
    const [, name, value] = /^\s*([^=\s]+)\s*(?:=\s*(.*?))?\s*$/.exec(part) ?? [];
    if (name === undefined || name.length > longest || (value ?? "").length > longest) continue;
    const key = name.toLowerCase();
    if (!found.has(key)) found.set(key, value ?? "");
  }
  return Object.fromEntries(found);
}

/** As behind the payload type in `a=fmtp`; "" for none. */
export function formatParametersText(parameters: FormatParameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => (value === "" ? name : `${name}=${value}`))
    .join(";");
}

export function equalParameters(a: FormatParameters = noParameters, b: FormatParameters = noParameters): boolean {
  return formatParametersText(a) === formatParametersText(b);
}

/** What our answer says of a codec that the far end offered with `theirs`, and an offer of ours with `ours`. */
export function answeredParameters(
  codec: CodecName,
  ours: FormatParameters,
  theirs: FormatParameters,
): FormatParameters {
  switch (codec) {
    case "ilbc":
      return { ...ours, mode: ilbcMode(ours, theirs) };
    case "g729":
      return annexB(ours) && annexB(theirs) ? ours : { ...ours, annexb: "no" };
    default:
      // Declarative: each side says what it likes to receive.
      return ours;
  }
}

/** How we encode: what the far end likes to receive, within what we said of ourselves. */
export function sendParameters(codec: CodecName, ours: FormatParameters, theirs: FormatParameters): FormatParameters {
  if (codec === "ilbc" || codec === "g729") return answeredParameters(codec, ours, theirs);
  if (codec !== "opus") return theirs;
  // Beyond what we would like to receive ourselves we do not send either: that is how the administrator bounds both.
  const bitrate = Math.min(positive(ours["maxaveragebitrate"]), positive(theirs["maxaveragebitrate"]));
  return Number.isFinite(bitrate) ? { ...theirs, maxaveragebitrate: String(bitrate) } : theirs;
}

/** The lower rate wins, which is the mode of 30 ms; so does who says nothing (RFC 3952 §5). */
function ilbcMode(ours: FormatParameters, theirs: FormatParameters): string {
  return ours["mode"] === "20" && theirs["mode"] === "20" ? "20" : "30";
}

/** Yes unless told otherwise (RFC 4856 §2.1.9). */
function annexB(parameters: FormatParameters): boolean {
  return parameters["annexb"]?.toLowerCase() !== "no";
}

function positive(text: string | undefined): number {
  const value = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(value) && value > 0 ? value : Number.POSITIVE_INFINITY;
}
