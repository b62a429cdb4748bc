/** What the calls of an account can do: forwarding, privacy, watched numbers, shared lines, mailboxes, digit maps, call queues. */
import { accounts, area, choice, code, flag, host, number, password, port, text, to, written } from "../row.ts";

const now = { by: "phone" } as const;

const features = area("account", { X: accounts }, [
  flag("account.X.auto_answer", 0, "CAL-23", "Answers calls to this account by itself."),
  flag("account.X.dnd.enable", 0, "CAL-27", "Do not disturb for this account, in custom mode.", now),
  code("account.X.dnd.on_code", "", "CAL-27", "Dialled to switch do-not-disturb on at the server.", now),
  code("account.X.dnd.off_code", "", "CAL-27", "Dialled to switch do-not-disturb off at the server.", now),
  ...(["always_fwd", "busy_fwd", "timeout_fwd"] as const).flatMap((kind) => {
    const [row, when] =
      kind === "always_fwd"
        ? ["CAL-28", "at once"]
        : kind === "busy_fwd"
          ? ["CAL-29", "while busy"]
          : ["CAL-30", "unanswered"];
    return [
      flag(`account.X.${kind}.enable`, 0, row, `Forwards calls of this account ${when}, in custom mode.`, now),
      text(`account.X.${kind}.target`, "", row, `Where calls go that are forwarded ${when}.`, now),
      code(`account.X.${kind}.on_code`, "", row, `Dialled to switch forwarding ${when} on at the server.`, now),
      code(`account.X.${kind}.off_code`, "", row, `Dialled to switch forwarding ${when} off at the server.`, now),
    ];
  }),
  number(
    "account.X.timeout_fwd.timeout",
    2,
    [0, 20],
    "CAL-30",
    "Rings of 6 s before an unanswered call is forwarded.",
    now,
  ),
  choice("account.X.anonymous_call", 0, { 0: "off", 1: "on", 2: "by the server" }, "CAL-71", "Hides who calls.", now),
  code("account.X.anonymous_call_oncode", "", "CAL-71", "Dialled to hide the caller at the server.", now),
  code("account.X.anonymous_call_offcode", "", "CAL-71", "Dialled to show the caller at the server.", now),
  choice(
    "account.X.send_anonymous_code",
    0,
    { 0: "the code that shows", 1: "the code that hides" },
    "CAL-71",
    "Which of those codes the server was told last; it is dialled when this changes.",
    now,
  ),
  flag("account.X.reject_anonymous_call", 0, "CAL-72", "Refuses calls that hide their caller.", now),
  code("account.X.anonymous_reject_oncode", "", "CAL-72", "Dialled to refuse hidden callers at the server.", now),
  code("account.X.anonymous_reject_offcode", "", "CAL-72", "Dialled to accept hidden callers at the server.", now),
  text("account.X.music_server_uri", "", "CAL-46", "Server whose music people on hold hear.", now),
  choice(
    "account.X.music_on_hold_type",
    1,
    { 0: "call the server, then hold", 1: "hold, then call the server" },
    "CAL-46",
    "Order of holding and calling the music server.",
    now,
  ),
  choice(
    "account.X.conf_type",
    0,
    { 0: "this phone mixes", 2: "the server mixes" },
    "CAL-56",
    "Who mixes conferences.",
    { by: "phone" },
  ),
  text("account.X.conf_uri", "", "CAL-56", "Address of the server's conference.", { by: "phone" }),
  code("account.X.direct_pickup_code", "", "CAL-57", "Dialled before a number to pick up its call."),
  code("account.X.group_pickup_code", "", "CAL-58", "Dialled to pick up a call of the group."),
  flag(
    "account.X.dialoginfo_callpickup",
    0,
    "CAL-59",
    "Picks calls up by what dialog-info told (INVITE with Replaces).",
  ),
  number(
    "account.X.blf.subscribe_period",
    1800,
    [30, 2147483647],
    "CAL-64",
    "Seconds that a subscription to a watched number lasts.",
  ),
  choice(
    "account.X.blf.subscribe_event",
    0,
    { 0: "dialog", 1: "presence" },
    "CAL-64",
    "What watched numbers are watched by.",
  ),
  flag(
    "account.X.out_dialog_blf_enable",
    0,
    "CAL-64",
    "Accepts NOTIFY about watched numbers outside of a subscription.",
  ),
  text("account.X.blf.blf_list_uri", "", "CAL-66", "Address of the list of watched numbers."),
  code("account.X.blf_list_code", "", "CAL-66", "Dialled to pick up a call of a number on that list."),
  code("account.X.blf_list_barge_in_code", "", "CAL-66", "Dialled to enter a call of a number on that list."),
  choice(
    "account.X.shared_line",
    0,
    { 0: "off", 1: "shared call appearance", 2: "bridged line", 3: "bridged line, draft" },
    "CAL-67",
    "Shares the line with other phones.",
  ),
  number(
    "account.X.line_seize.expires",
    15,
    [0, 65535],
    "CAL-67",
    "Seconds that a shared line stays seized before dialling.",
  ),
  code(
    "account.X.shared_line_callpull_code",
    "",
    "CAL-67",
    "Dialled to pull a call over from another phone of the line.",
  ),
  text("account.X.bla_number", "", "CAL-68", "Number of the bridged line."),
  number(
    "account.X.bla_subscribe_period",
    300,
    [60, 7200],
    "CAL-68",
    "Seconds that a subscription to a bridged line lasts.",
  ),
  flag("account.X.subscribe_mwi", 0, "CAL-69", "Subscribes to the state of the mailbox.", now),
  number("account.X.subscribe_mwi_expires", 3600, [0, 84600], "CAL-69", "Seconds that this subscription lasts.", now),
  flag(
    "account.X.subscribe_mwi_to_vm",
    0,
    "CAL-69",
    "Subscribes at the mailbox's number instead of the account's.",
    now,
  ),
  flag("account.X.idle_screen_enable", 0, "UIX-18", "Shows a server's page on the idle screen."),
  written("account.X.idle_screen_url", "UIX-18", "Address of that page."),
  text("account.X.vq_rtcpxr.collector_name", "", "VQM-02", "Name of the collector of call quality.", now),
  host("account.X.vq_rtcpxr.collector_server_host", "", "VQM-02", "Address of the collector of call quality.", now),
  port("account.X.vq_rtcpxr.collector_server_port", 5060, "VQM-02", "Port of the collector of call quality.", now),
  flag(
    "account.X.phone_setting.call_appearance.transfer_via_new_linekey",
    1,
    "ACC-30",
    "The same for this account; that of the phone unless set.",
    { by: "phone", effect: "new calls" },
  ),
  flag(
    "account.X.phone_setting.call_appearance.conference_via_new_linekey",
    1,
    "ACC-30",
    "The same for this account; that of the phone unless set.",
    { by: "phone", effect: "new calls" },
  ),
  written("account.X.features.dnd.feature_key_sync.enable", "CAL-36", "Whether do-not-disturb follows the server."),
  written(
    "account.X.features.dnd.feature_key_sync.local_processing.enable",
    "CAL-36",
    "Whether the phone acts on it too.",
  ),
  written("account.X.features.forward.feature_key_sync.enable", "CAL-36", "Whether forwarding follows the server."),
  written(
    "account.X.features.forward.feature_key_sync.local_processing.enable",
    "CAL-36",
    "Whether the phone acts on it too.",
  ),
]);

