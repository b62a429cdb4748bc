/** What people see and hear besides calls: LCD, lamps, languages, time, ring tones, messages, shared desks. */
import { area, choice, flag, number, pattern, steps, text, to, url, written } from "../row.ts";

const seconds = [0, 1, 15, 30, 60, 120, 300, 600, 1800];

const screen = area("display", {}, [
  flag("phone_setting.idle_clock_display.enable", 1, "UIX-01", "Shows the clock on the idle screen."),
  written(
    "phone_setting.idle_dsskey_and_title.transparency",
    "UIX-01",
    "How far the wallpaper shows through keys and title.",
  ),
  number("phone_setting.contrast", 6, [1, 10], "UIX-12", "Contrast of a monochrome LCD.", { by: "ui" }),
  number("phone_setting.active_backlight_level", 8, [1, 10], "UIX-13", "Backlight while in use.", { by: "ui" }),
  number("phone_setting.inactive_backlight_level", 1, [0, 10], "UIX-13", "Backlight while not in use.", { by: "ui" }),
  steps(
    "phone_setting.backlight_time",
    30,
    seconds,
    "UIX-13",
    "Seconds without use before it dims; 0 always on, 1 always off.",
    { by: "ui" },
  ),
  written("screensaver.mode", "UIX-14", "Screen saver on or off."),
  written("screensaver.type", "UIX-14", "What it shows."),
  written("screensaver.wait_time", "UIX-14", "Seconds without use before it starts."),
  steps("phone_setting.screen_saver_time", 60, [1, 60, 120, 300, 600, 1800], "UIX-14", "The same in old versions."),
  flag("screensaver.display_clock.enable", 1, "UIX-14", "Shows the clock on it."),
  written("screensaver.clock_move_interval", "UIX-14", "Seconds before the clock moves."),
  written("screensaver.picture_change_interval", "UIX-14", "Seconds before the picture changes."),
  url("screensaver.upload_url", "UIX-14", "Picture to load."),
  url("screensaver.delete", "UIX-14", "Picture to delete; http://localhost/all deletes all."),
  url("screen_saver.pic.url", "UIX-14", "Picture to load, in old versions."),
  url("screensaver.xml_browser.url", "UIX-14", "Page of a server to show."),
  text("phone_setting.backgrounds", "", "UIX-16", "Wallpaper: Config: for loaded, Resource: for built-in ones."),
  text("phone_setting.backgrounds_with_dsskey_unfold", "", "UIX-16", "Wallpaper while all line keys are shown."),
  text("expansion_module.backgrounds", "", "UIX-16", "Wallpaper of expansion modules."),
  choice(
    "phone_setting.lcd_logo.mode",
    0,
    { 0: "none", 1: "built in", 2: "loaded" },
    "UIX-17",
    "Logo on the idle screen.",
  ),
  choice("phone_setting.theme", 0, { 0: "1", 1: "2", 2: "3", 3: "4" }, "UIX-18", "Look of the menus."),
  text("lang.gui", "English", "UIX-19", "Language of the LCD."),
  text("lang.wui", "English", "UIX-20", "Language of the web pages."),
  ...["dialing", "xml_browser_input_screen", "xsi_password"].map((where) =>
    written(`default_input_method.${where}`, "UIX-21", `First input method for ${where.replaceAll("_", " ")}.`),
  ),
  flag("phone_setting.custom_softkey_enable", 0, "UIX-03", "Uses soft keys from files."),
  flag("features.power_saving.enable", 1, "UIX-15", "Saves power while nobody uses the phone."),
  written("features.power_saving.intelligent_mode", "UIX-15", "Whether it learns when that is."),
  ...["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"].map((day) =>
    pattern(
      `features.power_saving.office_hour.${day}`,
      "7,19",
      /^([01]?[0-9]|2[0-3]),([01]?[0-9]|2[0-4])$/,
      "two hours such as 7,19",
      "UIX-15",
      `Office hours on ${day}.`,
    ),
  ),
  number(
    "features.power_saving.office_hour.idle_timeout",
    360,
    [1, 65535],
    "UIX-15",
    "Minutes without use in office hours.",
  ),
  number(
    "features.power_saving.off_hour.idle_timeout",
    10,
    [1, 65535],
    "UIX-15",
    "Minutes without use outside of them.",
  ),
  number(
    "features.power_saving.user_input_ext.idle_timeout",
    10,
    [1, 65535],
    "UIX-15",
    "Minutes more after a key was pressed.",
  ),
  written("features.power_saving.power_led_flash.on_time", "UIX-15", "Milliseconds that the lamp is on then."),
  written("features.power_saving.power_led_flash.off_time", "UIX-15", "Milliseconds that the lamp is off then."),
]);

