/** Which keys a model has, and a finger that presses them one after another. */
import type { Model } from "../../../board/model.ts";
import type { Clock } from "../../../hal/clock.ts";
import { isKey, type Key } from "../../../hal/keypad.ts";
import type { PersonAtFront } from "../../../hal/person.ts";
import { PanelError } from "./panel-error.ts";

const onEveryModel: readonly string[] = [..."0123456789*#"].concat(
  ["ok", "cancel", "up", "down", "left", "right"],
  ["soft1", "soft2", "soft3", "soft4"],
);

/** @throws PanelError naming a key that no phone has, or that this model lacks. */
export function keyOf(model: Model, name: string): Key {
  if (!isKey(name)) throw new PanelError("bad-request", `there is no key called "${name.slice(0, 40)}"`);
  if (!hasKey(model, name)) throw new PanelError("bad-request", `the ${model.name} has no key "${name}"`);
  return name;
}

function hasKey(model: Model, key: Key): boolean {
  if (onEveryModel.includes(key)) return true;
  const line = /^line(\d+)$/.exec(key);
  if (line !== null) return Number(line[1]) <= model.lineKeysPerPage;
  const expansion = /^exp(\d+)\.(\d+)$/.exec(key);
  if (expansion !== null) {
    const { most, keys } = model.expansion ?? { most: 0, keys: 0 };
    return Number(expansion[1]) <= most && Number(expansion[2]) <= keys;
  }
  return model.keys.includes(key);
}

/** Presses keys in order; two requests at once do not mingle. */
export class Finger {
  readonly #person: PersonAtFront;
  readonly #clock: Clock;
  #last: Promise<void> = Promise.resolve();

  constructor(person: PersonAtFront, clock: Clock) {
    this.#person = person;
    this.#clock = clock;
  }

  /** Resolves when the last key is up again. Each is held for `holdMs`. */
  press(keys: readonly Key[], holdMs: number): Promise<void> {
    const done = this.#last.then(() => this.#pressAll(keys, holdMs));
    // What one request did wrong must not stop the next one.
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #pressAll(keys: readonly Key[], holdMs: number): Promise<void> {
    for (const key of keys) {
      this.#person.press(key);
      try {
        if (holdMs > 0) await this.#wait(holdMs);
      } finally {
        this.#person.release(key);
      }
      // The phone sees each key in a turn of its own, as it does those of a keypad.
      await this.#wait(0);
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}
