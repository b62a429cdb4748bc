/** All calls of the phone: who may ring, placing, the current one, the time an end is shown, and the call log. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { CallLog, CallLogEntry } from "../directory/call-log.ts";
import type { LocalMedia } from "../sdp/media.ts";
import type { Referral } from "../sip/referral.ts";
import type { Session } from "../sip/session.ts";
import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import { Call, type CallFacts, type CallMedia, type Consults } from "./call.ts";
import type { CallState } from "./call-state.ts";
import { Conference } from "./conference.ts";
import { diversionHeaders, type ForwardReason, forwardsOf, ringBeforeForward } from "./forwarding.ts";
import { decideIncoming, type Verdict } from "./incoming.ts";
import type { Nat } from "./nat.ts";
import { type Target, targetOf } from "./number.ts";
import { offerFault } from "./offer.ts";
import type { PhoneMedia, Settings } from "./ports.ts";
import { codecsOf, dtmfTypeOf, numberRules, ptimeOf, rtpPorts } from "./settings.ts";
import type { PartyView } from "./state.ts";
import { StrangerLog } from "./stranger-log.ts";

export interface CallsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly media: PhoneMedia;
  readonly settings: Settings;
  readonly userAgent: UserAgent;
  readonly accounts: Accounts;
  readonly callLog: CallLog;
  /** Numeric local address of RTP. */
  readonly address: string;
  readonly nat?: Nat | undefined;
  /** User part where there is no account: the model's name. */
  readonly name: string;
  /** A person waits at the open handset: the end of a failed call is heard for longer. */
  readonly lifted: () => boolean;
  /** Something is listened to already: nothing answers by itself. */
  readonly engaged: () => boolean;
  readonly autoAnswer: (call: Call) => void;
  readonly changed: () => void;
}

/** Calls that may exist at once, ringing ones included. */
const mostCalls = 8;
/** How long the end of a call stays on the LCD, ms. */
const shownMs = { failed: 5000, failedLifted: 30_000, remote: 2000 };

export class Calls {
  #parts: CallsParts;
  #list: readonly Call[] = [];
  #currentId: number | undefined;
  #nextId = 1;
  /** What waits for an answer is given up, what ended is taken from the LCD: one timer a call at a time. */
  #timers = new Map<number, Timer>();
  /** Calls whose end is on the LCD. */
  #shown = new WeakSet<Call>();
  #missed = 0;
  #strangers: StrangerLog;
  readonly conference = new Conference();

