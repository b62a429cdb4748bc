/**
 * The phone: what every key means in every state. The screens are ui/; dialling, calls, accounts, sound and the choice
 * of who may ring have files of their own beside this one.
 */
import type { AudioPath } from "../../hal/audio.ts";
import type { Jack } from "../../hal/jack.ts";
import type { Digit } from "../../hal/keypad.ts";
import { Event } from "../base/event.ts";
import type { CallLogEntry } from "../directory/call-log.ts";
import type { MediaEvent } from "../media/protocol.ts";
import { Accounts, type AccountsParts } from "./accounts.ts";
import { PhoneAlerts } from "./alerts.ts";
import { PhoneAudio, type Transducer } from "./audio.ts";
import type { Call } from "./call.ts";
import { Calls, type CallsParts } from "./calls.ts";
import { Dialler } from "./dialler.ts";
import { dialRules } from "./settings.ts";
import { handsFree, soundsOf } from "./sounds.ts";
import type { PhoneControl, PhoneView } from "./state.ts";
import { transducerAction } from "./transducer.ts";

export interface PhoneParts
  extends Omit<AccountsParts, "changed">,
    Omit<CallsParts, "changed" | "accounts" | "lifted" | "engaged" | "autoAnswer"> {
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
  #output: Transducer = "speaker";
  #lifted = false;
  #headset = false;
  /** The headset key was pressed last, not the speaker key. */
  #headsetMode = false;
  #networkUp = true;
  #changes: Event<void>;
  #changePending = false;
  #view: PhoneView | undefined;

  constructor(parts: PhoneParts) {
    this.#parts = parts;
    this.#changes = new Event(parts.errors);
    const changed = () => this.#changed();
    this.#accounts = new Accounts({ ...parts, changed });
    this.#audio = new PhoneAudio({ ...parts, changed });
    this.#alerts = new PhoneAlerts(changed);
    this.#dial = new Dialler({
      clock: parts.clock,
      rules: () => dialRules(parts.settings),
      dial: ({ to, account, path }) => {
        if (path === "none") this.#output = this.#handsFree();
        this.#calls.place(to, account);
      },
      redial: () => this.redial(),
      keyTone: (digit) => parts.settings.flag("features.key_tone") && this.#audio.keyTone(digit),
      changed: () => this.#settle(),
    });
    this.#calls = new Calls({
      ...parts,
      accounts: this.#accounts,
      lifted: () => this.#lifted && this.#output === "handset",
      engaged: () => this.#engaged,
      autoAnswer: (call) => this.#answer(call, this.#handsFree()),
      changed: () => this.#settle(),
    });
  }

  /** Registers, and takes calls from now on. */
  open(): void {
    this.#audio.open();
    this.#accounts.open();
    this.#parts.userAgent.onInvite.on((session) => this.#calls.incoming(session));
    this.#settle();
  }

  /** Ends all calls, then the registrations. */
  async close(): Promise<void> {
    this.#dial.input({ type: "close" });
    for (const call of this.#calls.list) this.hangUp(call.id);
    await this.#accounts.close();
  }

  get view(): PhoneView {
    this.#view ??= this.#look();
    return this.#view;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  get history(): readonly CallLogEntry[] {
    return this.#parts.callLog.entries;
  }

  /** The hook switch. */
  handset(lifted: boolean): void {
    if (lifted === this.#lifted) return;
    this.#lifted = lifted;
    if (lifted) this.#lift();
    else if (this.#output === "handset") {
      if (this.#engaged) this.#putDown();
      this.#output = handsFree(this.#headsetMode, this.#headset);
    }
    this.#settle();
  }

  plug(jack: Jack, plugged: boolean): void {
    if (jack === "ethernet") {
      this.#networkUp = plugged;
    } else {
      this.#headset = plugged;
      if (!plugged && this.#output === "headset") this.#moveTo(this.#lifted ? "handset" : "speaker");
    }
    this.#settle();
  }

  mediaEvent(event: MediaEvent): void {
    if (event.type === "receiving") this.#calls.list.find((c) => c.stream === event.stream)?.receiving(event.on);
    if (event.type === "audio-trouble")
      this.#alerts.set(`audio ${event.device}`, event.lost ? `No sound: ${event.why}` : undefined);
  }

  /** Says something on the idle screen until it is taken back with undefined. */
  notice(key: string, text: string | undefined): void {
    this.#alerts.set(key, text);
  }

  /** Names of parameters whose value changed. */
  async configured(names: ReadonlySet<string>): Promise<void> {
    await this.#accounts.configured(names);
    this.#changed();
  }

  // Keys: see PhoneControl ---------------------------------------------------------------------------------------

  digit(digit: Digit, down: boolean): void {
    if (!down) return;
    const call = this.#calls.current;
    if (this.#dial.state.name === "closed" && call !== undefined && call.state.name !== "ended") {
      const sent = call.digit(digit, this.#parts.settings.number("features.dtmf.duration"));
      if (sent && this.#parts.settings.flag("features.play_local_dtmf_tone_enable")) this.#audio.keyTone(digit);
      if (sent || this.#engaged) return;
    }
    if (this.#dial.state.name === "closed" && this.#lifted) this.#open("handset");
    this.#dial.input({ type: "digit", digit, account: this.#account });
  }

  text(text: string): void {
    this.#dial.input({ type: "text", text, account: this.#account });
  }

  backspace(): void {
    this.#dial.input({ type: "backspace" });
  }

  send(): void {
    this.#dial.input({ type: "send" });
  }

  cancel(): void {
    if (this.#dial.state.name !== "closed") this.#dial.input({ type: "close" });
    else this.hangUp();
  }

  dial(to: string, account = this.#account): void {
    if (!this.#engaged) this.#output = this.#handsFree();
    this.#dial.discard();
    this.#calls.place(to, account);
  }

  lineKey(account: number): void {
    const calls = this.#calls.list.filter((c) => c.account === account);
    const ringing = calls.find((c) => c.state.name === "incoming");
    const held = calls.find((c) => c.held === "local" || c.held === "both");
    if (ringing !== undefined) this.answer(ringing.id);
    else if (held !== undefined) this.resume(held.id);
    else if (calls.length > 0 || !this.#accounts.enabled(account)) return;
    else if (this.#dial.state.name === "collecting") this.#dial.input({ type: "account", account });
    else this.newCall(account);
  }

  answer(id?: number): void {
    const call = id === undefined ? this.#calls.ringing : this.#calls.find(id);
    if (call?.state.name === "incoming") this.#answer(call, this.#engaged ? this.#output : this.#handsFree());
  }

  reject(id?: number): void {
    const call = id === undefined ? this.#calls.ringing : this.#calls.find(id);
    call?.reject(this.#parts.settings.number("features.normal_refuse_code"), "Busy Here");
  }

  silence(): void {
    for (const call of this.#calls.list) call.silence();
  }

  hangUp(id?: number): void {
    const call = id === undefined ? this.#calls.current : this.#calls.find(id);
    if (call?.state.name === "ended") call.dismiss();
    else if (call?.state.name === "incoming") this.reject(call.id);
    else call?.hangUp();
  }

  hold(): void {
    this.#calls.current?.hold(true);
  }

  resume(id?: number): void {
    const call = id === undefined ? this.#calls.current : this.#calls.find(id);
    if (call?.state.name !== "talking") return;
    if (call !== this.#calls.current) this.#calls.holdCurrent();
    this.#dial.input({ type: "close" });
    this.#calls.select(call);
    call.hold(false);
  }

  swap(): void {
    const other = this.#calls.list.find((c) => c !== this.#calls.current && c.state.name === "talking");
    if (other !== undefined) this.resume(other.id);
  }

  newCall(account = this.#account): void {
    const path = this.#engaged ? this.#output : this.#handsFree();
    this.#calls.holdCurrent();
    this.#open(path, account);
  }

  selectCall(id: number): void {
    const call = this.#calls.find(id);
    const current = this.#calls.current;
    if (call === undefined || call === current) return;
    // Looking at another call must not leave one running unseen: only a held or ringing one is left.
    const running = current?.audible === true && current.state.name === "talking";
    if (!running || call.state.name === "incoming") this.#calls.select(call);
  }

  redial(): void {
    const last = this.history.find((e) => e.kind === "placed");
    if (last !== undefined) this.dial(last.target, this.#accounts.enabled(last.account) ? last.account : this.#account);
  }

  toggleMute(): void {
    if (!this.#parts.settings.flag("features.allow_mute")) return;
    this.#audio.setMute(!this.#audio.mute && this.#engaged);
    this.#changed();
  }

  changeVolume(steps: number): void {
    this.#audio.changeVolume(steps);
    this.#changed();
  }

  speakerKey(): void {
    this.#headsetMode = false;
    this.#transducerKey("speaker");
  }

  headsetKey(): void {
    if (this.#headset) {
      this.#headsetMode = true;
      this.#transducerKey("headset");
    } else this.#alerts.flash("No headset", this.#parts.clock);
  }

  toggleDnd(): void {
    this.#parts.keep("features.dnd.enable", this.#parts.settings.flag("features.dnd.enable") ? "0" : "1");
    this.#changed();
  }

  clearMissed(): void {
    this.#calls.clearMissed();
    this.#changed();
  }

  /** The account for a new call. */
  get #account(): number {
    const dial = this.#dial.state;
    if (dial.name === "collecting") return dial.account;
    const wanted = this.#parts.settings.number("static.features.default_account");
    return this.#accounts.enabled(wanted) ? wanted : (this.#accounts.views[0]?.id ?? wanted);
  }

  get #engaged(): boolean {
    return this.#sounds().engaged;
  }

  #handsFree(): Transducer {
    return this.#lifted ? "handset" : handsFree(this.#headsetMode, this.#headset);
  }

  #sounds() {
    return soundsOf({
      dial: this.#dial.state,
      current: this.#calls.current?.state,
      calls: this.#calls.list.map((c) => c.state),
      waitingTone: this.#parts.settings.flag("call_waiting.tone"),
      busyToneMs: 1000 * this.#parts.settings.number("features.busy_tone_delay"),
      nowMs: this.#parts.clock.now(),
    });
  }

  #lift(): void {
    const ringing = this.#calls.ringing;
    if (this.#dial.state.name === "collecting" || this.#engaged) this.#moveTo("handset");
    else if (ringing !== undefined) this.#answer(ringing, "handset");
    else this.#open("handset");
  }

  /** The handset is replaced, or the key of the transducer in use is pressed again. */
  #putDown(): void {
    if (this.#dial.state.name === "collecting") this.#dial.input({ type: "close" });
    const call = this.#calls.current;
    if (call !== undefined && call.state.name !== "incoming" && call.held !== "local" && call.held !== "both")
      this.hangUp();
  }

  #transducerKey(pressed: "speaker" | "headset"): void {
    const ringing = this.#calls.ringing;
    const action = transducerAction({
      pressed,
      output: this.#output,
      engaged: this.#engaged,
      lifted: this.#lifted,
      ringing: ringing !== undefined,
      collected: this.#dial.collected,
    });
    if (action === "answer" && ringing !== undefined) this.#answer(ringing, pressed);
    else if (action === "open") this.#open(pressed);
    else if (action === "put-down") this.#putDown();
    else if (action === "back to handset") this.#moveTo("handset");
    else this.#moveTo(pressed);
    if (action === "send") this.#dial.input({ type: "send" });
    this.#settle();
  }

  #moveTo(output: Transducer): void {
    this.#output = output;
    this.#dial.input({ type: "path", path: output });
  }

  #open(path: Transducer, account = this.#account): void {
    this.#output = path;
    this.#dial.input({ type: "open", path, account });
  }

  #answer(call: Call, output: Transducer): void {
    this.#dial.input({ type: "close" });
    if (call !== this.#calls.current) this.#calls.holdCurrent();
    this.#output = output;
    this.#calls.select(call);
    void call.answer(this.#calls.mediaOf(call.account));
  }

  /** Brings path, focus and tones in line with the state, and tells who listens. */
  #settle(): void {
    const { ear, ring, engaged } = this.#sounds();
    const path: AudioPath = engaged ? this.#output : "none";
    this.#audio.setPath(path);
    const current = this.#calls.current;
    const heard = current?.audible === true && this.#dial.state.name === "closed" ? current.stream : undefined;
    this.#audio.setFocus(heard === undefined ? [] : [heard]);
    if (!engaged && !this.#parts.settings.flag("features.keep_mute.enable")) this.#audio.setMute(false);
    this.#audio.sound(ear, ring);
    this.#changed();
  }

  #changed(): void {
    this.#view = undefined;
    if (this.#changePending) return;
    this.#changePending = true;
    queueMicrotask(() => {
      this.#changePending = false;
      this.#changes.emit();
    });
  }

  #look(): PhoneView {
    const dial = this.#dial.state;
    const { volume, volumeOf, volumeShownUntilMs, path, mute } = this.#audio;
    return {
      accounts: this.#accounts.views,
      defaultAccount: this.#account,
      calls: this.#calls.list.map((c) => c.view(c === this.#calls.current)),
      dial: dial.name === "collecting" ? dial : undefined,
      handsetLifted: this.#lifted,
      headsetPlugged: this.#headset,
      networkUp: this.#networkUp,
      path,
      mute,
      volume,
      volumeShownUntilMs,
      volumeOf,
      missedCalls: this.#calls.missed,
      dnd: this.#parts.settings.flag("features.dnd.enable"),
      notices: this.#alerts.texts,
    };
  }
}
