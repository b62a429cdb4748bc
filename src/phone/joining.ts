/**
 * What a second number is dialled for, and what the transfer, conference and FWD keys mean by it: feature rows CAL-35,
 * CAL-47 to CAL-50, CAL-55. The REFERs are call.ts, who may be joined is conference.ts.
 */
import { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { DialPurpose, DialState } from "./dialling.ts";
import type { NetworkConference } from "./network-conference.ts";
import type { Settings } from "./ports.ts";

export interface JoiningParts {
  readonly calls: Calls;
  readonly network: NetworkConference;
  readonly settings: Settings;
  readonly dial: () => DialState;
  /** Begins to collect a number, sound as it goes on now. */
  readonly collect: (purpose: DialPurpose, account: number) => void;
  /** Ends collecting. */
  readonly close: () => void;
  /** Sends a ringing call elsewhere; why that cannot be, or undefined. */
  readonly forward: (call: Call, to: string) => string | undefined;
  /** Says something on the LCD for some seconds. */
  readonly say: (text: string) => void;
  /** Somebody listens. */
  readonly engaged: () => boolean;
  /** Goes back to a call that is held. */
  readonly resume: (call: Call) => void;
  readonly changed: () => void;
}

export class Joining {
  #parts: JoiningParts;
  /** The call for whose sake a number is collected. */
  #subject: Call | undefined;
  /** How often somebody went on from one of the other calls to the next. */
  #turned = 0;

  constructor(parts: JoiningParts) {
    this.#parts = parts;
  }

  transferKey(): void {
    const dial = this.#parts.dial();
    if (dial.name === "collecting") {
      if (dial.purpose !== "transfer") return;
      if (dial.digits !== "") this.#blindly(dial.digits, dial.account);
      else this.#toAnother();
      return;
    }
    const { current } = this.#parts.calls;
    if (current === undefined) return;
    if (this.#consulted(current) !== undefined) this.#connect(current);
    else if (current.state.name === "talking") this.#ask(current, "transfer");
  }

  /** Another call that the one which is being transferred can be connected to (transfer.multi_call_trans_enable). */
  get another(): Call | undefined {
    const { calls, settings, dial } = this.#parts;
    const state = dial();
    const subject = this.#alive();
    if (state.name !== "collecting" || state.purpose !== "transfer" || subject === undefined) return undefined;
    if (!settings.flag("transfer.multi_call_trans_enable") || calls.conference.has(subject)) return undefined;
    const others = calls.list.filter((c) => c !== subject && c.state.name === "talking" && !calls.conference.has(c));
    // The one that was talked to last is meant, until somebody goes on to the next.
    return others.at(-1 - (this.#turned % Math.max(1, others.length)));
  }

  /** The next of the other calls. */
  turn(): void {
    this.#turned++;
    this.#parts.changed();
  }

  #toAnother(): void {
    const subject = this.#alive();
    const other = this.another;
    if (subject === undefined || other === undefined) return;
    this.#parts.close();
    this.#parts.calls.select(subject);
    this.#hand(subject, other, other.remote.number);
  }

  conferenceKey(): void {
    const { calls, dial, say } = this.#parts;
    const { current } = calls;
    if (dial().name === "collecting" || current?.state.name !== "talking") return;
    const { network, settings } = this.#parts;
    const { conference } = calls;
    const atServer = network.serves(current.account);
    if (!atServer && !settings.flag("features.conference.local.enable")) {
      say("Conferences are switched off");
      return;
    }
    const others = this.#others(current);
    if (others.length === 0 || conference.has(current) || network.is(current)) {
      if (!atServer && conference.full) say("The conference is full");
      else this.#ask(current, "conference");
    } else if (atServer) network.bring(...others.filter((c) => !network.is(c)), current);
    else if (conference.full) say("The conference is full");
    else {
      conference.join(...others.slice(0, conference.most - 1), current);
      this.#parts.changed();
    }
  }

  /**
   * Whom the conference key joins with that call: those already joined, else the call for whose sake it was made, else
   * one that is held, or all of them (features.conference.with_previous_call.enable,
   * features.local_conf.combine_with_one_press.enable).
   */
  #others(current: Call): readonly Call[] {
    const { calls, settings, network } = this.#parts;
    const { members } = calls.conference;
    if (members.length > 0) return calls.conference.has(current) ? [] : members;
    const consulted = this.#consulted(current);
    const waiting = calls.list.filter((c) => c !== current && c.state.name === "talking");
    if (settings.flag("features.local_conf.combine_with_one_press.enable") && waiting.length > 0) return waiting;
    if (consulted !== undefined) return [consulted];
    const previous = waiting.find((c) => network.is(c)) ?? waiting[0];
    return previous !== undefined && settings.flag("features.conference.with_previous_call.enable") ? [previous] : [];
  }

  /** One of a conference leaves it for good (CP8-02). */
  remove(call: Call | undefined): void {
    if (call !== undefined && this.#parts.calls.conference.has(call)) call.hangUp();
  }

  /** One of a conference is taken out and held. */
  take(call: Call | undefined): void {
    if (call === undefined || !this.#parts.calls.conference.has(call)) return;
    this.#parts.calls.conference.take(call);
    this.#parts.changed();
  }

  /** The others of the conference hear that one no more, or again; he goes on hearing them. */
  mute(call: Call | undefined, on: boolean): void {
    if (call !== undefined && this.#parts.calls.conference.has(call)) call.silencePeer(on);
  }

  split(): void {
    this.#parts.calls.conference.split();
    this.#parts.changed();
  }

  forwardKey(call: Call | undefined): void {
    const dial = this.#parts.dial();
    if (dial.name === "collecting") {
      if (dial.purpose === "forward" && dial.digits !== "") this.dialled(dial.digits, dial.account, "forward");
      return;
    }
    if (call?.state.name !== "incoming") return;
    this.#subject = call;
    this.#parts.calls.select(call);
    this.#parts.collect("forward", call.account);
  }

  /** A number was collected and sent. */
  dialled(to: string, account: number, purpose: DialPurpose): void {
    const { calls, close, say, forward } = this.#parts;
    const subject = this.#alive();
    if (purpose === "forward") {
      close();
      const why = subject?.state.name === "incoming" ? forward(subject, to) : "The call is gone";
      if (why !== undefined) say(why);
    } else if (purpose === "call" || subject === undefined) calls.place(to, account);
    else calls.place(to, account, { consults: { call: subject, purpose } });
  }

  /**
   * The handset goes down, or its key is pressed again: true where that completes a transfer and ends nothing else
   * (transfer.blind_tran_on_hook_enable, transfer.on_hook_trans_enable).
   */
  putDown(): boolean {
    const { settings, calls } = this.#parts;
    const dial = this.#parts.dial();
    if (dial.name === "collecting") {
      const blind = dial.purpose === "transfer" && dial.digits !== "" && this.#alive() !== undefined;
      if (!blind || !settings.flag("transfer.blind_tran_on_hook_enable")) return false;
      this.#blindly(dial.digits, dial.account);
      return true;
    }
    const { active } = calls;
    if (active === undefined || active.consults?.purpose !== "transfer" || this.#consulted(active) === undefined)
      return false;
    if (!settings.flag("transfer.on_hook_trans_enable") || calls.conference.has(active)) return false;
    return this.#connect(active);
  }

  /** Leaves a conference; true where the others stay connected (CAL-50). */
  leave(): boolean {
    const { calls, settings, say } = this.#parts;
    const [first, second, third] = calls.conference.members;
    // More than two cannot be connected with each other without us.
    if (first === undefined || second === undefined || third !== undefined) return false;
    if (!settings.flag("transfer.tran_others_after_conf_enable")) return false;
    calls.conference.dissolve();
    first.hold(true);
    first.transfer(second, second.remote.number, (why) => {
      say(`Transfer failed: ${why}`);
      first.hangUp();
      second.hangUp();
    });
    return true;
  }

  #ask(call: Call, purpose: "transfer" | "conference"): void {
    this.#subject = call;
    this.#turned = 0;
    call.forgetFailure();
    this.#parts.calls.holdActive();
    this.#parts.collect(purpose, call.account);
  }

  #alive(): Call | undefined {
    return this.#parts.calls.find(this.#subject?.id);
  }

  /** The call that waits for the outcome of that one. */
  #consulted({ consults }: Call): Call | undefined {
    const call = this.#parts.calls.find(consults?.call.id);
    return call?.state.name === "talking" ? call : undefined;
  }

  #blindly(digits: string, account: number): void {
    const { calls, close, say } = this.#parts;
    const subject = this.#alive();
    close();
    if (subject?.state.name !== "talking") {
      say("The call is gone");
      return;
    }
    calls.select(subject);
    const target = calls.uriOf(digits, account);
    if (target.type === "refused") say(target.why);
    else this.#hand(subject, target.uri, digits);
  }

  /** Attended (CAL-49), or while it still rings there (CAL-48). True where a transfer began. */
  #connect(second: Call): boolean {
    const { calls, settings, say } = this.#parts;
    const first = this.#consulted(second);
    if (first === undefined) return false;
    if (second.state.name === "talking") {
      this.#hand(first, second, second.remote.number);
      return true;
    }
    if (!settings.flag("transfer.semi_attend_tran_enable")) {
      say("Transfer is possible once it is answered");
      return false;
    }
    const target = calls.uriOf(second.target, second.account);
    if (target.type === "refused") return false;
    // Nobody can take over a call that is not answered yet: ours is cancelled and theirs placed anew (RFC 5589 §7.5).
    const shown = second.remote.number;
    second.hangUp();
    calls.select(first);
    this.#hand(first, target.uri, shown);
    return true;
  }

  #hand(call: Call, to: string | Call, shown: string): void {
    call.transfer(to, shown, (why) => {
      const { calls, engaged, resume, say } = this.#parts;
      say(`Transfer failed: ${why}`);
      const other = to instanceof Call ? to : undefined;
      // Nobody listens any more: nobody shall hear an open line either.
      if (!engaged()) other?.hold(true);
      else if (!calls.list.some((c) => c.running) && calls.find(call.id) !== undefined) resume(call);
    });
  }
}
