/** INVITEs that come: refused, forwarded, put in another call's place or rung for (CAL-20 to CAL-35, RFC 3891). Who may ring is incoming.ts. */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Session } from "../sip/session.ts";
import { quote } from "../sip/syntax.ts";
import type { Accounts } from "./accounts.ts";
import type { Call } from "./call.ts";
import type { TellMoment } from "./call-moments.ts";
import { isAboutEncryption } from "./call-security.ts";
import { mostCalls } from "./call-terms.ts";
import { anonymousRefusal, type Caller, calledParty, callerOf, divertedBy, refusesAnonymous } from "./caller.ts";
import type { Calls } from "./calls.ts";
import { diversionHeaders, type ForwardReason, forwardsOf, ringBeforeForward } from "./forwarding.ts";
import { decideIncoming, type Verdict } from "./incoming.ts";
import { offerFault } from "./offer.ts";
import type { Settings } from "./ports.ts";
import { descriptionMoment } from "./settings.ts";
import type { PartyView } from "./state.ts";
import { StrangerLog } from "./stranger-log.ts";
import { isOn, mayDisturb } from "./switches.ts";

export interface ArrivalsParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly accounts: Accounts;
  readonly calls: Calls;
  /** Something is listened to already: nothing answers by itself. */
  readonly engaged: () => boolean;
  readonly autoAnswer: (call: Call) => void;
  /** Told of callers for whom nothing rings (feature row API-06). */
  readonly moment: TellMoment;
  /** Says something on the idle screen for ten seconds. */
  readonly flash: (text: string) => void;
  readonly changed: () => void;
}

export class Arrivals {
  #parts: ArrivalsParts;
  #calls: Calls;
  #strangers: StrangerLog;

  constructor(parts: ArrivalsParts) {
    this.#parts = parts;
    this.#calls = parts.calls;
    this.#strangers = new StrangerLog(parts.clock, parts.log);
  }

  /** A new INVITE: it rings, or is refused. */
  incoming(session: Session): void {
    const { settings, log, clock } = this.#parts;
    const { source, remote } = session;
    const verdict = this.#withLine(this.#verdict(session), session);
    if (verdict.type === "stranger") {
      this.#strangers.refused(`${remote.uri} at ${source?.address}`);
      session.reject(verdict.status);
      return;
    }
    const { party, uri } = callerOf(session.request, settings, verdict.account);
    if (refusesAnonymous(session.request, settings, verdict.account)) {
      log.info({ source: source?.address }, `refused ${remote.uri}: anonymous`);
      const { status, reason } = anonymousRefusal(settings);
      session.reject(status, reason);
      return;
    }
    const forwards = forwardsOf(settings, verdict.account);
    const busy = verdict.type === "ring" ? this.#calls.list.some((c) => c.state.name !== "ended") : verdict.busy;
    const [to, why]: [string, ForwardReason] =
      forwards.always !== "" ? [forwards.always, "unconditional"] : [busy ? forwards.busy : "", "user-busy"];
    if (
      to !== "" &&
      session.replaces === undefined &&
      this.#forwardAtOnce(session, verdict.account, to, why, { party, uri })
    )
      return;
    const fault = offerFault(session.request, this.#calls.terms.media(verdict.account, session.source?.address).local);
    if (fault !== undefined) {
      const encryption = isAboutEncryption(fault.why);
      log[encryption ? "warn" : "info"](
        { source: source?.address },
        `refused ${remote.uri}: ${fault.status}, ${fault.why}`,
      );
      session.reject(fault.status, "", [], [["Warning", `${fault.warningCode} offhook ${quote(fault.why)}`]]);
      if (encryption) {
        this.#parts.flash(`Call by ${party.name || party.number} refused: not encrypted`);
        this.#keepUnencrypted(verdict.account, party, uri);
      }
      return;
    }
    if (session.replaces !== undefined) {
      this.#takeOver(session, session.replaces, verdict.account, party);
      return;
    }
    if (verdict.type === "refuse") {
      log.info({ source: source?.address }, `refused ${remote.uri}: ${verdict.status} ${verdict.reason}`);
      session.reject(verdict.status, verdict.reason);
      this.#calls.keep("missed", verdict.account, party, uri, 0, clock.epochMs());
      this.#tell("missed_call", session, verdict.account, party);
      this.#parts.changed();
      return;
    }
    session.identity = this.#calls.terms.identity(verdict.account, "in");
    const diverted = divertedBy(session.request);
    const called = calledParty(session.request, settings);
    const call = this.#calls.add("in", { account: verdict.account, remote: party, target: uri, diverted, called });
    log.info({ call: call.id, account: verdict.account }, `call ${call.id}: incoming from ${remote.uri}`);
    this.#calls.arrived(call);
    call.attach(session);
    if (call.state.name !== "incoming") return;
    session.ring();
    if (descriptionMoment(settings) === "early-answer")
      void call.describe(this.#calls.terms.media(call.account, call.peerAddress));
    this.#calls.giveUpLater(call, "phone_setting.ringing_timeout");
    if (forwards.noAnswer !== "")
      this.#calls.wait(call, ringBeforeForward(settings, call.account), () => {
        if (this.forward(call, forwards.noAnswer, "no-answer") === undefined) return;
        log.warn({ account: call.account }, `cannot forward call ${call.id} to "${forwards.noAnswer}"`);
        this.#calls.giveUpLater(call, "phone_setting.ringing_timeout");
      });
    if (verdict.autoAnswer)
      clock.after(1000 * settings.number("features.auto_answer_delay"), () => {
        if (call.state.name === "incoming" && !this.#parts.engaged()) this.#parts.autoAnswer(call);
      });
    this.#parts.changed();
  }

  /** A person learns of a call that did not come about for want of encryption, on either side. */
  #keepUnencrypted(account: number, party: PartyView, uri: string): void {
    this.#parts.flash(`${party.name || party.number}: Encryption required`);
    this.#calls.keep("missed", account, party, uri, 0, this.#parts.clock.epochMs());
    this.#parts.changed();
  }

