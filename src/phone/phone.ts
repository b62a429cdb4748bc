/**
 * The phone: what every key means in every state. The screens are ui/; dialling, calls, accounts, sound and the choice
 * of who may ring have files of their own beside this one.
 */
import type { Jack } from "../../hal/jack.ts";
import type { Digit } from "../../hal/keypad.ts";
import type { Event } from "../base/event.ts";
import type { CallLogEntry } from "../directory/call-log.ts";
import type { MediaEvent } from "../media/protocol.ts";
import type { AccountEvent } from "./accounts.ts";
import { type Assembly, assemble, type PhoneParts } from "./assembly.ts";
import { dtmfWayOf } from "./dtmf-info.ts";
import { DtmfPacer } from "./dtmf-pacer.ts";
import { pressLine } from "./line-press.ts";
import { lookAt, soundsNow, streamsHeard } from "./look.ts";
import { takeMediaEvent } from "./media-events.ts";
import { Output } from "./output.ts";
import type { Outward } from "./outward.ts";
import type { Paging } from "./paging.ts";
import type { CallQualityWatch } from "./quality.ts";
import type { PartyAct, PhoneControl, PhoneView } from "./state.ts";
import { LiveView } from "./view.ts";

export class Phone implements PhoneControl {
  #parts: PhoneParts;
  readonly #inner: Assembly;
  readonly #pacer: DtmfPacer;
  readonly #output: Output;
  #network: "up" | "down" = "up";
  #live: LiveView;
  #noMoreCalls: () => void = () => {};

