/** Keys that can be given a meaning: line keys, programable keys, expansion modules, custom soft keys, lamps of watched numbers. */
import type { Parameter } from "../parameter.ts";
import { area, choice, flag, number, steps, text, to, written } from "../row.ts";

/** What every key with a meaning has; `prefix` ends with the place of its number. */
function rowsOf(prefix: string, what: string) {
  return [
    number(`${prefix}.type`, "", [0, 100], "UIX-30", `What ${what} does, by the numbers of the guide's table.`),
    number(`${prefix}.line`, "", [0, 16], "UIX-06", `Account of ${what}, from 1; 0 lets the phone choose.`),
    text(`${prefix}.value`, "", "UIX-06", `Number, code or address of ${what}.`),
    text(`${prefix}.label`, "", "UIX-06", `Text beside ${what}.`),
    text(`${prefix}.extension`, "", "UIX-06", `Second number or code of ${what}.`),
    text(`${prefix}.pickup_value`, "", "UIX-06", `Code that picks a call up by ${what}.`),
    number(`${prefix}.xml_phonebook`, "", [0, 65535], "DIR-15", `Group or book that ${what} opens.`),
  ];
}

const lineKeys = area("key", { X: { limit: "lineKeys" } }, [
  ...rowsOf("linekey.X", "a line key"),
  text("linekey.X.shortlabel", "", "UIX-06", "Shorter text for a narrow screen."),
]);

const programableKeys = area("key", { X: { limit: "programableKeys" } }, [
  ...rowsOf("programablekey.X", "a programable key"),
  number("programablekey.X.history_type", "", [0, 65535], "UIX-07", "List of calls that a programable key opens."),
]);

const memoryKeys: readonly Parameter[] = area("key", { X: to(16) }, [
  ...rowsOf("memorykey.X", "a memory key").map((row) => ({
    ...row,
    use: { ignored: "no model of this phone has memory keys" },
  })),
  written("memorykey.X.sub_type", "UIX-06", "Second type of a memory key.", {
    ignored: "no model of this phone has memory keys",
  }),
]);

const expansionKeys = area("key", { X: { limit: "expansionModules" }, Y: { limit: "expansionKeys" } }, [
  ...rowsOf("expansion_module.X.key.Y", "a key of an expansion module"),
]);

const habits = area("key", {}, [
  written(
    "expansion_module.page_tip.blf_call_in.enable",
    "UIX-08",
    "Whether the page key of a module tells of calls on another page.",
  ),
  written("expansion_module.page_tip.blf_call_in.led", "UIX-08", "Lamp of that key then."),
  written("phone_setting.page_tip", "UIX-06", "Whether the page key tells of calls on another page."),
  written("features.keep_switch_page_key.enable", "UIX-06", "Whether the page key stays although one page is enough."),
  written("features.block_linekey_in_menu.enable", "UIX-06", "Whether line keys rest while a menu is open."),
  written("features.shorten_linekey_label.enable", "UIX-06", "Whether long texts beside keys are cut."),
  choice("features.config_dsskey_length", 0, { 0: "normal", 1: "long" }, "UIX-06", "Room for texts beside keys."),
  written("features.config_dsskey_length.shorten", "UIX-06", "Where long texts are cut."),
  written("phone_setting.keytype_sequence", "UIX-06", "Order of types in the list to choose from."),
  written("phone_setting.dsskey_label.display_method", "UIX-06", "What stands beside keys without a text."),
  written("phone_setting.dsskey_directory_auto.enable", "UIX-06", "Whether keys take names from the directory."),
  written("local.dsskey_type_config.mode", "UIX-06", "Types that people may choose."),
  flag("features.auto_linekeys.enable", 0, "ACC-30", "Gives each account as many line keys as it says.", {
    by: "phone",
  }),
  number(
    "phone_setting.call_appearance.calls_per_linekey",
    24,
    [1, 24],
    "ACC-30",
    "Calls that one line key holds; further ones find the phone busy.",
    { by: "phone", effect: "new calls" },
  ),
  flag(
    "phone_setting.call_appearance.transfer_via_new_linekey",
    1,
    "ACC-30",
    "A second call for a transfer takes a line key of its own, where there is one.",
    { by: "phone", effect: "new calls" },
  ),
  flag(
    "phone_setting.call_appearance.conference_via_new_linekey",
    1,
    "ACC-30",
    "A second call for a conference takes a line key of its own, where there is one.",
    { by: "phone", effect: "new calls" },
  ),
  written("features.flash_url_dsskey_led.enable", "API-14", "Whether a key that fetches an address flashes."),
  flag("features.enhanced_dss_keys.enable", 0, "UIX-04", "Allows keys with small programs."),
  written("edk.id_mode.enable", "UIX-04", "Whether soft keys of programs are named by id."),
]);

