/** SIP for the whole phone: ports, timers, habits; and DNS records that are known in advance, for the phone and per account. */
import type { Parameter } from "../parameter.ts";
import { accounts, area, choice, flag, host, list, number, password, port, text, to, written } from "../row.ts";

const timer = { by: "sip", effect: "reboot", decimals: true } as const;

const atRegister = { by: "phone", effect: "register" } as const;

const stack = area("sip", {}, [
  number("sip.listen_port", 5060, [1024, 65535], "NET-24", "Local SIP port for UDP and TCP.", {
    by: "sip",
    effect: "reboot",
  }),
  number("sip.tls_listen_port", 5061, [1024, 65535], "NET-24", "Local SIP port for TLS.", {
    by: "sip",
    effect: "reboot",
  }),
  flag(
    "sip.tls_require_client_certificate",
    0,
    "SEC-04",
    "Takes TLS connections only from those who show a certificate of a loaded authority.",
    { by: "sip" },
  ),
  number("sip.timer_t1", 0.5, [0.5, 10], "ACC-22", "Timer T1 of RFC 3261, seconds.", timer),
  number("sip.timer_t2", 4, [2, 40], "ACC-22", "Timer T2 of RFC 3261, seconds.", timer),
  number("sip.timer_t4", 5, [2.5, 60], "ACC-22", "Timer T4 of RFC 3261, seconds.", timer),
  flag("sip.use_23_as_pound", 1, "ACC-21", "Writes # in addresses as %23.", { by: "phone", effect: "new calls" }),
  flag("sip.escape_characters.enable", 0, "ACC-21", "Escapes & = $ , ; ? / in called numbers too.", {
    by: "phone",
    effect: "new calls",
  }),
  choice(
    "sip.listen_mode",
    0,
    { 0: "UDP, TCP, and TLS where an account uses it", 1: "UDP", 2: "TCP", 3: "TLS" },
    "SEC-20",
    "Transports on which requests are accepted.",
    { by: "sip", effect: "reboot" },
  ),
  flag(
    "sip.listen_in_peer_localip.enable",
    0,
    "NET-24",
    "The phone is at the address that faces the server of its first account, instead of that of the default route.",
    { by: "sip", effect: "reboot" },
  ),
  written("sip.tcp_port_random_mode", "NET-24", "Whether TCP connections leave from a random port.", {
    ignored: "connections always leave from a port that the system chooses",
  }),
  flag("sip.trust_ctrl", 0, "ACC-17", "Takes calls from known servers only, whatever an account says of itself.", {
    by: "phone",
  }),
  list(
    "sip.request_validation.source.list",
    "",
    "ACC-18",
    "Methods that are taken from the accounts' servers only: INVITE,NOTIFY.",
    { by: "phone" },
  ),
  list(
    "sip.request_validation.digest.list",
    "",
    "ACC-18",
    "Methods whose sender must know an account's user name and password.",
    { by: "phone" },
  ),
  text("sip.request_validation.digest.realm", "Offhook", "ACC-18", "Realm of that authentication.", { by: "phone" }),
  list(
    "sip.request_validation.event",
    "",
    "ACC-18",
    "Events of SUBSCRIBE and NOTIFY that these two lists hold for; all where blank.",
    { by: "phone" },
  ),
  flag("sip.use_out_bound_in_dialog", 1, "ACC-05", "Sends requests inside a call by way of the outbound proxy too.", {
    by: "phone",
    effect: "new calls",
  }),
  number(
    "sip.reg_surge_prevention",
    0,
    [0, 60],
    "ACC-08",
    "Seconds over which the first registrations are spread at random.",
    { by: "phone", effect: "reboot" },
  ),
  flag("sip.check_autop_result_before_register", 0, "PRV-35", "Registers only after provisioning has ended."),
  choice(
    "sip.notify_reboot_enable",
    0,
    { 0: "what it says itself", 1: "restart", 2: "nothing" },
    "PRV-20",
    "What NOTIFY check-sync does; the codes are those from V81 on.",
    { by: "phone" },
  ),
  flag("sip.rfc2543_hold", 0, "CAL-43", "Holds the old way, with address 0.0.0.0.", {
    by: "phone",
    effect: "new calls",
  }),
  choice(
    "sip.sdp_early_answer_or_offer",
    0,
    {
      0: "in INVITE and 200",
      1: "already in the 180 of a call that comes",
      2: "not in INVITE: the called side offers",
    },
    "ACC-34",
    "When the session description is sent.",
    { by: "phone", effect: "new calls" },
  ),
  flag("sip.mac_in_ua", 0, "ACC-10", "User-Agent names the MAC address too.", { by: "sip" }),
  choice("sip.dns_transport_type", 0, { 0: "UDP", 1: "TCP" }, "ACC-04", "Transport of DNS queries.", { by: "network" }),
  flag("sip.skip_redundant_failover_addr", 1, "ACC-11", "Tries an address that failed once only.", atRegister),
  flag("sip.switch_server_on_503_response", 1, "ACC-11", "Moves on to the next server after a 503.", atRegister),
  written("sip.send_keepalive_by_socket", "NET-30", "Whether keep-alives use the registered connection.", {
    ignored: "they always do: only that way is kept open by them",
  }),
  written("sip.send_response_by_request", "NET-30", "Whether responses go back to where the request came from.", {
    ignored: "they always go by the request's own connection or to its sender's port (RFC 3261 §18.2.2, RFC 3581)",
  }),
  written("sip.unreg_with_socket_close", "NET-30", "Whether a closed connection ends the registration.", {
    ignored: "the phone always registers anew at once, by a new connection (RFC 5626 §4.5)",
  }),
  flag(
    "sip.reliable_protocol.timerae.enable",
    0,
    "ACC-33",
    "Sends requests again on TCP and TLS too while no answer comes (timers A and E).",
    { by: "sip", effect: "reboot" },
  ),
  flag("sip.sub_refresh_random", 0, "ACC-33", "Refreshes subscriptions at random moments.", {
    by: "phone",
    effect: "register",
  }),
  number(
    "sip.terminate_notify_sub_delay_time",
    0,
    [0, 3600],
    "ACC-33",
    "Seconds before subscribing again where the server ended a subscription without saying when to come back.",
    { by: "phone", effect: "register" },
  ),
  flag(
    "sip.requesturi.e164.addglobalprefix",
    0,
    "ACC-35",
    "Puts + before called numbers of 8 to 15 digits that do not begin with 0.",
    { by: "phone", effect: "new calls" },
  ),
  flag(
    "sip.call_fail_use_reason.enable",
    0,
    "ACC-32",
    "Shows the server's own reason (Reason header, else reason phrase) when a call ends, instead of the phone's words.",
    { by: "phone" },
  ),
  text("sip.cid_source.preference", "", "CAL-73", "Headers that a caller's name is looked for in, in order.", {
    by: "phone",
  }),
  flag("sip.disp_incall_to_info", 0, "CAL-75", "Takes whom an incoming call is for from its To.", { by: "phone" }),
  written("sip.call_park_without_blf", "CAL-63", "Whether parked calls are told of without a watched key."),
  written("sip.authentication_for_xsi", "CAL-98", "Which credentials the XSI services get."),
]);

