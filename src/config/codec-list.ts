/** The codecs of an account in the order to offer them (feature map AUD-01), made of both spellings. Does not know which ones this phone has. */
import type { Configuration } from "./configuration.ts";

export interface CodecChoice {
  /** As in `account.X.codec.<name>`: "pcmu", "g722". */
  readonly name: string;
  readonly payloadType: number;
}

/** Codecs by the name that files use for payload_type, in the default order of the numbered spelling. */
const numberedNames = [
  "PCMU",
  "PCMA",
  "G723_53",
  "G723_63",
  "G729",
  "G722",
  "iLBC",
  "G726-16",
  "G726-24",
  "G726-32",
  "G726-40",
] as const;

const namedCodecs = [
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
  "g722_1_24kpbs",
  "g722_1c_24kpbs",
  "g722_1c_32kpbs",
  "g722_1c_48kpbs",
];

/** How many numbered entries an account has. */
const numberedEntries = 20;

/**
 * Enabled codecs, first choice first; those of one priority stay in the order of the registry. Where a file says the same
 * in both spellings, the stronger layer wins, and the named spelling where both stand in one layer.
 *
 * @param account from 1
 */
export function codecsOf(config: Configuration, account: number): readonly CodecChoice[] {
  const numbered = numberedRows(config, account);
  const chosen = namedCodecs.map((name) => {
    const row = `account.${account}.codec.${name}`;
    const pick = (field: "enable" | "priority" | "rtpmap"): number => {
      const other = numbered.get(name);
      const entry = other === undefined ? undefined : `${other}.${field}`;
      if (entry === undefined || !config.isSet(entry)) return config.number(`${row}.${field}`);
      const value = config.optionalNumber(entry);
      if (value === undefined || !stronger(config, entry, `${row}.${field}`)) return config.number(`${row}.${field}`);
      return value;
    };
    return { name, on: pick("enable") === 1, priority: pick("priority"), payloadType: pick("rtpmap") };
  });
  return chosen
    .filter((codec) => codec.on)
    .sort((a, b) => a.priority - b.priority)
    .map(({ name, payloadType }) => ({ name, payloadType }));
}

/** Named codec to the numbered entry that speaks of it; of two, the later. */
function numberedRows(config: Configuration, account: number): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  for (let index = 1; index <= numberedEntries; index += 1) {
    const row = `account.${account}.codec.${index}`;
    const said = config.text(`${row}.payload_type`);
    const used = ["enable", "priority", "rtpmap"].some((field) => config.isSet(`${row}.${field}`));
    // Without payload_type the entry means the codec that the old firmware had in that place.
    const title = said !== "" ? said : used ? (numberedNames[index - 1] ?? "") : "";
    const name = title.toLowerCase().replaceAll(/[-.]/g, "_");
    if (namedCodecs.includes(name)) rows.set(name, row);
  }
  return rows;
}

const strength = { default: 0, common: 1, mac: 2, local: 3 } as const;

function stronger(config: Configuration, one: string, other: string): boolean {
  return strength[config.origin(one).layer] > strength[config.origin(other).layer];
}
