/** Fetches the configured address when something happens to the phone (feature rows ACC-37, API-06): a few at a time, never waited for. */
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { HttpClient } from "../base/http.ts";
import type { Log } from "../base/log.ts";
import { filledIn, type Moment, type MomentFacts, type MomentName, variablesOf } from "./action-url.ts";
import type { Settings } from "./ports.ts";

export interface ActionUrlsParts {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly log: Log;
  /** Who the phone and the account are now. */
  readonly facts: (account: number) => MomentFacts;
}

/** Requests under way at once: a burst of calls must not fill the phone with sockets. */
const mostAtOnce = 4;
/** Moments that wait for their turn; what comes beyond is dropped, and the log says so. */
const mostWaiting = 64;
/** A server that does not answer in this time is not waited for, ms. */
const timeoutMs = 5000;

interface Waiting {
  readonly name: MomentName;
  readonly address: string;
}

export class ActionUrls {
  readonly #parts: ActionUrlsParts;
  #waiting: Waiting[] = [];
  #running = 0;
  #dropped = 0;
  #idle: (() => void)[] = [];

  constructor(parts: ActionUrlsParts) {
    this.#parts = parts;
  }

  /** Something happened; the variables are what they are at this moment. Never throws. */
  tell(moment: Moment): void {
    const template = this.#parts.settings.text(`action_url.${moment.name}`).trim();
    if (template === "") return;
    if (this.#waiting.length >= mostWaiting) {
      this.#dropped++;
      if (this.#dropped === 1)
        this.#parts.log.warn({}, `action_url.${moment.name}: ${mostWaiting} others wait to be fetched, it is left out`);
      return;
    }
    const variables = variablesOf(moment, this.#parts.facts(moment.account));
    this.#waiting.push({ name: moment.name, address: filledIn(template, variables) });
    this.#next();
  }

  /** Waits until nothing is to be fetched any more, for `ms` at most: the last words of a phone that ends. */
  close(ms: number): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const limit = this.#parts.clock.after(ms, () => {
        this.#waiting = [];
        resolve();
      });
      this.#idle.push(() => {
        limit.cancel();
        resolve();
      });
    });
  }

  #next(): void {
    while (this.#running < mostAtOnce) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#running++;
      void this.#fetch(next).then(() => {
        this.#running--;
        this.#next();
      });
    }
    if (this.#running > 0) return;
    if (this.#dropped > 0) this.#parts.log.warn({ dropped: this.#dropped }, `action URLs: ${this.#dropped} left out`);
    this.#dropped = 0;
    for (const tell of this.#idle.splice(0)) tell();
  }

  async #fetch({ name, address }: Waiting): Promise<void> {
    const { http, log } = this.#parts;
    try {
      const status = await http.get(address, timeoutMs);
      if (status >= 200 && status < 300) log.debug({ status }, `action_url.${name}: told`);
      else log.warn({ status }, `action_url.${name}: the server answers ${status}`);
    } catch (error) {
      log.warn({}, `action_url.${name}: ${reasonOf(error)}`);
    }
  }
}