const lamps = area("display", {}, [
  flag("phone_setting.common_power_led_enable", 0, "UIX-09", "Lights the power lamp all the time.", { by: "ui" }),
  flag("phone_setting.ring_power_led_flash_enable", 1, "UIX-09", "Flashes it while a call rings.", { by: "ui" }),
  flag("phone_setting.mail_power_led_flash_enable", 1, "UIX-09", "Flashes it while messages wait."),
  flag("phone_setting.mute_power_led_flash_enable", 0, "UIX-09", "Flashes it while the microphone is mute."),
  flag("phone_setting.hold_and_held_power_led_flash_enable", 0, "UIX-09", "Flashes it while a call is held."),
  flag("phone_setting.talk_and_dial_power_led_enable", 0, "UIX-09", "Lights it while talking and dialling."),
  flag("phone_setting.missed_call_power_led_flash.enable", 1, "UIX-09", "Flashes it after a missed call.", {
    by: "ui",
  }),
  written("features.idle_talk_power_led_flash_enable", "UIX-09", "Flashes it when idle and talking, in old versions."),
  choice("features.power_led_on", 0, { 0: "on", 1: "off" }, "UIX-09", "Power lamp in old versions."),
  flag("features.missed_call_popup.enable", 1, "DIR-12", "Tells of missed calls in a window.", { by: "ui" }),
  flag("features.voice_mail_popup.enable", 1, "CAL-69", "Tells of new voice messages in a window.", { by: "ui" }),
  ...[
    ["features.forward_call_popup.enable", "forwarded calls"],
    ["features.text_message_popup.enable", "new text messages"],
  ].map(([name = "", what]) => flag(name, 1, "UIX-11", `Tells of ${what} in a window.`)),
  choice(
    "phone_setting.call_info_display_method",
    0,
    { 0: "name and number", 1: "number and name", 2: "name", 3: "number", 4: "whole address" },
    "CAL-75",
    "How the other party is shown.",
    { by: "ui" },
  ),
  flag("phone_setting.called_party_info_display.enable", 0, "CAL-75", "Shows whom an incoming call is for.", {
    by: "ui",
  }),
  number(
    "phone_setting.incoming_call.horizontal_roll_interval",
    500,
    [0, 5000],
    "CAL-75",
    "Milliseconds between steps of a long name that moves; 0 cuts it off instead.",
    { by: "ui" },
  ),
  choice(
    "features.caller_name_type_on_dialing",
    3,
    { 1: "user name", 2: "display name", 3: "label" },
    "CAL-75",
    "Name of the account that is shown while dialling.",
    { by: "ui" },
  ),
  written("phone_setting.contact_photo_display.enable", "CAL-76", "Whether pictures of contacts are shown."),
  flag(
    "phone_setting.disable_account_without_username.enable",
    0,
    "ACC-36",
    "Switches accounts off and hides them while they have no user name.",
    { by: "phone" },
  ),
]);

const clock = area("display", {}, [
  text("local_time.ntp_server1", "cn.pool.ntp.org", "UIX-22", "First time server."),
  text("local_time.ntp_server2", "", "UIX-22", "Second time server."),
  number("local_time.interval", 1000, [15, 86400], "UIX-22", "Seconds between questions for the time."),
  flag("local_time.manual_ntp_srv_prior", 0, "UIX-22", "Prefers those servers to the ones DHCP names."),
  flag("local_time.manual_time_enable", 0, "UIX-23", "Sets the time by hand."),
  flag("local_time.dhcp_time", 0, "UIX-24", "Takes the time zone from DHCP."),
  pattern(
    "local_time.time_zone",
    "+8",
    /^[+-]?(1[0-4]|[0-9])(:(00|15|30|45))?$/,
    "hours from -11 to +14, such as +5:30",
    "UIX-25",
    "Time zone.",
  ),
  text("local_time.time_zone_name", "China(Beijing)", "UIX-25", "City of the time zone."),
  choice("local_time.summer_time", 2, { 0: "off", 1: "on", 2: "automatic" }, "UIX-26", "Daylight saving time."),
  choice("local_time.dst_time_type", 0, { 0: "by date", 1: "by week" }, "UIX-26", "Form of its beginning and end."),
  text("local_time.start_time", "1/1/0", "UIX-26", "Its beginning: month/day/hour or month/week/weekday/hour."),
  text("local_time.end_time", "12/31/23", "UIX-26", "Its end."),
  number("local_time.offset_time", "", [-300, 300], "UIX-26", "Minutes that it moves the clock."),
  choice("local_time.time_format", 1, { 0: "12 hours", 1: "24 hours" }, "UIX-27", "Form of the time.", { by: "ui" }),
  choice(
    "local_time.date_format",
    0,
    {
      0: "WWW MMM DD",
      1: "DD-MMM-YY",
      2: "YYYY-MM-DD",
      3: "DD/MM/YYYY",
      4: "MM/DD/YY",
      5: "DD MMM YYYY",
      6: "WWW DD MMM",
    },
    "UIX-27",
    "Form of the date.",
    { by: "ui" },
  ),
  text("lcl.datetime.date.format", "", "UIX-27", "A form of one's own."),
]);

