/** The codecs of an account in the order to offer them, and the older numbered spelling of them (feature map AUD-01). */

/** In the order of the registry, which decides among codecs of one priority. */
export const codecNames: readonly string[] = [
  "pcmu",
  "pcma",
  "g729",
  "g722",
  "g723_53",
  "g723_63",
  "g726_16",
  "g726_24",
  "g726_32",
  "g726_40",
  "ilbc",
  "ilbc_13_3",
  "ilbc_15_2",
  "opus",
  "l16",
  "l16_8",
  "g722_1_24kpbs",
  "g722_1c_24kpbs",
  "g722_1c_32kpbs",
  "g722_1c_48kpbs",
];

/** What both spellings have: `account.X.codec.pcmu.enable` and `account.X.codec.1.enable`. */
export const codecFields = ["enable", "priority", "rtpmap"] as const;

/** Codecs that numbered entries without payload_type mean, by their place from 1. */
const places = [
  "pcmu",
  "pcma",
  "g723_53",
  "g723_63",
  "g729",
  "g722",
  "ilbc",
  "g726_16",
  "g726_24",
  "g726_32",
  "g726_40",
];

/**
 * The codec that a numbered entry speaks of, in the named spelling; undefined for one that the registry does not have.
 *
 * @param index from 1
 * @param payloadType as in files: "PCMU", "G726-32"; "" where the file does not say
 */
export function codecOfEntry(index: number, payloadType: string): string | undefined {
  if (payloadType === "") return places[index - 1];
  const name = payloadType.toLowerCase().replaceAll(/[-.]/g, "_");
  return codecNames.includes(name) ? name : undefined;
}

export interface CodecChoice {
  /** As in `account.X.codec.<name>`. */
  readonly name: string;
  readonly payloadType: number;
}

/**
 * Enabled codecs, first choice first, whether this phone has them or not.
 *
 * @param account from 1
 */
export function codecsOf(
  settings: { number(name: string): number; flag(name: string): boolean },
  account: number,
): readonly CodecChoice[] {
  const row = (name: string, field: (typeof codecFields)[number]) => `account.${account}.codec.${name}.${field}`;
  return codecNames
    .filter((name) => settings.flag(row(name, "enable")))
    .map((name) => ({
      name,
      payloadType: settings.number(row(name, "rtpmap")),
      priority: settings.number(row(name, "priority")),
    }))
    .sort((a, b) => a.priority - b.priority)
    .map(({ name, payloadType }) => ({ name, payloadType }));
}

/** Which account and entry a name of the numbered spelling is of; undefined for any other name. */
export function partsOfEntry(name: string): { account: string; index: number } | undefined {
  const [, account, index] = /^account\.([0-9]+)\.codec\.([0-9]+)\./.exec(name) ?? [];
  return account === undefined || index === undefined ? undefined : { account, index: Number(index) };
}

/** All names that the numbered entries of an account may speak of. */
export function namedCodecs(account: string): readonly string[] {
  return codecNames.flatMap((codec) => codecFields.map((field) => `account.${account}.codec.${codec}.${field}`));
}

/** Which codec and field a name of the named spelling is of; undefined for any other name. */
export function partsOfName(name: string): { account: string; codec: string; field: string } | undefined {
  const [, account, codec, field] = /^account\.([0-9]+)\.codec\.([a-z][a-z0-9_]*)\.([a-z]+)$/.exec(name) ?? [];
  return account === undefined || codec === undefined || field === undefined ? undefined : { account, codec, field };
}
