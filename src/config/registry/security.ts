/** Certificates, users, web pages and remote control. */
import { area, choice, flag, list, number, password, text, url, written } from "../row.ts";

const tls = area("security", {}, [
  choice(
    "security.default_ssl_method",
    3,
    { 0: "TLS 1.0", 3: "best of both sides", 4: "TLS 1.1", 5: "TLS 1.2" },
    "SEC-01",
    "Lowest version of TLS for SIP; 0 and 4 allow broken ones, 3 and 5 are TLS 1.2; 1.3 is always offered.",
    { by: "sip" },
  ),
  text("security.tls_cipher_list", "", "SEC-01", "Ciphers that are offered up to TLS 1.2; the safe ones when blank.", {
    by: "sip",
    most: 2048,
  }),
  flag(
    "security.trust_certificates",
    1,
    "SEC-02",
    "Accepts only servers whose certificate a trusted authority signed.",
    { by: "sip" },
  ),
  choice("security.ca_cert", 2, { 0: "built in", 1: "loaded", 2: "both" }, "SEC-02", "Authorities that are trusted.", {
    by: "sip",
  }),
  flag("security.cn_validation", 1, "SEC-03", "Checks that a certificate was made out to the server's name.", {
    by: "sip",
    safer: "0: any trusted certificate passes for any server, so whoever owns one can listen in",
  }),
  choice("security.dev_cert", 0, { 0: "built in", 1: "loaded" }, "SEC-04", "Certificate of this phone.", { by: "sip" }),
  url("trusted_certificates.url", "SEC-02", "Authority to load."),
  url("trusted_certificates.delete", "SEC-02", "Authority to delete; http://localhost/all deletes all."),
  url("server_certificates.url", "SEC-04", "Certificate of this phone to load."),
  url("server_certificates.delete", "SEC-04", "Certificate to delete; http://localhost/all deletes it."),
  written("phone_setting.reserve_certs_enable", "SEC-04", "Whether a reset keeps certificates."),
]);

const users = area("security", {}, [
  text("security.user_name.admin", "admin", "SEC-08", "Name of the administrator."),
  text("security.user_name.user", "user", "SEC-08", "Name of the user."),
  text("security.user_name.var", "var", "SEC-08", "Name of the middle level."),
  password("security.user_password", "SEC-08", "Name and password with a colon between, for one of those.", {
    most: 256,
  }),
  flag("security.var_enable", 0, "SEC-08", "Has three levels of users.", { effect: "reboot" }),
  url("web_item_level.url", "SEC-08", "File that says which level sees what."),
  number("features.relog_offtime", 5, [1, 1000], "SEC-10", "Minutes without use before the web pages log out."),
  flag("wui.quick_login", 0, "SEC-11", "Accepts user and password in the address."),
  written("wui.secure_domain_list", "SEC-12", "Names under which the web pages may be opened."),
  flag("wui.http_enable", 1, "SEC-13", "Serves the web pages unencrypted.", { effect: "reboot" }),
  flag("wui.https_enable", 1, "SEC-13", "Serves the web pages encrypted.", { effect: "reboot" }),
  written("features.export_cfg_erase_pwd", "SEC-17", "Whether exported settings lack passwords."),
  flag("features.factory_pwd_enable", 0, "SEC-18", "Asks for the password before a reset."),
  flag("features.reset_by_long_press_enable", 1, "MNT-11", "Offers a reset when OK is held."),
  written("features.factory_reset_option", "SEC-18", "What a reset takes back."),
]);

const lock = area("security", {}, [
  flag("phone_setting.phone_lock.enable", 0, "UIX-31", "Allows locking the keys."),
  choice(
    "phone_setting.phone_lock.lock_key_type",
    0,
    { 0: "all", 1: "function keys", 2: "menu" },
    "UIX-31",
    "Keys that are locked.",
  ),
  password("phone_setting.phone_lock.unlock_pin", "UIX-31", "Digits that unlock them; the reference starts with 123.", {
    most: 15,
    safer: "123: a PIN that everybody knows locks nothing",
  }),
  number(
    "phone_setting.phone_lock.lock_time_out",
    0,
    [0, 3600],
    "UIX-31",
    "Seconds without use before they lock; 0 never.",
  ),
]);

