/** What a run of the rig was asked for: read by the tests from the environment, where run.mjs puts it. */

/** A machine that is reached by ssh instead of the guest. */
export interface Target {
  /** user@host, as ssh takes it. */
  readonly destination: string;
  /** More words for ssh: port, key. */
  readonly ssh: readonly string[];
}

export interface Choice {
  /** The whole phone only, in a few steps. */
  readonly short: boolean;
  readonly target?: Target;
}

/** @throws SyntaxError for what run.mjs did not write */
export const choice: Choice = JSON.parse(process.env["OFFHOOK_RIG"] ?? '{"short":false}') as Choice;
