/** What the world beyond calls is told by the phone, and may tell it: moments for action URLs, codes for the server, orders of the server (API-06, CAL-27, PRV-20). */
import type { AudioPath } from "../../hal/audio.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import type { AccountEvent, Accounts } from "./accounts.ts";
import type { Moment, MomentCall, MomentFacts, MomentName } from "./action-url.ts";
import type { Call } from "./call.ts";
import { FeatureCodes } from "./feature-codes.ts";
import { Orders } from "./orders.ts";
import type { Settings } from "./ports.ts";
import { Switchboard } from "./switchboard.ts";

export interface OutwardParts {
  readonly userAgent: UserAgent;
  readonly settings: Settings;
  readonly log: Log;
  readonly accounts: Accounts;
  readonly keep: (name: string, value: string) => void;
  readonly errors: (error: unknown) => void;
  readonly calls: () => readonly Call[];
  /** A number is collected. */
  readonly dialling: () => boolean;
  /** Dials a code for the server. */
  readonly place: (code: string, account: number) => Call;
  /** Says something on the idle screen until it is taken back with undefined. */
  readonly notice: (key: string, text: string | undefined) => void;
  /** Says something there for some seconds. */
  readonly flash: (text: string) => void;
}

export class Outward {
  readonly #parts: OutwardParts;
  readonly #codes: FeatureCodes;
  readonly #orders: Orders;
  readonly switches: Switchboard;
  readonly onMoment: Event<Moment>;
  /** Accounts that have registered since they were switched on. */
  readonly #loggedOn = new Set<number>();
  #off: () => void = () => {};

  constructor(parts: OutwardParts) {
    this.#parts = parts;
    this.onMoment = new Event(parts.errors);
    const live = () => parts.calls().some((c) => c.state.name !== "ended");
    this.#orders = new Orders({ ...parts, busy: live, say: (text) => parts.notice("order", text) });
    this.#codes = new FeatureCodes({
      idle: () => !live() && !parts.dialling(),
      place: parts.place,
      say: (name, text) => parts.notice(`code ${name}`, text),
    });
    this.switches = new Switchboard({
      ...parts,
      accounts: () => this.#accountIds,
      code: (name, account, code) => this.#codes.switched(name, account, code),
      say: parts.flash,
      moment: (name, account, call) => this.moment(name, account, call),
    });
  }

  get orders(): Orders {
    return this.#orders;
  }

  open(): void {
    this.switches.open();
    this.#off = this.#parts.accounts.onRegistration.on((event) => this.#registration(event));
    this.#orders.open();
  }

  /** Calls and dialling have changed. */
  look(): void {
    this.#codes.look();
    this.#orders.look();
  }

  /** After the accounts took over what changed. */
  accountsChanged(): void {
    this.#logOff((id) => !this.#parts.accounts.enabled(id));
  }

  /** Nothing is ordered any more. */
  endOrders(): void {
    this.#orders.close();
  }

  /** After the accounts are closed. */
  close(): void {
    this.#logOff(() => true);
    this.#off();
  }

  moment(name: MomentName, account: number, call?: MomentCall): void {
    this.onMoment.emit({ name, account, call });
  }

  /** To the phone as a whole. */
  happened(name: MomentName): void {
    this.moment(name, this.#parts.accounts.defaultId);
  }

  /** Sound goes another way. */
  moved(before: AudioPath, path: AudioPath): void {
    if (path === before) return;
    if (path === "headset") this.happened("headset");
    if (path === "speaker") this.happened("handfree");
  }

  /** Who an account is, for the variables of action URLs; "" where it is off. */
  identityOf(account: number): Pick<MomentFacts, "aor" | "displayName"> {
    const { aor = "", displayName = "" } = this.#parts.accounts.identity(account) ?? {};
    return { aor, displayName };
  }

  /** A log-on is the first registration since the account is on; a log-off is the account's end, not its server's. */
  #registration({ account, type }: AccountEvent): void {
    this.moment(type, account);
    if (type !== "registered" || this.#loggedOn.has(account)) return;
    this.#loggedOn.add(account);
    this.moment("log_on", account);
  }

  #logOff(which: (account: number) => boolean): void {
    for (const account of [...this.#loggedOn].filter(which)) {
      this.#loggedOn.delete(account);
      this.moment("log_off", account);
    }
  }

  /** Those that are on, the default one first. */
  get #accountIds(): readonly number[] {
    const { defaultId, views } = this.#parts.accounts;
    return [defaultId, ...views.map(({ id }) => id).filter((id) => id !== defaultId)];
  }
}
