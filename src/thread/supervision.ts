/** Tells the service manager that the phone is ready, still answers, and stops (feature row MNT-05). Feeds its watchdog only while every part gives a sign of life; restarts nothing itself. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { serviceManager } from "../../hal/driver/os/service-manager.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";

/** A part that has to answer. */
export interface Sign {
  /** "the media worker" */
  readonly name: string;
  /** Settles when it answers; throws or rejects when it cannot. */
  readonly alive: () => unknown;
}

export interface SupervisionParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signs: readonly Sign[];
  /** `watch_dog.enable`: without, it is fed whoever hangs. */
  readonly strict: () => boolean;
  /** `hal/driver/os/service-manager.ts`; undefined where nobody supervises. */
  readonly manager:
    | { readonly watchdogMs: number | undefined; notify(assignments: readonly string[]): Promise<void> }
    | undefined;
}

export class Supervision {
  readonly #parts: SupervisionParts;
  #timer: Timer | undefined;
  #silent = "";

  constructor(parts: SupervisionParts) {
    this.#parts = parts;
  }

  /** The phone can be used: `status` is what `systemctl status` shows. */
  ready(status: string): void {
    const { manager } = this.#parts;
    void manager?.notify(["READY=1", `STATUS=${status}`]);
    if (manager?.watchdogMs !== undefined) this.#wait(manager.watchdogMs);
  }

  /** Idempotent; nothing is fed from now on, so that a phone that hangs while it stops is ended too. Settled within a second. */
  async stopping(): Promise<void> {
    const { clock, manager } = this.#parts;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (manager === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = clock.after(1000, resolve);
      void manager.notify(["STOPPING=1"]).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** sd_watchdog_enabled(3) advises half of the time; a third leaves room for one that is late. */
  #wait(watchdogMs: number): void {
    this.#timer = this.#parts.clock.after(watchdogMs / 3, () => {
      this.#wait(watchdogMs);
      void this.#ask(watchdogMs / 3);
    });
  }

  async #ask(limitMs: number): Promise<void> {
    const { signs, manager, log, strict } = this.#parts;
    const answers = await Promise.all(signs.map((sign) => this.#answer(sign, limitMs)));
    if (this.#timer === undefined) return;
    const silent = answers.filter((why) => why !== undefined).join("; ");
    if (silent === "" || !strict()) void manager?.notify(["WATCHDOG=1"]);
    // Said once, not with each round.
    if (silent !== this.#silent) {
      if (silent !== "") log.error({}, `the watchdog is ${strict() ? "not fed" : "fed all the same"}: ${silent}`);
      else log.info({}, "the watchdog is fed again");
    }
    this.#silent = silent;
  }

  /** Why a part gives no sign, or undefined. */
  #answer(sign: Sign, limitMs: number): Promise<string | undefined> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(limitMs, () => resolve(`${sign.name} does not answer`));
      const end = (why: string | undefined) => {
        timer.cancel();
        resolve(why);
      };
      Promise.resolve()
        .then(() => sign.alive())
        .then(
          () => end(undefined),
          (error: unknown) => end(`${sign.name}: ${reasonOf(error)}`),
        );
    });
  }
}

/** What has to answer in a whole phone. */
export interface SupervisedPhone {
  readonly clock: Clock;
  readonly log: Log;
  readonly media: { statistics(): Promise<unknown> };
  readonly ui: { refresh(): void };
  readonly settings: { flag(name: string): boolean };
}

/** That SIP is served shows by this running at all: both live in the main thread. */
export function superviseMain({ clock, log, media, ui, settings }: SupervisedPhone): Supervision {
  const manager = serviceManager({
    environment: process.env,
    processId: process.pid,
    onTrouble: (why) => log.warn({}, `the service manager is not told: ${why}`),
  });
  const signs = [
    { name: "the media worker", alive: () => media.statistics() },
    { name: "the screen", alive: () => ui.refresh() },
  ];
  return new Supervision({ clock, log, signs, manager, strict: () => settings.flag("watch_dog.enable") });
}
