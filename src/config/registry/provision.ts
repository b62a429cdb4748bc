/** Provisioning: where files come from, when they are asked for, and files of resources. */
import { area, choice, code, flag, list, number, password, pattern, text, to, url, written } from "../row.ts";

const time = /^([01]?[0-9]|2[0-3]):[0-5][0-9]$/;
const key16 = { most: 32 };

const server = area("provision", {}, [
  url("auto_provision.server.url", "PRV-09", "Server that the files come from."),
  text("auto_provision.server.username", "", "PRV-09", "User name at that server."),
  password("auto_provision.server.password", "PRV-09", "Password at that server."),
  written("auto_provision.server.type", "PRV-09", "Protocol of that server."),
  written("auto_provision.common_file_name", "PRV-02", "Another name for the common file."),
  flag("auto_provision.user_agent_mac.enable", 1, "PRV-10", "Tells servers the MAC address in User-Agent."),
  written("auto_provision.url_wildcard.pn", "PRV-11", "What $PN stands for in the server's URL."),
  flag("overwrite_mode", 0, "PRV-05", "Takes back what is no longer in the files."),
  flag("auto_provision.custom.protect", 0, "PRV-06", "Lets what people changed win over the files."),
  flag("auto_provision.custom.sync", 0, "PRV-07", "Stores what people changed at the server too."),
  url("auto_provision.custom.sync.path", "PRV-07", "Where it is stored."),
  choice("auto_provision.custom.upload_method", 0, { 0: "PUT", 1: "POST" }, "PRV-07", "How it is sent."),
]);

const discovery = area("provision", {}, [
  flag("auto_provision.dhcp_option.enable", 1, "PRV-13", "Takes the server from DHCP."),
  list("auto_provision.dhcp_option.list_user_options", "", "PRV-13", "DHCP options to look at first, 128 to 254."),
  text(
    "auto_provision.dhcp_option.option60_value",
    "yealink",
    "NET-09",
    "Vendor class that DHCP is told; servers look for the reference's.",
  ),
  flag("auto_provision.pnp_enable", 1, "PRV-14", "Asks the local network for a server (SIP plug and play)."),
  written("auto_provision.pnp_domain_name", "PRV-14", "Domain of that question in old versions."),
  written("auto_provision.pnp_event_vendor", "PRV-14", "Vendor of that question in old versions."),
  flag("zero_touch.enable", 0, "PRV-15", "Offers at the start to enter a server."),
  number("zero_touch.wait_time", 5, [0, 100], "PRV-15", "Seconds that this offer stands."),
  written("zero_touch.network_fail_delay_times", "PRV-15", "Wait when the network is not there yet."),
  written("zero_touch.network_fail_wait_times", "PRV-15", "How often to wait."),
  flag("redirect.enable", 0, "PRV-15", "Asks the maker's redirection service.", {
    ignored: "this phone belongs to no maker",
  }),
  text("redirect.user_name", "", "PRV-15", "User name at that service.", { ignored: "this phone belongs to no maker" }),
  password("redirect.password", "PRV-15", "Password at that service.", { ignored: "this phone belongs to no maker" }),
  written("features.hide_zero_touch_url.enable", "PRV-15", "Whether the server is hidden in that offer."),
]);

const triggers = area("provision", {}, [
  written("auto_provision.mode", "PRV-16", "When to look for files, in the code of old versions."),
  flag("auto_provision.power_on", 1, "PRV-16", "Looks for files at each start."),
  flag("auto_provision.repeat.enable", 0, "PRV-17", "Looks again and again."),
  number("auto_provision.repeat.minutes", 1440, [1, 43200], "PRV-17", "Minutes between those looks."),
  flag("auto_provision.weekly.enable", 0, "PRV-18", "Looks on some days of the week."),
  pattern(
    "auto_provision.weekly.mask",
    "0123456",
    /^[0-6]{1,7}$/,
    "digits from 0 (Sunday) to 6",
    "PRV-18",
    "Those days, in the old spelling.",
  ),
  pattern(
    "auto_provision.weekly.dayofweek",
    "0123456",
    /^[0-6]{1,7}$/,
    "digits from 0 (Sunday) to 6",
    "PRV-18",
    "Those days.",
  ),
  pattern(
    "auto_provision.weekly.begin_time",
    "00:00",
    time,
    "a time such as 02:30",
    "PRV-18",
    "Earliest time on those days.",
  ),
  pattern(
    "auto_provision.weekly.end_time",
    "00:00",
    time,
    "a time such as 02:30",
    "PRV-18",
    "Latest time on those days.",
  ),
  number("auto_provision.weekly_upgrade_interval", 0, [0, 12], "PRV-18", "Weeks between those looks."),
  number(
    "auto_provision.inactivity_time_expire",
    0,
    [0, 120],
    "PRV-18",
    "Minutes that the phone has to be unused before.",
  ),
  flag("auto_provision.flexible.enable", 0, "PRV-19", "Looks every few days at a random time."),
  number("auto_provision.flexible.interval", 30, [1, 1000], "PRV-19", "Days between those looks."),
  pattern("auto_provision.flexible.begin_time", "02:00", time, "a time such as 02:30", "PRV-19", "Earliest such time."),
  pattern("auto_provision.flexible.end_time", "", time, "a time such as 02:30", "PRV-19", "Latest such time."),
  number("auto_provision.attempt_before_failed", 3, [1, 10], "PRV-23", "How often a missing file is asked for."),
  number(
    "auto_provision.retry_delay_after_file_transfer_failed",
    5,
    [1, 300],
    "PRV-23",
    "Seconds between those tries.",
  ),
  number("auto_provision.attempt_expired_time", 20, [1, 300], "PRV-23", "Seconds that a transfer may take to begin."),
  written("auto_provision.dns_resolv_nosys", "PRV-23", "Whether provisioning asks DNS by itself."),
  written("auto_provision.dns_resolv_nretry", "PRV-23", "How often it asks."),
  written("auto_provision.dns_resolv_timeout", "PRV-23", "Seconds that it waits."),
  written("auto_provision.reboot_force.enable", "PRV-25", "Whether the phone restarts without asking."),
  written("auto_provision.prompt.enable", "PRV-25", "Whether it asks before applying."),
]);

