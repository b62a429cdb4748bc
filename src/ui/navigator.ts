/** What a person does, done: actions of the key table carried out on the phone and on the LCD's own pages. */
import type { Model } from "../../board/model.ts";
import type { Clock } from "../../hal/clock.ts";
import { type Digit, isDigit, type Key } from "../../hal/keypad.ts";
import type { PhoneControl } from "../phone/state.ts";
import type { Action } from "./keys.ts";
import { lineNumber, pagesOf } from "./line-keys.ts";
import { nextMode, nextTap, type TapState } from "./multitap.ts";
import { actOnPhone } from "./phone-actions.ts";
import { entryOf } from "./screens/edit.ts";
import { type MenuTarget, menuAbove, menuRows } from "./screens/menu.ts";
import type { MenuItem } from "./settings.ts";
import {
  currentCall,
  entriesOf,
  type HistoryTab,
  historyTabs,
  type InputMode,
  type MenuId,
  participantsOf,
  type UiState,
} from "./state.ts";

const home: UiState = { name: "home" };
const messageMs = 3000;
/** Characters of a text that is typed. */
const mostTyped = 128;

export interface NavigatorParts {
  readonly phone: PhoneControl;
  readonly clock: Clock;
  readonly model: Model;
  readonly items: () => readonly MenuItem[];
  /** The message key shows the mailboxes (voice_mail.message_key.mode). */
  readonly mailboxes: () => boolean;
  /** Rows of the status page and of an entry's details, for scrolling. */
  readonly scrollRows: (state: UiState) => number;
  readonly rows: number;
}

export class Navigator {
  state: UiState = home;
  input: InputMode = "123";
  /** Of the line keys, from 0. */
  page = 0;
  readonly #parts: NavigatorParts;
  #tap: TapState = { name: "none" };
  /** Digits whose press went to the phone: their release has to follow, whatever the screen is by then. */
  readonly #down = new Set<Digit>();

  constructor(parts: NavigatorParts) {
    this.#parts = parts;
  }

  /** The phone wants the screen: a call came, or digits are collected. */
  goHome(): void {
    this.state = home;
  }

  /** No number is collected any more: letters end with it. */
  endInput(): void {
    this.input = "123";
    this.#tap = { name: "none" };
  }

