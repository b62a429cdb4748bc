/** The phone's own music for who is held: a sound in memory that goes round and round, the same for all, 10 ms at a time. */

export class HoldMusicLoop {
  #sound: Int16Array | undefined;
  #at = 0;
  readonly frame: Int16Array;

  constructor(frameSamples: number) {
    this.frame = new Int16Array(frameSamples);
  }

  get on(): boolean {
    return this.#sound !== undefined;
  }

  /** @param sound at the engine's rate; undefined or empty: none */
  set(sound: Int16Array | undefined): void {
    this.#sound = sound === undefined || sound.length === 0 ? undefined : sound;
    this.#at = 0;
    this.frame.fill(0);
  }

  /** Fills `frame` with the next 10 ms. Nothing is allocated. */
  next(): void {
    const sound = this.#sound;
    if (sound === undefined) return;
    for (let i = 0; i < this.frame.length; i++) {
      this.frame[i] = sound[this.#at] ?? 0;
      this.#at = this.#at + 1 >= sound.length ? 0 : this.#at + 1;
    }
  }
}