  constructor(parts: PhoneParts) {
    this.#parts = parts;
    this.#pacer = new DtmfPacer(parts.clock);
    this.#output = new Output(() => parts.settings.flag("features.headset_prior"));
    this.#live = new LiveView(() => this.#look(), parts.errors);
    this.#inner = assemble(parts, this.#output, {
      settle: () => this.#settle(),
      changed: () => this.#live.changed(),
      notice: (key, text) => this.notice(key, text),
      redial: () => this.redial(),
      resume: (call) => this.resume(call.id),
      engaged: () => this.#engaged,
      account: () => this.#account,
    });
  }

  /** Registers, and takes calls from now on. */
  open(): void {
    this.#inner.outward.open();
    this.#inner.audio.open();
    this.#inner.voiceMail.open();
    this.#inner.watch.open();
    this.#inner.accounts.open();
    this.#inner.paging.listen();
    this.#noMoreCalls = this.#parts.userAgent.onInvite.on((session) => this.#inner.arrivals.incoming(session));
    this.#settle();
    this.#inner.outward.happened("setup_completed");
  }

  /** Ends all calls, then the registrations; waits for the other sides, 4 s at most. */
  async close(): Promise<void> {
    this.#noMoreCalls();
    this.#inner.outward.endOrders();
    this.#inner.dial.input({ type: "close" });
    for (const call of this.#inner.calls.list) this.hangUp(call.id);
    this.#inner.paging.close();
    this.#inner.holdTones.close();
    this.#inner.pressed.close();
    this.#inner.voiceMail.close();
    this.#inner.network.close();
    this.#inner.watch.close();
    // The BYEs are under way: they are waited for together with the registrars, or a dead server would cost both times.
    const { accounts } = this.#inner;
    await Promise.all([accounts.close(), this.#parts.userAgent.close(), this.#inner.recording.close()]);
    this.#inner.outward.close();
  }

  get view(): PhoneView {
    return this.#live.view;
  }

  onChange(listener: () => void): () => void {
    return this.#live.onChange(listener);
  }

  get history(): readonly CallLogEntry[] {
    return this.#parts.callLog.entries;
  }

  /** The hook switch. */
  handset(lifted: boolean): void {
    if (!this.#output.hook(lifted)) return;
    this.#inner.outward.happened(lifted ? "off_hook" : "on_hook");
    if (lifted) this.#inner.hands.lift();
    else if (this.#output.chosen === "handset" && this.#engaged) this.#inner.hands.layDown();
    this.#settle();
  }

  plug(jack: Jack, plugged: boolean): void {
    if (jack === "ethernet") {
      const back = plugged && this.#network === "down";
      if (back || (!plugged && this.#network === "up")) this.#inner.alerts.network(plugged ? "up" : "down");
      this.#network = plugged ? "up" : "down";
      // The other network may know the phone by another address.
      if (back) this.#parts.userAgent.addressChanged();
      // CAL-93; otherwise they wait for the cable to come back.
      if (!plugged && this.#parts.settings.flag("phone_setting.end_call_net_disconnect.enable"))
        for (const call of this.#inner.calls.list) this.hangUp(call.id);
    } else {
      this.#output.plugHeadset(plugged);
      if (!plugged && this.#output.chosen === "headset")
        this.#inner.hands.moveTo(this.#output.lifted ? "handset" : "speaker");
    }
    this.#settle();
  }

  /** The machine has another address, where SIP listens already (NET-42). */
  moved(from: string, to: string): void {
    this.#parts.userAgent.moved(from, to);
    this.#inner.calls.moved(to);
    this.#inner.paging.listen();
    this.#inner.outward.happened("ip_change");
    this.#settle();
  }

  mediaEvent(event: MediaEvent): void {
    takeMediaEvent(this.#parts, this.#inner, event);
  }

  /** Registrations that came and went (ACC-37). */
  get onRegistration(): Event<AccountEvent> {
    return this.#inner.accounts.onRegistration;
  }

  /** Moments, switches and orders: what is not about one call. */
  get outward(): Outward {
    return this.#inner.outward;
  }

  /** Pages to groups (CAL-81). */
  get paging(): Paging {
    return this.#inner.paging;
  }

  /** The quality of calls: reports, and what is shown of it. */
  get quality(): CallQualityWatch {
    return this.#inner.quality;
  }

  /** Says something on the idle screen until it is taken back with undefined. */
  notice(key: string, text: string | undefined): void {
    this.#inner.alerts.set(key, text);
  }

  /** Names of parameters whose value changed. */
  async configured(names: ReadonlySet<string>): Promise<void> {
    this.#inner.audio.configured(names);
    this.#inner.outward.switches.configured(names);
    this.#inner.paging.listen();
    this.#settle();
    await this.#inner.accounts.configured(names);
    this.#inner.outward.accountsChanged();
    this.#inner.voiceMail.configured(names);
    this.#inner.watch.configured(names);
  }

  digit(digit: Digit, down: boolean): void {
    if (!down || this.#paged) return;
    const call = this.#inner.calls.active;
    if (this.#inner.dial.state.name === "closed" && call !== undefined && call.state.name !== "ended") {
      const { settings } = this.#parts;
      const sent = call.audible && call.stream !== undefined;
      const durationMs = settings.number("features.dtmf.duration");
      const pauseMs = settings.number("features.dtmf.min_interval");
      const way = dtmfWayOf(settings, call.account);
      if (sent) this.#pacer.send(call.id, durationMs, pauseMs, () => call.digit(digit, durationMs, way));
      if (sent) this.#inner.pressed.press(call.id, digit);
      if (sent && settings.flag("features.play_local_dtmf_tone_enable")) this.#inner.audio.keyTone(digit);
      if (sent || this.#engaged) return;
    }
    if (this.#inner.dial.state.name === "closed" && this.#output.lifted) this.#inner.hands.open("handset");
    this.#inner.dial.input({ type: "digit", digit, account: this.#account });
  }

  text(text: string): void {
    this.#inner.dial.input({ type: "text", text, account: this.#account });
  }

  backspace(): void {
    this.#inner.dial.input({ type: "backspace" });
  }

  send(): void {
    const call = this.#inner.calls.current;
    // In a call there is nothing to send, and what was dialled last is not meant.
    if (this.#inner.dial.state.name === "closed" && call !== undefined && call.state.name !== "ended") this.answer();
    else this.#inner.dial.input({ type: "send" });
  }

  cancel(): void {
    if (this.#inner.dial.state.name !== "closed") this.#inner.dial.input({ type: "close" });
    else this.hangUp();
  }

  dial(to: string, account = this.#account): void {
    this.#inner.paging.end();
    const path = this.#inner.hands.somewhere;
    this.#inner.calls.takeLine(undefined);
    this.#inner.dial.discard();
    this.#output.choose(path);
    this.#inner.calls.place(to, this.#inner.accounts.has(account) ? account : this.#account);
  }

  lineKey(index: number): void {
    pressLine(this.#parts.settings, this.#inner, this, index);
  }

  answer(id?: number): void {
    const call = id === undefined ? this.#inner.calls.ringing : this.#inner.calls.find(id);
    if (call?.state.name === "incoming") this.#inner.hands.answer(call, this.#inner.hands.somewhere);
  }

  reject(id?: number): void {
    this.#inner.keys.reject(id);
  }

  silence(): void {
    for (const call of this.#inner.calls.list) call.silence();
  }

  hangUp(id?: number): void {
    const page = this.#inner.paging.view?.id;
    if (page !== undefined && (id === undefined || id === page)) this.#inner.paging.end();
    else this.#inner.keys.hangUp(id);
  }

  hold(): void {
    if (!this.#paged) this.#inner.keys.hold();
  }

  resume(id?: number): void {
    if (!this.#paged) this.#inner.keys.resume(id);
  }

  swap(): void {
    if (!this.#paged) this.#inner.keys.swap();
  }

  newCall(account = this.#account): void {
    this.#inner.paging.end();
    const path = this.#inner.hands.somewhere;
    this.#inner.calls.takeLine(undefined);
    this.#inner.calls.holdActive();
    this.#inner.hands.open(path, account);
  }

  transfer(): void {
    if (!this.#paged) this.#inner.joining.transferKey();
  }

  conference(): void {
    if (!this.#paged) this.#inner.joining.conferenceKey();
  }

  split(): void {
    this.#inner.joining.split();
  }

  party(id: number, act: PartyAct): void {
    const { joining, calls, levels } = this.#inner;
    const call = calls.find(id);
    if (act === "remove") joining.remove(call);
    else if (act === "take") joining.take(call);
    else if (act === "louder" || act === "softer") levels.change(call, act === "louder" ? 1 : -1);
    else joining.mute(call, act === "mute");
  }

  forward(id?: number): void {
    this.#inner.joining.forwardKey(id === undefined ? this.#inner.calls.ringing : this.#inner.calls.find(id));
  }

  selectCall(id: number): void {
    if (this.#inner.joining.another !== undefined) {
      this.#inner.joining.turn();
      return;
    }
    this.#inner.keys.select(id);
  }

  redial(): void {
    const last = this.history.find((e) => e.kind === "placed");
    if (last !== undefined)
      this.dial(last.target, this.#inner.accounts.enabled(last.account) ? last.account : this.#account);
  }

  toggleMute(): void {
    if (!this.#parts.settings.flag("features.allow_mute")) return;
    this.#mute(!this.#inner.audio.mute && this.#engaged);
    this.#live.changed();
  }

  record(): void {
    this.#inner.recording.toggle();
  }

  recordAtServer(): void {
    void this.#inner.recording.toggleAtServer();
  }

  changeVolume(steps: number): void {
    this.#inner.audio.changeVolume(steps);
    this.#live.changed();
  }

  speakerKey(): void {
    this.#inner.hands.key("speaker");
    this.#settle();
  }

  headsetKey(): void {
    if (this.#output.headsetPlugged) this.#inner.hands.key("headset");
    else this.#inner.alerts.flash("No headset", this.#parts.clock);
    this.#settle();
  }

  groupListen(): void {
    const { hands, alerts } = this.#inner;
    const refused = hands.listenIn(this.#parts.settings.flag("features.group_listen_in_talking_enable"));
    if (refused !== undefined) alerts.flash(refused, this.#parts.clock);
    this.#settle();
  }

  toggleDnd(): void {
    const account = this.#inner.accounts.defaultId;
    const { switches } = this.#inner.outward;
    switches.set("dnd", !switches.isOn("dnd", account), account);
    this.#live.changed();
  }

  clearMissed(): void {
    this.#inner.calls.clearMissed();
    this.#live.changed();
  }

  /** The account for a new call. */
  get #account(): number {
    const dial = this.#inner.dial.state;
    return dial.name === "collecting" ? dial.account : this.#inner.accounts.defaultId;
  }

  #mute(on: boolean): void {
    if (on === this.#inner.audio.mute) return;
    this.#inner.audio.setMute(on);
    this.#inner.outward.happened(on ? "mute" : "unmute");
  }

  get #engaged(): boolean {
    return this.#sounds().engaged;
  }

  /** A page runs: keys that are about calls do nothing. */
  get #paged(): boolean {
    return this.#inner.paging.stream !== undefined;
  }

  #sounds() {
    return soundsNow(this.#parts, this.#inner, this.#account);
  }

  /** Brings path, focus and tones in line with the state, and tells who listens. */
  #settle(): void {
    const { ear, ring, engaged } = this.#sounds();
    const before = this.#inner.audio.path;
    if (!engaged) this.#output.listenIn(false);
    this.#inner.audio.setPath(engaged ? this.#output.chosen : "none", this.#output.beside);
    this.#inner.outward.moved(before, this.#inner.audio.path);
    this.#inner.audio.setFocus(streamsHeard(this.#inner));
    if (!engaged && !this.#parts.settings.flag("features.keep_mute.enable")) this.#mute(false);
    this.#inner.audio.sound(ear, ring, this.#output.headsetPlugged);
    this.#inner.paging.look();
    this.#inner.holdTones.look();
    this.#inner.recording.look();
    this.#inner.network.look();
    this.#inner.levels.look();
    this.#live.changed();
    this.#inner.outward.look();
  }

  #look(): PhoneView {
    return lookAt(this.#parts, this.#inner, {
      output: this.#output,
      network: this.#network,
      account: this.#account,
    });
  }
}
