/** Puts the parts of the phone together: who knows whom; no logic. What keys do with them is phone.ts. */
import { Accounts, type AccountsParts } from "./accounts.ts";
import { PhoneAlerts } from "./alerts.ts";
import { answerTone } from "./answer-tone.ts";
import { Arrivals } from "./arrivals.ts";
import { PhoneAudio } from "./audio.ts";
import type { Call } from "./call.ts";
import { CallKeys } from "./call-keys.ts";
import type { TellMoment } from "./call-moments.ts";
import { Calls, type CallsParts } from "./calls.ts";
import { Dialler } from "./dialler.ts";
import { Hands } from "./hands.ts";
import { HoldTones } from "./hold-tones.ts";
import { Joining } from "./joining.ts";
import { NetworkConference } from "./network-conference.ts";
import type { Output } from "./output.ts";
import { Outward } from "./outward.ts";
import { Paging } from "./paging.ts";
import { PartyLevels } from "./party-levels.ts";
import { PressedDigits } from "./pressed-digits.ts";
import { CallQualityWatch } from "./quality.ts";
import { Recording, type RecordingParts } from "./recording.ts";
import { RegistrationWatch } from "./registration-watch.ts";
import { dialRules } from "./settings.ts";
import { isOn } from "./switches.ts";
import { VoiceMail } from "./voice-mail.ts";

export interface PhoneParts
  extends Omit<AccountsParts, "changed" | "notice" | "announce">,
    Omit<CallsParts, "changed" | "accounts" | "lifted" | "moment" | "pressed"> {
  /** Where calls are recorded; absent: nowhere. */
  readonly recordings?: RecordingParts["recordings"] | undefined;
  /** Keeps what a person chose, over restarts. */
  readonly keep: (name: string, value: string) => void;
  /** Told of what a listener threw. */
  readonly errors: (error: unknown) => void;
}

/** What the parts ask of the phone as a whole. */
export interface AssemblyHooks {
  /** Calls, dialling or sound have changed. */
  readonly settle: () => void;
  /** Something that can be seen has changed. */
  readonly changed: () => void;
  readonly notice: (key: string, text: string | undefined) => void;
  readonly redial: () => void;
  readonly resume: (call: Call) => void;
  /** Somebody listens. */
  readonly engaged: () => boolean;
  /** The account for a new call. */
  readonly account: () => number;
}

export interface Assembly {
  readonly accounts: Accounts;
  readonly calls: Calls;
  readonly audio: PhoneAudio;
  readonly alerts: PhoneAlerts;
  readonly dial: Dialler;
  readonly keys: CallKeys;
  readonly hands: Hands;
  readonly arrivals: Arrivals;
  readonly voiceMail: VoiceMail;
  readonly joining: Joining;
  readonly levels: PartyLevels;
  readonly network: NetworkConference;
  readonly paging: Paging;
  readonly holdTones: HoldTones;
  readonly pressed: PressedDigits;
  readonly recording: Recording;
  readonly outward: Outward;
  readonly watch: RegistrationWatch;
  readonly quality: CallQualityWatch;
}

