/** What becomes of a number that was dialled: rules of replacing, blocking and sending, digit maps, emergency numbers. */
import { area, choice, code, flag, host, list, number, pattern, text, to, url, written } from "../row.ts";

const rules = area("call", { X: to(100) }, [
  text("dialplan.replace.prefix.X", "", "CAL-04", "Digits that a replace rule looks for."),
  text("dialplan.replace.replace.X", "", "CAL-04", "What it puts in their place."),
  list("dialplan.replace.line_id.X", "", "CAL-04", "Accounts of the rule, from 1; blank or 0 is all."),
  text("dialplan.item.X", "", "CAL-04", "A replace rule in the old form: on, prefix, replacement, account."),
  text("dialplan.dialnow.rule.X", "", "CAL-05", "Numbers that are sent as soon as they match."),
  list("dialplan.dialnow.line_id.X", "", "CAL-05", "Accounts of the rule, from 1; blank or 0 is all."),
  text("dialnow.item.X", "", "CAL-05", "A dial-now rule in the old form: rule, account."),
]);

const otherRules = area("call", { X: to(10) }, [
  code("dialplan.area_code.code", "", "CAL-06", "Prefix for numbers of the right length."),
  number("dialplan.area_code.min_len", 1, [1, 15], "CAL-06", "Shortest such number."),
  number("dialplan.area_code.max_len", 15, [1, 15], "CAL-06", "Longest such number."),
  list("dialplan.area_code.line_id", "", "CAL-06", "Accounts that get the prefix, from 1; blank or 0 is all."),
  text("dialplan.block_out.number.X", "", "CAL-07", "Numbers that may not be dialled."),
  list("dialplan.block_out.line_id.X", "", "CAL-07", "Accounts that this holds for, from 1; blank or 0 is all."),
  url("dialplan_replace_rule.url", "CAL-04", "File of replace rules."),
  url("dialplan_dialnow.url", "CAL-05", "File of dial-now rules."),
]);

const digitMap = area("call", {}, [
  flag("dialplan.digitmap.enable", 0, "CAL-08", "Uses the digit map instead of the rules above."),
  text("dialplan.digitmap.string", "", "CAL-08", "Digit map in the form of RFC 3435.", { most: 2048 }),
  number(
    "dialplan.digitmap.interdigit_long_timer",
    10,
    [0, 255],
    "CAL-08",
    "Seconds to wait where nothing matches yet.",
  ),
  pattern(
    "dialplan.digitmap.interdigit_short_timer",
    "3",
    /^[0-9]{1,3}(\|[0-9]{1,3})*$/,
    "seconds, or one value per part of the map between |",
    "CAL-08",
    "Seconds to wait where more digits could match.",
  ),
  choice(
    "dialplan.digitmap.no_match_action",
    0,
    { 0: "dial", 1: "forbid", 2: "wait" },
    "CAL-08",
    "What to do with a number that matches nothing.",
  ),
  flag("dialplan.digitmap.active.on_hook_dialing", 0, "CAL-08", "Lets the map act while dialling on hook."),
  ...["directory_dial", "forward", "history_dial", "on_hook_dial", "press_send"].map((where) =>
    written(
      `dialplan.digitmap.apply_to.${where}`,
      "CAL-08",
      `Whether the map is applied to ${where.replaceAll("_", " ")}.`,
    ),
  ),
]);

const emergency = area("call", { X: to(10) }, [
  written("dialplan.emergency.enable", "CAL-11", "Sends emergency numbers to servers of their own."),
  written("dialplan.emergency.X.value", "CAL-11", "An emergency number."),
  written("dialplan.emergency.X.server_priority", "CAL-11", "Order of servers for it."),
  host("dialplan.emergency.server.X.address", "", "CAL-11", "Address of an emergency server."),
  written("dialplan.emergency.server.X.port", "CAL-11", "Port of that server."),
  written("dialplan.emergency.server.X.transport_type", "CAL-11", "Transport to that server."),
  text("dialplan.emergency.asserted_id_source", "ELIN", "CAL-11", "What tells the server where the phone is."),
  written("dialplan.emergency.custom_asserted_id", "CAL-11", "Identity to tell it by."),
  written("dialplan.emergency.asserted_id.sip_account", "CAL-11", "Account whose identity is told."),
  written("dialplan.emergency.held.server_url", "CAL-11", "Location server (HELD)."),
  written("dialplan.emergency.held.request_type", "CAL-11", "Form of the location request."),
  written("dialplan.emergency.held.request_element.X.name", "CAL-11", "Name of a part of the location request."),
  written("dialplan.emergency.held.request_element.X.value", "CAL-11", "Value of that part."),
]);

export const dialPlanRows = [...rules, ...otherRules, ...digitMap, ...emergency];
