/** What a person can see of the phone, put together from its parts; see state.ts. */
import { Event } from "../base/event.ts";
import type { PhoneAudio } from "./audio.ts";
import type { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { DialState } from "./dialling.ts";
import type { Line } from "./lines.ts";
import type { NetworkConference } from "./network-conference.ts";
import type { Output } from "./output.ts";
import type {
  AccountView,
  CallView,
  DialView,
  ForwardView,
  KeyView,
  NewsView,
  PartyView,
  PhoneView,
  VoiceMailView,
} from "./state.ts";

export interface ViewParts {
  readonly accounts: readonly AccountView[];
  readonly lines: readonly Line[];
  readonly defaultAccount: number;
  readonly calls: Calls;
  readonly dial: DialState;
  readonly output: Output;
  readonly network: "up" | "down";
  readonly conference: NetworkConference;
  readonly audio: PhoneAudio;
  readonly dnd: (account: number) => boolean;
  readonly keys: KeyView;
  /** Another call that can be transferred to. */
  readonly another: PartyView | undefined;
  readonly page: CallView | undefined;
  /** Digits pressed in a call, as shown (CAL-79). */
  readonly pressed: (call: number) => string;
  readonly recording: (call: number) => boolean;
  /** dB (CP8-02). */
  readonly level: (call: Call) => number;
  readonly forward: ForwardView;
  readonly voiceMail: VoiceMailView;
  readonly notices: readonly string[];
  readonly news: NewsView | undefined;
}

export function composeView({ accounts, defaultAccount, calls, dial, output, audio, ...rest }: ViewParts): PhoneView {
  return {
    accounts: accounts.map((account) => (rest.dnd(account.id) ? { ...account, dnd: true } : account)),
    lines: rest.lines,
    defaultAccount,
    calls: [...(rest.page === undefined ? [] : [rest.page]), ...callViews(calls, rest)],
    dial: dial.name === "collecting" ? withAnother(dial, rest.another) : undefined,
    handsetLifted: output.lifted,
    headsetPlugged: output.headsetPlugged,
    networkUp: rest.network === "up",
    path: audio.path,
    ...(audio.second === "none" ? {} : { second: audio.second }),
    ...(calls.conference.members.length > 0 && !calls.conference.full ? { conferenceRoom: true } : {}),
    mute: audio.mute,
    volume: audio.volume,
    volumeShownUntilMs: audio.volumeShownUntilMs,
    volumeOf: audio.volumeOf,
    missedCalls: calls.missed,
    dnd: rest.dnd(defaultAccount),
    keys: rest.keys,
    forward: rest.forward,
    voiceMail: rest.voiceMail,
    notices: rest.notices,
    ...(rest.news === undefined ? {} : { news: rest.news }),
  };
}

type CallViewParts = Pick<ViewParts, "conference" | "page" | "pressed" | "recording" | "level">;

/** Keys act upon a page before all calls. */
function callViews(calls: Calls, { conference, page, pressed, recording, level }: CallViewParts): CallView[] {
  return calls.list.map((call) => {
    const digits = pressed(call.id);
    const seen = {
      ...call.view(page === undefined && call === calls.current, calls.conference.has(call)),
      ...(digits === "" ? {} : { digits }),
      ...(recording(call.id) ? { recording: true } : {}),
      ...(level(call) === 0 ? {} : { levelDb: level(call) }),
    };
    const shared = conference.view(call);
    if (shared === undefined) return seen;
    return { ...seen, remote: { ...seen.remote, name: shared.title }, people: shared.people };
  });
}

function withAnother(dial: DialView, another: PartyView | undefined): DialView {
  return another === undefined ? dial : { ...dial, another };
}

/** The view as it stands, made when somebody looks; changes are told at most once a turn of the event loop. */
export class LiveView {
  readonly #look: () => PhoneView;
  readonly #changes: Event<void>;
  #view: PhoneView | undefined;
  #telling: "idle" | "pending" = "idle";

  /** @param errors told of what a listener threw */
  constructor(look: () => PhoneView, errors: (error: unknown) => void) {
    this.#look = look;
    this.#changes = new Event(errors);
  }

  get view(): PhoneView {
    this.#view ??= this.#look();
    return this.#view;
  }

  onChange(listener: () => void): () => void {
    return this.#changes.on(listener);
  }

  changed(): void {
    this.#view = undefined;
    if (this.#telling === "pending") return;
    this.#telling = "pending";
    queueMicrotask(() => {
      this.#telling = "idle";
      this.#changes.emit();
    });
  }
}
