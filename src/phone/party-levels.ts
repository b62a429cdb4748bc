/** How loud each one of a conference is for all the others (CP8-02); one who leaves it is as loud as ever. */

import type { Log } from "../base/log.ts";
import type { Call } from "./call.ts";
import { type PhoneMedia, tell } from "./ports.ts";

const stepDb = 3;
const leastDb = -18;
const mostDb = 12;

export interface PartyLevelsParts {
  readonly log: Log;
  readonly media: PhoneMedia;
  readonly members: () => readonly Call[];
  readonly changed: () => void;
}

export class PartyLevels {
  readonly #parts: PartyLevelsParts;
  readonly #levels = new Map<Call, number>();

  constructor(parts: PartyLevelsParts) {
    this.#parts = parts;
  }

  /** dB; 0 where nobody changed it. */
  of(call: Call): number {
    return this.#levels.get(call) ?? 0;
  }

  /** A step louder or softer, within -18 to 12 dB. */
  change(call: Call | undefined, step: 1 | -1): void {
    if (call === undefined || !this.#parts.members().includes(call)) return;
    this.#set(call, Math.min(mostDb, Math.max(leastDb, this.of(call) + step * stepDb)));
    this.#parts.changed();
  }

  /** Calls have changed. */
  look(): void {
    const members = this.#parts.members();
    for (const call of [...this.#levels.keys()]) if (!members.includes(call)) this.#set(call, 0);
  }

  #set(call: Call, db: number): void {
    if (db === 0) this.#levels.delete(call);
    else this.#levels.set(call, db);
    const { log, media } = this.#parts;
    if (call.stream !== undefined) tell(log, media.setLevel(call.stream, db));
  }
}
