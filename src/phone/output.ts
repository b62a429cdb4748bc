/** Which transducer a person uses: hook switch, headset jack and the keys beside them (feature rows CAL-19, AUD-21). No sound: that is audio.ts. */
import type { AudioPath } from "../../hal/audio.ts";
import type { Transducer } from "./audio.ts";
import { handsFree } from "./sounds.ts";

export class Output {
  #chosen: AudioPath = "none";
  #lifted = false;
  #beside: "none" | "speaker" = "none";
  #headsetPlugged = false;
  /** The key that chose last where hands are free. */
  #handsFreeKey: "speaker" | "headset" = "speaker";
  readonly #headsetPrior: () => boolean;

  /** @param headsetPrior whether a headset stays chosen although something else is used in between (AUD-13) */
  constructor(headsetPrior: () => boolean) {
    this.#headsetPrior = headsetPrior;
  }

  /** "none": the handset was put down over a held call, nobody listens. */
  get chosen(): AudioPath {
    return this.#chosen;
  }

  /** What plays beside: the loudspeaker while others listen in (CAL-91). */
  get beside(): "none" | "speaker" {
    return this.#beside;
  }

  get lifted(): boolean {
    return this.#lifted;
  }

  get headsetPlugged(): boolean {
    return this.#headsetPlugged;
  }

  /** Where something new is heard when no key says where. */
  get preferred(): Transducer {
    return this.#lifted ? "handset" : this.handsFree;
  }

  get handsFree(): Transducer {
    return handsFree(this.#handsFreeKey === "headset", this.#headsetPlugged);
  }

  choose(path: AudioPath): void {
    if (path !== this.#chosen) this.#beside = "none";
    this.#chosen = path;
    if (path === "headset") this.#handsFreeKey = path;
    else if (path !== "none" && !this.#headsetPrior()) this.#handsFreeKey = "speaker";
  }

  /** Others listen in, or no longer. */
  listenIn(on: boolean): void {
    this.#beside = on ? "speaker" : "none";
  }

  /** The headset's key was pressed while it was in use. */
  leaveHeadset(): void {
    if (this.#headsetPrior()) this.#handsFreeKey = "speaker";
  }

  /** False where the switch already stood so. */
  hook(lifted: boolean): boolean {
    if (lifted === this.#lifted) return false;
    this.#lifted = lifted;
    return true;
  }

  plugHeadset(plugged: boolean): void {
    this.#headsetPlugged = plugged;
  }
}
