/** The network: addresses, VLAN, QoS, ports, 802.1X, Wi-Fi, VPN, DNS. */
import { area, choice, flag, ip, list, number, password, pattern, port, text, to, url, written } from "../row.ts";

const reboot = { effect: "reboot" } as const;
/** Through the network helper of a device. */
const device = { effect: "reboot", by: "network" } as const;
const ports = area("network", {}, [
  number("network.port.min_rtpport", 11780, [0, 65535], "NET-23", "First UDP port for sound.", {
    by: "media",
    effect: "reboot",
  }),
  number(
    "network.port.max_rtpport",
    11800,
    [0, 65535],
    "NET-23",
    "Last UDP port for sound, at least four above the first.",
    { by: "media", effect: "reboot" },
  ),
  number("network.port.http", 80, [1, 65535], "SEC-14", "Port of the web pages.", reboot),
  number("network.port.https", 443, [1, 65535], "SEC-14", "Port of the encrypted web pages.", reboot),
  number("network.qos.audiotos", 46, [0, 63], "NET-17", "DSCP of sound packets.", device),
  number("network.qos.signaltos", 26, [0, 63], "NET-17", "DSCP of SIP packets.", device),
]);

const speeds = { 0: "auto", 1: "full 10", 2: "full 100", 3: "half 10", 4: "half 100", 5: "1000" };

const addresses = area("network", {}, [
  choice(
    "network.internet_port.type",
    0,
    { 0: "DHCP", 1: "PPPoE", 2: "static" },
    "NET-01",
    "How the phone gets its address.",
    device,
  ),
  ip("network.internet_port.ip", "", "NET-02", "Static IPv4 address.", device),
  ip("network.internet_port.mask", "", "NET-02", "Static IPv4 mask.", device),
  ip("network.internet_port.gateway", "", "NET-02", "Static IPv4 gateway.", device),
  choice("network.internet_port.speed_duplex", 0, speeds, "NET-21", "Speed of the network port.", device),
  ip("network.primary_dns", "", "NET-02", "First DNS server.", { by: "network" }),
  ip("network.secondary_dns", "", "NET-02", "Second DNS server.", { by: "network" }),
  flag("network.static_dns_enable", 0, "NET-03", "Uses those DNS servers although DHCP names others.", {
    by: "network",
  }),
  text("network.pppoe.user", "", "NET-04", "PPPoE user name.", { effect: "reboot", most: 99 }),
  password("network.pppoe.password", "NET-04", "PPPoE password.", reboot),
  choice("network.ip_address_mode", 0, { 0: "IPv4", 1: "IPv6", 2: "both" }, "NET-05", "Internet protocols to use.", {
    ...reboot,
    by: "network",
  }),
  choice(
    "network.ipv6_internet_port.type",
    0,
    { 0: "DHCP", 1: "static" },
    "NET-06",
    "How the phone gets its IPv6 address.",
    reboot,
  ),
  ip("network.ipv6_internet_port.ip", "", "NET-06", "Static IPv6 address.", reboot),
  ip("network.ipv6_internet_port.gateway", "", "NET-06", "Static IPv6 gateway.", reboot),
  number("network.ipv6_prefix", 64, [0, 128], "NET-06", "Length of the IPv6 prefix.", reboot),
  ip("network.ipv6_primary_dns", "", "NET-06", "First IPv6 DNS server.", { by: "network" }),
  ip("network.ipv6_secondary_dns", "", "NET-06", "Second IPv6 DNS server.", { by: "network" }),
  flag("network.ipv6_static_dns_enable", 0, "NET-06", "Uses those DNS servers although DHCP names others.", {
    by: "network",
  }),
  flag("network.ipv6_icmp_v6.enable", 1, "NET-07", "Configures IPv6 by router advertisements.", reboot),
  text("network.dhcp_host_name", "", "NET-08", "Host name that DHCP is told.", device),
  choice(
    "network.dhcp.option60type",
    0,
    { 0: "text", 1: "binary" },
    "NET-09",
    "Form of the vendor class in DHCP.",
    reboot,
  ),
  number("network.mtu_value", 1500, [1280, 1500], "NET-38", "Largest packet, bytes.", reboot),
  written(
    "network.attempt_expired_time",
    "NET-39",
    "Seconds after which a DHCP server that is silent is reported.",
    device,
  ),
  written("network.promisc_mode.enable", "NET-40", "Whether the port takes packets for others."),
]);

