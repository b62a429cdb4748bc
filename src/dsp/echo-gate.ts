/** Lowers what an echo canceller left over while only the far end speaks, down to the room's own noise; it does not cancel by itself. */

/** What was taken out shows who speaks: this much less than the microphone heard is echo alone, dB. */
const closesDb = -14;
/** And this much is somebody near. */
const opensDb = -9;
/** Share of what is heard that is left where somebody near surely speaks. */
const louder = 0.5;
/** Frames of echo alone before it closes. */
const closesAfter = 3;
/** The far end counts as speaking for this long after it was heard, frames: rooms ring. */
const rings = 40;
/** Level of the far end above which there is an echo worth a look, as energy of a sample (-57 dBov). */
const farSpeaks = 32_768 ** 2 * 10 ** -5.7;
/** Of smoothed energies: rises at once, falls to a third in this many frames. */
const falls = Math.exp(-1 / 4);
/** Frames over which the figure of `loweredDb` is averaged. */
const averages = 100;
/** The noise's level: falls at once, rises by 1.5 dB a second. */
const noiseRises = 10 ** (0.15 / 100);

export class EchoGate {
  readonly #least: number;
  #before = 0;
  #after = 0;
  #noise = Number.POSITIVE_INFINITY;
  #ringing = 0;
  #echoFrames = 0;
  #closed = false;
  #gain = 1;
  #heardEcho = 0;
  #leftEcho = 0;

  /** `depthDb` is the most that it takes away, such as 18. */
  constructor(depthDb: number) {
    this.#least = 10 ** (-depthDb / 20);
  }

  /** Mean energy of a frame's samples: what `process` takes. */
  static energy(frame: Int16Array): number {
    let sum = 0;
    for (let i = 0; i < frame.length; i++) sum += (frame[i] ?? 0) * (frame[i] ?? 0);
    return frame.length === 0 ? 0 : sum / frame.length;
  }

  /** Lowers `frame` in place; it is what the canceller left of a microphone's frame of energy `heard`, while `far` was played. */
  process(frame: Int16Array, heard: number, far: number): void {
    const left = EchoGate.energy(frame);
    this.#before = Math.max(heard, this.#before * falls);
    this.#after = Math.max(left, this.#after * falls);
    this.#ringing = far > farSpeaks ? rings : Math.max(0, this.#ringing - 1);
    this.#noise = Math.min(Math.max(left, 1), this.#noise * noiseRises);
    this.#judge();
    // No lower than the noise that is there anyway: else the room would fall silent with each word of the far end.
    const floor = Math.sqrt(this.#noise / Math.max(left, 1));
    const target = this.#closed ? Math.min(1, Math.max(this.#least, floor)) : 1;
    this.#ramp(frame, target);
    if (far <= farSpeaks) return;
    this.#heardEcho += (heard - this.#heardEcho) / averages;
    this.#leftEcho += (left * target * target - this.#leftEcho) / averages;
  }

  /** Whether what is left is lowered now. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the far end speaks, or did a moment ago, and nobody near is much louder than its echo. */
  get farSpeaks(): boolean {
    return this.#ringing > 0 && (this.#closed || this.#after < louder * this.#before);
  }

  /** By how much the microphone's sound was lowered in the last second in which the far end spoke, dB; includes who spoke near. */
  get loweredDb(): number {
    return 10 * Math.log10((this.#heardEcho + 1) / (this.#leftEcho + 1));
  }

  #judge(): void {
    const ratioDb = 10 * Math.log10((this.#after + 1e-9) / (this.#before + 1e-9));
    if (this.#ringing === 0 || ratioDb > opensDb) {
      this.#closed = false;
      this.#echoFrames = 0;
    } else if (ratioDb < closesDb && ++this.#echoFrames >= closesAfter) this.#closed = true;
  }

  #ramp(frame: Int16Array, target: number): void {
    if (this.#gain === 1 && target === 1) return;
    const step = (target - this.#gain) / Math.max(1, frame.length);
    let gain = this.#gain;
    for (let i = 0; i < frame.length; i++) {
      gain += step;
      frame[i] = Math.round((frame[i] ?? 0) * gain);
    }
    this.#gain = target;
  }
}