  constructor(parts: CallsParts) {
    this.#parts = parts;
    this.#strangers = new StrangerLog(parts.clock, parts.log);
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
  place(dialled: string, account: number, consults?: Consults): void {
    const { log, userAgent } = this.#parts;
    this.holdActive();
    const full = this.#list.length >= mostCalls;
    const target = this.uriOf(dialled, account);
    const number = bare(target.type === "number" ? target.number : dialled);
    const call = this.#add("out", { account, remote: { name: "", number }, target: dialled, consults });
    this.select(call);
    if (target.type === "refused" || full) {
      call.fail(target.type === "refused" ? target.why : "Too many calls");
      return;
    }
    const identity = this.#identity(account);
    log.info({ call: call.id, account }, `call ${call.id}: calling ${target.uri}`);
    void call.start(this.mediaOf(account), (media) => userAgent.invite({ identity, to: target.uri, media }));
    this.#giveUpLater(call, "phone_setting.ringback_timeout");
  }

  /** What a number means to an account. */
  uriOf(dialled: string, account: number): Target {
    const { settings, accounts } = this.#parts;
    return targetOf(dialled, accounts.domain(account), numberRules(settings, account));
  }

  /** The far end of a call sends us on (CAL-47 to CAL-49, RFC 3515): we call whom it names and report how that goes. */
  #referred(call: Call, referral: Referral): void {
    const { log, userAgent } = this.#parts;
    const { target, inviteOptions } = referral;
    // Whoever put the call aside and walked away does not want a voice from the loudspeaker.
    const refusal = call.state.name !== "talking" || this.#list.length >= mostCalls ? 603 : call.heldHere ? 480 : 0;
    if (target.method !== "INVITE" || refusal > 0) {
      referral.reject(target.method === "INVITE" ? refusal : 501);
      return;
    }
    const remote = partyOf({ displayName: target.displayName, uri: target.uri });
    const next = this.#add("out", { account: call.account, remote, target: target.uri });
    log.info({ call: next.id }, `call ${next.id}: calling ${target.uri} as call ${call.id} asks for`);
    call.sentOn(true);
    this.conference.replace(call, next);
    this.select(next);
    referral.accept();
    const identity = this.#identity(call.account);
    const place = (media: LocalMedia) => userAgent.invite({ identity, media, ...inviteOptions });
    const fault = (why: string) => {
      referral.report(500, why);
      this.#cameBack(call, next);
    };
    next
      .start(this.mediaOf(call.account), (media) => {
        const session = place(media);
        referral.follow(session);
        session.onState.on((state) => {
          if (state.name === "terminated") this.#cameBack(call, next);
        });
        return session;
      })
      .then(() => {
        if (next.session === undefined) fault("No Media");
      })
      .catch((error: unknown) => fault(reasonOf(error)));
    this.#giveUpLater(next, "phone_setting.ringback_timeout");
  }

  /** Nothing came of the call that took its place, or that one is over: the old one goes on, if it is still there. */
  #cameBack(call: Call, instead: Call): void {
    if (call.state.name !== "talking") return;
    // Another one may have been taken up meanwhile.
    if (this.#list.some((c) => c !== call && c !== instead && c.running)) call.hold(true);
    else this.select(call);
    call.sentOn(false);
  }

  /** A new INVITE: it rings, or is refused. */
  incoming(session: Session): void {
    const { settings, log, clock } = this.#parts;
    const { source, remote } = session;
    const verdict = this.#verdict(session);
    const party = partyOf(remote);
    if (verdict.type === "stranger") {
      this.#strangers.refused(`${remote.uri} at ${source?.address}`);
      session.reject(verdict.status);
      return;
    }
    const forwards = forwardsOf(settings, verdict.account);
    const busy = verdict.type === "ring" ? this.#list.some((c) => c.state.name !== "ended") : verdict.busy;
    const [to, why]: [string, ForwardReason] =
      forwards.always !== "" ? [forwards.always, "unconditional"] : [busy ? forwards.busy : "", "user-busy"];
    if (to !== "" && session.replaces === undefined && this.#forwardAtOnce(session, verdict.account, to, why)) return;
    const fault = offerFault(session.request, this.mediaOf(verdict.account).local);
    if (fault !== undefined) {
      log.info({ source: source?.address }, `refused ${remote.uri}: ${fault.status}, ${fault.why}`);
      session.reject(fault.status);
      return;
    }
    if (session.replaces !== undefined) {
      this.#takeOver(session, session.replaces, verdict.account, party);
      return;
    }
    if (verdict.type === "refuse") {
      log.info({ source: source?.address }, `refused ${remote.uri}: ${verdict.status} ${verdict.reason}`);
      session.reject(verdict.status, verdict.reason);
      this.#keep("missed", verdict.account, party, remote.uri, 0, clock.epochMs());
      this.#parts.changed();
      return;
    }
    session.identity = this.#identity(verdict.account);
    const call = this.#add("in", { account: verdict.account, remote: party, target: remote.uri });
    log.info({ call: call.id, account: verdict.account }, `call ${call.id}: incoming from ${remote.uri}`);
    if (this.current?.state.name === "ended") this.current.dismiss();
    if (this.current === undefined) this.#currentId = call.id;
    call.attach(session);
    if (call.state.name !== "incoming") return;
    session.ring();
    this.#giveUpLater(call, "phone_setting.ringing_timeout");
    if (forwards.noAnswer !== "")
      this.#wait(call, ringBeforeForward(settings, call.account), () => {
        if (this.forward(call, forwards.noAnswer, "no-answer") === undefined) return;
        log.warn({ account: call.account }, `cannot forward call ${call.id} to "${forwards.noAnswer}"`);
        this.#giveUpLater(call, "phone_setting.ringing_timeout");
      });
    if (verdict.autoAnswer)
      clock.after(1000 * settings.number("features.auto_answer_delay"), () => {
        if (call.state.name === "incoming" && !this.#parts.engaged()) this.#parts.autoAnswer(call);
      });
    this.#parts.changed();
  }