const dialled = area("provision", { X: to(50) }, [
  text("autoprovision.X.name", "", "PRV-21", "Name of a server that is chosen by dialling.", { most: 100 }),
  code("autoprovision.X.code", "", "PRV-21", "What is dialled for it."),
  url("autoprovision.X.url", "PRV-21", "Its address."),
  text("autoprovision.X.user", "", "PRV-21", "User name there."),
  password("autoprovision.X.password", "PRV-21", "Password there."),
  password("autoprovision.X.com_aes", "PRV-21", "Key of its common file.", key16),
  password("autoprovision.X.mac_aes", "PRV-21", "Key of its MAC file.", key16),
]);

const encryption = area("provision", {}, [
  password("auto_provision.aes_key_16.com", "PRV-26", "Key of the common file, 16 characters.", key16),
  password("auto_provision.aes_key_16.mac", "PRV-26", "Key of the MAC file, 16 characters.", key16),
  flag("auto_provision.aes_key_in_file", 0, "PRV-26", "Takes the key from a file beside."),
  written("auto_provision.update_file_mode", "PRV-26", "Whether only encrypted files are accepted."),
  ...["directory", "call_log", "config"].map((what) =>
    written(
      `auto_provision.encryption.${what}`,
      "PRV-27",
      `Whether the ${what.replace("_", " ")} is uploaded encrypted.`,
    ),
  ),
  flag("auto_provision.local_contact.backup.enable", 0, "PRV-28", "Stores contacts at the server."),
  url("auto_provision.local_contact.backup.path", "PRV-28", "Where."),
  written("auto_provision.local_calllog.backup.enable", "PRV-29", "Whether lists of calls are stored at the server."),
  url("auto_provision.local_calllog.backup.path", "PRV-29", "Where."),
  number(
    "auto_provision.local_calllog.write_delay.terminated",
    60,
    [0, 65535],
    "PRV-29",
    "Seconds after a call before they are.",
  ),
]);

const everywhere = "http://localhost/all deletes all";

const resources = area("provision", {}, [
  url("firmware.url", "PRV-31", "Firmware to install."),
  url("configuration.url", "PRV-32", "Settings to import."),
  url("custom_factory_configuration.url", "PRV-33", "Settings that a reset goes back to."),
  written("features.custom_factory_config.enable", "PRV-33", "Whether a reset goes back to those."),
  url("custom_mac_cfg.url", "PRV-34", "Another file, read after the MAC file."),
  url("ringtone.url", "PRV-30", "Ring tone to load."),
  url("ringtone.delete", "PRV-30", `Ring tone to delete; ${everywhere}.`),
  url("gui_lang.url", "PRV-30", "Language of the LCD to load."),
  url("gui_lang.delete", "PRV-30", `Language of the LCD to delete; ${everywhere}.`),
  url("wui_lang.url", "PRV-30", "Language of the web pages to load."),
  url("wui_lang_note.url", "PRV-30", "Notes on the web pages in that language."),
  url("wui_lang.delete", "PRV-30", `Language of the web pages to delete; ${everywhere}.`),
  url("wallpaper_upload.url", "UIX-16", "Wallpaper to load."),
  url("lcd_logo.url", "UIX-17", "Logo to load."),
  url("lcd_logo.delete", "UIX-17", `Logo to delete; ${everywhere}.`),
  url("gui_input_method.url", "UIX-21", "Input method to load."),
  url("gui_input_method.delete", "UIX-21", `Input method to delete; ${everywhere}.`),
  url("auto_dst.url", "UIX-26", "Rules of daylight saving time."),
  ...["call_failed", "call_in", "connecting", "dialing", "ring_back", "talking"].map((state) =>
    url(`custom_softkey_${state}.url`, "UIX-03", `Soft keys of the state ${state.replace("_", " ")}.`),
  ),
  url("call_list.url", "DIR-11", "Lists of calls to load."),
]);

export const provisionRows = [...server, ...discovery, ...triggers, ...dialled, ...encryption, ...resources];
