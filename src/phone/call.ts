/** One call: its SIP session, its media stream, and what a person sees of it. The keys are phone.ts. */
import { reasonOf } from "../base/error.ts";
import type { LocalMedia, NegotiatedMedia } from "../sdp/media.ts";
import type { Session } from "../sip/session.ts";
import type { SessionState } from "../sip/session-state.ts";
import { CallHold } from "./call-hold.ts";
import type { CallFacts, CallMedia, CallParts, Consults } from "./call-parts.ts";
import { endReasonOf, isOverTls } from "./call-security.ts";
import { type CallInput, type CallState, goesOn, nextCall, over } from "./call-state.ts";
import { CallStream } from "./call-stream.ts";
import { phaseOf, viewOfFacts } from "./call-view.ts";
import { type DtmfWay, sendInfo } from "./dtmf-info.ts";
import { HoldMusic } from "./hold-music.ts";
import { Passing } from "./passing.ts";
import type { CallView, PartyView } from "./state.ts";

export class Call {
  readonly id: number;
  readonly account: number;
  /** Of its line key among those of the account, from 1. */
  readonly place: number;
  readonly direction: "in" | "out";
  /** What was dialled, or what to dial to call back. */
  readonly target: string;
  /** The call that waits for this one's outcome, and what for (CAL-48, CAL-49, CAL-55). */
  readonly consults: Consults | undefined;
  readonly startedEpochMs: number;
  #remote: PartyView;
  #state: CallState;
  #parts: CallParts;
  #session: Session | undefined;
  readonly #stream: CallStream;
  #negotiated: NegotiatedMedia | undefined;
  readonly #passing = new Passing();
  readonly #hold: CallHold;
  /** What was said of our sound before anybody answered. */
  #described: Promise<LocalMedia | undefined> | undefined;
  readonly #facts: CallFacts;
  /** It comes about with encrypted media or not at all. */
  #compulsory = false;
  /** Only a code for the server: no list of calls shows it. */
  readonly unlisted: boolean;
  #answered: "no" | "yes" = "no";
  #listens = false;

  constructor(parts: CallParts, facts: CallFacts) {
    this.#parts = parts;
    this.id = facts.id;
    const session = () => this.#session;
    const { clock, log, music } = parts;
    this.#hold = new CallHold(session, new HoldMusic({ clock, log, id: facts.id, session, server: music }));
    this.#stream = new CallStream(facts.id, parts.media, parts.log);
    this.account = facts.account;
    this.place = facts.place;
    this.direction = facts.direction;
    this.target = facts.target;
    this.consults = facts.consults;
    this.#facts = facts;
    this.unlisted = facts.unlisted === true;
    this.#remote = facts.remote;
    this.startedEpochMs = parts.clock.epochMs();
    const sinceMs = parts.clock.now();
    this.#state =
      facts.direction === "out" ? { name: "preparing", sinceMs } : { name: "incoming", sinceMs, silenced: false };
  }

  get state(): CallState {
    return this.#state;
  }

  get stream(): number | undefined {
    return this.#stream.number;
  }

  get session(): Session | undefined {
    return this.#session;
  }

  /** Where its INVITE came from; undefined for calls of ours. */
  get peerAddress(): string | undefined {
    return this.#session?.source?.address;
  }

  get remote(): PartyView {
    return this.#remote;
  }

  /** Somebody took it, or the server did. */
  get answered(): boolean {
    return this.#answered === "yes";
  }

  /** Whether and how it is being handed to somebody else, or what became of that. */
  get transferring(): "none" | "blind" | "attended" | "failed" | "done" {
    return this.#state.name === "ended" && this.#state.by === "local" ? "done" : this.#passing.standing;
  }

