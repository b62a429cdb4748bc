/** Accounts: who we are, which servers, how we register, and what calls of the account are like. Codecs are in codec.ts. */
import { accounts, area, choice, flag, host, number, password, port, steps, text, to } from "../row.ts";

const applied = { by: "phone", effect: "register" } as const;
const inCalls = { by: "phone", effect: "new calls" } as const;

const accountTimer = { ...applied, decimals: true } as const;
const ownTimer = (name: string) => `Timer ${name} of RFC 3261 for this account, seconds; that of the phone unless set.`;

const identity = area("account", { X: accounts }, [
  flag("account.X.enable", 0, "ACC-01", "Registers this account and lets it place and take calls.", applied),
  text("account.X.label", "", "ACC-01", "Name of the account on the LCD; the user name when blank.", {
    by: "phone",
    most: 99,
  }),
  text("account.X.display_name", "", "ACC-01", "Name that called people see (From).", applied),
  text("account.X.user_name", "", "ACC-01", "User part of the account's address.", applied),
  text("account.X.auth_name", "", "ACC-01", "User name for digest authentication; the user name when blank.", applied),
  password("account.X.password", "ACC-14", "Password for digest authentication.", applied),
  flag("account.X.sip_trust_ctrl", 1, "ACC-17", "Takes calls only from the account's own servers and proxies.", {
    by: "phone",
    safer: "0: calls from any address ring; scanners then ring phones at night",
  }),
  number(
    "account.X.reg_fail_retry_interval",
    30,
    [0, 1800],
    "ACC-07",
    "Seconds to wait after a failed registration.",
    applied,
  ),
  steps(
    "account.X.ptime",
    20,
    [0, 10, 20, 30, 40, 50, 60],
    "AUD-03",
    "Milliseconds of sound in a packet; 0 leaves it to the codec.",
    inCalls,
  ),
  flag("account.X.missed_calllog", 1, "DIR-12", "Keeps calls that nobody answered in the list of missed calls.", {
    by: "phone",
  }),
]);

const servers = area("account", { X: accounts, Y: to(2) }, [
  host(
    "account.X.sip_server.Y.address",
    "",
    "ACC-02",
    "Registrar and proxy; the second one serves when the first does not answer.",
    applied,
  ),
  port("account.X.sip_server.Y.port", 5060, "ACC-02", "Port of the server; 0 asks DNS for it.", applied),
  choice(
    "account.X.sip_server.Y.transport_type",
    0,
    { 0: "UDP", 1: "TCP", 2: "TLS", 3: "DNS-NAPTR" },
    "ACC-03",
    "How to reach the server.",
    applied,
  ),
  number(
    "account.X.sip_server.Y.expires",
    3600,
    [30, 2147483647],
    "ACC-06",
    "Seconds that a registration is asked to last.",
    applied,
  ),
  number(
    "account.X.sip_server.Y.retry_counts",
    3,
    [0, 20],
    "ACC-11",
    "Attempts before the next server is tried.",
    applied,
  ),
  choice(
    "account.X.sip_server.Y.failback_mode",
    0,
    { 0: "new requests", 1: "DNS TTL", 2: "registration", 3: "duration" },
    "ACC-11",
    "When to return to the first server after a failure; that of the first server counts.",
    applied,
  ),
  number(
    "account.X.sip_server.Y.failback_timeout",
    3600,
    [60, 65535],
    "ACC-11",
    "Seconds before the first server is tried again in mode 3; 0 is never by itself.",
    { ...applied, also: [0] },
  ),
  flag(
    "account.X.sip_server.Y.register_on_enable",
    0,
    "ACC-11",
    "Registers at the next server before it is used.",
    applied,
  ),
  flag("account.X.outbound_proxy_enable", 0, "ACC-05", "Sends requests by way of the outbound proxy.", applied),
  host(
    "account.X.outbound_proxy.Y.address",
    "",
    "ACC-05",
    "Outbound proxy; the second one serves when the first does not answer.",
    applied,
  ),
  port("account.X.outbound_proxy.Y.port", 5060, "ACC-05", "Port of the outbound proxy; 0 asks DNS for it.", applied),
  number(
    "account.X.outbound_proxy_fallback_interval",
    3600,
    [0, 65535],
    "ACC-05",
    "Seconds before the first outbound proxy is tried again; 0 is with each request.",
    applied,
  ),
]);

