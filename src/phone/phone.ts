/**
 * The phone: what every key means in every state. The screens are ui/; dialling, calls, accounts, sound and the choice
 * of who may ring have files of their own beside this one.
 */
import type { Jack } from "../../hal/jack.ts";
import type { Digit } from "../../hal/keypad.ts";
import type { Event } from "../base/event.ts";
import type { CallLogEntry } from "../directory/call-log.ts";
import type { MediaEvent } from "../media/protocol.ts";
import { type AccountEvent, Accounts, type AccountsParts } from "./accounts.ts";
import { PhoneAlerts } from "./alerts.ts";
import { Arrivals } from "./arrivals.ts";
import { PhoneAudio } from "./audio.ts";
import { CallKeys } from "./call-keys.ts";
import { Calls, type CallsParts } from "./calls.ts";
import { Dialler } from "./dialler.ts";
import { dtmfWayOf } from "./dtmf-info.ts";
import { forwardsOf } from "./forwarding.ts";
import { Hands } from "./hands.ts";
import { Joining } from "./joining.ts";
import { Output } from "./output.ts";
import { RegistrationWatch } from "./registration-watch.ts";
import { checkNames, requestChecks } from "./request-checks.ts";
import { dialRules } from "./settings.ts";
import { soundsOf } from "./sounds.ts";
import type { PhoneControl, PhoneView } from "./state.ts";
import { composeView, LiveView } from "./view.ts";
import { VoiceMail } from "./voice-mail.ts";

export interface PhoneParts
  extends Omit<AccountsParts, "changed" | "notice">,
    Omit<CallsParts, "changed" | "accounts" | "lifted"> {
  /** Keeps what a person chose, over restarts. */
  readonly keep: (name: string, value: string) => void;
  /** Told of what a listener threw. */
  readonly errors: (error: unknown) => void;
}

export class Phone implements PhoneControl {
  #parts: PhoneParts;
  #accounts: Accounts;
  #calls: Calls;
  #audio: PhoneAudio;
  #alerts: PhoneAlerts;
  #dial: Dialler;
  #keys: CallKeys;
  #hands: Hands;
  #arrivals: Arrivals;
  #voiceMail: VoiceMail;
  #watch: RegistrationWatch;
  #joining: Joining;
  #output = new Output();
  #network: "up" | "down" = "up";
  #live: LiveView;
  #noMoreCalls: () => void = () => {};