  say(text: string): void {
    this.state = { name: "message", text, untilMs: this.#parts.clock.now() + messageMs };
  }

  /** A window that stays until somebody answers it; where a person is busy with a page it does not come. */
  tellOf(text: string, opens: "missed" | "messages"): void {
    const free = this.state.name === "home" || this.state.name === "message";
    if (free) this.state = { name: "message", text, untilMs: Number.POSITIVE_INFINITY, opens };
  }

  /** What a window tells of is over. */
  tellNoMore(opens: "missed" | "messages"): void {
    if (this.state.name === "message" && this.state.opens === opens) this.state = home;
  }

  /** A message whose time is over goes. */
  expire(): void {
    if (this.state.name === "message" && this.#parts.clock.now() >= this.state.untilMs) this.state = home;
  }

  released(key: Key): void {
    if (isDigit(key) && this.#down.delete(key)) this.#parts.phone.digit(key, false);
  }

  /** Held for a second: 0 becomes "+" in a number (feature row CAL-01), the speaker key lets others listen in (CAL-91). */
  long(key: Key): void {
    const { phone } = this.#parts;
    if (key === "speaker" && currentCall(phone.view)?.phase.name === "talking") phone.groupListen();
    if (key !== "0" || this.state.name !== "home" || phone.view.dial === undefined || this.input !== "123") return;
    phone.backspace();
    phone.text("+");
  }

  do(action: Action, key: Key): void {
    if (action !== "digit" && action !== "type") this.#tap = { name: "none" };
    if (!actOnPhone(action, this.#parts.phone, this.state)) this.#onPages(action, key);
  }

  #onPages(action: Action, key: Key): void {
    const { phone } = this.#parts;
    switch (action) {
      case "digit":
        if (isDigit(key)) this.#digit(key);
        break;
      case "redial":
        this.state = home;
        phone.redial();
        break;
      case "input":
        this.input = nextMode(this.input);
        break;
      case "line":
        this.#line(Number(key.slice(4)));
        break;
      case "history":
        this.#openHistory(phone.view.missedCalls > 0 ? "missed" : "all");
        break;
      case "missed":
      case "placed":
        this.#openHistory(action);
        break;
      case "menu":
        this.state = { name: "menu", menu: "main", selected: 0 };
        break;
      case "status":
        this.state = { name: "status", first: 0, from: "home" };
        break;
      case "dnd":
        this.#open("dnd");
        break;
      case "type":
        if (isDigit(key)) this.#type(key);
        break;
      case "erase":
        if (this.state.name === "edit") this.state = { ...this.state, text: this.state.text.slice(0, -1) };
        break;
      case "save":
        this.#save();
        break;
      case "view":
        this.#view();
        break;
      case "item":
        this.#choose(Number(key) - 1);
        break;
      case "select":
        if (this.state.name === "menu") this.#choose(this.state.selected);
        break;
      case "less":
        this.#change(-1);
        break;
      case "more":
        this.#change(1);
        break;
      case "dial":
        this.#dialEntry();
        break;
      case "people":
        this.state = { name: "people", selected: 0 };
        break;
      case "details":
        if (this.state.name === "history") this.state = { ...this.state, name: "entry", first: 0 };
        break;
      case "up":
        this.#move(-1);
        break;
      case "down":
        this.#move(1);
        break;
      case "previous":
        this.#turn(-1);
        break;
      case "next":
        this.#turn(1);
        break;
      case "back":
        this.#back();
        break;
      case "messages":
        this.#openMailbox();
        break;
      default:
        break;
    }
  }

  #digit(digit: Digit): void {
    const { phone, clock } = this.#parts;
    this.state = home;
    const [state, tap] =
      phone.view.dial === undefined ? [this.#tap, undefined] : nextTap(this.#tap, digit, this.input, clock.now());
    this.#tap = state;
    if (tap !== undefined) {
      if (tap.replaces) phone.backspace();
      phone.text(tap.text);
      return;
    }
    this.#down.add(digit);
    phone.digit(digit, true);
  }

  #type(digit: Digit): void {
    if (this.state.name !== "edit") return;
    const [state, tap] = nextTap(this.#tap, digit, this.input, this.#parts.clock.now());
    this.#tap = state;
    const { text } = this.state;
    const kept = tap?.replaces === true ? text.slice(0, -1) : text;
    this.state = { ...this.state, text: `${kept}${tap?.text ?? digit}`.slice(0, mostTyped) };
  }

  #save(): void {
    if (this.state.name !== "edit") return;
    const { menu, selected, text } = this.state;
    entryOf(this.state, this.#parts.items())?.save(text);
    this.endInput();
    this.state = { name: "menu", menu, selected };
  }

  /** OK on a window: what it tells of. */
  #view(): void {
    const opens = this.state.name === "message" ? this.state.opens : undefined;
    if (opens === "missed") this.#openHistory("missed");
    else if (opens === "messages") this.#openMailbox();
    else this.#back();
  }

  #open(menu: MenuId): void {
    this.state = { name: "menu", menu, selected: 0 };
  }

  #line(index: number): void {
    const { phone, model } = this.#parts;
    const pages = pagesOf(phone.view, model);
    if (pages > 1 && index === model.lineKeysPerPage) this.page = (this.page + 1) % pages;
    else {
      this.state = home;
      phone.lineKey(lineNumber(phone.view, model, this.page, index));
    }
  }

  #openMailbox(): void {
    const { phone } = this.#parts;
    const { voiceMail } = phone.view;
    if (this.#parts.mailboxes()) {
      this.#open("mailboxes");
      return;
    }
    if (voiceMail === undefined || voiceMail.number === "") {
      this.say("No voice mail is set up");
      return;
    }
    this.state = home;
    phone.dial(voiceMail.number, voiceMail.account);
  }

