/** What the status page of the LCD and its notices say of the network helper's report. Pure. */
import type { NetworkReport } from "../../hal/network-setup.ts";

const sources = { lldp: "LLDP", manual: "set by hand", dhcp: "DHCP" } as const;

export function networkRows(report: NetworkReport | undefined): readonly (readonly [label: string, value: string])[] {
  if (report === undefined) return [];
  const { vlan } = report;
  return [
    ["Port", report.carrier ? "connected" : "no cable"],
    ["Address by", report.addressFrom === "dhcp" ? "DHCP" : "static"],
    ["Network", report.address || "no address"],
    ["Gateway", report.gateway],
    ["DNS", report.dns.join(" ")],
    ["VLAN", vlan === undefined ? "none" : `${vlan.id}, priority ${vlan.priority}, by ${sources[vlan.from]}`],
    ["DSCP of sound", String(report.audioDscp)],
  ];
}

/** Undefined where the text is no whole report: the helper may be older or newer than the phone. */
export function reportIn(text: string): NetworkReport | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isReport(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The helper is ours and writes the whole of it; its version says so. */
function isReport(value: unknown): value is NetworkReport {
  return (
    typeof value === "object" &&
    value !== null &&
    "version" in value &&
    value.version === 1 &&
    "troubles" in value &&
    Array.isArray(value.troubles)
  );
}
