/** The key table: what every key and soft key does in every state of the phone, as data; doing it is user-interface.ts's part. */
import { isDigit, type Key } from "../../hal/keypad.ts";
import type { PhoneView } from "../phone/state.ts";
import type { SoftKeyLabels } from "./screen.ts";
import type { Context } from "./state.ts";

export type Action =
  | "nothing"
  | "digit"
  | "letter"
  | "type"
  | "erase"
  | "save"
  | "view"
  | "another"
  | "item"
  | "send"
  | "cancel"
  | "clear"
  | "backspace"
  | "input"
  | "answer"
  | "reject"
  | "silence"
  | "hold"
  | "resume"
  | "swap"
  | "newCall"
  | "hangUp"
  | "redial"
  | "mute"
  | "record"
  | "louder"
  | "softer"
  | "speaker"
  | "headset"
  | "line"
  | "dnd"
  | "history"
  | "missed"
  | "placed"
  | "menu"
  | "status"
  | "details"
  | "dial"
  | "select"
  | "less"
  | "more"
  | "up"
  | "down"
  | "previous"
  | "next"
  | "back"
  | "home"
  | "transfer"
  | "conference"
  | "split"
  | "people"
  | "farMute"
  | "farUnmute"
  | "remove"
  | "take"
  | "partyLouder"
  | "partySofter"
  | "forward"
  | "messages";

/** Keys of one name each; line and expansion keys are one column. */
type Column = "digits" | "ok" | "cancel" | "up" | "down" | "left" | "right" | "hold" | "redial";

/** The same wherever the phone is. */
const everywhere: ReadonlyMap<Key, Action> = new Map([
  ["mute", "mute"],
  ["volume_up", "louder"],
  ["volume_down", "softer"],
  ["speaker", "speaker"],
  ["headset", "headset"],
  ["transfer", "transfer"],
  ["conference", "conference"],
  ["message", "messages"],
]);

/**
 * A row for each state. "nothing" is said on purpose: a digit while it rings must not start a call, the X key over two
 * calls must not end the wrong one.
 */
export const keyTable: Readonly<Record<Context, Readonly<Record<Column, Action>>>> = {
  // digits          OK               X                up               down             left             right            hold            redial
  idle: row("digit", "status", "clear", "placed", "missed", "previous", "next", "nothing", "redial"),
  predial: row("digit", "send", "cancel", "nothing", "nothing", "backspace", "nothing", "nothing", "redial"),
  dialing: row("digit", "send", "cancel", "nothing", "nothing", "backspace", "nothing", "nothing", "redial"),
  calling: row("nothing", "nothing", "cancel", "up", "down", "nothing", "nothing", "nothing", "nothing"),
  incoming: row("nothing", "answer", "reject", "up", "down", "nothing", "nothing", "nothing", "nothing"),
  // OK records, where that is allowed (CAL-85).
  talking: row("digit", "record", "cancel", "up", "down", "nothing", "nothing", "hold", "nothing"),
  held: row("nothing", "resume", "cancel", "up", "down", "nothing", "nothing", "resume", "nothing"),
  talking_incoming: row("digit", "answer", "reject", "up", "down", "nothing", "nothing", "hold", "nothing"),
  ended: row("digit", "cancel", "cancel", "up", "down", "nothing", "nothing", "nothing", "redial"),
  history: row("digit", "dial", "back", "up", "down", "previous", "next", "nothing", "redial"),
  entry: row("digit", "dial", "back", "up", "down", "nothing", "nothing", "nothing", "redial"),
  menu: row("item", "select", "back", "up", "down", "less", "more", "nothing", "redial"),
  edit: row("type", "save", "back", "nothing", "nothing", "erase", "nothing", "nothing", "nothing"),
  status: row("nothing", "back", "back", "up", "down", "nothing", "nothing", "nothing", "nothing"),
  people: row("digit", "nothing", "back", "up", "down", "partySofter", "partyLouder", "hold", "nothing"),
  message: row("digit", "view", "back", "nothing", "nothing", "nothing", "nothing", "nothing", "redial"),
};

function row(
  digits: Action,
  ok: Action,
  cancel: Action,
  up: Action,
  down: Action,
  left: Action,
  right: Action,
  hold: Action,
  redial: Action,
): Readonly<Record<Column, Action>> {
  return { digits, ok, cancel, up, down, left, right, hold, redial };
}

export interface SoftKey {
  readonly label: string;
  readonly action: Action;
}

const blank: SoftKey = { label: "", action: "nothing" };

/** Four, from the left. */
export type SoftKeys = readonly [SoftKey, SoftKey, SoftKey, SoftKey];

function keys(...named: readonly (SoftKey | undefined)[]): SoftKeys {
  return [named[0] ?? blank, named[1] ?? blank, named[2] ?? blank, named[3] ?? blank];
}

function key(label: string, action: Action): SoftKey {
  return { label, action };
}

/** What soft keys depend on besides the state of the phone. */
export interface SoftKeyFacts {
  /** "123", "abc", "ABC". */
  readonly input: string;
  /** The menu item under the bar: something to open, something to switch, or nothing. */
  readonly item: "open" | "change" | "none";
  /** There is an entry to dial. */
  readonly entry: boolean;
  /** Who is selected among the people of a conference: a call of ours that is heard or not, or somebody of a server's. */
  readonly participant?: "heard" | "muted" | "elsewhere" | "none";
  /** What a window tells of can be looked at. */
  readonly window?: boolean;
}