const registration = area("account", { X: accounts }, [
  flag("account.X.reregister_enable", 1, "ACC-11", "Registers again when calls had to go to another server.", {
    ...applied,
    safer: "0: after a failover nobody can call the phone until its next refresh",
  }),
  choice(
    "account.X.fallback.redundancy_type",
    0,
    { 0: "concurrent", 1: "successive" },
    "ACC-12",
    "Registers at both servers at once, or at the second when the first fails.",
    applied,
  ),
  number(
    "account.X.fallback.timeout",
    120,
    [10, 2147483647],
    "ACC-12",
    "Seconds between looks at whether the first server lives.",
    applied,
  ),
  choice(
    "account.X.naptr_build",
    0,
    { 0: "UDP", 1: "UDP, TCP, TLS" },
    "ACC-04",
    "SRV records to ask for where there is no NAPTR.",
    applied,
  ),
  choice(
    "account.X.dns_srv_type",
    0,
    { 0: "UDP, TCP, TLS", 1: "UDP", 2: "TCP", 3: "TLS" },
    "ACC-04",
    "Transports to ask SRV records for.",
    { ignored: "an older name of what account.X.naptr_build and the transport say" },
  ),
  number("account.X.dns_query_timeout", 8, [1, 9], "NET-36", "Seconds that looking up the server may take.", {
    by: "network",
    effect: "register",
  }),
  flag("account.X.srv_ttl_timer_enable", 0, "ACC-13", "Resolves the server again when its records run out.", applied),
  flag("account.X.unregister_on_reboot", 0, "ACC-09", "Removes the registration before the phone restarts.", {
    by: "phone",
  }),
  flag("account.X.register_mac", 0, "ACC-10", "Adds the phone's MAC address to REGISTER.", applied),
  flag("account.X.register_line", 1, "ACC-10", "Adds the number of the line to REGISTER.", applied),
  flag(
    "account.X.gruu.enable",
    0,
    "ACC-02",
    "Asks the server for an address that reaches this very phone (RFC 5627); many servers grant what they cannot route.",
    applied,
  ),
  flag("account.X.subscribe_register", 0, "ACC-26", "Subscribes to the state of its own registration.", {
    by: "phone",
  }),
  choice(
    "account.X.sip_server_type",
    0,
    { 0: "default", 2: "BroadSoft", 4: "Cosmocom", 6: "UCAP", 8: "Genesys", 10: "Genesys advanced" },
    "ACC-15",
    "Habits of the server to follow: BroadSoft and Genesys press keys by NOTIFY (talk, hold); of the others none is known.",
    applied,
  ),
  text(
    "account.X.proxy_require",
    "",
    "ACC-16",
    "Options that Proxy-Require names in requests of the account.",
    applied,
  ),
  port(
    "account.X.sip_listen_port",
    5060,
    "NET-24",
    "Local SIP port of the account, for UDP and TCP; that of the phone unless set. A port that was left stays open until a restart.",
    applied,
  ),
  flag(
    "account.X.compact_header_enable",
    0,
    "ACC-19",
    "Writes short header names; of the two attested defaults the one that every peer reads.",
    applied,
  ),
  flag("account.X.enable_user_equal_phone", 0, "ACC-20", "Adds user=phone to addresses.", inCalls),
  flag("account.X.enable_signal_encode", 0, "ACC-27", "Obscures SIP with RC4.", {
    ignored: "RC4 obscuring protects nothing; use TLS",
  }),
  password("account.X.signal_encode_key", "ACC-27", "Key of the RC4 obscuring.", {
    ignored: "RC4 obscuring protects nothing; use TLS",
  }),
  number(
    "account.X.number_of_linekey",
    1,
    [1, 999],
    "ACC-30",
    "Line keys that the account takes, where features.auto_linekeys.enable is on.",
    { by: "phone" },
  ),
]);

