/** A sound that lies ready, 10 ms at a time: music for who is held goes round, an announcement is played once when it is told to. */

export class SoundInMemory {
  readonly #loops: boolean;
  #sound: Int16Array | undefined;
  #at = 0;
  readonly frame: Int16Array;

  /** @param loops whether it begins by itself and again at its end */
  constructor(frameSamples: number, loops: boolean) {
    this.frame = new Int16Array(frameSamples);
    this.#loops = loops;
  }

  /** There is something to play: `frame` is sound after `next`. */
  get on(): boolean {
    return this.#sound !== undefined && this.#at < this.#sound.length;
  }

  /** @param sound at the engine's rate; undefined or empty: none */
  set(sound: Int16Array | undefined): void {
    this.#sound = sound === undefined || sound.length === 0 ? undefined : sound;
    this.#at = this.#loops ? 0 : (this.#sound?.length ?? 0);
    this.frame.fill(0);
  }

  /** From its beginning. */
  start(): void {
    this.#at = 0;
  }

  stop(): void {
    if (!this.#loops) this.#at = this.#sound?.length ?? 0;
  }

  /** Fills `frame` with the next 10 ms. Nothing is allocated. */
  next(): void {
    const sound = this.#sound;
    if (sound === undefined) return;
    for (let i = 0; i < this.frame.length; i++) {
      this.frame[i] = sound[this.#at] ?? 0;
      if (this.#at < sound.length) this.#at++;
      if (this.#loops && this.#at >= sound.length) this.#at = 0;
    }
  }
}
