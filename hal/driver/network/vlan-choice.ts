/** Which VLAN the phone is in when several sources tell one (feature row NET-16): LLDP before the configuration before DHCP. Pure. */
import type { VlanSource, VlanTag, VlanWanted } from "../../network-setup.ts";

export type VlanSources = Readonly<Record<VlanSource, VlanTag | undefined>>;

export interface ChosenVlan extends VlanTag {
  readonly from: VlanSource;
}

const order: readonly VlanSource[] = ["lldp", "manual", "dhcp"];

/**
 * @param before what was chosen until now
 * @param fallBack without it a source that fell silent keeps its VLAN until a higher one speaks or the phone restarts
 */
export function chooseVlan(
  sources: VlanSources,
  before: ChosenVlan | undefined,
  fallBack: boolean,
): ChosenVlan | undefined {
  for (const from of order) {
    const tag = sources[from];
    if (tag !== undefined) return { id: tag.id, priority: tag.priority, from };
    if (!fallBack && before?.from === from) return before;
  }
  return undefined;
}

/**
 * The VLAN in a DHCP option, of which servers send many forms: text ("100", "0x64", "VLAN-A=100;") or a number of one, two
 * or four bytes. A text of digits is taken as text, because that is what the option is said to hold.
 * @returns undefined where it is none of 1 to 4094
 */
export function vlanInOption(bytes: readonly number[]): number | undefined {
  const text = String.fromCharCode(...bytes).replace(/\0+$/, "");
  const written = /^\s*(?:VLAN-A\s*=\s*)?(0x[0-9a-f]{1,3}|\d{1,4})\s*;?\s*$/i.exec(text)?.[1];
  if (written !== undefined) return inRange(Number(written));
  if (![1, 2, 4].includes(bytes.length)) return undefined;
  return inRange(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
}

function inRange(id: number): number | undefined {
  return Number.isInteger(id) && id >= 1 && id <= 4094 ? id : undefined;
}

/** The first option that names one; those that name none are told. @param options bytes by code */
export function vlanInLease(
  options: ReadonlyMap<number, readonly number[]>,
  wanted: VlanWanted,
  say: (line: string) => void,
): VlanTag | undefined {
  for (const code of wanted.dhcpOptions) {
    const bytes = options.get(code);
    if (bytes === undefined || bytes.length === 0) continue;
    const id = vlanInOption(bytes);
    if (id !== undefined) return { id, priority: wanted.manual?.priority ?? 0 };
    say(`DHCP option ${code} names no VLAN of 1 to 4094: bytes ${bytes.join(" ")}`);
  }
  return undefined;
}