const asked = { by: "network" } as const;
const dns = area("network", {}, [
  number(
    "network.dns.query_timeout",
    3,
    [0, 65535],
    "NET-36",
    "Seconds that one try of a DNS query may take; 0 is 3.",
    asked,
  ),
  number("network.dns.retry_times", 2, [0, 10], "NET-36", "How often a DNS query is repeated.", asked),
  flag("network.dns.ttl_enable", 1, "NET-36", "Keeps answers of DNS for as long as they say.", asked),
  flag("network.dns.last_cache_expired.enable", 1, "NET-36", "Goes on with the last answers while DNS is down.", asked),
]);

const onePort = { ignored: "the board has one network port", effect: "reboot" } as const;

const pcPort = area("network", {}, [
  flag("network.pc_port.enable", 1, "NET-20", "Lets a PC connect through the phone.", onePort),
  choice("network.bridge_mode", 1, { 0: "router", 1: "bridge" }, "NET-20", "How the PC port is connected.", onePort),
  ip("network.pc_port.ip", "", "NET-20", "Address of the PC port as router.", onePort),
  ip("network.pc_port.mask", "", "NET-20", "Mask of the PC port as router.", onePort),
  flag("network.pc_port.dhcp_server", 1, "NET-20", "Gives addresses to the PC as router.", onePort),
  ip("network.dhcp.start_ip", "10.0.0.10", "NET-20", "First of those addresses.", onePort),
  ip("network.dhcp.end_ip", "10.0.0.100", "NET-20", "Last of those addresses.", onePort),
  choice("network.pc_port.speed_duplex", 0, speeds, "NET-21", "Speed of the PC port.", onePort),
  flag("network.span_to_pc_port", 0, "NET-22", "Shows the PC port all of the phone's packets.", onePort),
  flag("network.vlan.pc_port_enable", 0, "NET-14", "Puts the PC into a VLAN.", onePort),
  number("network.vlan.pc_port_vid", 1, [1, 4094], "NET-14", "VLAN of the PC.", onePort),
  number("network.vlan.pc_port_priority", 0, [0, 7], "NET-14", "Priority of the PC's packets.", onePort),
  written("network.vlan.pc_port_mode", "NET-14", "How tags are treated at the PC port.", onePort),
  flag("network.802_1x.proxy_eap_logoff.enable", 0, "NET-19", "Logs the PC off when it is unplugged.", onePort),
]);

const vlan = area("network", {}, [
  flag("network.lldp.enable", 1, "NET-11", "Speaks LLDP with the switch.", device),
  number("network.lldp.packet_interval", 60, [1, 3600], "NET-11", "Seconds between LLDP packets.", device),
  flag(
    "network.cdp.enable",
    1,
    "NET-12",
    "Speaks CDP with the switch; the attested default differs between sources.",
    reboot,
  ),
  number("network.cdp.packet_interval", 60, [1, 3600], "NET-12", "Seconds between CDP packets.", reboot),
  flag("network.vlan.internet_port_enable", 0, "NET-13", "Puts the phone into a VLAN.", device),
  // Not moved to the nearest as other numbers are: a phone in a VLAN that nobody meant cannot be reached any more.
  pattern(
    "network.vlan.internet_port_vid",
    "1",
    /^(?:[1-9]\d{0,2}|[1-3]\d{3}|40[0-8]\d|409[0-4])$/,
    "a VLAN, 1 to 4094",
    "NET-13",
    "VLAN of the phone.",
    device,
  ),
  number("network.vlan.internet_port_priority", 0, [0, 7], "NET-13", "Priority of the phone's packets.", device),
  flag("network.vlan.dhcp_enable", 1, "NET-15", "Learns the VLAN from DHCP.", device),
  list("network.vlan.dhcp_option", "132", "NET-15", "DHCP options that may tell the VLAN, at most five.", device),
  flag(
    "network.vlan.vlan_change.enable",
    0,
    "NET-16",
    "Falls back to the next source when one is switched off.",
    device,
  ),
]);