  /**
   * Sends a ringing call elsewhere (CAL-30, CAL-35).
   *
   * @returns why that cannot be, or undefined.
   */
  forward(call: Call, to: string, reason: ForwardReason = "deflection"): string | undefined {
    const { session, account } = call;
    const target = this.uriOf(to, account);
    if (session === undefined || target.type === "refused") return target.type === "refused" ? target.why : "No call";
    this.#parts.log.info({ call: call.id, account }, `call ${call.id}: forwarded to ${target.uri}`);
    call.forward([target.uri], this.#diversion(session, account, reason));
    return undefined;
  }

  /** False where the target makes no sense: then it rings here. */
  #forwardAtOnce(session: Session, account: number, to: string, reason: ForwardReason): boolean {
    const { log, clock } = this.#parts;
    const { remote } = session;
    const target = this.uriOf(to, account);
    if (target.type === "refused") {
      log.warn({ account }, `cannot forward ${remote.uri} to "${to}": ${target.why}`);
      return false;
    }
    log.info({ account }, `${remote.uri} forwarded to ${target.uri}`);
    session.reject(302, "Moved Temporarily", [target.uri], this.#diversion(session, account, reason));
    this.#keep("forwarded", account, partyOf(remote), remote.uri, 0, clock.epochMs());
    this.#parts.changed();
    return true;
  }

  #diversion(session: Session, account: number, reason: ForwardReason) {
    if (!this.#parts.settings.flag("features.fwd_diversion_enable")) return [];
    return diversionHeaders(session.request, this.#identity(account).aor, reason);
  }

  /** An INVITE with Replaces (RFC 3891): it takes the place of a call that goes on, without ringing; held stays held. */
  #takeOver(session: Session, replaced: Session, account: number, remote: PartyView): void {
    const old = this.#list.find((c) => c.session === replaced);
    if (old === undefined) {
      session.reject(481);
      return;
    }
    session.identity = this.#identity(account);
    const call = this.#add("in", { account, remote, target: session.remote.uri });
    this.#parts.log.info({ call: call.id }, `call ${call.id}: ${session.remote.uri} takes the place of call ${old.id}`);
    const { address, local, ...ports } = this.mediaOf(account);
    const media = { address, ...ports, local: { ...local, hold: old.heldHere } };
    if (this.#currentId === old.id) this.#currentId = call.id;
    call.attach(session);
    // Nobody hears it ring; the caller learns that the 200 waits for a stream only.
    session.ring();
    this.conference.replace(old, call);
    old.giveWay();
    void call.answer(media);
  }

  #verdict({ request, source }: Session): Verdict {
    const { settings, accounts } = this.#parts;
    return decideIncoming(
      {
        requestUser: request.requestUri?.user ?? "",
        toUser: request.to?.parsedUri?.user ?? "",
        source: source?.address ?? "",
        secure: source?.transport === "tls",
      },
      {
        accounts: accounts.incoming,
        defaultAccount: settings.number("static.features.default_account"),
        directIp: settings.flag("features.direct_ip_call_enable"),
        directIpAutoAnswer: settings.flag("features.ip_call.auto_answer.enable"),
        dnd: settings.flag("features.dnd.enable"),
        dndStatus: settings.number("features.dnd_refuse_code"),
        callWaiting: settings.flag("call_waiting.enable"),
        busyStatus: 486,
        calls: this.#list.filter((c) => c.state.name !== "ended").length,
        mostCalls,
      },
    );
  }

  /** What to open and offer for a call of an account. */
  mediaOf(account: number): CallMedia {
    const { settings, address, nat } = this.#parts;
    return {
      address,
      ...rtpPorts(settings),
      nat: nat === undefined ? undefined : () => nat.choice(account),
      local: {
        address,
        codecs: codecsOf(settings, account),
        dtmfType: dtmfTypeOf(settings, account),
        ptimeMs: ptimeOf(settings, account),
        hold: false,
      },
    };
  }

  /** Who we are in a call that needs no account (ACC-31), too. */
  #identity(account: number): Identity {
    const own = this.#parts.accounts.identity(account);
    if (own !== undefined) return own;
    const { address, name } = this.#parts;
    const host = address.includes(":") ? `[${address}]` : address;
    return { aor: `sip:${name}@${host}`, displayName: name, contactUser: name, route: [] };
  }

