/** Windows that tell of what came while nobody looked: missed calls and voice messages (feature rows CAL-69, DIR-12, UIX-11). */
import type { PhoneView } from "../phone/state.ts";
import type { Navigator } from "./navigator.ts";
import { messagesText, missedText } from "./screens/build.ts";
import type { UiSettings } from "./settings.ts";

export class Windows {
  readonly #navigator: Navigator;
  readonly #settings: () => UiSettings;
  #missed = 0;
  #waiting = 0;

  constructor(navigator: Navigator, settings: () => UiSettings) {
    this.#navigator = navigator;
    this.#settings = settings;
  }

  /** What is there at the start is shown on the idle screen, without a window. */
  open(view: PhoneView): void {
    this.#missed = view.missedCalls;
    this.#waiting = view.voiceMail?.waiting ?? 0;
  }

  /** The phone has changed. True where a window came. */
  look(view: PhoneView): boolean {
    // Whoever talks or dials is not to be disturbed: it comes when the phone is idle again.
    if (view.calls.length > 0 || view.dial !== undefined) return false;
    const waiting = view.voiceMail?.waiting ?? 0;
    const { missedPopup, mailPopup } = this.#settings();
    // Refused calls are counted, but nobody is to be disturbed by them.
    const missed = missedPopup && !view.dnd && view.missedCalls > this.#missed;
    const mail = mailPopup && waiting > this.#waiting;
    this.#missed = view.missedCalls;
    this.#waiting = waiting;
    if (view.missedCalls === 0) this.#navigator.tellNoMore("missed");
    if (waiting === 0) this.#navigator.tellNoMore("messages");
    if (mail) this.#navigator.tellOf(messagesText(waiting), "messages");
    if (missed) this.#navigator.tellOf(missedText(view.missedCalls), "missed");
    return missed || mail;
  }
}