/** Moments at which an address is fetched; the name of the parameter, then the moment in words. */
const moments: readonly (readonly [string, string])[] = [
  ["setup_completed", "the phone has started"],
  ["setup_autop_finish", "provisioning has ended"],
  ["registered", "an account has registered"],
  ["unregistered", "an account is no longer registered"],
  ["register_failed", "a registration has failed"],
  ["log_on", "an account logs on"],
  ["log_off", "an account logs off"],
  ["off_hook", "the handset is lifted"],
  ["on_hook", "the handset is replaced"],
  ["incoming_call", "a call comes in"],
  ["outgoing_call", "a call goes out"],
  ["call_established", "a call is answered"],
  ["call_terminated", "a call ends"],
  ["call_remote_canceled", "the caller gives up"],
  ["cancel_callout", "the person gives up"],
  ["remote_busy", "the called party is busy"],
  ["missed_call", "a call was missed"],
  ["reject_incoming_call", "the person refuses a call"],
  ["answer_new_incoming_call", "a second call is answered"],
  ["forward_incoming_call", "a call is forwarded"],
  ["transfer_call", "a call is transferred"],
  ["blind_transfer_call", "a call is transferred blindly"],
  ["attended_transfer_call", "a call is transferred after asking"],
  ["transfer_finished", "a transfer has succeeded"],
  ["transfer_failed", "a transfer has failed"],
  ["hold", "the person holds a call"],
  ["unhold", "the person resumes a call"],
  ["held", "the far end holds a call"],
  ["unheld", "the far end resumes a call"],
  ["mute", "the microphone is muted"],
  ["unmute", "the microphone is on again"],
  ["headset", "the headset is chosen"],
  ["handfree", "the loudspeaker is chosen"],
  ["dnd_on", "do-not-disturb is switched on"],
  ["dnd_off", "do-not-disturb is switched off"],
  ["always_fwd_on", "forwarding at once is switched on"],
  ["always_fwd_off", "forwarding at once is switched off"],
  ["busy_fwd_on", "forwarding while busy is switched on"],
  ["busy_fwd_off", "forwarding while busy is switched off"],
  ["no_answer_fwd_on", "forwarding of unanswered calls is switched on"],
  ["no_answer_fwd_off", "forwarding of unanswered calls is switched off"],
  ["call_waiting_on", "call waiting is switched on"],
  ["call_waiting_off", "call waiting is switched off"],
  ["idle_to_busy", "the first call begins"],
  ["busy_to_idle", "the last call ends"],
  ["ip_change", "the phone's address changes"],
  ["is_ume", "a service of that name asks; kept from old versions"],
  ["peripheral_information", "a peripheral is plugged or unplugged"],
  ["vpn_ip", "the VPN's address changes"],
];

/** Moments that nothing in this phone brings about yet. */
const notYet: ReadonlySet<string> = new Set(["setup_autop_finish", "is_ume", "peripheral_information", "vpn_ip"]);

const remote = area("remote", {}, [
  ...moments.map(([name, when]) =>
    url(`action_url.${name}`, "API-06", `Address to fetch when ${when}.`, notYet.has(name) ? {} : { by: "phone" }),
  ),
  flag("features.action_uri.enable", 1, "API-08", "Lets trusted computers press keys and dial."),
  list("features.action_uri_limit_ip", "", "API-08", "Those computers: addresses with stars, or any; none when blank."),
  written("features.show_action_uri_option", "API-08", "Whether the web pages show this."),
  written("features.action_uri_reboot_now", "API-12", "Whether they may restart the phone at once."),
  written("features.action_uri_force_autop", "API-12", "Whether they may provision it at once."),
  list("push_xml.server", "", "API-02", "Computers that may show pages on the LCD; none when blank."),
  flag("push_xml.block_in_calling", 0, "API-02", "Shows no such pages during a call."),
  flag("push_xml.sip_notify", 0, "API-03", "Accepts such pages by SIP too."),
]);

export const securityRows = [...tls, ...users, ...lock, ...remote];
