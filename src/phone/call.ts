/** One call: its SIP session, its media stream, and what a person sees of it. The keys are phone.ts. */
import { reasonOf } from "../base/error.ts";
import type { LocalMedia, NegotiatedMedia } from "../sdp/media.ts";
import type { Session } from "../sip/session.ts";
import type { SessionState } from "../sip/session-state.ts";
import type { CallFacts, CallMedia, CallParts, Consults, Passing } from "./call-parts.ts";
import { endReasonOf, isOverTls } from "./call-security.ts";
import { type CallInput, type CallState, nextCall } from "./call-state.ts";
import { phaseOf } from "./call-view.ts";
import { type DtmfWay, infoOf } from "./dtmf-info.ts";
import { Handover } from "./handover.ts";
import { tell } from "./ports.ts";
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
  #stream: number | undefined;
  #negotiated: NegotiatedMedia | undefined;
  #passing: Passing = { name: "none" };
  #peer: "heard" | "silenced" = "heard";
  /** What was said of our sound before anybody answered. */
  #described: Promise<LocalMedia | undefined> | undefined;
  readonly #diverted: string;
  readonly #called: string | undefined;
  /** It comes about with encrypted media or not at all. */
  #compulsory = false;
  /** Only a code for the server: no list of calls shows it. */
  readonly unlisted: boolean;
  #answered: "no" | "yes" = "no";
  #listens = false;

  constructor(parts: CallParts, facts: CallFacts) {
    this.#parts = parts;
    this.id = facts.id;
    this.account = facts.account;
    this.place = facts.place;
    this.direction = facts.direction;
    this.target = facts.target;
    this.consults = facts.consults;
    this.#diverted = facts.diverted ?? "";
    this.#called = facts.called;
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
    return this.#stream;
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
    if (this.#state.name === "ended" && this.#state.by === "local") return "done";
    if (this.#passing.name === "failed") return "failed";
    if (this.#passing.name !== "transferring") return "none";
    return this.#passing.attended ? "attended" : "blind";
  }

  /** Sound flows: the far end is heard, the microphone may be sent. */
  get audible(): boolean {
    if (this.#negotiated === undefined || this.#stream === undefined) return false;
    if (this.#passing.name === "referred") return false;
    if (this.#state.name === "connecting" || this.#state.name === "ringback") return true;
    return this.#state.name === "talking" && !this.#holds;
  }

  /** Our offer is out: whoever answers it may be heard before its answer is here (RFC 3264 §5.1). */
  get listens(): boolean {
    return this.#listens && (this.#state.name === "connecting" || this.#state.name === "ringback");
  }

  /** It is being set up or goes on, and is not held here: there is one such call at most. */
  get running(): boolean {
    if (this.#passing.name === "referred") return false;
    switch (this.#state.name) {
      case "preparing":
      case "connecting":
      case "ringback":
      case "answering":
        return true;
      case "talking":
        return !this.#holds;
      case "incoming":
      case "ended":
      case "gone":
        return false;
      default:
        return this.#state satisfies never;
    }
  }

  /** Our person holds it. */
  get heldHere(): boolean {
    return this.#state.name === "talking" && this.#holds;
  }

  get held(): "none" | "local" | "remote" | "both" {
    const local = this.#holds;
    const remote = this.#session?.remoteHold === true;
    return local ? (remote ? "both" : "local") : remote ? "remote" : "none";
  }

  /** Opens the stream, then `invite` makes the session with the description to offer. */
  async start(media: CallMedia, invite: (local: LocalMedia) => Session): Promise<void> {
    const local = await this.#open(media);
    if (local === undefined) return;
    // The person may have hung up meanwhile.
    if (this.state.name !== "preparing") return this.#closeStream();
    const session = invite(local);
    this.#session = session;
    this.#listen(local);
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
    else if (name === "ended" || name === "gone") this.#closeStream();
  }

  async answer(media: CallMedia): Promise<void> {
    if (this.#state.name !== "incoming") return;
    this.#apply({ type: "answer" });
    const local = await (this.#described ?? this.#open(media));
    if (local === undefined) this.#session?.reject(500);
    // The caller may have given up meanwhile.
    else if (this.state.name !== "answering") this.#closeStream();
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
        this.#apply({ type: "terminated", by: "local", status: 480, why: "", elsewhere: false });
        return;
      case "connecting":
      case "ringback":
        this.#apply({
          type: "terminated",
          by: "failed",
          status: 408,
          why: this.#parts.endReason(408, ""),
          elsewhere: false,
        });
        this.#session?.hangUp();
        return;
      default:
        return;
    }
  }

  /** The call cannot even be tried. */
  fail(why: string): void {
    this.#apply({ type: "terminated", by: "failed", status: 0, why, elsewhere: false });
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
    this.#takeBack();
    if (to instanceof Call) to.#passing = { name: "offered" };
    const handover = new Handover(this.#parts.clock, session.transfer(other), (outcome) => {
      if (to instanceof Call && to.#passing.name === "offered") to.#passing = { name: "none" };
      if (outcome.name === "failed") {
        this.#passing = { name: "failed", why: outcome.why };
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
      if (to instanceof Call) to.hangUp();
    });
    // It may have been over at once.
    if (this.#passing.name !== "failed" && this.#state.name === "talking")
      this.#passing = { name: "transferring", to: shown, attended: to instanceof Call, handover };
    this.#parts.changed(this);
  }

  /** The far end sent us on to somebody: until that fails, this call is neither heard nor said anything in. */
  sentOn(on: boolean): void {
    this.#passing = on ? { name: "referred" } : { name: "none" };
    this.#parts.changed(this);
  }

  /** Another INVITE takes its place (RFC 3891): its end is that call's beginning, nothing to show. */
  giveWay(): void {
    this.#passing = { name: "offered" };
    this.#parts.changed(this);
  }

  #takeBack(): void {
    if (this.#passing.name === "transferring") this.#passing.handover.drop();
    if (this.#passing.name !== "offered") this.#passing = { name: "none" };
  }

  /** Somebody read that the transfer failed. */
  forgetFailure(): void {
    if (this.#passing.name !== "failed") return;
    this.#passing = { name: "none" };
    this.#parts.changed(this);
  }

  dismiss(): void {
    this.#apply({ type: "dismiss" });
  }

  hold(on: boolean): void {
    if (this.#state.name !== "talking" || this.#session === undefined) return;
    if (!on) this.#takeBack();
    this.#peer = "heard";
    if (on !== this.#session.localHold)
      if (on) this.#session.hold();
      else this.#session.resume();
    this.#parts.changed(this);
  }

  /** The far end is asked to send nothing, and hears us all the same (CP8-02): sendonly, as with a hold (RFC 3264 §8.4). */
  silencePeer(on: boolean): void {
    if (this.#state.name !== "talking" || this.#session === undefined || this.#holds) return;
    if (on === (this.#peer === "silenced")) return;
    this.#peer = on ? "silenced" : "heard";
    this.#session.setHold(on, "sendonly");
    this.#parts.changed(this);
  }

  /** Our person has put the call aside. */
  get #holds(): boolean {
    return this.#session?.localHold === true && this.#peer === "heard";
  }

  /** Our address has changed (NET-42): the stream is opened anew, and the far end told by a re-INVITE. */
  async move(media: CallMedia): Promise<void> {
    const session = this.#session;
    switch (this.#state.name) {
      case "preparing":
      case "connecting":
      case "ringback":
        // What the far end says to our INVITE goes to where that came from.
        this.fail("Network changed");
        session?.hangUp();
        return;
      case "talking":
        break;
      default:
        return;
    }
    if (session === undefined) return;
    this.#closeStream();
    this.#parts.changed(this);
    const local = await this.#open(media);
    if (local === undefined) session.hangUp();
    // The person may have hung up meanwhile.
    else if (this.#state.name !== "talking") this.#closeStream();
    else {
      if (this.#negotiated !== undefined) this.#onMedia(this.#negotiated);
      session.setMedia({ ...local, hold: session.localHold });
      this.#parts.changed(this);
    }
  }

  /** A digit in the call; false where there is no stream to send it in. */
  digit(digit: string, durationMs: number, way: DtmfWay): boolean {
    const { log, media } = this.#parts;
    if (this.#stream === undefined || !this.audible) return false;
    if (way.media) tell(log, media.sendDtmf(this.#stream, digit, durationMs));
    if (way.info !== undefined && this.#session !== undefined)
      void this.#session.send("INFO", infoOf(digit, durationMs, way.info)).then((outcome) => {
        const status = "response" in outcome ? outcome.response.status : 0;
        if (status < 200 || status > 299)
          log.warn({ call: this.id, status }, `call ${this.id}: the digit ${digit} was not taken by INFO`);
      });
    return true;
  }

  view(current: boolean, conference: boolean): CallView {
    return {
      id: this.id,
      account: this.account,
      place: this.place,
      direction: this.direction,
      remote: this.#remote,
      phase: phaseOf(this.#state, this.held),
      codec: this.#negotiated?.codec.toUpperCase() ?? "",
      encrypted: this.#negotiated?.security !== undefined,
      current,
      conference,
      ...(this.#peer === "silenced" ? { peerMuted: true } : {}),
      ...(this.#called === undefined ? {} : { called: this.#called }),
      ...(this.#diverted === "" ? {} : { diverted: this.#diverted }),
      ...(this.#passing.name === "transferring" ? { transfer: { name: "transferring", to: this.#passing.to } } : {}),
      ...(this.#passing.name === "referred" ? { transfer: { name: "sent on" } } : {}),
      ...(this.#passing.name === "failed" ? { transfer: this.#passing } : {}),
    };
  }

  /** The life of its keys nears its end. */
  renewKeys(seed: Uint8Array): void {
    this.#parts.log.info({ call: this.id }, `call ${this.id}: new keys`);
    this.#session?.renewKeys(seed);
  }

  async #open(media: CallMedia): Promise<LocalMedia | undefined> {
    try {
      const { address, portMin, portMax, local } = media;
      this.#compulsory = local.srtp?.mode === "compulsory";
      const port = await this.#parts.media.openStream(this.id, { address, portMin, portMax });
      this.#stream = this.id;
      return { ...local, port, ...(await this.#outside(media)) };
    } catch (error) {
      this.#parts.log.error({ call: this.id }, `call ${this.id}: ${reasonOf(error)}`);
      this.#apply({ type: "terminated", by: "failed", status: 0, why: reasonOf(error), elsewhere: false });
      return undefined;
    }
  }

  /** Where the stream is reached from outside, where that is not where it is. */
  async #outside({ nat }: CallMedia): Promise<Partial<LocalMedia>> {
    const choice = await nat?.();
    if (choice === undefined || this.#stream === undefined) return {};
    const { rtp, rtcp, ice } = await this.#parts.media.gather(this.#stream, choice);
    return { ...rtp, rtcp, ice };
  }

  /** Not where sound shall be encrypted: by which key, the answer says. */
  #listen({ codecs, ptimeMs, srtp }: LocalMedia): void {
    const [first] = codecs;
    if (first === undefined || srtp !== undefined || this.#stream === undefined) return;
    this.#listens = true;
    const receive = codecs.map(({ name, payloadType }) => ({ codec: name, payloadType }));
    tell(
      this.#parts.log,
      this.#parts.media.configureStream(this.#stream, {
        ...{ remote: { address: "", port: 0, rtcpPort: 0 }, direction: "recvonly", dtmf: undefined },
        ...{ codec: first.name, payloadType: first.payloadType, ptimeMs, receive },
      }),
    );
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
    switch (state.name) {
      case "proceeding":
        this.#apply({ type: "progress", status: state.status });
        return;
      case "established":
        this.#apply({ type: "established" });
        return;
      case "terminated":
        // Who was handed over may end the call before it reports, or instead (guide's flow 6).
        if (this.#passing.name === "transferring" && state.by === "remote") this.#apply({ type: "transferred" });
        // Another call has taken its place already: there is no end to show.
        if (this.#passing.name === "offered" || this.#passing.name === "referred") this.#apply({ type: "hang-up" });
        this.#apply({
          type: "terminated",
          by: state.by,
          status: state.status,
          why: endReasonOf(state.status, state.reason, this.#compulsory, this.#parts.endReason),
          elsewhere: state.elsewhere,
        });
        return;
      default:
        return;
    }
  }

  #onMedia(negotiated: NegotiatedMedia): void {
    this.#negotiated = negotiated;
    // Nobody answered yet: the caller shall hear nothing of the room.
    if (this.#state.name === "incoming") return;
    const { remoteHold: _, ...settings } = negotiated;
    const { request } = this.#session ?? {};
    if (negotiated.security !== undefined && request !== undefined && !isOverTls(request)) this.#parts.exposed(this);
    if (this.#stream !== undefined) tell(this.#parts.log, this.#parts.media.configureStream(this.#stream, settings));
    this.#parts.changed(this);
  }

  #apply(input: CallInput): void {
    const next = nextCall(this.#state, input, this.#parts.clock.now());
    if (next === this.#state) return;
    this.#state = next;
    if (next.name === "talking") this.#answered = "yes";
    if (next.name === "ended" || next.name === "gone") {
      this.#closeStream();
      this.#takeBack();
    }
    this.#parts.changed(this);
  }

  #closeStream(): void {
    const stream = this.#stream;
    this.#stream = undefined;
    if (stream !== undefined) tell(this.#parts.log, this.#parts.media.closeStream(stream));
  }
}