const nat = area("sip", {}, [
  flag("sip.nat_stun.enable", 0, "NET-26", "Learns the public address by STUN.", { by: "phone" }),
  host("sip.nat_stun.server", "", "NET-26", "STUN server.", { by: "phone" }),
  number("sip.nat_stun.port", 3478, [1024, 65000], "NET-26", "Port of the STUN server.", { by: "phone" }),
  flag("sip.nat_turn.enable", 0, "NET-27", "Uses a TURN relay.", { by: "phone" }),
  host("sip.nat_turn.server", "", "NET-27", "TURN server.", { by: "phone" }),
  port("sip.nat_turn.port", 3478, "NET-27", "Port of the TURN server.", { by: "phone" }),
  choice(
    "sip.nat_turn.transport",
    0,
    { 0: "UDP", 1: "TCP", 2: "TLS" },
    "NET-27",
    "How the TURN server is spoken to; by TLS, port 3478 stands for 5349.",
    { by: "phone" },
  ),
  text("sip.nat_turn.username", "", "NET-27", "User name at the TURN server.", { by: "phone" }),
  password("sip.nat_turn.password", "NET-27", "Password at the TURN server.", { by: "phone" }),
  flag("ice.enable", 0, "NET-27", "Finds the best way for media (ICE).", { by: "phone" }),
]);

/** The same records for the phone and for each account. */
function dnsCache(prefix: string): readonly Parameter[] {
  const place = prefix === "" ? "X" : "Y";
  const places = prefix === "" ? { X: to(12) } : { X: accounts, Y: to(12) };
  const known = { by: "network" } as const;
  const ttl = (kind: string) =>
    number(
      `${prefix}dns_cache_${kind}.${place}.ttl`,
      300,
      [30, 2147483647],
      "NET-37",
      "Seconds that the record holds.",
      known,
    );
  const record = (kind: string, field: string, help: string) =>
    written(`${prefix}dns_cache_${kind}.${place}.${field}`, "NET-37", help, known);
  return area("sip", places, [
    record("a", "name", "Host name of an address record."),
    record("a", "ip", "Address of that host."),
    ttl("a"),
    record("srv", "name", "Service name of an SRV record."),
    record("srv", "port", "Port of the SRV record."),
    record("srv", "priority", "Priority of the SRV record, lowest first."),
    record("srv", "target", "Host of the SRV record."),
    record("srv", "weight", "Share among SRV records of one priority."),
    ttl("srv"),
    record("naptr", "name", "Domain of a NAPTR record."),
    record("naptr", "flags", "Flags of the NAPTR record."),
    record("naptr", "order", "Order of the NAPTR record, lowest first."),
    record("naptr", "preference", "Preference among NAPTR records of one order."),
    record("naptr", "replace", "Name that the NAPTR record leads to."),
    record("naptr", "service", "Service of the NAPTR record."),
    ttl("naptr"),
  ]);
}

const cacheModes = area("sip", { X: accounts }, [
  choice(
    "account.X.dns_cache_type",
    1,
    { 0: "off", 1: "cache", 2: "cache and record" },
    "NET-37",
    "Use of DNS records that are known: none, those in advance and those asked for, additional ones too.",
    { by: "network", effect: "register" },
  ),
  flag("account.X.static_cache_pri", 1, "NET-37", "Puts records known in advance before what DNS says.", {
    by: "network",
    effect: "register",
    safer: "0: records written down by hand serve only where DNS knows nothing",
  }),
]);

export const sipRows = [...stack, ...nat, ...dnsCache(""), ...dnsCache("account.X."), ...cacheModes];
