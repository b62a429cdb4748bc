/** All calls of the phone: who may ring, placing, the current one, the time an end is shown, and the call log. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { CallLog, CallLogEntry } from "../directory/call-log.ts";
import type { IncomingRequest } from "../sip/out-of-dialog.ts";
import { SipUri } from "../sip/uri.ts";
import { serverHabitsOf } from "./accounts-manner.ts";
import { Call } from "./call.ts";
import { CallWatch, type TellMoment } from "./call-moments.ts";
import type { CallFacts } from "./call-parts.ts";
import { seedBytes } from "./call-security.ts";
import type { CallState } from "./call-state.ts";
import { CallTerms, mostCalls, type TermsParts } from "./call-terms.ts";
import { bare, connectedPartyOf, presentation } from "./caller.ts";
import { Conference } from "./conference.ts";
import { bringsRingBack, earlyQuietMs } from "./early-sound.ts";
import { endReason } from "./end-reason.ts";
import { type Line, placeOf } from "./lines.ts";
import { musicServerOf } from "./music-server.ts";
import { type Target, targetOf } from "./number.ts";
import type { PhoneMedia } from "./ports.ts";
import { type PressedKey, pressedKey } from "./pressed-key.ts";
import { followReferral } from "./referred-call.ts";
import { calledNumberRules, descriptionMoment, endWords, numberRules } from "./settings.ts";
import type { PartyView } from "./state.ts";

export interface CallsParts extends TermsParts {
  readonly clock: Clock;
  readonly media: PhoneMedia;
  readonly callLog: CallLog;
  /** Far ends that a conference of this phone may have; 2 unless told. */
  readonly conferenceParties?: number | undefined;
  /** Told of what happens to calls (feature row API-06). */
  readonly moment: TellMoment;
  /** A person waits at the open handset: the end of a failed call is heard for longer. */
  readonly lifted: () => boolean;
  /** The server of a call presses a key. */
  readonly pressed: (call: Call, key: PressedKey) => void;
  readonly changed: () => void;
}

/** How long the end of a call stays on the LCD, ms. */
const shownMs = { failed: 5000, failedLifted: 30_000, remote: 2000 };