  #openHistory(tab: HistoryTab): void {
    this.state = { name: "history", tab, selected: 0 };
    // Seen is seen: the notice of missed calls has done its work.
    if (tab === "missed") this.#parts.phone.clearMissed();
  }

  #choose(index: number): void {
    const { state } = this;
    if (state.name !== "menu") return;
    const target = menuRows(state.menu, this.#parts.items())[index]?.target;
    if (target === undefined) return;
    this.state = { ...state, selected: index };
    this.#enter(target);
  }

  #enter(target: MenuTarget): void {
    switch (target.type) {
      case "menu":
        this.state = { name: "menu", menu: target.menu, selected: 0 };
        break;
      case "status":
        this.state = { name: "status", first: 0, from: "menu" };
        break;
      case "history":
        this.#openHistory("all");
        break;
      case "item":
        if (target.item.entry === undefined) target.item.change(1);
        else if (this.state.name === "menu")
          this.state = { ...this.state, name: "edit", text: target.item.entry.text() };
        break;
      default:
        target satisfies never;
    }
  }

  #change(step: 1 | -1): void {
    const { state } = this;
    if (state.name !== "menu") return;
    const target = menuRows(state.menu, this.#parts.items())[state.selected]?.target;
    if (target?.type === "item") target.item.change(step);
  }

  #dialEntry(): void {
    const { state } = this;
    if (state.name !== "history" && state.name !== "entry") return;
    const entry = entriesOf(this.#parts.phone.history, state.tab)[state.selected];
    if (entry === undefined) return;
    this.state = home;
    this.#parts.phone.dial(entry.target, entry.account);
  }

  #move(step: 1 | -1): void {
    const { state } = this;
    switch (state.name) {
      case "home":
        this.#moveCall(step);
        break;
      case "history":
        this.state = {
          ...state,
          selected: around(state.selected + step, entriesOf(this.#parts.phone.history, state.tab).length),
        };
        break;
      case "menu":
        this.state = {
          ...state,
          selected: around(state.selected + step, menuRows(state.menu, this.#parts.items()).length),
        };
        break;
      case "people":
        this.state = {
          ...state,
          selected: around(state.selected + step, participantsOf(this.#parts.phone.view).length),
        };
        break;
      case "entry":
      case "status": {
        const last = Math.max(0, this.#parts.scrollRows(state) - this.#parts.rows);
        this.state = { ...state, first: Math.min(last, Math.max(0, state.first + step)) };
        break;
      }
      case "edit":
      case "message":
        break;
      default:
        state satisfies never;
    }
  }

  #moveCall(step: 1 | -1): void {
    const { phone } = this.#parts;
    const calls = phone.view.calls;
    if (calls.length < 2) return;
    const at = calls.findIndex((call) => call.current);
    const next = calls[around(at + step, calls.length)];
    if (next !== undefined) phone.selectCall(next.id);
  }

  /** Left and right: pages of line keys on the idle screen, tabs of the history. */
  #turn(step: 1 | -1): void {
    const { phone, model } = this.#parts;
    if (this.state.name === "history") {
      const tab = historyTabs[around(historyTabs.indexOf(this.state.tab) + step, historyTabs.length)] ?? "all";
      this.#openHistory(tab);
    } else this.page = around(this.page + step, pagesOf(phone.view, model));
  }

  #back(): void {
    const { state } = this;
    const menu = (id: MenuId, selected: number): UiState => ({ name: "menu", menu: id, selected });
    switch (state.name) {
      case "entry":
        this.state = { name: "history", tab: state.tab, selected: state.selected };
        break;
      case "menu": {
        const above = menuAbove(state.menu);
        const rows = menuRows(above, this.#parts.items());
        const from = rows.findIndex(({ target }) => target.type === "menu" && target.menu === state.menu);
        const nowhere = state.menu === "main" || state.menu === "mailboxes";
        this.state = nowhere ? home : menu(above, Math.max(0, from));
        break;
      }
      case "edit":
        this.endInput();
        this.state = menu(state.menu, state.selected);
        break;
      case "status":
        this.state = state.from === "menu" ? menu("main", 0) : home;
        break;
      default:
        this.state = home;
    }
  }
}

function around(index: number, length: number): number {
  return length <= 0 ? 0 : ((index % length) + length) % length;
}
