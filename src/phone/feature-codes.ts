/**
 * Codes that tell the server what was switched here (CAL-22, CAL-27 to CAL-30, CAL-71, CAL-72): each is dialled as a call,
 * one after the other, once no other call is in the way. What was switched stays as it is here whatever becomes of it.
 */
import type { Call } from "./call.ts";
import { type SwitchName, switchTitles } from "./switches.ts";

export interface FeatureCodesParts {
  /** Nobody calls, is called or dials. */
  readonly idle: () => boolean;
  readonly place: (code: string, account: number) => Call;
  /** Says on the idle screen what did not work; undefined takes it back. */
  readonly say: (name: SwitchName, text: string | undefined) => void;
}

interface Job {
  readonly name: SwitchName;
  readonly account: number;
  readonly code: string;
}

export class FeatureCodes {
  readonly #parts: FeatureCodesParts;
  #jobs: readonly Job[] = [];
  #calling: { readonly job: Job; readonly call: Call } | undefined;
  #placing: "no" | "yes" = "no";

  constructor(parts: FeatureCodesParts) {
    this.#parts = parts;
  }

  /** Somebody switched something. A code that still waits for its turn is replaced: only the last word counts. */
  switched(name: SwitchName, account: number, code: string): void {
    this.#parts.say(name, undefined);
    const others = this.#jobs.filter((job) => job.name !== name || job.account !== account);
    this.#jobs = code === "" ? others : [...others, { name, account, code }];
    this.look();
  }

  /** Calls or dialling changed. */
  look(): void {
    if (this.#placing === "yes") return;
    if (this.#calling !== undefined && !this.#over(this.#calling)) return;
    this.#calling = undefined;
    const [job, ...rest] = this.#jobs;
    if (job === undefined || !this.#parts.idle()) return;
    this.#jobs = rest;
    // What placing a call changes is looked at when it is placed.
    this.#placing = "yes";
    const call = this.#parts.place(job.code, job.account);
    this.#placing = "no";
    this.#calling = { job, call };
    this.look();
  }

  #over({ job, call }: { readonly job: Job; readonly call: Call }): boolean {
    const { state } = call;
    const failed = (why: string) =>
      this.#parts.say(job.name, `${switchTitles[job.name]}: the server did not take ${job.code} (${why})`);
    if (state.name === "ended") {
      if (state.by === "failed") failed(state.why);
      return true;
    }
    if (state.name !== "gone") return false;
    // Given up before the server answered.
    if (!call.answered) failed("cancelled");
    return true;
  }
}
