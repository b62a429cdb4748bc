/** What is on the LCD, before it is laid out: plain data that a test, the sim panel and the layouts read. */
import type { AccountState } from "../phone/state.ts";
import type { IconName } from "./icon.ts";

export type ScreenId =
  | "idle"
  | "predial"
  | "dialing"
  | "connecting"
  | "ringback"
  | "incoming"
  | "talking"
  | "talking_held"
  | "talking_incoming"
  | "ended"
  | "history"
  | "menu"
  | "edit"
  | "status"
  | "people"
  | "message";

export type SoftKeyLabels = readonly [string, string, string, string];

export interface ScreenModel {
  readonly id: ScreenId;
  readonly title: string;
  /** Every text of the body in reading order, uncut. */
  readonly lines: readonly string[];
  readonly softkeys: SoftKeyLabels;
  /** Of the status bar, left to right. */
  readonly icons: readonly IconName[];
  /** "17:05", for the status bar. */
  readonly time: string;
  /** The line keys of the page shown, from the top left. */
  readonly keys: readonly LineKeyModel[];
  readonly volume: VolumeModel | undefined;
  /** What has just happened, over the top of calls and numbers for a moment; "" is nothing. The idle screen has lines for it. */
  readonly news: string;
  readonly body: Body;
}

export interface VolumeModel {
  /** "Ringer", "Handset": what it is of. */
  readonly label: string;
  /** 0 to 15. */
  readonly level: number;
}

/** What a line key's call does: decides its lamp and its colour on the LCD. */
export type LineUse = "idle" | "in-use" | "ringing" | "held";

export interface LineKeyModel {
  /** From 1, as in `line1`. */
  readonly index: number;
  readonly label: string;
  readonly kind: "line" | "page" | "none";
  readonly use: LineUse;
  readonly account: AccountState["name"];
}

export type CallTone = "ringing" | "calling" | "talking" | "held" | "ended";

export interface CallCard {
  readonly id: number;
  readonly selected: boolean;
  readonly tone: CallTone;
  readonly icon: IconName;
  /** The name, or the number where there is none. */
  readonly name: string;
  /** "" where `name` is the number. */
  readonly number: string;
  readonly status: string;
  /** "00:12" or "". */
  readonly timer: string;
  /** Which account: "to Alice", "from Alice". */
  readonly via: string;
  readonly hd: boolean;
  /** Characters that a name too long for the LCD has moved on; absent: it is cut (feature row CAL-75). */
  readonly roll?: number;
}

export interface ListRow {
  readonly icon: IconName | undefined;
  readonly text: string;
  readonly detail: string;
  readonly bad: boolean;
}

export type Body =
  | {
      readonly kind: "idle";
      readonly time: string;
      readonly date: string;
      readonly account: string;
      readonly accountState: AccountState["name"];
      /** "2 missed calls", or "" for none. */
      readonly missed: string;
      readonly dnd: boolean;
      /** Its sign fills the middle of the screen. */
      readonly largeDnd?: boolean;
      /** What is wrong and worth saying, newest first. */
      readonly notices: readonly string[];
    }
  | {
      readonly kind: "dial";
      readonly prompt: string;
      readonly digits: string;
      readonly account: string;
      /** "123", "abc", "ABC". */
      readonly input: string;
      readonly waiting: CallCard | undefined;
    }
  | { readonly kind: "calls"; readonly cards: readonly CallCard[] }
  | {
      readonly kind: "list";
      readonly rows: readonly ListRow[];
      /** Index into `rows`; -1 where nothing can be selected. */
      readonly selected: number;
      /** Of the first row in the whole list, and how long that is: for the scroll bar. */
      readonly first: number;
      readonly total: number;
      readonly empty: string;
      /** Left and right turn to lists beside this one. */
      readonly tabs: boolean;
    }
  | { readonly kind: "message"; readonly text: string; readonly icon: IconName };