const signalling = area("account", { X: accounts }, [
  number("account.X.advanced.timer_t1", 0.5, [0.5, 10], "ACC-22", ownTimer("T1"), accountTimer),
  number("account.X.advanced.timer_t2", 4, [2, 40], "ACC-22", ownTimer("T2"), accountTimer),
  number("account.X.advanced.timer_t4", 5, [2.5, 60], "ACC-22", ownTimer("T4"), accountTimer),
  flag(
    "account.X.session_timer.enable",
    0,
    "ACC-23",
    "Lets a call end when its far end has vanished (RFC 4028).",
    inCalls,
  ),
  number(
    "account.X.session_timer.expires",
    1800,
    [1, 9999],
    "ACC-23",
    "Seconds between refreshes of a session.",
    inCalls,
  ),
  choice(
    "account.X.session_timer.refresher",
    0,
    { 0: "caller", 1: "callee" },
    "ACC-23",
    "Who refreshes the session.",
    inCalls,
  ),
  flag("account.X.100rel_enable", 0, "ACC-24", "Acknowledges provisional responses (RFC 3262).", inCalls),
  flag(
    "account.X.precondition",
    0,
    "ACC-25",
    "Offers name quality of service as wished for (RFC 3312); nothing waits for it.",
    inCalls,
  ),
  choice(
    "account.X.srtp_encryption",
    0,
    { 0: "off", 1: "optional", 2: "compulsory" },
    "SEC-05",
    "Encrypts speech: where the other side can, or always, so that no call comes about without.",
    inCalls,
  ),
  flag("account.X.hold_use_inactive", 0, "CAL-42", "Holds with a=inactive instead of a=sendonly.", inCalls),
  choice(
    "account.X.cid_source",
    0,
    {
      0: "From",
      1: "PAI",
      2: "PAI, From",
      3: "RPID, PAI, From",
      4: "PAI, RPID, From",
      5: "RPID, From",
      6: "sip.cid_source.preference",
    },
    "CAL-73",
    "Where the caller's name is taken from.",
    inCalls,
  ),
  flag("account.X.cid_source_privacy", 1, "CAL-73", "Looks at Privacy before showing a caller.", inCalls),
  flag("account.X.cid_source_ppi", 1, "CAL-73", "Looks at P-Preferred-Identity before the other headers.", inCalls),
  choice(
    "account.X.cp_source",
    1,
    { 0: "PAI, RPID", 1: "dialled digits", 2: "RFC 4916", 3: "PAI, RPID, Contact" },
    "CAL-74",
    "Where the called person's name is taken from.",
    inCalls,
  ),
  flag("account.X.picture_info_enable", 1, "CAL-76", "Fetches the caller's picture that Call-Info names."),
  flag("account.X.alert_info_url_enable", 1, "CAL-97", "Rings with the sound that Alert-Info names."),
  text("account.X.ringtone.ring_type", "Common", "UIX-28", "Ring tone of the account."),
]);

const nat = area("account", { X: accounts }, [
  choice(
    "account.X.nat.nat_traversal",
    0,
    { 0: "off", 1: "STUN", 2: "static" },
    "NET-26",
    "How the account learns its public address.",
    { by: "phone" },
  ),
  choice(
    "account.X.nat.rport",
    1,
    { 0: "off", 1: "asked for", 2: "Contact follows it" },
    "NET-28",
    "Servers are asked for the port that they saw (RFC 3581) in every request over UDP, unless 0: without it no answer comes back through a NAT, so it is asked for by default; 2: the Contact is what they saw.",
    { by: "phone" },
  ),
  host("account.X.nat.stun_server", "", "NET-26", "STUN server of the account.", { by: "phone" }),
  port("account.X.nat.stun_port", 3478, "NET-26", "Port of the STUN server.", { by: "phone" }),
  choice(
    "account.X.nat.udp_update_enable",
    1,
    { 0: "off", 1: "dummy packet", 2: "OPTIONS", 3: "NOTIFY" },
    "NET-29",
    "What keeps the way through a NAT open.",
    { by: "phone" },
  ),
  number("account.X.nat.udp_update_time", 30, [1, 2147483647], "NET-29", "Seconds between such packets.", {
    by: "phone",
  }),
]);

const dtmf = area("account", { X: accounts }, [
  choice(
    "account.X.dtmf.type",
    1,
    { 0: "in-band", 1: "RFC 4733 events", 2: "SIP INFO", 3: "events and SIP INFO" },
    "CAL-78",
    "How digits in a call are sent.",
    inCalls,
  ),
  choice(
    "account.X.dtmf.info_type",
    0,
    { 0: "off", 1: "DTMF-Relay", 2: "DTMF", 3: "Telephone-Event" },
    "CAL-78",
    "Form of digits in SIP INFO.",
    inCalls,
  ),
  number("account.X.dtmf.dtmf_payload", 101, [96, 127], "CAL-78", "Payload type of telephone events.", inCalls),
]);

export const accountRows = [...identity, ...servers, ...registration, ...signalling, ...nat, ...dtmf];
