/** The codecs of an account as offered: from the configuration's names to those of the media, with payload types and format parameters (AUD-01, AUD-02). */
import type { Log } from "../base/log.ts";
import { codecs } from "../codec/index.ts";
import { codecsOf as configuredCodecs } from "../config/codec-list.ts";
import type { CodecName, FormatParameters } from "../media/protocol.ts";
import { formatOf } from "../sdp/format.ts";
import { noParameters, parseFormatParameters } from "../sdp/format-parameters.ts";
import type { LocalCodec } from "../sdp/media.ts";
import type { Settings } from "./ports.ts";

/** By the names of `account.X.codec.<name>`. */
const names: Readonly<Record<string, CodecName>> = {
  pcmu: "pcmu",
  pcma: "pcma",
  g722: "g722",
  g729: "g729",
  opus: "opus",
  g726_16: "g726-16",
  g726_24: "g726-24",
  g726_32: "g726-32",
  g726_40: "g726-40",
  ilbc: "ilbc",
  ilbc_13_3: "ilbc",
  ilbc_15_2: "ilbc",
  l16: "l16-16000",
  l16_8: "l16-8000",
};

/** G.726 in the bit order of ITU-T I.366.2 (AUD-02). */
const aal2: Readonly<Partial<Record<CodecName, CodecName>>> = {
  "g726-16": "aal2-g726-16",
  "g726-24": "aal2-g726-24",
  "g726-32": "aal2-g726-32",
  "g726-40": "aal2-g726-40",
};

/** The first payload type that is free to mean anything (RFC 3551 §3). */
const firstDynamic = 96;

/** An enabled codec that this phone cannot use. */
export interface UnusableCodec {
  /** As in `account.X.codec.<name>`. */
  readonly name: string;
  readonly why: string;
}

/** Where nothing else is left: a call without a codec is none. */
const lastResort: readonly LocalCodec[] = [
  { name: "pcma", payloadType: 8 },
  { name: "pcmu", payloadType: 0 },
];

/** Enabled codecs of an account, the preferred first, each once; and those of them that cannot be offered, built-in defaults apart. */
export function accountCodecs(
  settings: Settings,
  account: number,
): { readonly usable: readonly LocalCodec[]; readonly unusable: readonly UnusableCodec[] } {
  const usable: LocalCodec[] = [];
  const unusable: UnusableCodec[] = [];
  const swapped = settings.flag("voice.g726.aal2.enable");
  for (const { name, payloadType } of configuredCodecs(settings, account)) {
    const plain = names[name];
    const codec = plain === undefined ? undefined : swapped ? (aal2[plain] ?? plain) : plain;
    const why = codec === undefined ? "this phone does not have it" : codecs[codec].missing;
    if (codec === undefined || why !== undefined) {
      // Nobody asked for what is merely on by default.
      if (settings.isSet(`account.${account}.codec.${name}.enable`)) unusable.push({ name, why: why ?? "" });
      continue;
    }
    if (usable.some((other) => other.name === codec)) continue;
    const parameters = parametersOf(settings, account, name);
    usable.push({ name: codec, payloadType: payloadTypeFor(codec, payloadType), parameters });
  }
  return { usable: usable.length > 0 ? usable : lastResort, unusable };
}

/** For a call: what cannot be offered is told to the log. */
export function codecsOf(settings: Settings, account: number, log: Log): readonly LocalCodec[] {
  const { usable, unusable } = accountCodecs(settings, account);
  for (const { name, why } of unusable)
    log.warn({ account, codec: name }, `account ${account} asks for codec ${name}, which cannot be used: ${why}`);
  return usable;
}

/** Static types are not for files to change (RFC 3551 §6); a dynamic codec keeps off them. Conflicts are settled where it is offered. */
function payloadTypeFor(codec: CodecName, configured: number): number {
  return formatOf(codec).staticType ?? Math.max(firstDynamic, configured);
}

function parametersOf(settings: Settings, account: number, name: string): FormatParameters {
  switch (name) {
    case "ilbc_15_2":
      return { mode: "20" };
    case "ilbc":
    case "ilbc_13_3":
      return { mode: "30" };
    case "g729":
    case "opus":
      return parseFormatParameters(settings.text(`account.${account}.codec.${name}.para`));
    default:
      return noParameters;
  }
}
