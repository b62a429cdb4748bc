/** Services of particular servers: call queues, BroadWorks, Metaswitch, GENBAND; USB recording. Their own guides describe them. */
import { area, choice, flag, number, password, text, to, url, written } from "../row.ts";

const queue = area("vendor", {}, [
  written("acd.enable", "CAL-88", "Takes part in call queues."),
  written("acd.bw", "CAL-88", "Whether the queue is BroadWorks'."),
  flag("acd.auto_available", 0, "CAL-88", "Becomes available by itself after a call."),
  number("acd.auto_available_timer", 60, [0, 120], "CAL-88", "Seconds before it does."),
  flag(
    "features.usb_call_recording.enable",
    0,
    "CAL-85",
    "Lets people record calls: OK in a call begins and ends it.",
    {
      by: "phone",
    },
  ),
  text(
    "features.usb_call_recording.announcement",
    "",
    "CAL-85",
    "WAV file of the folder music in the data folder that all hear when a recording begins. A parameter of this phone's own.",
    { by: "media" },
  ),
  choice(
    "features.usb_call_recording.format",
    "wav",
    { wav: "WAV, 115 MB an hour", opus: "Opus in Ogg, 15 MB an hour" },
    "CAL-85",
    "What recordings are written as. A parameter of this phone's own.",
    { by: "phone" },
  ),
]);

const broadWorks = area("vendor", { X: to(6) }, [
  written("bw.enable", "CAL-98", "BroadWorks services."),
  flag("bw.calllog_and_dir", 0, "CAL-98", "Shows its lists of calls and directory.", { effect: "reboot" }),
  flag("bw.behave_calllog", 1, "CAL-98", "Replaces the phone's lists of calls.", { effect: "reboot" }),
  flag("bw.behave_bw_dir", 1, "CAL-98", "Replaces the phone's directory.", { effect: "reboot" }),
  written("bw.directory_enable", "CAL-98", "Whether its directory is offered."),
  written("bw.call_recording.mode", "CAL-98", "How calls are recorded there."),
  written("bw.voice_mail.visual.enable", "CAL-98", "Whether its voice messages are listed."),
  written("bw.voice_mail.visual.display_videomail.enable", "CAL-98", "Whether video messages are listed too."),
  written("bw.xmpp.enable", "CAL-98", "Whether presence is exchanged."),
  written("bw.xmpp.change_presence.enable", "CAL-98", "Whether people may change their presence."),
  written("bw.xmpp.change_presence.force_manual.enable", "CAL-98", "Whether such a change stays."),
  written("bw.xmpp.presence_icon.mode", "CAL-98", "Where presence is shown."),
  written("bw.xsi.enable", "CAL-98", "Whether XSI services are used."),
  written("bw.xsi.call_log.enable", "CAL-98", "Whether lists of calls come from there."),
  written("bw.xsi.directory.enable", "DIR-14", "Whether the directory comes from there."),
  written("bw.xsi.directory.alphabetized_by_lastname.enable", "DIR-14", "Whether it is sorted by last name."),
  ...["bw_call_log", "bw_phonebook"].flatMap((book) => [
    text(`${book}.data.X.name`, "", "DIR-14", "Name of a book or list there, in old versions."),
    text(`${book}.data.X.server`, "", "DIR-14", "Server of that book."),
    text(`${book}.data.X.port`, "", "DIR-14", "Port of that server."),
    text(`${book}.data.X.username`, "", "DIR-14", "User name there."),
    password(`${book}.data.X.password`, "DIR-14", "Password there."),
  ]),
  ...["common", "enterprise", "enterprise_common", "group", "group_common", "personal"].map((part) =>
    text(`bw_phonebook.${part}_displayname`, "", "DIR-14", `Name of the ${part.replace("_", " ")} directory.`),
  ),
  ...["enterprise", "enterprise_common", "group", "group_common", "personal", "call_log", "server_search"].map((part) =>
    written(`bw_phonebook.${part}_enable`, "DIR-14", `Whether ${part.replace("_", " ")} is offered.`),
  ),
  written("bw_phonebook.custom", "DIR-14", "Whether one's own directory is offered."),
  written("features.uc_enable", "CAL-98", "Whether the unified service is used."),
  text("features.uc_username", "", "CAL-98", "User name of that service."),
  password("features.uc_password", "CAL-98", "Password of that service."),
]);

const metaswitch = area("vendor", {}, [
  written("meta.enable", "CAL-99", "Metaswitch services."),
  written("meta.login_mode", "CAL-99", "How one logs in there."),
  written("meta.comm_portal.enable", "CAL-99", "Whether its portal is used."),
  url("meta.comm_portal.server.url", "CAL-99", "Address of the portal."),
  text("meta.comm_portal.server.username", "", "CAL-99", "User name there."),
  password("meta.comm_portal.server.password", "CAL-99", "Password there."),
  written("meta.comm_portal.keep_alive_interval_time", "CAL-99", "Minutes between signs of life."),
  written("meta.comm_portal.contacts.update_interval", "CAL-99", "Minutes between updates of contacts."),
  ...["acd", "call_list", "contacts", "logout", "message", "replace_local_call_list"].map((what) =>
    written(`meta.comm_portal.${what}.enable`, "CAL-99", `Whether ${what.replaceAll("_", " ")} is offered.`),
  ),
  ...["contacts", "extensions", "mlhgs"].flatMap((group) => [
    written(`meta.comm_portal.contacts.group.${group}.enable`, "CAL-99", `Whether the group ${group} is offered.`),
    text(`meta.comm_portal.contacts.group.${group}.label`, "", "CAL-99", `Name of the group ${group}.`),
  ]),
]);

const genband = area("vendor", {}, [
  written("gb.sopi.enable", "CAL-99", "GENBAND address books."),
  url("gb.sopi.service_url", "CAL-99", "Their address."),
  text("gb.sopi.username", "", "CAL-99", "User name there."),
  password("gb.sopi.password", "CAL-99", "Password there."),
  written("gb.sopi.gab.enable", "CAL-99", "Whether the global book is offered."),
  written("gb.sopi.gab.retain_search_filter", "CAL-99", "Whether the last search there is kept."),
  written("gb.sopi.pab.enable", "CAL-99", "Whether the personal book is offered."),
  written("gb.sopi.pab.match_in_calling.enable", "CAL-99", "Whether callers are looked for there."),
  written("features.pab.enable", "CAL-99", "Whether the personal book is offered, in old versions."),
  written("features.pab.soupuser", "CAL-99", "User name there, in old versions."),
]);

export const vendorRows = [...queue, ...broadWorks, ...metaswitch, ...genband];
