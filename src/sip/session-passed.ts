/** What a session says where its sound is somebody else's: a description that is passed on as it came, and its answer (RFC 3725). Nothing is negotiated. */
import type { NegotiatedMedia } from "../sdp/media.ts";
import { type Answered, SessionMedia, type Taken } from "./session-media.ts";

export class PassedMedia extends SessionMedia {
  readonly #offer: string;
  #theirs = "";

  constructor(offer: string) {
    super((length) => new Uint8Array(length));
    this.#offer = offer;
  }

  /** The answer; "" while there is none. */
  get theirs(): string {
    return this.#theirs;
  }

  override get negotiated(): NegotiatedMedia | undefined {
    return undefined;
  }

  override get settled(): boolean {
    return true;
  }

  override branch(): SessionMedia {
    return new PassedMedia(this.#offer);
  }

  override offer(): string {
    return this.#offer;
  }

  /** What it said already may be said again; anything new would have to be passed on. */
  override answer(offer: string): Answered {
    if (offer === this.#theirs) return { ok: true, body: this.#offer };
    return { ok: false, status: 488, why: "the sound cannot be changed", warningCode: 399 };
  }

  override takeAnswer(answer: string): Taken {
    if (answer === "") return { ok: false, status: 488, why: "the answer has no session description" };
    this.#theirs = answer;
    return { ok: true };
  }

  override withdraw(): void {}
}
