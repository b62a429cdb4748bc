/**
 * A conference that a server mixes (CAL-56): we call its URI, send our far ends there by REFER (RFC 4579 §5.5), and watch
 * who is in it (RFC 4575). One at a time. The conference that this phone mixes is conference.ts.
 */
import type { Log } from "../base/log.ts";
import type { SipRequest } from "../sip/message.ts";
import type { Subscription } from "../sip/subscription.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import {
  type ConferenceTable,
  type ConferenceUser,
  conferenceInfoType,
  mergeConference,
  readConferenceInfo,
} from "../sip/xml/conference-info.ts";
import type { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { Settings } from "./ports.ts";
import type { PartyView } from "./state.ts";

export interface NetworkConferenceParts {
  readonly calls: Calls;
  readonly userAgent: Pick<UserAgent, "subscribe">;
  readonly settings: Settings;
  readonly log: Log;
  readonly say: (text: string) => void;
  readonly changed: () => void;
}

type State =
  | { readonly name: "none" }
  /** The server is being called; those wait to be sent there. */
  | { readonly name: "calling"; readonly call: Call; readonly guests: readonly Call[] }
  | { readonly name: "up"; readonly call: Call; readonly uri: string };

/** RFC 4575 §3.4, s. */
const expiresSeconds = 3600;

export class NetworkConference {
  readonly #parts: NetworkConferenceParts;
  #state: State = { name: "none" };
  #subscription: Subscription | undefined;
  #table: ConferenceTable | undefined;

  constructor(parts: NetworkConferenceParts) {
    this.#parts = parts;
  }

  /** Whether that account's conferences are the server's, and it has one. */
  serves(account: number): boolean {
    const { settings } = this.#parts;
    const own = (name: string) => `account.${account}.${name}`;
    return settings.number(own("conf_type")) === 2 && settings.text(own("conf_uri")) !== "";
  }

  /** That call is the one with the server. */
  is(call: Call | undefined): boolean {
    return call !== undefined && this.#state.name !== "none" && this.#state.call === call;
  }

  /** Those calls, of one account, are brought together at the server; they end when their far ends are there. */
  bring(...guests: readonly Call[]): void {
    const { calls, settings } = this.#parts;
    const state = this.#state;
    const account = guests[0]?.account;
    if (account === undefined) return;
    if (state.name === "up") {
      for (const guest of guests) this.#send(guest, state.uri);
      calls.select(state.call);
      state.call.hold(false);
      return;
    }
    if (state.name === "calling") {
      this.#state = { ...state, guests: [...state.guests, ...guests] };
      return;
    }
    for (const guest of guests) guest.hold(true);
    const call = calls.place(settings.text(`account.${account}.conf_uri`), account, { unlisted: true });
    this.#state = { name: "calling", call, guests };
  }

  /** A call has changed. */
  look(): void {
    const state = this.#state;
    if (state.name === "none") return;
    const { name } = state.call.state;
    if (name === "ended" || name === "gone") {
      if (state.name === "calling") this.#parts.say("No conference");
      this.#end();
    } else if (state.name === "calling" && name === "talking") this.#begin(state.call, state.guests);
  }

  /** How the LCD names that call, and who is in it; undefined for any other call. */
  view(call: Call): { readonly title: string; readonly people: readonly PartyView[] } | undefined {
    if (!this.is(call)) return undefined;
    const people = [...(this.#table?.users.values() ?? [])].filter(isThere).map(partyOf);
    const count = this.#table?.userCount ?? people.length;
    const name = this.#table?.subject || this.#table?.displayText || "Conference";
    return { title: count > 0 ? `${name} (${count})` : name, people };
  }

  /** Idempotent. */
  close(): void {
    this.#end();
  }

  #begin(call: Call, guests: readonly Call[]): void {
    const { session } = call;
    const identity = session?.identity;
    // A focus says so in its Contact (RFC 4579 §5.1); who does not is reached by the URI that we called.
    const contact = session?.remoteTarget ?? "";
    const uri = session?.remoteIsFocus === true && contact !== "" ? contact : (session?.remote.uri ?? contact);
    this.#state = { name: "up", call, uri };
    for (const guest of guests) this.#send(guest, uri);
    if (identity === undefined) return;
    const accept = [conferenceInfoType];
    const subscription = this.#parts.userAgent.subscribe({
      identity,
      uri,
      event: "conference",
      accept,
      expiresSeconds,
    });
    this.#subscription = subscription;
    subscription.onNotify.on((request) => {
      if (this.#subscription === subscription) this.#take(request);
    });
    subscription.onState.on(({ name }) => {
      // It ends after its conference: the next one is not its business.
      if (this.#subscription !== subscription) return;
      // Versions begin anew with each subscription; who is in it is no longer known without one.
      if (name !== "active" && name !== "pending") this.#table = undefined;
      this.#parts.changed();
    });
  }

  #send(guest: Call, uri: string): void {
    if (guest.state.name !== "talking") return;
    guest.hold(true);
    guest.transfer(uri, "Conference", (why) => this.#parts.say(`Not in the conference: ${why}`));
  }

  #take(request: SipRequest): void {
    if (request.body.length === 0) return;
    const read = readConferenceInfo(request.body);
    if (!read.ok) {
      this.#parts.log.warn({}, read.why);
      return;
    }
    const { table, ask } = mergeConference(this.#table, read.value);
    this.#table = table;
    if (ask) this.#subscription?.refresh();
    this.#parts.changed();
  }

  #end(): void {
    this.#subscription?.stop();
    this.#subscription = undefined;
    this.#table = undefined;
    this.#state = { name: "none" };
  }
}

/** Who has left may still be told of, with a status that says so. */
function isThere({ endpoints }: ConferenceUser): boolean {
  return endpoints.size === 0 || [...endpoints.values()].some(({ status }) => status !== "disconnected");
}

function partyOf({ entity, displayText }: ConferenceUser): PartyView {
  return { name: displayText ?? "", number: /^(?:sips?|tel):([^@;]+)/i.exec(entity)?.[1] ?? entity };
}