export class Calls {
  #parts: CallsParts;
  #list: readonly Call[] = [];
  #currentId: number | undefined;
  #nextId = 1;
  /** The line key that was pressed for the next call. */
  #pressed: Line | undefined;
  /** What waits for an answer is given up, what ended is taken from the LCD: one timer a call at a time. */
  #timers = new Map<number, Timer>();
  /** Calls whose end is on the LCD. */
  #shown = new WeakSet<Call>();
  #missed = 0;
  readonly #exposedAccounts = new Set<number>();
  readonly conference: Conference;
  readonly terms: CallTerms;
  readonly #watch: CallWatch;

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.terms = new CallTerms(parts);
    this.conference = new Conference(parts.conferenceParties ?? 2);
    this.#watch = new CallWatch(parts.moment);
  }

  get list(): readonly Call[] {
    return this.#list;
  }

  /** The call that the keys act upon. */
  get current(): Call | undefined {
    return this.find(this.#currentId);
  }

  /** The call that is heard: the one that goes on, whichever is looked at. */
  get active(): Call | undefined {
    return this.#list.find((c) => c.running) ?? this.current;
  }

  get ringing(): Call | undefined {
    return this.#list.find((c) => c.state.name === "incoming");
  }

  get missed(): number {
    return this.#missed;
  }

  clearMissed(): void {
    this.#missed = 0;
  }

  find(id: number | undefined): Call | undefined {
    return this.#list.find((c) => c.id === id);
  }

  select(call: Call): void {
    this.#currentId = call.id;
    this.#parts.changed();
  }

  /** A call that came while none is looked at is looked at; an end that is still shown makes way. */
  arrived(call: Call): void {
    if (this.current?.state.name === "ended") this.current.dismiss();
    if (this.current === undefined) this.#currentId = call.id;
  }

  /** A call stands where another stood (RFC 3891). */
  replace(old: Call, call: Call): void {
    if (this.#currentId === old.id) this.#currentId = call.id;
    this.conference.replace(old, call);
    old.giveWay();
  }

  /** Makes room for another call: one that talks is held, one that is being set up is given up. */
  holdActive(): void {
    const call = this.active;
    switch (call?.state.name) {
      case "talking":
        if (this.conference.has(call)) this.conference.hold(true);
        else call.hold(true);
        return;
      case "ended":
        call.dismiss();
        return;
      case undefined:
      case "incoming":
      case "gone":
        return;
      default:
        call?.hangUp();
        return;
    }
  }

  /** Dials; a number that cannot be dialled becomes a call that ended with the reason. */
  place(dialled: string, account: number, more: Pick<CallFacts, "consults" | "unlisted"> = {}): Call {
    const { log, userAgent, settings } = this.#parts;
    this.holdActive();
    const noLine = this.freePlace({ account, consults: more.consults }) === undefined;
    const full = this.#list.length >= mostCalls || noLine;
    const target = targetOf(dialled, this.#parts.accounts.domain(account), calledNumberRules(settings, account));
    const number = bare(target.type === "number" ? target.number : dialled);
    const call = this.add("out", { account, remote: { name: "", number }, target: dialled, ...more });
    this.select(call);
    if (target.type === "refused" || full) {
      call.fail(target.type === "refused" ? target.why : "Too many calls");
      return call;
    }
    const shown = { ...presentation(settings, account), identity: this.terms.identity(account) };
    const earlyOffer = descriptionMoment(settings) !== "late-offer";
    log.info({ call: call.id, account }, `call ${call.id}: calling ${target.uri}`);
    void call.start(this.terms.media(account, addressIn(target.uri)), (media) =>
      userAgent.invite({ ...shown, earlyOffer, to: target.uri, media }),
    );
    this.giveUpLater(call, "phone_setting.ringback_timeout");
    return call;
  }

  /** What a number means to an account. */
  uriOf(dialled: string, account: number): Target {
    const { settings, accounts } = this.#parts;
    return targetOf(dialled, accounts.domain(account), numberRules(settings, account));
  }

  /** The URI of a number, undefined where it cannot be dialled. */
  dialable(number: string, account: number): string | undefined {
    const target = this.uriOf(number, account);
    return target.type === "refused" ? undefined : target.uri;
  }

  /** The machine has another address: streams are opened there, and the far ends are told (NET-42). */
  moved(address: string): void {
    this.terms.address = address;
    for (const call of this.#list)
      call
        .move(this.terms.media(call.account, call.peerAddress))
        .catch((error: unknown) => this.#parts.log.error({}, reasonOf(error)));
  }

  /** The keys of a stream are nearly used up (RFC 3711 §9.2). */
  keysEnding(stream: number): void {
    this.#list.find((c) => c.stream === stream)?.renewKeys(this.#parts.userAgent.random(seedBytes));
  }

  /** RFC 4568 §8: said once an account, as it is a fault of the configuration and not of a call. */
  #exposed({ account }: Call): void {
    if (this.#exposedAccounts.has(account)) return;
    this.#exposedAccounts.add(account);
    this.#parts.log.warn(
      { account },
      `account ${account}: speech is encrypted, but its keys travel in signalling that is not: set account.${account}.sip_server.1.transport_type = 2 (TLS)`,
    );
  }

  /** Servers of some kinds press keys from afar (ACC-15). */
  #asked(call: Call, incoming: IncomingRequest): void {
    const { settings, log, pressed } = this.#parts;
    const key = serverHabitsOf(settings, call.account).pressesKeys ? pressedKey(incoming.request) : undefined;
    if (key === undefined) return;
    incoming.respond(200);
    log.info({ call: call.id, account: call.account }, `call ${call.id}: the server presses ${key}`);
    pressed(call, key);
  }

  /** A call from now on in the list; the first one there is becomes the current one where it came in. */
  add(direction: "in" | "out", facts: Omit<CallFacts, "id" | "direction" | "place">): Call {
    const { clock, media, log, settings } = this.#parts;
    const place = this.freePlace(facts) ?? 1;
    if (direction === "out") this.#pressed = undefined;
    const call = new Call(
      {
        ...{ clock, media, log },
        changed: (c) => this.#changed(c),
        referred: (c, referral) => followReferral(this, this.#parts, c, referral),
        connected: (message) => connectedPartyOf(message, settings, facts.account),
        exposed: (c) => this.#exposed(c),
        music: () => musicServerOf(this, this.#parts, facts.account),
        bringsRingBack: (status) => bringsRingBack(settings, status),
        earlyQuietMs: () => earlyQuietMs(settings),
        endReason: (status, reason) => endReason(status, reason, endWords(settings)),
        asked: (c, incoming) => this.#asked(c, incoming),
      },
      { ...facts, place, id: this.#nextId++, direction },
    );
    this.#list = [...this.#list, call];
    return call;
  }

  /** The next call that a person makes takes that line key, where it is one of the account's (ACC-30). */
  takeLine(line: Line | undefined): void {
    this.#pressed = line;
  }

  /** The line key that a further call of the account would take; undefined where none has room. */
  freePlace({ account, consults }: Pick<CallFacts, "account" | "consults">): number | undefined {
    const pressed = this.#pressed?.account === account ? this.#pressed.place : undefined;
    const users = this.#list.filter((c) => c.state.name !== "ended");
    return placeOf(this.#parts.settings, { account, pressed, consults }, users);
  }

  /** CAL-41: what nobody answers, here or there, does not go on for ever. */
  giveUpLater(call: Call, parameter: string): void {
    const seconds = this.#parts.settings.number(parameter);
    if (seconds > 0) this.wait(call, 1000 * seconds, () => call.giveUp());
  }

  /** One thing a call waits for at a time. */
  wait(call: Call, ms: number, run: () => void): void {
    this.#timers.get(call.id)?.cancel();
    this.#timers.set(call.id, this.#parts.clock.after(ms, run));
  }

  #waitNoMore(call: Call): void {
    this.#timers.get(call.id)?.cancel();
    this.#timers.delete(call.id);
  }

  #changed(call: Call): void {
    const { state } = call;
    switch (state.name) {
      case "gone":
        this.conference.left(call);
        this.#remove(call, state);
        break;
      case "ended":
        this.conference.left(call);
        if (this.#shown.has(call)) break;
        this.#shown.add(call);
        this.#parts.log.info({ call: call.id, status: state.status }, `call ${call.id}: ended, ${state.why}`);
        this.wait(call, this.#shownMs(state.by), () => call.dismiss());
        break;
      case "answering":
      case "talking":
        this.#waitNoMore(call);
        break;
      case "preparing":
      case "connecting":
      case "ringback":
      case "incoming":
        break;
      default:
        state satisfies never;
    }
    this.#watch.look(call, this.#list);
    this.#parts.changed();
  }

  #remove(call: Call, state: Extract<CallState, { name: "gone" }>): void {
    // Told twice where the person and the far end end it in the same moment.
    if (!this.#list.includes(call)) return;
    this.#list = this.#list.filter((c) => c !== call);
    this.#waitNoMore(call);
    if (this.#currentId === call.id)
      this.#currentId = (this.#list.find((c) => c.running) ?? this.ringing ?? this.#list.at(-1))?.id;
    if (call.unlisted) return;
    const kind = call.direction === "out" ? "placed" : state.outcome === "elsewhere" ? "received" : state.outcome;
    this.keep(kind, call.account, call.remote, call.target, state.talkedMs, call.startedEpochMs);
  }

  #shownMs(by: "local" | "remote" | "failed"): number {
    if (by === "local") return shownMs.remote;
    if (by === "failed") return this.#parts.lifted() ? shownMs.failedLifted : shownMs.failed;
    return Math.max(shownMs.remote, 1000 * this.#parts.settings.number("features.busy_tone_delay"));
  }

  /** An entry of the call log. */
  keep(
    kind: CallLogEntry["kind"],
    account: number,
    remote: PartyView,
    target: string,
    talkedMs: number,
    atEpochMs: number,
  ): void {
    if (kind === "missed") {
      if (!this.#parts.settings.flag(`account.${account}.missed_calllog`)) return;
      this.#missed++;
    }
    if (!this.#parts.settings.flag("features.save_call_history")) return;
    const { name, number } = remote;
    this.#parts.callLog.add({ kind, account, remote: { name, number }, target, atEpochMs, talkedMs });
  }
}

/** The numeric host of a URI; undefined for a name, which is the servers' to find. */
function addressIn(uri: string): string | undefined {
  const host = SipUri.parse(uri)?.host ?? "";
  return host.includes(":") || /^\d+(\.\d+){3}$/.test(host) ? host : undefined;
}