const digitMap = area("account", { X: accounts }, [
  written("account.X.dialplan.digitmap.enable", "CAL-08", "Digit map of this account instead of the phone's."),
  text("account.X.dialplan.digitmap.string", "", "CAL-08", "The account's digit map.", { most: 2048 }),
  written("account.X.dialplan.digitmap.interdigit_long_timer", "CAL-08", "Seconds to wait where nothing matches yet."),
  written(
    "account.X.dialplan.digitmap.interdigit_short_timer",
    "CAL-08",
    "Seconds to wait where more digits could match.",
  ),
  written("account.X.dialplan.digitmap.no_match_action", "CAL-08", "What to do with a number that matches nothing."),
  written(
    "account.X.dialplan.digitmap.active.on_hook_dialing",
    "CAL-08",
    "Whether the map acts while dialling on hook.",
  ),
  ...["directory_dial", "forward", "history_dial", "on_hook_dial", "press_send"].map((where) =>
    written(
      `account.X.dialplan.digitmap.apply_to.${where}`,
      "CAL-08",
      `Whether the map is applied to ${where.replaceAll("_", " ")}.`,
    ),
  ),
]);

const callCentre = area("account", { X: accounts, Y: to(100) }, [
  flag("account.X.acd.enable", 0, "CAL-88", "Takes part in a call queue."),
  flag("account.X.acd.available", 0, "CAL-88", "Shows the key that switches between available and not."),
  written("account.X.acd.initial_state", "CAL-88", "State after logging in."),
  flag("account.X.acd.unavailable_reason_enable", 0, "CAL-88", "Asks for a reason when going away."),
  number(
    "account.X.subscribe_acd_expires",
    3600,
    [120, 3600],
    "CAL-88",
    "Seconds that a subscription to the queue lasts.",
  ),
  ...["reason_code", "reason_code_name", "supervisor_info_code", "supervisor_info_code_name", "bw_acd_reason_code"].map(
    (name) =>
      written(
        `account.X.${name}.Y`,
        "CAL-88",
        `Entry of the list of ${name.replace("bw_acd", "away").replaceAll("_", " ")}s.`,
      ),
  ),
  written("account.X.bw_disp_code.Y", "CAL-98", "Disposition code to offer after a call."),
  written("account.X.bw_disp_code_name.Y", "CAL-98", "Name of that disposition code."),
  ...["call_info", "disp_code", "emergency", "queue_status", "queue_status_light"].map((name) =>
    flag(`account.X.call_center.${name}_enable`, 0, "CAL-98", `Call centre: ${name.replaceAll("_", " ")}.`),
  ),
  flag("account.X.call_center.trace_enable", 0, "CAL-98", "Call centre: key that asks for a trace of the caller."),
  written("account.X.call_center.show_call_info_time", "CAL-98", "Seconds that call information stays on the LCD."),
  flag("account.X.hoteling.enable", 0, "CAL-98", "Lets a guest use the phone as host."),
  flag("account.X.hoteling.auto_login_enable", 0, "CAL-98", "Logs the guest in again after a restart."),
  written("account.X.hoteling.user_id", "CAL-98", "The guest's name."),
  password("account.X.hoteling.password", "CAL-98", "The guest's password."),
  written("account.X.xsi.host", "CAL-98", "Server of the XSI services."),
  written("account.X.xsi.port", "CAL-98", "Port of the XSI services."),
  written("account.X.xsi.server_type", "CAL-98", "Scheme of the XSI services."),
  written("account.X.xsi.user", "CAL-98", "User name for the XSI services."),
  password("account.X.xsi.password", "CAL-98", "Password for the XSI services."),
]);

const video = area("account", { X: accounts, Y: to(10) }, [
  ...["enable", "payload_type", "priority", "rtpmap", "para"].map((name) =>
    written(`account.X.video_codec.Y.${name}`, "CAL-100", "Video codec setting.", {
      ignored: "no model of this phone has video",
    }),
  ),
]);

export const accountFeatureRows = [...features, ...digitMap, ...callCentre, ...video];