  /** Sound flows: the far end is heard, the microphone may be sent. */
  get audible(): boolean {
    if (this.#negotiated === undefined || this.stream === undefined) return false;
    if (this.#passing.name === "referred") return false;
    if (this.#state.name === "connecting" || this.#state.name === "ringback") return true;
    return this.#state.name === "talking" && !this.#hold.here;
  }

  /** Our offer is out: whoever answers it may be heard before its answer is here (RFC 3264 §5.1). */
  get listens(): boolean {
    return this.#listens && (this.#state.name === "connecting" || this.#state.name === "ringback");
  }

  /** It is being set up or goes on, and is not held here: there is one such call at most. */
  get running(): boolean {
    return this.#passing.name !== "referred" && goesOn(this.#state) && !this.heldHere;
  }

  /** Our person holds it. */
  get heldHere(): boolean {
    return this.#state.name === "talking" && this.#hold.here;
  }

  get held(): "none" | "local" | "remote" | "both" {
    return this.#hold.who;
  }

  /** Opens the stream, then `invite` makes the session with the description to offer. */
  async start(media: CallMedia, invite: (local: LocalMedia) => Session): Promise<void> {
    const local = await this.#open(media);
    if (local === undefined) return;
    // The person may have hung up meanwhile.
    if (this.state.name !== "preparing") return this.#stream.close();
    const session = invite(local);
    this.#session = session;
    this.#listens = this.#stream.listen(local);
    this.#apply({ type: "invited" });
    this.#follow(session);
  }

  /** An INVITE that came: it rings until `answer`. */
  attach(session: Session): void {
    this.#follow(session);
    this.#parts.changed(this);
  }

  /**
   * Says while it rings where the call's sound goes, so that the answer need not (ACC-34). Sound itself waits for the
   * answer.
   */
  async describe(media: CallMedia): Promise<void> {
    this.#described = this.#open(media);
    const local = await this.#described;
    const { name } = this.#state;
    if (local === undefined) this.#session?.reject(500);
    else if (name === "incoming") this.#session?.ring(180, local);
    else if (name === "ended" || name === "gone") this.#stream.close();
  }

  async answer(media: CallMedia): Promise<void> {
    if (this.#state.name !== "incoming") return;
    this.#apply({ type: "answer" });
    const local = await (this.#described ?? this.#open(media));
    if (local === undefined) this.#session?.reject(500);
    // The caller may have given up meanwhile.
    else if (this.state.name !== "answering") this.#stream.close();
    else this.#session?.answer(local);
  }

  /** RTP came, or stopped: before the answer it replaces our own ring-back tone (RFC 3960 §3.2, feature row CAL-38). */
  receiving(on: boolean): void {
    this.#apply({ type: "early-media", on });
  }

  silence(): void {
    this.#apply({ type: "silence" });
  }

  /** With the status's own reason phrase (CAL-20). */
  reject(status: number): void {
    if (this.#state.name !== "incoming") return;
    // The person's word first: what the session then says of its end would be a missed call.
    this.#apply({ type: "reject" });
    this.#session?.reject(status);
  }

  /** Nobody answered for too long: here that is a missed call, there it is a call that failed. */
  giveUp(): void {
    switch (this.#state.name) {
      case "incoming":
        this.#session?.reject(480, "Temporarily Unavailable");
        this.#apply(over("local", 480, ""));
        return;
      case "connecting":
      case "ringback":
        this.#apply(over("failed", 408, this.#parts.endReason(408, "")));
        this.#session?.hangUp();
        return;
      default:
        return;
    }
  }

  /** The call cannot even be tried. */
  fail(why: string): void {
    this.#apply(over("failed", 0, why));
  }

  hangUp(): void {
    const session = this.#session;
    this.#apply({ type: "hang-up" });
    session?.hangUp();
  }

  /** 302: the caller is sent elsewhere; with several, the first that answers (RFC 3261 §21.3.3). */
  forward(contacts: readonly string[], headers: readonly (readonly [string, string])[]): void {
    if (this.#state.name !== "incoming") return;
    this.#apply({ type: "forward" });
    this.#session?.reject(302, "Moved Temporarily", contacts, headers);
  }

  /**
   * Hands the far end to a URI, or to the far end of another call that is up (RFC 5589 §6 and §7). `failed` is told why
   * nothing came of it: then the call is as it was, held.
   */
  transfer(to: string | Call, shown: string, failed: (why: string) => void): void {
    const session = this.#session;
    const other = typeof to === "string" ? to : to.session;
    if (session === undefined || other === undefined || this.#state.name !== "talking") return;
    this.#passing.takeBack();
    const attended = to instanceof Call;
    if (attended) to.#passing.offer();
    this.#passing.handOver(this.#parts.clock, session.transfer(other), { to: shown, attended }, (outcome) => {
      if (attended) to.#passing.offerNoMore();
      if (outcome.name === "failed") {
        this.#parts.log.warn(
          { call: this.id },
          `call ${this.id}: could not be transferred to ${shown}: ${outcome.why}`,
        );
        this.#parts.changed(this);
        failed(outcome.why);
        return;
      }
      this.#apply({ type: "transferred" });
      session.hangUp();
      if (attended) to.hangUp();
    });
    this.#parts.changed(this);
  }

  /** The far end sent us on to somebody: until that fails, this call is neither heard nor said anything in. */
  sentOn(on: boolean): void {
    this.#passing.refer(on);
    this.#parts.changed(this);
  }

  /** Another INVITE takes its place (RFC 3891): its end is that call's beginning, nothing to show. */
  giveWay(): void {
    this.#passing.offer();
    this.#parts.changed(this);
  }

  /** Somebody read that the transfer failed. */
  forgetFailure(): void {
    if (this.#passing.forgetFailure()) this.#parts.changed(this);
  }

  dismiss(): void {
    this.#apply({ type: "dismiss" });
  }

  hold(on: boolean): void {
    if (this.#state.name !== "talking" || this.#session === undefined) return;
    if (!on) this.#passing.takeBack();
    this.#hold.set(on);
    this.#parts.changed(this);
  }

  /** The others of a conference do not hear this one (CP8-02). */
  silencePeer(on: boolean): void {
    if (this.#state.name !== "talking" || this.#session === undefined) return;
    if (this.#hold.silencePeer(on)) this.#parts.changed(this);
  }

  /** Our address has changed (NET-42): the stream is opened anew, and the far end told by a re-INVITE. */
  async move(media: CallMedia): Promise<void> {
    const session = this.#session;
    if (this.#state.name !== "talking") {
      if (!goesOn(this.#state) || this.#state.name === "answering") return;
      // What the far end says to our INVITE goes to where that came from.
      this.fail("Network changed");
      session?.hangUp();
      return;
    }
    if (session === undefined) return;
    this.#stream.close();
    this.#parts.changed(this);
    const local = await this.#open(media);
    if (local === undefined) session.hangUp();
    // The person may have hung up meanwhile.
    else if (this.#state.name !== "talking") this.#stream.close();
    else {
      if (this.#negotiated !== undefined) this.#onMedia(this.#negotiated);
      session.setMedia({ ...local, hold: session.localHold });
      this.#parts.changed(this);
    }
  }

  /** A digit in the call; false where there is no stream to send it in. */
  digit(digit: string, durationMs: number, way: DtmfWay): boolean {
    if (!this.audible) return false;
    if (way.media) this.#stream.sendDtmf(digit, durationMs);
    if (way.info !== undefined && this.#session !== undefined)
      void sendInfo(this.#session, digit, durationMs, way.info).then((status) => {
        if (status < 200 || status > 299)
          this.#parts.log.warn({ call: this.id, status }, `call ${this.id}: the digit ${digit} was not taken by INFO`);
      });
    return true;
  }

  view(current: boolean, conference: boolean): CallView {
    const { remote, held } = this;
    const { codec, security } = this.#negotiated ?? {};
    return {
      ...{ ...viewOfFacts(this.#facts), remote, phase: phaseOf(this.#state, held), current, conference },
      ...{ codec: codec?.toUpperCase() ?? "", encrypted: security !== undefined },
      ...(this.#hold.peerSilenced ? { peerMuted: true } : {}),
      ...this.#passing.view,
    };
  }

  /** The life of its keys nears its end. */
  renewKeys(seed: Uint8Array): void {
    this.#parts.log.info({ call: this.id }, `call ${this.id}: new keys`);
    this.#session?.renewKeys(seed);
  }

  async #open(media: CallMedia): Promise<LocalMedia | undefined> {
    this.#compulsory = media.local.srtp?.mode === "compulsory";
    try {
      return await this.#stream.open(media);
    } catch (error) {
      this.#parts.log.error({ call: this.id }, `call ${this.id}: ${reasonOf(error)}`);
      this.fail(reasonOf(error));
      return undefined;
    }
  }

  #follow(session: Session): void {
    this.#session = session;
    session.onState.on((state) => this.#onSession(state));
    session.onMedia.on((negotiated) => this.#onMedia(negotiated));
    session.onIdentity.on((message) => {
      this.#remote = this.#parts.connected(message) ?? this.#remote;
      this.#parts.changed(this);
    });
    session.onRefer.on((referral) => this.#parts.referred(this, referral));
    session.onRequest.on((incoming) => this.#parts.asked(this, incoming));
    session.onChangeRefused.on(({ status, reason }) => {
      this.#parts.log.warn({ call: this.id, status }, `call ${this.id}: hold or resume was refused: ${reason}`);
      this.#parts.changed(this);
    });
    this.#onSession(session.state);
  }

  #onSession(state: SessionState): void {
    if (state.name === "proceeding")
      this.#apply({ type: "progress", status: state.status, ringBack: this.#parts.bringsRingBack(state.status) });
    if (state.name === "established") this.#apply({ type: "established" });
    if (state.name !== "terminated") return;
    // Who was handed over may end the call before it reports, or instead (guide's flow 6).
    if (this.#passing.name === "transferring" && state.by === "remote") this.#apply({ type: "transferred" });
    // Another call has taken its place already: there is no end to show.
    if (this.#passing.name === "offered" || this.#passing.name === "referred") this.#apply({ type: "hang-up" });
    const why = endReasonOf(state.status, state.reason, this.#compulsory, this.#parts.endReason);
    this.#apply(over(state.by, state.status, why, state.elsewhere));
  }

  #onMedia(negotiated: NegotiatedMedia): void {
    this.#negotiated = negotiated;
    // Nobody answered yet: the caller shall hear nothing of the room.
    if (this.#state.name === "incoming") return;
    const { remoteHold: _, ...settings } = negotiated;
    const { request } = this.#session ?? {};
    if (negotiated.security !== undefined && request !== undefined && !isOverTls(request)) this.#parts.exposed(this);
    this.#stream.configure({ ...settings, quietMs: this.#parts.earlyQuietMs() });
    this.#parts.changed(this);
  }

  #apply(input: CallInput): void {
    const next = nextCall(this.#state, input, this.#parts.clock.now());
    if (next === this.#state) return;
    this.#state = next;
    if (next.name === "talking") this.#answered = "yes";
    if (next.name === "ended" || next.name === "gone") {
      this.#stream.close();
      this.#hold.close();
      this.#passing.takeBack();
    }
    this.#parts.changed(this);
  }
}
