/** Orders of a server to look for new settings or to start anew (feature rows PRV-20, CAL-89): who may give them, and when they are carried out. What they mean to the program is its own affair. */
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import { checkSyncOf } from "../sip/check-sync.ts";
import type { IncomingRequest } from "../sip/out-of-dialog.ts";
import type { UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import { believes } from "./incoming.ts";
import type { Settings } from "./ports.ts";

/** "restart" reads the settings too. */
export type Order = "settings" | "restart";

export interface OrdersParts {
  readonly userAgent: UserAgent;
  readonly accounts: Accounts;
  readonly settings: Settings;
  readonly log: Log;
  /** Somebody calls or is called. */
  readonly busy: () => boolean;
  /** Says on the LCD what is waited for; undefined takes it back. */
  readonly say: (text: string | undefined) => void;
  readonly errors: (error: unknown) => void;
}

/** sip.notify_reboot_enable, as from V81 on. */
const obey = { header: 0, restart: 1, never: 2 } as const;

export class Orders {
  readonly #parts: OrdersParts;
  readonly onOrder: Event<Order>;
  /** Waits for the end of the calls. */
  #waiting: Order | undefined;
  #off: () => void = () => {};

  constructor(parts: OrdersParts) {
    this.#parts = parts;
    this.onOrder = new Event(parts.errors);
  }

  open(): void {
    this.#off = this.#parts.userAgent.onRequest.on((incoming) => this.#received(incoming));
  }

  close(): void {
    this.#off();
    this.#waiting = undefined;
  }

  /** Calls came or went. */
  look(): void {
    const order = this.#waiting;
    if (order === undefined || this.#deferred) return;
    this.#waiting = undefined;
    this.#parts.say(undefined);
    this.#parts.log.info({ order }, order === "restart" ? "restarts, as ordered" : "reads its settings, as ordered");
    this.onOrder.emit(order);
  }

  get #deferred(): boolean {
    return this.#parts.busy() && !this.#parts.settings.flag("features.reboot_in_talk_enable");
  }

  #received(incoming: IncomingRequest): void {
    const { settings, log, say } = this.#parts;
    const sync = checkSyncOf(incoming.request);
    if (sync === undefined || !this.#known(incoming)) return;
    const choice = settings.number("sip.notify_reboot_enable");
    const { address } = incoming.source;
    if (choice === obey.never) {
      log.warn({ source: address }, `${address} sends check-sync, which sip.notify_reboot_enable = 2 forbids`);
      incoming.respond(403);
      return;
    }
    incoming.respond(200);
    const order: Order = choice === obey.restart || sync.reboot === true ? "restart" : "settings";
    log.info({ source: address, order }, `${address} sends check-sync`);
    if (this.#waiting !== "restart") this.#waiting = order;
    if (this.#deferred) say(this.#waiting === "restart" ? "Restarts after the call" : "New settings after the call");
    this.look();
  }

  /** It comes from a server of an account, or that account trusts everybody. */
  #known({ request, source }: IncomingRequest): boolean {
    const users = [request.requestUri?.user, request.to.parsedUri?.user];
    return this.#parts.accounts.incoming.some(
      (a) => a.userName !== "" && users.includes(a.userName) && believes(a, source.address, source.transport === "tls"),
    );
  }
}