  /**
   * Sends a ringing call elsewhere (CAL-30, CAL-35).
   *
   * @returns why that cannot be, or undefined.
   */
  forward(call: Call, to: string, reason: ForwardReason = "deflection"): string | undefined {
    const { session, account } = call;
    const target = this.#calls.uriOf(to, account);
    if (session === undefined || target.type === "refused") return target.type === "refused" ? target.why : "No call";
    this.#parts.log.info({ call: call.id, account }, `call ${call.id}: forwarded to ${target.uri}`);
    call.forward([target.uri], this.#diversion(session, account, reason));
    return undefined;
  }

  /** False where the target makes no sense: then it rings here. */
  #forwardAtOnce(session: Session, account: number, to: string, reason: ForwardReason, caller: Caller): boolean {
    const { log, clock } = this.#parts;
    const { remote } = session;
    const target = this.#calls.uriOf(to, account);
    if (target.type === "refused") {
      log.warn({ account }, `cannot forward ${remote.uri} to "${to}": ${target.why}`);
      return false;
    }
    log.info({ account }, `${remote.uri} forwarded to ${target.uri}`);
    session.reject(302, "Moved Temporarily", [target.uri], this.#diversion(session, account, reason));
    this.#calls.keep("forwarded", account, caller.party, caller.uri, 0, clock.epochMs());
    this.#tell("forward_incoming_call", session, account, caller.party);
    this.#parts.changed();
    return true;
  }

  #tell(name: "missed_call" | "forward_incoming_call", session: Session, account: number, party: PartyView): void {
    const { remote, request } = session;
    const who = { remote: remote.uri, remoteName: party.name, remoteNumber: party.number };
    this.#parts.moment(name, account, { direction: "in", ...who, callId: request.callId });
  }

  #diversion(session: Session, account: number, reason: ForwardReason) {
    if (!this.#parts.settings.flag("features.fwd_diversion_enable")) return [];
    return diversionHeaders(session.request, this.#calls.terms.identity(account).aor, reason);
  }

  /** An INVITE with Replaces (RFC 3891): it takes the place of a call that goes on, without ringing; held stays held. */
  #takeOver(session: Session, replaced: Session, account: number, remote: PartyView): void {
    const old = this.#calls.list.find((c) => c.session === replaced);
    if (old === undefined) {
      session.reject(481);
      return;
    }
    session.identity = this.#calls.terms.identity(account, "in");
    const call = this.#calls.add("in", { account, remote, target: session.remote.uri });
    this.#parts.log.info({ call: call.id }, `call ${call.id}: ${session.remote.uri} takes the place of call ${old.id}`);
    const { address, local, ...ports } = this.#calls.terms.media(account);
    const media = { address, ...ports, local: { ...local, hold: old.heldHere } };
    call.attach(session);
    // Nobody hears it ring; the caller learns that the 200 waits for a stream only.
    session.ring();
    this.#calls.replace(old, call);
    // Refused for want of a codec or a stream: then the old call was never replaced (RFC 3891 §3).
    session.onState.on((state) => {
      if (state.name === "terminated" && old.state.name === "talking") old.sentOn(false);
    });
    void call.answer(media);
  }

  /** Where all line keys of the account are in use the phone is busy (ACC-30); a call that takes another's place has its key. */
  #withLine(verdict: Verdict, session: Session): Verdict {
    if (verdict.type !== "ring" || session.replaces !== undefined) return verdict;
    if (this.#calls.freePlace({ account: verdict.account }) !== undefined) return verdict;
    return { type: "refuse", account: verdict.account, status: 486, reason: "", busy: true };
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
        dnd: (account) => {
          const { number } = callerOf(request, settings, account).party;
          return isOn(settings, "dnd", account) && !mayDisturb(settings, number);
        },
        dndStatus: settings.number("features.dnd_refuse_code"),
        // Where the server waits for us, it knows whether to send a second call.
        callWaiting: settings.flag("call_waiting.enable") || settings.number("call_waiting.mode") === 1,
        busyStatus: 486,
        calls: this.#calls.list.filter((c) => c.state.name !== "ended").length,
        mostCalls,
      },
    );
  }
}