const ringing = area("display", { X: to(10) }, [
  text("phone_setting.ring_type", "Ring1.wav", "UIX-28", "Ring tone: Config: for loaded, Resource: for built-in ones."),
  text("phone_setting.ring_for_tranfailed", "Ring1.wav", "CAL-52", "Ring tone when a transfer has failed."),
  text("distinctive_ring_tones.alert_info.X.text", "", "CAL-97", "Text in Alert-Info that chooses a ring tone.", {
    most: 32,
  }),
  number("distinctive_ring_tones.alert_info.X.ringer", 1, [1, 8], "CAL-97", "Ring tone for that text."),
]);

const messages = area("display", { X: { limit: "accounts" } }, [
  text("voice_mail.number.X", "", "CAL-69", "Number of the account's mailbox.", { by: "phone" }),
  choice(
    "voice_mail.message_key.mode",
    0,
    { 0: "dials the mailbox", 1: "shows the mailboxes" },
    "CAL-69",
    "What the message key does.",
    { by: "ui" },
  ),
  flag("features.voice_mail_alert.enable", 1, "CAL-69", "Tells of waiting messages by lamp, sign and window.", {
    by: "phone",
  }),
  written("features.text_message.enable", "CAL-70", "Whether text messages are sent and received."),
]);

const desks = area("display", {}, [
  ...(["dsskey", "startup"] as const).flatMap((when) =>
    (
      [
        ["register_name", 1],
        ["username", 1],
        ["password", 0],
        ["sip_server", 0],
        ["outbound", 0],
      ] as const
    ).map(([field, on]) =>
      flag(
        `hotdesking.${when}_${field}_enable`,
        on,
        when === "dsskey" ? "CAL-86" : "CAL-87",
        `Asks for the ${field.replaceAll("_", " ")} when a person ${when === "dsskey" ? "takes the desk" : "starts the phone"}.`,
      ),
    ),
  ),
  flag("phone_setting.logon_wizard", 0, "CAL-87", "Asks for an account at the start."),
  written("phone_setting.logon_wizard_forever_wait", "CAL-87", "Whether it asks for ever."),
]);

const paging = area("paging", { X: to(31) }, [
  choice(
    "multicast.codec",
    "G722",
    { PCMU: "", PCMA: "", G729: "", G722: "" },
    "CAL-81",
    "Codec of pages that go out.",
    { by: "phone" },
  ),
  text("multicast.paging_address.X.ip_address", "", "CAL-81", "Address and port of a group to page.", { by: "phone" }),
  text("multicast.paging_address.X.label", "", "CAL-81", "Name of that group.", { by: "phone" }),
  number(
    "multicast.paging_address.X.channel",
    0,
    [0, 30],
    "CAL-81",
    "Channel of that group; 0: plain RTP, else group paging as Polycom's phones do it.",
    {
      by: "phone",
    },
  ),
  text("multicast.listen_address.X.ip_address", "", "CAL-82", "Address and port of a group to listen to.", {
    by: "phone",
  }),
  text("multicast.listen_address.X.label", "", "CAL-82", "Name of that group.", { by: "phone" }),
  number(
    "multicast.listen_address.X.channel",
    0,
    [0, 30],
    "CAL-82",
    "Channel of that group; 0: plain RTP, else group paging as Polycom's phones do it.",
    {
      by: "phone",
    },
  ),
  number("multicast.listen_address.X.volume", 0, [0, 15], "CAL-82", "Volume of that group; 0 as the loudspeaker.", {
    by: "phone",
  }),
  flag("multicast.receive_priority.enable", 1, "CAL-82", "Lets a page interrupt one of lower rank.", { by: "phone" }),
  number("multicast.receive_priority.priority", 31, [0, 31], "CAL-82", "Rank of voice calls among pages.", {
    by: "phone",
  }),
  number("multicast.receive.ignore_dnd.priority", 0, [0, 31], "CAL-82", "Pages of this rank ignore do-not-disturb.", {
    by: "phone",
  }),
  flag("multicast.receive.use_speaker", 0, "CAL-82", "Plays pages on the loudspeaker always.", { by: "phone" }),
  flag("multicast.receive.enhance_volume", 0, "CAL-82", "Makes pages 6 dB louder.", { by: "phone" }),
]);

export const displayRows = [...screen, ...lamps, ...clock, ...ringing, ...messages, ...desks, ...paging];