export function softKeysOf(context: Context, view: PhoneView, facts: SoftKeyFacts): SoftKeys {
  switch (context) {
    case "idle":
      return keys(
        key("History", "history"),
        blank,
        view.keys?.dnd === false ? blank : key("DND", "dnd"),
        key("Menu", "menu"),
      );
    case "predial":
    case "dialing":
      return dialKeys(view, key(facts.input, "input"));
    case "calling":
      return keys(several(view) ? transfer : blank, blank, blank, key("Cancel", "cancel"));
    case "incoming":
      return keys(
        key("Answer", "answer"),
        key("FWD", "forward"),
        view.keys?.silence === false ? blank : key("Silence", "silence"),
        refuse(view),
      );
    case "talking":
      if (view.calls.some((call) => call.current && call.conference))
        return keys(key("Hold", "hold"), key("Split", "split"), key("Manage", "people"), key("End Call", "hangUp"));
      // CAL-56: who leads a conference of the server looks at it rather than handing it on.
      if (view.calls.some((call) => call.current && call.people !== undefined && call.people.length > 0))
        return keys(key("People", "people"), key("Hold", "hold"), key("Conf", "conference"), key("End Call", "hangUp"));
      return keys(
        transfer,
        several(view) ? key("Swap", "swap") : key("Hold", "hold"),
        key("Conf", "conference"),
        key("End Call", "hangUp"),
      );
    case "held":
      return keys(transfer, key("Resume", "resume"), secondCall(view), key("End Call", "hangUp"));
    case "talking_incoming":
      return keys(key("Answer", "answer"), refuse(view), blank, key("End Call", "hangUp"));
    case "ended":
      return keys(key("Redial", "redial"), blank, blank, key("Cancel", "cancel"));
    case "history":
      return facts.entry
        ? keys(key("Dial", "dial"), key("Details", "details"), blank, key("Back", "back"))
        : keys(blank, blank, blank, key("Back", "back"));
    case "entry":
      return keys(key("Dial", "dial"), blank, blank, key("Back", "back"));
    case "menu":
      return keys(menuKey(facts.item), blank, blank, key("Back", "back"));
    case "edit":
      return keys(key("Save", "save"), key(facts.input, "input"), key("Delete", "erase"), key("Back", "back"));
    case "status":
      return keys(blank, blank, blank, key("Back", "back"));
    case "people":
      return peopleKeys(facts.participant, view.conferenceRoom === true);
    case "message":
      return facts.window === true
        ? keys(key("View", "view"), blank, blank, key("Exit", "back"))
        : keys(blank, blank, blank, key("OK", "back"));
    default:
      return context satisfies never;
  }
}

/** CP8-02: what can be done to one of a conference that this phone mixes; a server's is the server's affair. */
function peopleKeys(participant: SoftKeyFacts["participant"], room: boolean): SoftKeys {
  // The X key goes back, too.
  const back = room ? key("Add", "conference") : key("Back", "back");
  if (participant !== "heard" && participant !== "muted") return keys(blank, blank, blank, back);
  const mute = participant === "muted" ? key("Unmute", "farUnmute") : key("Far Mute", "farMute");
  return keys(mute, key("Remove", "remove"), key("Private", "take"), back);
}

function menuKey(item: SoftKeyFacts["item"]): SoftKey {
  if (item === "none") return blank;
  return item === "open" ? key("Enter", "select") : key("Change", "select");
}

const transfer = key("Tran", "transfer");

/** Feature row CAL-20: the word for all phones of the person, or for this one. */
function refuse(view: PhoneView): SoftKey {
  return key(view.keys?.decline === true ? "Decline" : "Reject", "reject");
}

/** A number that is collected, and what it is for: a second number has its own key that uses it. */
function dialKeys({ dial }: PhoneView, input: SoftKey): SoftKeys {
  const cancel = key("Cancel", "cancel");
  const erase = key("Delete", "backspace");
  if (dial?.digits === "" && dial.another !== undefined) return keys(transfer, input, key("Next", "another"), cancel);
  if (dial?.digits === "")
    return keys(dial.purpose === "call" ? key("History", "history") : blank, input, blank, cancel);
  switch (dial?.purpose) {
    case "transfer":
      return keys(transfer, key("Send", "send"), erase, cancel);
    case "forward":
      return keys(key("FWD", "forward"), input, erase, cancel);
    default:
      return keys(key("Send", "send"), input, erase, cancel);
  }
}

function several(view: PhoneView): boolean {
  return view.calls.filter((call) => call.phase.name === "talking").length > (view.calls.some(settingUp) ? 0 : 1);
}

function settingUp({ phase }: PhoneView["calls"][number]): boolean {
  return phase.name === "connecting" || phase.name === "ringback";
}

function secondCall(view: PhoneView): SoftKey {
  return several(view) ? key("Swap", "swap") : key("New Call", "newCall");
}

export function labelsOf(softKeys: SoftKeys): SoftKeyLabels {
  return [softKeys[0].label, softKeys[1].label, softKeys[2].label, softKeys[3].label];
}

/** The one place where a key gets its meaning. */
export function actionOf(pressed: Key, context: Context, softKeys: SoftKeys): Action {
  const always = everywhere.get(pressed);
  if (always !== undefined) return always;
  const columns = keyTable[context];
  if (isDigit(pressed)) return columns.digits;
  switch (pressed) {
    case "ok":
    case "cancel":
    case "up":
    case "down":
    case "left":
    case "right":
    case "hold":
    case "redial":
      return columns[pressed];
    case "soft1":
      return softKeys[0].action;
    case "soft2":
      return softKeys[1].action;
    case "soft3":
      return softKeys[2].action;
    case "soft4":
      return softKeys[3].action;
    default:
      return pressed.startsWith("line") ? "line" : "nothing";
  }
}

/** Actions that repeat while their key is held. */
export function repeats(action: Action): boolean {
  return ["up", "down", "louder", "softer", "backspace", "erase"].includes(action);
}
