/** DSCP of SIP and of sound (RFC 2474, feature row NET-17) as rules of nftables by port, since Node cannot set IP_TOS. Pure; 802.1p is the VLAN device's. */
import type { MarkingWanted } from "../../network-setup.ts";

/** The table that belongs to the phone; no other is touched. */
export const markingTable = "offhook_marking";

/** For `nft -f -`: replaces the table as a whole. @param audioDscp 0 to 63 */
export function markingRules(wanted: MarkingWanted, audioDscp: number): string {
  const audio = `${wanted.audioPortMin}-${wanted.audioPortMax}`;
  const ports = `{ ${[...new Set(wanted.signalPorts)].sort((a, b) => a - b).join(", ")} }`;
  const rules: string[] = [];
  for (const family of ["ip", "ip6"]) {
    const of = family === "ip" ? "meta nfproto ipv4" : "meta nfproto ipv6";
    rules.push(`${of} udp sport ${audio} counter ${family} dscp set ${audioDscp} accept comment "sound"`);
    if (wanted.signalPorts.length > 0)
      for (const side of ["sport", "dport"])
        rules.push(
          `${of} meta l4proto { tcp, udp } th ${side} ${ports} counter ${family} dscp set ${wanted.signalDscp} accept comment "SIP"`,
        );
  }
  return `table inet ${markingTable} {}
delete table inet ${markingTable}
table inet ${markingTable} {
  chain output {
    type route hook output priority mangle; policy accept;
    oifname "lo" accept
    ${rules.join("\n    ")}
  }
}
`;
}
