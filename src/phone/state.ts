/** What a person can do to the phone and see of it, apart from menus and layout: the seam between phone/ and ui/. */
import type { AudioPath } from "../../hal/audio.ts";
import type { Digit } from "../../hal/keypad.ts";
import type { LampId } from "../../hal/lamp.ts";

export type AccountState =
  | { readonly name: "disabled" }
  | { readonly name: "registering" }
  | { readonly name: "registered" }
  /** `why` is for people: "403 Forbidden by pbx.example". */
  | { readonly name: "failed"; readonly why: string };

export interface AccountView {
  /** From 1, the X of `account.X`. */
  readonly id: number;
  readonly label: string;
  readonly displayName: string;
  readonly userName: string;
  readonly state: AccountState;
  /** Nobody disturbs it (CAL-27). */
  readonly dnd?: boolean;
  /** Its signalling goes by TLS only: the lock on the LCD (feature row ACC-28). */
  readonly secure?: boolean;
}

export interface PartyView {
  /** "" when unknown. */
  readonly name: string;
  readonly number: string;
  /** SIP URI without parameters, where that says more than the number. */
  readonly uri?: string;
}

/** Times are `Clock.now()` ms. */
export type CallPhase =
  | { readonly name: "incoming"; readonly sinceMs: number }
  /** INVITE sent, nothing heard yet or 100 only. */
  | { readonly name: "connecting"; readonly sinceMs: number }
  /** 180 or 183: `early` when the far end's own sound is played. */
  | { readonly name: "ringback"; readonly early: boolean; readonly sinceMs: number }
  /** `hold` says who holds. */
  | { readonly name: "talking"; readonly hold: "none" | "local" | "remote" | "both"; readonly sinceMs: number }
  /** Shown until busy tone ends or a key is pressed. `why` is for people: "Busy", "No answer", "404 Not Found". */
  | {
      readonly name: "ended";
      readonly by: "local" | "remote" | "failed";
      readonly why: string;
      readonly sinceMs: number;
      readonly talkedMs: number;
    };

export interface CallView {
  readonly id: number;
  readonly account: number;
  /** Of its line key among those of the account, from 1; absent: 1 (ACC-30). */
  readonly place?: number;
  readonly direction: "in" | "out";
  readonly remote: PartyView;
  readonly phase: CallPhase;
  /** Codec of the call, for the HD icon: "G722". */
  readonly codec: string;
  /** Its media are encrypted: the padlock (SEC-05). */
  readonly encrypted?: boolean;
  /** The call that the keys act upon; at most one. */
  readonly current: boolean;
  readonly conference: boolean;
  /** Digits that were pressed in it a moment ago, stars where they are hidden (CAL-79). */
  readonly digits?: string;
  /** It is being recorded, here or by its server (CAL-83, CAL-85). */
  readonly recording?: boolean;
  /** A page, without signalling: it can only be ended (CAL-81, CAL-82). */
  readonly page?: boolean;
  /** The others of the conference do not hear this one (CP8-02). */
  readonly peerMuted?: boolean;
  /** How much louder or softer it is made for the others of the conference, dB; absent: not at all (CP8-02). */
  readonly levelDb?: number;
  /** It leads to a conference of the server: who is in it, as far as that tells (CAL-56). */
  readonly people?: readonly PartyView[];
  /** Whom an incoming call is for, as its To says, where that is to be shown (CAL-75). */
  readonly called?: string;
  /** Who sent the caller here, where somebody did (CAL-32). */
  readonly diverted?: string;
  /** It is being handed to somebody else, by us or its far end, or that has just failed; `why` is for people (CAL-47 to CAL-49). */
  readonly transfer?:
    | { readonly name: "transferring"; readonly to: string }
    | { readonly name: "failed"; readonly why: string }
    /** Its far end sent us on to the call that goes on instead. */
    | { readonly name: "sent on" };
}

/** Collecting a number. `off` sound: on hook, silent (feature row CAL-01). */
export interface DialView {
  readonly digits: string;
  readonly account: number;
  readonly path: AudioPath;
  /** Who else can be transferred to: another call of ours, by the transfer key (CAL-49). */
  readonly another?: PartyView;
  /** Why digits are collected. */
  readonly purpose: "call" | "transfer" | "conference" | "forward";
}

/** Targets to which calls are forwarded; "" where they are not (CAL-28 to CAL-30). */
export interface ForwardView {
  readonly always: string;
  readonly busy: string;
  readonly noAnswer: string;
}

/** Voice messages (CAL-69). */
export interface VoiceMailView {
  /** New ones, over all accounts. */
  readonly waiting: number;
  /** What the message key dials; "" where no mailbox is known. */
  readonly number: string;
  readonly account: number;
  /** Of every account that has one. */
  readonly boxes?: readonly MailboxView[];
}

export interface MailboxView {
  readonly account: number;
  readonly number: string;
  readonly waiting: number;
  /** Messages that were listened to. */
  readonly old: number;
}

