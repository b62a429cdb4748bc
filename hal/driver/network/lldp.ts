/** What lldpd is told and what its client says of the switch: the network policy for voice of LLDP-MED (ANSI/TIA-1057 §10.2.3, feature row NET-11). Pure. */
import type { LldpWanted, VlanTag } from "../../network-setup.ts";

export interface VoicePolicy {
  /** Undefined where the switch wants untagged frames. */
  readonly vlan: VlanTag | undefined;
  /** 802.1p, 0 to 7. */
  readonly priority: number;
  /** 0 to 63. */
  readonly dscp: number;
}

/** Commands for `lldpcli`, each a list of words. Class III of LLDP-MED, which a telephone is, is lldpd's own option. */
export function lldpCommands(wanted: LldpWanted): readonly (readonly string[])[] {
  const inventory: readonly (readonly [string, string])[] = [
    ["hardware-revision", wanted.model],
    ["firmware-revision", wanted.firmware],
    ["software-revision", wanted.firmware],
    ["serial-number", wanted.serial],
    ["manufacturer", wanted.manufacturer],
    ["model", wanted.model],
  ];
  return [
    ["configure", "lldp", "tx-interval", String(wanted.intervalSeconds)],
    ["configure", "system", "hostname", wanted.model],
    ["configure", "system", "description", `${wanted.manufacturer} ${wanted.model} ${wanted.firmware}`],
    ...inventory.map(([name, value]) => ["configure", "inventory", name, value]),
    // Asks the switch for its policy: ours is not known.
    ["configure", "med", "policy", "application", "voice", "unknown"],
    ["configure", "med", "fast-start", "enable"],
  ];
}

/**
 * @param json of `lldpcli -f json0 show neighbors details`
 * @returns undefined where no neighbour says a policy for voice; text that is no JSON is a neighbour that says nothing
 */
export function voicePolicyIn(json: string): VoicePolicy | undefined {
  let whole: unknown;
  try {
    whole = JSON.parse(json);
  } catch {
    return undefined;
  }
  for (const lldp of list(whole, "lldp"))
    for (const port of list(lldp, "interface"))
      for (const med of list(port, "lldp-med"))
        for (const policy of list(med, "policy")) {
          if (field(policy, "apptype") !== "Voice" || field(policy, "defined") !== true) continue;
          const [vid] = list(policy, "vlan").map((one) => Number(field(one, "vid")));
          const dscp = valueIn(policy, "dscp");
          const priority = valueIn(policy, "pcp");
          if (!within(dscp, 63) || !within(priority, 7)) continue;
          // 0 is a frame with a priority and no VLAN (IEEE 802.1Q); it is sent untagged here.
          const tagged = vid !== undefined && within(vid, 4094) && vid > 0;
          return { vlan: tagged ? { id: vid, priority } : undefined, priority, dscp };
        }
  return undefined;
}

function valueIn(holder: unknown, name: string): number {
  const [one] = list(holder, name);
  return one === undefined ? 0 : Number(field(one, "value"));
}

function within(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}

function field(holder: unknown, name: string): unknown {
  return typeof holder === "object" && holder !== null && Object.hasOwn(holder, name)
    ? Reflect.get(holder, name)
    : undefined;
}

function list(holder: unknown, name: string): readonly unknown[] {
  const value = field(holder, name);
  return Array.isArray(value) ? value : [];
}
