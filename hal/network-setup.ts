/**
 * What a phone wants of the network port of its device, and what became of it (feature rows NET-01, -02, -03, -08, -11, -13,
 * -15, -16, -17, -21, -39). Both are plain data, kept in files between the phone and a helper with more rights; no sockets.
 */

export interface DnsWanted {
  /** Numeric, at most two; none: those of DHCP. */
  readonly servers: readonly string[];
}

export type AddressWanted =
  | { readonly type: "dhcp"; readonly hostName: string; readonly vendorClass: string; readonly dns: DnsWanted }
  | {
      readonly type: "static";
      readonly address: string;
      /** 1 to 30. */
      readonly prefixLength: number;
      /** "" where there is none. */
      readonly gateway: string;
      readonly dns: DnsWanted;
    };

/** A VLAN of IEEE 802.1Q. */
export interface VlanTag {
  /** 1 to 4094. */
  readonly id: number;
  /** IEEE 802.1p, 0 to 7. */
  readonly priority: number;
}

export type VlanSource = "lldp" | "manual" | "dhcp";

export interface VlanWanted {
  readonly manual: VlanTag | undefined;
  /** DHCP options that may tell a VLAN, in order; none: it is not learnt from DHCP. */
  readonly dhcpOptions: readonly number[];
  /** Whether a lower source counts when a higher one fell silent. */
  readonly fallBack: boolean;
}

export interface LldpWanted {
  /** 1 to 3600. */
  readonly intervalSeconds: number;
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  /** The MAC address serves as serial number. */
  readonly serial: string;
}

export type LinkSpeed = "auto" | "10-half" | "10-full" | "100-half" | "100-full" | "1000-full";

export interface MarkingWanted {
  /** DSCP, 0 to 63. */
  readonly signalDscp: number;
  readonly audioDscp: number;
  /** Ports of our own and of servers, UDP and TCP. */
  readonly signalPorts: readonly number[];
  readonly audioPortMin: number;
  readonly audioPortMax: number;
}

export interface NetworkWanted {
  readonly version: 1;
  readonly address: AddressWanted;
  readonly vlan: VlanWanted;
  /** Undefined: LLDP is off. */
  readonly lldp: LldpWanted | undefined;
  readonly speed: LinkSpeed;
  readonly marking: MarkingWanted;
  /** How long DHCP may be silent before people are told, s. */
  readonly dhcpPatienceSeconds: number;
}

/** What became of it; written anew at each change. */
export interface NetworkReport {
  readonly version: 1;
  readonly carrier: boolean;
  /** Numeric with prefix length, "192.0.2.7/24"; "" while there is none. */
  readonly address: string;
  readonly addressFrom: "dhcp" | "static";
  readonly gateway: string;
  readonly dns: readonly string[];
  readonly vlan: (VlanTag & { readonly from: VlanSource }) | undefined;
  /** DSCP of sound as the switch said it by LLDP-MED, else as configured. */
  readonly audioDscp: number;
  /** Options of DHCP that others look at: "tftp-server-name" to its text. */
  readonly dhcpOptions: Readonly<Record<string, string>>;
  /** What could not be done, as sentences that name the part. */
  readonly troubles: readonly string[];
}