/** Which keys a person has, as the configuration says. */
export interface KeyView {
  /** Do-not-disturb may be switched (features.dnd.allow), for each account (features.dnd_mode). */
  readonly dnd: boolean;
  readonly dndByAccount: boolean;
  /** A ringing call can be silenced (CAL-21). */
  readonly silence: boolean;
  /** Refusing is for all phones of the person (CAL-20). */
  readonly decline: boolean;
}

export interface NewsView {
  /** A sentence for people. */
  readonly text: string;
  /** `Clock.now()` ms. */
  readonly untilMs: number;
}

export interface PhoneView {
  readonly accounts: readonly AccountView[];
  /** The line keys in their order; absent: one for each account (ACC-30). */
  readonly lines?: readonly { readonly account: number; readonly place: number }[];
  readonly defaultAccount: number;
  readonly calls: readonly CallView[];
  readonly dial: DialView | undefined;
  readonly handsetLifted: boolean;
  readonly headsetPlugged: boolean;
  readonly networkUp: boolean;
  readonly path: AudioPath;
  readonly mute: boolean;
  /** 0 to 15; of the ringer when idle or ringing, else of the active path. */
  readonly volume: number;
  /** What `volume` is of, and until when it is worth showing. */
  readonly volumeShownUntilMs: number;
  readonly volumeOf: "ringer" | "group" | Exclude<AudioPath, "none">;
  /** What plays beside the path: the loudspeaker while others listen in (CAL-91), a second headset (AUD-14); absent: nothing. */
  readonly second?: AudioPath;
  /** The conference that this phone mixes has room for one more (CP8-02). */
  readonly conferenceRoom?: boolean;
  readonly missedCalls: number;
  /** Of the default account. */
  readonly dnd: boolean;
  /** Absent: all that there are, for the phone as a whole. */
  readonly keys?: KeyView;
  /** Of the default account. */
  readonly forward?: ForwardView;
  readonly voiceMail?: VoiceMailView;
  /** For people, shown on the idle screen: a port in use, no audio device, the media worker restarted. Newest last. */
  readonly notices: readonly string[];
  /** What has just happened, for screens that hide the idle one; older news gave way to it. */
  readonly news?: NewsView;
}

export interface HistoryEntry {
  readonly kind: "placed" | "received" | "missed" | "rejected" | "forwarded";
  readonly account: number;
  readonly remote: PartyView;
  /** What to dial to call back: a number or a SIP URI. */
  readonly target: string;
  readonly atEpochMs: number;
  readonly talkedMs: number;
}

export type PartyAct = "remove" | "take" | "mute" | "unmute" | "louder" | "softer";

/** Every intention of a person. None of them throws: what is impossible now does nothing, or says so by a notice or a tone. */
export interface PhoneControl {
  readonly view: PhoneView;
  /** Something in `view` changed; at most once per turn of the event loop. */
  onChange(listener: () => void): () => void;
  /** Placed, received, missed: newest first, at most 100 of each. */
  readonly history: readonly HistoryEntry[];

  /** A digit key: sends DTMF while talking, else collects a number (starting one on hook if there is none). */
  digit(digit: Digit, down: boolean): void;
  /** Letters, dots and @ from editing on the LCD; appended as they stand. */
  text(text: string): void;
  backspace(): void;
  /** OK, the Send soft key, or the send key (#): dials what was collected; redials when there is nothing. */
  send(): void;
  /** The X key: clears the number, ends the call, rejects, as the state says. */
  cancel(): void;
  /** Dials a number or a SIP URI at once. */
  dial(to: string, account?: number): void;
  /** From 1, counted over all pages: the place in `view.lines`. */
  lineKey(index: number): void;
  answer(call?: number): void;
  reject(call?: number): void;
  /** Stops the ringing, the call goes on. */
  silence(): void;
  hangUp(call?: number): void;
  hold(): void;
  resume(call?: number): void;
  swap(): void;
  /** Starts collecting a second number while the current call is held. */
  newCall(): void;
  /**
   * The transfer key. In a call: holds it and collects a number. With a number: transfers blindly. With a second call
   * that was dialled for it: connects the two (CAL-47 to CAL-49).
   */
  transfer(): void;
  /** The conference key: collects a second number, or joins the call with the other one (CAL-55). */
  conference(): void;
  /** Ends the conference, all its calls are held. */
  split(): void;
  /** One of the conference: ended, taken out and held, not heard by the others any more, louder or softer for them (CP8-02). */
  party(call: number, act: PartyAct): void;
  /** Sends a ringing call elsewhere: collects the number where none is given (CAL-35). */
  forward(call?: number): void;
  /** Moves the selection among calls. */
  selectCall(call: number): void;
  redial(): void;
  toggleMute(): void;
  /** Begins or ends recording the call that is heard, where that is allowed (CAL-85). */
  record(): void;
  /** Has the server of that call do so (CAL-83). */
  recordAtServer(): void;
  changeVolume(steps: number): void;
  speakerKey(): void;
  headsetKey(): void;
  /** Others listen in by the loudspeaker while one talks by handset or headset, or no longer (CAL-91). */
  groupListen(): void;
  toggleDnd(): void;
  clearMissed(): void;
}

/** Lamps follow from the view; ui/ sets them. */
export type LampOwner = LampId;