const watched = area("key", {}, [
  steps("features.blf_led_mode", 0, [0, 1, 2, 3], "UIX-10", "How lamps show the state of watched numbers."),
  written("features.blf.ring_type", "CAL-64", "What sounds when a watched number rings."),
  written("features.blf.intercom_mode.enable", "CAL-64", "Whether a key with a watched number makes intercom calls."),
  written("features.blf_active_backlight.enable", "CAL-64", "Whether watched numbers wake the backlight."),
  flag("features.blf_and_callpark_idle_led_enable", 0, "CAL-64", "Lights the lamps of idle watched numbers."),
  written("features.blf_list_version", "CAL-66", "Form of the list of watched numbers."),
  written("phone_setting.auto_blf_list_enable", "CAL-66", "Whether keys are filled from that list."),
  written("phone_setting.blf_list_enable", "CAL-66", "Whether that list is used, in old versions."),
  choice(
    "phone_setting.blf_list_sequence_type",
    0,
    { 0: "line keys", 1: "expansion keys" },
    "CAL-66",
    "Keys that are filled first.",
  ),
  ...["idle", "callin", "callout", "talking", "parked"].flatMap((state) => [
    written(`blf.enhanced.${state}.enable`, "CAL-65", `Whether a watched number in state ${state} does more.`),
    written(`blf.enhanced.${state}.led`, "CAL-65", `Lamp of a watched number in state ${state}.`),
    ...["idle", "callin", "talking", "parked"].map((own) =>
      written(
        `blf.enhanced.${state}.${own}.action`,
        "CAL-65",
        `What its key does in state ${state} while this phone is in state ${own}.`,
      ),
    ),
  ]),
]);

const softKeyStates = [
  "call_failed",
  "conferenced",
  "connecting",
  "dialing",
  "dialtone",
  "held",
  "hold",
  "idle",
  "incoming_call",
  "on_talk",
  "ring_back",
  "transfer_connecting",
  "transfer_ring_back",
];

const programs = area("key", { X: to(50) }, [
  written("softkey.X.enable", "UIX-04", "Whether this soft key is shown."),
  text("softkey.X.label", "", "UIX-04", "Text of the soft key."),
  written("softkey.X.position", "UIX-04", "Place of the soft key."),
  text("softkey.X.action", "", "UIX-04", "What the soft key does."),
  written("softkey.X.softkey_id", "UIX-04", "Name of the soft key."),
  ...softKeyStates.map((state) =>
    written(
      `softkey.X.use.${state}`,
      "UIX-04",
      `Whether the soft key is shown in state ${state.replaceAll("_", " ")}.`,
    ),
  ),
  written("edk.edklist.X.enable", "UIX-04", "Whether this program is on."),
  text("edk.edklist.X.mname", "", "UIX-04", "Name of the program."),
  text("edk.edklist.X.action", "", "UIX-05", "The program."),
  written("edk.edkprompt.X.enable", "UIX-04", "Whether this question is on."),
  text("edk.edkprompt.X.label", "", "UIX-04", "Text of the question."),
  written("edk.edkprompt.X.type", "UIX-04", "Kind of its answer."),
  written("edk.edkprompt.X.userfeedback", "UIX-04", "Whether the answer is shown or masked."),
]);

export const keyRows = [
  ...lineKeys,
  ...programableKeys,
  ...memoryKeys,
  ...expansionKeys,
  ...habits,
  ...watched,
  ...programs,
];