export function assemble(parts: PhoneParts, output: Output, hooks: AssemblyHooks): Assembly {
  const moment: TellMoment = (...what) => outward.moment(...what);
  const accounts: Accounts = new Accounts({
    ...parts,
    changed: hooks.changed,
    notice: (key, text) => hooks.notice(key, text),
    announce: (text) => alerts.announce(text),
  });
  const audio: PhoneAudio = new PhoneAudio({ ...parts, changed: hooks.changed });
  const alerts: PhoneAlerts = new PhoneAlerts(parts.clock, hooks.changed);
  accounts.onRegistration.on((event) => alerts.registration(event, accounts.labelOf(event.account)));
  const dial: Dialler = new Dialler({
    clock: parts.clock,
    rules: () => dialRules(parts.settings),
    dial: ({ to, account, path, purpose }) => {
      if (path === "none" && purpose !== "forward") output.choose(output.preferred);
      joining.dialled(to, account, purpose);
    },
    redial: () => hooks.redial(),
    keyTone: (digit) => parts.settings.flag("features.key_tone") && audio.keyTone(digit),
    changed: () => hooks.settle(),
  });
  const calls: Calls = new Calls({
    ...parts,
    moment,
    accounts: accounts,
    lifted: () => output.lifted && output.chosen === "handset",
    pressed: (call, key) => {
      if (key === "hold") call.hold(true);
      else if (call.state.name === "incoming") hands.answer(call, hands.somewhere);
      else if (call.heldHere) hooks.resume(call);
    },
    changed: () => {
      quality.look(calls.list);
      hooks.settle();
    },
  });
  const quality: CallQualityWatch = new CallQualityWatch({ ...parts, accounts: accounts, changed: hooks.changed });
  const keys: CallKeys = new CallKeys({
    calls: calls,
    settings: parts.settings,
    joining: () => joining,
    listen: () => {
      output.choose(hands.somewhere);
      dial.input({ type: "close" });
    },
  });
  const outward: Outward = new Outward({
    ...parts,
    accounts: accounts,
    calls: () => calls.list,
    dialling: () => dial.state.name !== "closed",
    place: (code, account) => {
      output.choose(hands.somewhere);
      return calls.place(code, account, { unlisted: true });
    },
    notice: (key, text) => hooks.notice(key, text),
    flash: (text) => alerts.flash(text, parts.clock),
  });
  const hands: Hands = new Hands({
    output: output,
    calls: calls,
    dial: dial,
    keys: keys,
    joining: () => joining,
    endPage: () => paging.end(),
    canListenIn: (path) => audio.canListenIn(path),
    engaged: () => hooks.engaged(),
    account: () => hooks.account(),
  });
  const arrivals: Arrivals = new Arrivals({
    ...parts,
    accounts: accounts,
    calls: calls,
    engaged: () => hooks.engaged(),
    moment,
    autoAnswer: (call) => {
      hands.answer(call, output.preferred);
      hooks.settle();
      const tone = answerTone(parts.settings, parts.log);
      if (tone !== undefined) audio.remind(tone);
    },
    flash: (text) => alerts.flash(text, parts.clock, 10_000),
    changed: () => hooks.settle(),
  });
  const watch: RegistrationWatch = new RegistrationWatch({ ...parts, accounts: accounts });
  const voiceMail: VoiceMail = new VoiceMail({
    ...parts,
    accounts: accounts,
    uriOf: (number, account) => calls.dialable(number, account),
    changed: hooks.changed,
  });
  const network: NetworkConference = new NetworkConference({
    ...parts,
    calls,
    say: (text) => alerts.flash(text, parts.clock),
    changed: hooks.changed,
  });
  const joining: Joining = new Joining({
    calls: calls,
    network,
    settings: parts.settings,
    dial: () => dial.state,
    collect: (purpose, account) => hands.collect(purpose, account),
    close: () => dial.input({ type: "close" }),
    forward: (call, to) => arrivals.forward(call, to),
    say: (text) => alerts.flash(text, parts.clock),
    engaged: () => hooks.engaged(),
    resume: (call) => hooks.resume(call),
    changed: () => hooks.settle(),
  });
  const levels = new PartyLevels({ ...parts, members: () => calls.conference.members, changed: hooks.changed });
  const pressed = new PressedDigits(parts.clock, parts.settings, hooks.changed);
  const recording = new Recording({
    ...parts,
    active: () => calls.active,
    say: (text) => alerts.flash(text, parts.clock),
    changed: hooks.changed,
  });
  const holdTones = new HoldTones({ ...parts, calls: () => calls.list, sound: (tone) => audio.remind(tone) });
  const paging: Paging = new Paging({
    ...parts,
    address: () => calls.terms.address,
    call: () => {
      if (dial.state.name === "collecting" && dial.state.path !== "none") return "busy";
      const running = calls.list.find((c) => c.running || c.state.name === "incoming");
      return running === undefined ? "none" : running.state.name === "talking" ? "talking" : "busy";
    },
    dnd: () => isOn(parts.settings, "dnd", accounts.defaultId),
    putAside: () => {
      dial.input({ type: "close" });
      const { active } = calls;
      if (active?.running !== true) return () => {};
      calls.holdActive();
      return () => hooks.resume(active);
    },
    chosen: () => output.chosen,
    choose: (path) => output.choose(path),
    somewhere: () => hands.somewhere,
    account: () => hooks.account(),
    callerId: () => accounts.labelOf(hooks.account()),
    loudness: (step) => audio.loudness(step),
    say: (text) => alerts.flash(text, parts.clock),
    changed: () => hooks.settle(),
  });
  return {
    accounts,
    calls,
    audio,
    alerts,
    dial,
    keys,
    hands,
    arrivals,
    voiceMail,
    joining,
    levels,
    network,
    paging,
    holdTones,
    pressed,
    recording,
    outward,
    watch,
    quality,
  };
}