  #add(direction: "in" | "out", facts: Omit<CallFacts, "id" | "direction">): Call {
    const { clock, media, log } = this.#parts;
    const call = new Call(
      { clock, media, log, changed: (c) => this.#changed(c), referred: (c, referral) => this.#referred(c, referral) },
      { ...facts, id: this.#nextId++, direction },
    );
    this.#list = [...this.#list, call];
    return call;
  }

  /** CAL-41: what nobody answers, here or there, does not go on for ever. */
  #giveUpLater(call: Call, parameter: string): void {
    const seconds = this.#parts.settings.number(parameter);
    if (seconds > 0) this.#wait(call, 1000 * seconds, () => call.giveUp());
  }

  #wait(call: Call, ms: number, run: () => void): void {
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
        this.#wait(call, this.#shownMs(state.by), () => call.dismiss());
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
    this.#parts.changed();
  }

  #remove(call: Call, state: Extract<CallState, { name: "gone" }>): void {
    // Told twice where the person and the far end end it in the same moment.
    if (!this.#list.includes(call)) return;
    this.#list = this.#list.filter((c) => c !== call);
    this.#waitNoMore(call);
    if (this.#currentId === call.id)
      this.#currentId = (this.#list.find((c) => c.running) ?? this.ringing ?? this.#list.at(-1))?.id;
    const kind = call.direction === "out" ? "placed" : state.outcome === "elsewhere" ? "received" : state.outcome;
    this.#keep(kind, call.account, call.remote, call.target, state.talkedMs, call.startedEpochMs);
  }

  #shownMs(by: "local" | "remote" | "failed"): number {
    if (by === "local") return shownMs.remote;
    if (by === "failed") return this.#parts.lifted() ? shownMs.failedLifted : shownMs.failed;
    return Math.max(shownMs.remote, 1000 * this.#parts.settings.number("features.busy_tone_delay"));
  }

  #keep(
    kind: CallLogEntry["kind"],
    account: number,
    remote: PartyView,
    target: string,
    talkedMs: number,
    atEpochMs: number,
  ): void {
    if (kind === "missed") this.#missed++;
    if (!this.#parts.settings.flag("features.save_call_history")) return;
    this.#parts.callLog.add({ kind, account, remote, target, atEpochMs, talkedMs });
  }
}

function partyOf(remote: { displayName: string; uri: string }): PartyView {
  return { name: remote.displayName, number: bare(remote.uri).replace(/@.*$/s, "") };
}

/** A URI without its scheme and parameters, a number as it stands. */
function bare(text: string): string {
  return text.replace(/^(sips?|tel):/i, "").replace(/;.*$/s, "");
}