  constructor(parts: PhoneParts) {
    this.#parts = parts;
    this.#live = new LiveView(() => this.#look(), parts.errors);
    const changed = () => this.#live.changed();
    this.#accounts = new Accounts({ ...parts, changed, notice: (key, text) => this.notice(key, text) });
    this.#audio = new PhoneAudio({ ...parts, changed });
    this.#alerts = new PhoneAlerts(changed);
    this.#dial = new Dialler({
      clock: parts.clock,
      rules: () => dialRules(parts.settings),
      dial: ({ to, account, path, purpose }) => {
        if (path === "none" && purpose !== "forward") this.#output.choose(this.#output.preferred);
        this.#joining.dialled(to, account, purpose);
      },
      redial: () => this.redial(),
      keyTone: (digit) => parts.settings.flag("features.key_tone") && this.#audio.keyTone(digit),
      changed: () => this.#settle(),
    });
    this.#calls = new Calls({
      ...parts,
      accounts: this.#accounts,
      lifted: () => this.#output.lifted && this.#output.chosen === "handset",
      changed: () => this.#settle(),
    });
    this.#keys = new CallKeys({
      calls: this.#calls,
      settings: parts.settings,
      joining: () => this.#joining,
      listen: () => {
        this.#output.choose(this.#hands.somewhere);
        this.#dial.input({ type: "close" });
      },
    });
    this.#hands = new Hands({
      output: this.#output,
      calls: this.#calls,
      dial: this.#dial,
      keys: this.#keys,
      joining: () => this.#joining,
      engaged: () => this.#engaged,
      account: () => this.#account,
    });
    this.#arrivals = new Arrivals({
      ...parts,
      accounts: this.#accounts,
      calls: this.#calls,
      engaged: () => this.#engaged,
      autoAnswer: (call) => this.#hands.answer(call, this.#output.preferred),
      changed: () => this.#settle(),
    });
    this.#watch = new RegistrationWatch({ ...parts, accounts: this.#accounts });
    this.#voiceMail = new VoiceMail({
      ...parts,
      accounts: this.#accounts,
      uriOf: (number, account) => this.#calls.dialable(number, account),
      changed,
    });
    this.#joining = new Joining({
      calls: this.#calls,
      settings: parts.settings,
      dial: () => this.#dial.state,
      collect: (purpose, account) => this.#hands.collect(purpose, account),
      close: () => this.#dial.input({ type: "close" }),
      forward: (call, to) => this.#arrivals.forward(call, to),
      say: (text) => this.#alerts.flash(text, parts.clock),
      engaged: () => this.#engaged,
      resume: (call) => this.resume(call.id),
      changed: () => this.#settle(),
    });
  }

  /** Registers, and takes calls from now on. */
  open(): void {
    this.#audio.open();
    this.#voiceMail.open();
    this.#watch.open();
    this.#accounts.open();
    this.#checkRequests();
    this.#noMoreCalls = this.#parts.userAgent.onInvite.on((session) => this.#arrivals.incoming(session));
    this.#settle();
  }

  /** Ends all calls, then the registrations. */
  async close(): Promise<void> {
    this.#noMoreCalls();
    this.#dial.input({ type: "close" });
    for (const call of this.#calls.list) this.hangUp(call.id);
    this.#voiceMail.close();
    this.#watch.close();
    await this.#accounts.close();
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
    if (lifted) this.#hands.lift();
    else if (this.#output.chosen === "handset" && this.#engaged) this.#hands.putDown();
    this.#settle();
  }

  plug(jack: Jack, plugged: boolean): void {
    if (jack === "ethernet") {
      const back = plugged && this.#network === "down";
      this.#network = plugged ? "up" : "down";
      // The other network may know the phone by another address.
      if (back) this.#parts.userAgent.addressChanged();
    } else {
      this.#output.plugHeadset(plugged);
      if (!plugged && this.#output.chosen === "headset")
        this.#hands.moveTo(this.#output.lifted ? "handset" : "speaker");
    }
    this.#settle();
  }

  mediaEvent(event: MediaEvent): void {
    if (event.type === "receiving") this.#calls.list.find((c) => c.stream === event.stream)?.receiving(event.on);
    if (event.type !== "audio-trouble") return;
    this.#alerts.audioTrouble(event, this.#parts.log);
  }

  /** Registrations that came and went (ACC-37). */
  get onRegistration(): Event<AccountEvent> {
    return this.#accounts.onRegistration;
  }

  /** Says something on the idle screen until it is taken back with undefined. */
  notice(key: string, text: string | undefined): void {
    this.#alerts.set(key, text);
  }

  /** Names of parameters whose value changed. */
  async configured(names: ReadonlySet<string>): Promise<void> {
    this.#audio.configured(names);
    this.#settle();
    if ([...names].some((name) => checkNames.test(name))) this.#checkRequests();
    await this.#accounts.configured(names);
    this.#voiceMail.configured(names);
    this.#watch.configured(names);
  }

  #checkRequests(): void {
    const { userAgent, settings } = this.#parts;
    userAgent.validate(requestChecks(settings, () => this.#accounts.incoming));
  }

  digit(digit: Digit, down: boolean): void {
    if (!down) return;
    const call = this.#calls.active;
    if (this.#dial.state.name === "closed" && call !== undefined && call.state.name !== "ended") {
      const { settings } = this.#parts;
      const sent = call.digit(digit, settings.number("features.dtmf.duration"), dtmfWayOf(settings, call.account));
      if (sent && settings.flag("features.play_local_dtmf_tone_enable")) this.#audio.keyTone(digit);
      if (sent || this.#engaged) return;
    }
    if (this.#dial.state.name === "closed" && this.#output.lifted) this.#hands.open("handset");
    this.#dial.input({ type: "digit", digit, account: this.#account });
  }

  text(text: string): void {
    this.#dial.input({ type: "text", text, account: this.#account });
  }

  backspace(): void {
    this.#dial.input({ type: "backspace" });
  }

  send(): void {
    const call = this.#calls.current;
    // In a call there is nothing to send, and what was dialled last is not meant.
    if (this.#dial.state.name === "closed" && call !== undefined && call.state.name !== "ended") this.answer();
    else this.#dial.input({ type: "send" });
  }

  cancel(): void {
    if (this.#dial.state.name !== "closed") this.#dial.input({ type: "close" });
    else this.hangUp();
  }

  dial(to: string, account = this.#account): void {
    const path = this.#hands.somewhere;
    this.#dial.discard();
    this.#output.choose(path);
    this.#calls.place(to, this.#accounts.has(account) ? account : this.#account);
  }

  lineKey(account: number): void {
    const calls = this.#calls.list.filter((c) => c.account === account);
    const ringing = calls.find((c) => c.state.name === "incoming");
    const held = calls.find((c) => c.heldHere);
    if (ringing !== undefined) this.answer(ringing.id);
    else if (held !== undefined) this.resume(held.id);
    else if (calls.length > 0 || !this.#accounts.enabled(account)) return;
    else if (this.#dial.state.name === "collecting") this.#dial.input({ type: "account", account });
    else this.newCall(account);
  }

  answer(id?: number): void {
    const call = id === undefined ? this.#calls.ringing : this.#calls.find(id);
    if (call?.state.name === "incoming") this.#hands.answer(call, this.#hands.somewhere);
  }

  reject(id?: number): void {
    this.#keys.reject(id);
  }

  silence(): void {
    for (const call of this.#calls.list) call.silence();
  }

  hangUp(id?: number): void {
    this.#keys.hangUp(id);
  }

  hold(): void {
    this.#keys.hold();
  }

  resume(id?: number): void {
    this.#keys.resume(id);
  }

  swap(): void {
    this.#keys.swap();
  }

  newCall(account = this.#account): void {
    const path = this.#hands.somewhere;
    this.#calls.holdActive();
    this.#hands.open(path, account);
  }

  transfer(): void {
    this.#joining.transferKey();
  }

  conference(): void {
    this.#joining.conferenceKey();
  }

  split(): void {
    this.#joining.split();
  }

  forward(id?: number): void {
    this.#joining.forwardKey(id === undefined ? this.#calls.ringing : this.#calls.find(id));
  }

  selectCall(id: number): void {
    this.#keys.select(id);
  }

  redial(): void {
    const last = this.history.find((e) => e.kind === "placed");
    if (last !== undefined) this.dial(last.target, this.#accounts.enabled(last.account) ? last.account : this.#account);
  }

  toggleMute(): void {
    if (!this.#parts.settings.flag("features.allow_mute")) return;
    this.#audio.setMute(!this.#audio.mute && this.#engaged);
    this.#live.changed();
  }

  changeVolume(steps: number): void {
    this.#audio.changeVolume(steps);
    this.#live.changed();
  }

  speakerKey(): void {
    this.#hands.key("speaker");
    this.#settle();
  }

  headsetKey(): void {
    if (this.#output.headsetPlugged) this.#hands.key("headset");
    else this.#alerts.flash("No headset", this.#parts.clock);
    this.#settle();
  }

  toggleDnd(): void {
    this.#parts.keep("features.dnd.enable", this.#parts.settings.flag("features.dnd.enable") ? "0" : "1");
    this.#live.changed();
  }

  clearMissed(): void {
    this.#calls.clearMissed();
    this.#live.changed();
  }

  /** The account for a new call. */
  get #account(): number {
    const dial = this.#dial.state;
    return dial.name === "collecting" ? dial.account : this.#accounts.defaultId;
  }

  get #engaged(): boolean {
    return this.#sounds().engaged;
  }

  #sounds() {
    return soundsOf({
      dial: this.#dial.state,
      current: this.#calls.active?.state,
      calls: this.#calls.list.map((c) => c.state),
      parked: this.#hands.parked,
      waitingTone: this.#parts.settings.flag("call_waiting.tone"),
      busyToneMs: 1000 * this.#parts.settings.number("features.busy_tone_delay"),
      nowMs: this.#parts.clock.now(),
    });
  }

  /** Brings path, focus and tones in line with the state, and tells who listens. */
  #settle(): void {
    const { ear, ring, engaged } = this.#sounds();
    this.#audio.setPath(engaged ? this.#output.chosen : "none");
    this.#audio.setFocus(this.#heard());
    if (!engaged && !this.#parts.settings.flag("features.keep_mute.enable")) this.#audio.setMute(false);
    this.#audio.sound(ear, ring);
    this.#live.changed();
  }

  /** Streams that are heard and spoken into: of the active call, or of all that it is joined with (CAL-55). */
  #heard(): number[] {
    const { active, conference } = this.#calls;
    if (active === undefined || this.#dial.state.name !== "closed") return [];
    const joined = conference.has(active) ? conference.members : [active];
    return joined.flatMap((call) => (call.audible && call.stream !== undefined ? [call.stream] : []));
  }

  #look(): PhoneView {
    return composeView({
      accounts: this.#accounts.views,
      defaultAccount: this.#account,
      calls: this.#calls,
      dial: this.#dial.state,
      output: this.#output,
      network: this.#network,
      audio: this.#audio,
      dnd: this.#parts.settings.flag("features.dnd.enable"),
      forward: forwardsOf(this.#parts.settings, this.#accounts.defaultId),
      voiceMail: this.#voiceMail.view(this.#accounts.defaultId),
      notices: this.#alerts.texts,
    });
  }
}