const eap = {
  0: "off",
  1: "EAP-MD5",
  2: "EAP-TLS",
  3: "PEAP-MSCHAPv2",
  4: "TTLS-MSCHAPv2",
  5: "PEAP-GTC",
  6: "TTLS-GTC",
  7: "EAP-FAST",
};

const access = area("network", {}, [
  choice("network.802_1x.mode", 0, eap, "NET-18", "How the phone logs in at the switch.", reboot),
  text("network.802_1x.identity", "", "NET-18", "User name at the switch.", reboot),
  text("network.802_1x.anonymous_identity", "", "NET-18", "Name that is sent unencrypted.", reboot),
  password("network.802_1x.md5_password", "NET-18", "Password at the switch.", reboot),
  url("network.802_1x.root_cert_url", "NET-18", "Certificate of the authentication server's issuer.", reboot),
  url("network.802_1x.client_cert_url", "NET-18", "Certificate of this phone.", reboot),
  choice(
    "network.802_1x.eap_fast_provision_mode",
    0,
    { 0: "unauthenticated", 1: "authenticated" },
    "NET-18",
    "How EAP-FAST begins.",
    reboot,
  ),
  flag("network.vpn_enable", 0, "NET-32", "Connects by OpenVPN.", reboot),
  url("openvpn.url", "NET-32", "Archive with the VPN's settings and keys.", reboot),
  flag("network.snmp.enable", 0, "NET-33", "Answers SNMP.", reboot),
  port("network.snmp.port", 161, "NET-33", "Port of SNMP.", reboot),
  list("network.snmp.trust_ip", "", "NET-33", "Addresses that may ask by SNMP.", { effect: "reboot", separator: " " }),
  flag("network.static_nat.enable", 0, "NET-25", "Names a fixed public address in SIP and SDP.", { by: "phone" }),
  ip("network.static_nat.addr", "", "NET-25", "That address.", { by: "phone" }),
  choice(
    "network.web_server_type",
    1,
    { 0: "off", 1: "HTTP and HTTPS", 2: "HTTP", 3: "HTTPS" },
    "SEC-13",
    "Web pages that are served.",
    reboot,
  ),
  choice(
    "features.rtp_symmetric.enable",
    0,
    { 0: "nothing", 1: "other addresses", 2: "other ports", 3: "other addresses and ports" },
    "NET-31",
    "From where sound is dropped although nothing comes from where it was agreed.",
    { by: "media" },
  ),
]);

const wifi = area("network", { X: to(5) }, [
  flag("wifi.enable", 0, "NET-34", "Uses Wi-Fi."),
  written("wifi.show_scan_prompt", "NET-34", "Whether networks that were found are offered."),
  written("wifi.X.label", "NET-34", "Name of a known network on the LCD."),
  text("wifi.X.ssid", "", "NET-34", "Name of a known network."),
  written("wifi.X.priority", "NET-34", "Order among known networks."),
  written("wifi.X.security_mode", "NET-34", "How it is protected."),
  written("wifi.X.cipher_type", "NET-34", "How it is encrypted."),
  password("wifi.X.password", "NET-34", "Its password."),
  written("wifi.X.eap_type", "NET-34", "How one logs in there."),
  text("wifi.X.eap_user_name", "", "NET-34", "User name there."),
  password("wifi.X.eap_password", "NET-34", "Password there."),
  flag("features.bluetooth_enable", 0, "NET-35", "Switches Bluetooth on."),
  text("features.bluetooth_adapter_name", "", "NET-35", "Name of the phone for Bluetooth."),
]);

export const networkRows = [...ports, ...addresses, ...dns, ...pcPort, ...vlan, ...access, ...wifi];
