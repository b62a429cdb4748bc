/** Who of both sides holds a call, and whether its far end was asked to say nothing (RFC 3264 §8.4; CAL-42, CP8-02). */
import type { Session } from "../sip/session.ts";
import type { HoldMusic } from "./hold-music.ts";

export class CallHold {
  readonly #session: () => Session | undefined;
  readonly #music: HoldMusic;
  #peer: "heard" | "silenced" = "heard";

  constructor(session: () => Session | undefined, music: HoldMusic) {
    this.#session = session;
    this.#music = music;
  }

  /** Our person has put the call aside. */
  get here(): boolean {
    return this.#session()?.localHold === true && this.#peer === "heard";
  }

  get who(): "none" | "local" | "remote" | "both" {
    const remote = this.#session()?.remoteHold === true;
    return this.here ? (remote ? "both" : "local") : remote ? "remote" : "none";
  }

  get peerSilenced(): boolean {
    return this.#peer === "silenced";
  }

  set(on: boolean): void {
    const session = this.#session();
    this.#peer = "heard";
    if (session === undefined || on === session.localHold) return;
    if (on) this.#music.hold();
    else this.#music.resume();
  }

  /** The far end is asked to send nothing, and hears us all the same: sendonly, as with a hold. False where it is so already. */
  silencePeer(on: boolean): boolean {
    if (this.here || on === this.peerSilenced) return false;
    this.#peer = on ? "silenced" : "heard";
    this.#session()?.setHold(on, "sendonly");
    return true;
  }

  /** The call is over. */
  close(): void {
    this.#music.close();
  }
}
