/** Whether a packet is worth sending (feature row AUD-08), and what is said of the noise instead (RFC 3389 §4); it sends nothing itself. */
import { NoiseAnalysis } from "../dsp/noise-analysis.ts";
import { VoiceActivity } from "../dsp/voice-activity.ts";
import { emptyNoise, type NoiseDescription } from "../rtp/comfort-noise.ts";

/** A description is repeated after this, so that NATs and the far end see that we are there, and sooner where the noise changed, ms. */
const REPEAT_MS = 2000;
const CHANGE_MS = 200;
const CHANGE_DB = 3;
/** To a far end without comfort noise one packet of the real noise goes out after so long, ms. */
const ALIVE_MS = 10_000;

export type PacketWorth = "speech" | "description" | "nothing";

export class SilenceSuppression {
  /** What a description is to say. */
  readonly noise: NoiseDescription = emptyNoise();
  readonly #voice = new VoiceActivity(16_000);
  readonly #analysis = new NoiseAnalysis();
  /** Of the packet that is being filled: something to be heard is in it; some frame of it is speech itself. */
  #active = false;
  #speech = false;
  /** The same of the packet before. */
  #spoke = false;
  #pausing = false;
  /** Since anything was sent, ms. */
  #quietMs = 0;

  /** Takes 10 ms at 16 kHz. Nothing is allocated in here. */
  frame(frame: Int16Array): void {
    if (this.#voice.take(frame)) this.#active = true;
    if (this.#voice.heard) this.#speech = true;
  }

  /**
   * A packet is full.
   * @param pcm its sound at the codec's rate, by which the far end makes its noise
   * @param describes the far end takes descriptions
   */
  packet(pcm: Int16Array, samples: number, ms: number, describes: boolean): PacketWorth {
    const active = this.#active;
    // The end of a word reaches into the packet behind it: by the filters before the coder, by the room.
    if (!this.#speech && !this.#spoke) this.#analysis.take(pcm, samples, ms);
    this.#spoke = this.#speech;
    this.#active = this.#speech = false;
    if (active) {
      this.#pausing = false;
      return "speech";
    }
    const first = !this.#pausing;
    this.#pausing = true;
    this.#quietMs = first ? 0 : this.#quietMs + ms;
    if (!describes) {
      if (this.#quietMs < ALIVE_MS) return "nothing";
      this.#quietMs = 0;
      return "speech";
    }
    const levelDbov = this.#analysis.levelDbov;
    const changed = this.#quietMs >= CHANGE_MS && Math.abs(levelDbov - this.noise.levelDbov) >= CHANGE_DB;
    if (!first && !changed && this.#quietMs < REPEAT_MS) return "nothing";
    this.#quietMs = 0;
    this.#analysis.solve();
    this.noise.levelDbov = levelDbov;
    this.noise.order = this.#analysis.order;
    this.noise.reflection.set(this.#analysis.reflection);
    return "description";
  }

  /** Nothing is sent at all, as on hold: the next packet is judged anew. */
  rest(): void {
    this.#active = this.#speech = this.#spoke = this.#pausing = false;
  }
}
