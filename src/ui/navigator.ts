/** What a person does, done: actions of the key table carried out on the phone and on the LCD's own pages. */
import type { Model } from "../../board/model.ts";
import type { Clock } from "../../hal/clock.ts";
import { type Digit, isDigit, type Key } from "../../hal/keypad.ts";
import type { PhoneControl } from "../phone/state.ts";
import type { Action } from "./keys.ts";
import { lineNumber, pagesOf } from "./line-keys.ts";
import { nextMode, nextTap, type TapState } from "./multitap.ts";
import { type MenuTarget, menuRows } from "./screens/menu.ts";
import type { MenuItem } from "./settings.ts";
import {
  endableCall,
  entriesOf,
  type HistoryTab,
  historyTabs,
  type InputMode,
  incomingCall,
  type MenuId,
  type UiState,
} from "./state.ts";

const home: UiState = { name: "home" };
const messageMs = 3000;

export interface NavigatorParts {
  readonly phone: PhoneControl;
  readonly clock: Clock;
  readonly model: Model;
  readonly items: () => readonly MenuItem[];
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

  /** A message whose time is over goes. */
  expire(): void {
    if (this.state.name === "message" && this.#parts.clock.now() >= this.state.untilMs) this.state = home;
  }

  released(key: Key): void {
    if (isDigit(key) && this.#down.delete(key)) this.#parts.phone.digit(key, false);
  }

  /** Held for a second: 0 becomes "+" in a number (feature row CAL-01). */
  long(key: Key): void {
    const { phone } = this.#parts;
    if (key !== "0" || this.state.name !== "home" || phone.view.dial === undefined || this.input !== "123") return;
    phone.backspace();
    phone.text("+");
  }

  do(action: Action, key: Key): void {
    if (action !== "digit") this.#tap = { name: "none" };
    if (!this.#onPhone(action)) this.#onPages(action, key);
  }

  /** Actions that are the phone's alone. */
  #onPhone(action: Action): boolean {
    const { phone } = this.#parts;
    switch (action) {
      case "send":
        phone.send();
        return true;
      case "cancel":
        phone.cancel();
        return true;
      case "backspace":
        phone.backspace();
        return true;
      case "clear":
        phone.clearMissed();
        return true;
      case "answer":
        phone.answer(incomingCall(phone.view));
        return true;
      case "reject":
        phone.reject(incomingCall(phone.view));
        return true;
      case "silence":
        phone.silence();
        return true;
      case "hold":
        phone.hold();
        return true;
      case "resume":
        phone.resume();
        return true;
      case "swap":
        phone.swap();
        return true;
      case "newCall":
        phone.newCall();
        return true;
      case "transfer":
        phone.transfer();
        return true;
      case "conference":
        phone.conference();
        return true;
      case "split":
        phone.split();
        return true;
      case "forward":
        phone.forward(incomingCall(phone.view));
        return true;
      case "hangUp":
        phone.hangUp(endableCall(phone.view, this.state));
        return true;
      case "mute":
        phone.toggleMute();
        return true;
      case "louder":
        phone.changeVolume(1);
        return true;
      case "softer":
        phone.changeVolume(-1);
        return true;
      case "speaker":
        phone.speakerKey();
        return true;
      case "headset":
        phone.headsetKey();
        return true;
      case "dnd":
        phone.toggleDnd();
        return true;
      default:
        return false;
    }
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
        target.item.change(1);
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
      case "entry":
      case "status": {
        const last = Math.max(0, this.#parts.scrollRows(state) - this.#parts.rows);
        this.state = { ...state, first: Math.min(last, Math.max(0, state.first + step)) };
        break;
      }
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
        const rows = menuRows("main", this.#parts.items());
        const from = rows.findIndex(({ target }) => target.type === "menu" && target.menu === state.menu);
        this.state = state.menu === "main" ? home : menu("main", Math.max(0, from));
        break;
      }
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
