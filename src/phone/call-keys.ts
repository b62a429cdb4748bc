/** What keys do to calls that exist: which one is gone on with, held, ended or looked at (CAL-22, CAL-42, CAL-45, CAL-55). */
import type { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { Joining } from "./joining.ts";
import type { Settings } from "./ports.ts";

export interface CallKeysParts {
  readonly calls: Calls;
  readonly settings: Settings;
  readonly joining: () => Joining;
  /** Opens the path that a call which is gone on with is heard by, and ends collecting a number. */
  readonly listen: () => void;
}

export class CallKeys {
  #parts: CallKeysParts;
  #calls: Calls;

  constructor(parts: CallKeysParts) {
    this.#parts = parts;
    this.#calls = parts.calls;
  }

  reject(id?: number): void {
    const call = id === undefined ? this.#calls.ringing : this.#calls.find(id);
    const { settings } = this.#parts;
    // RFC 3261 §21.6.2: 603 is no at every phone of the person, which the guide calls to decline.
    const declines = settings.flag("features.call_decline.enable");
    call?.reject(declines ? 603 : settings.number("features.normal_refuse_code"));
  }

  hangUp(id?: number): void {
    const call = id === undefined ? this.#calls.current : this.#calls.find(id);
    if (call?.state.name === "ended") call.dismiss();
    else if (call?.state.name === "incoming") this.reject(call.id);
    else if (!this.#calls.conference.has(call)) call?.hangUp();
    else if (!this.#parts.joining().leave()) for (const member of this.#calls.conference.members) member.hangUp();
  }

  hold(): void {
    const { active, conference } = this.#calls;
    if (conference.has(active)) conference.hold(true);
    else active?.hold(true);
  }

  resume(id?: number): void {
    const call = id === undefined ? this.#calls.current : this.#calls.find(id);
    if (call?.state.name !== "talking") return;
    const { active, conference } = this.#calls;
    const together = call === active || (conference.has(call) && conference.has(active));
    // Asked before anything is held: it is heard where the call before was heard.
    this.#parts.listen();
    if (!together) this.#calls.holdActive();
    this.#calls.select(call);
    if (conference.has(call)) conference.hold(false);
    else call.hold(false);
  }

  swap(): void {
    const { current, conference, list } = this.#calls;
    const together = (c: Call) => c === current || (conference.has(current) && conference.has(c));
    const other = list.find((c) => !together(c) && c.state.name === "talking");
    if (other !== undefined) this.resume(other.id);
  }

  select(id: number): void {
    const call = this.#calls.find(id);
    if (call === undefined || call === this.#calls.current) return;
    // Looking at another call must not leave one running unseen; a ringing one may be looked at beside it.
    const running = this.#calls.list.find((c) => c.running);
    const { conference } = this.#calls;
    const together = running === call || (conference.has(running) && conference.has(call));
    if (running === undefined || together || call.state.name === "incoming") this.#calls.select(call);
  }
}
