/** Tones as files write them (feature row UIX-29): "!F1+F2/ms,F1/ms", up to eight parts, "!" for once instead of for ever; no names of tones. */
import type { Tone, TonePart } from "../media/protocol.ts";

const mostParts = 8;
const mostFrequencies = 4;
const mostMs = 30_000;
const leastHz = 200;
const mostHz = 7000;

export type ToneText = { readonly ok: true; readonly tone: Tone } | { readonly ok: false; readonly why: string };

/** Frequencies are 200 to 7000 Hz, 0 is silence; times are 0 to 30000 ms, 0 is for ever. `why` is for people. */
export function parseTone(text: string): ToneText {
  const bare = text.replaceAll(/\s/g, "");
  const once = bare.includes("!");
  const parts: TonePart[] = [];
  for (const part of bare.replaceAll("!", "").split(",")) {
    const read = parsePart(part);
    if (typeof read === "string") return { ok: false, why: read };
    parts.push(read);
  }
  if (parts.length > mostParts)
    return { ok: false, why: `it has ${parts.length} parts, at most ${mostParts} are played` };
  return { ok: true, tone: { parts, repeat: once ? 1 : 0 } };
}

function parsePart(part: string): TonePart | string {
  const [, named = "", msText = ""] = /^(\d{1,4}(?:\+\d{1,4})*)\/(\d{1,5})$/.exec(part) ?? [];
  if (named === "") return `"${part}" is not like 440+480/2000`;
  const hz = named
    .split("+")
    .map(Number)
    .filter((one) => one > 0);
  const wrong = hz.find((one) => one < leastHz || one > mostHz);
  if (wrong !== undefined) return `${wrong} Hz is not between ${leastHz} and ${mostHz}`;
  if (hz.length > mostFrequencies) return `"${part}" has more than ${mostFrequencies} frequencies`;
  const ms = Number(msText);
  return ms > mostMs ? `${ms} ms is more than ${mostMs}` : { hz, ms };
}
