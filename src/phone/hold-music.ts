/** Music from a server for who is held (CAL-46): one call's. It calls the server and carries descriptions between the two; no sound passes this phone. Steps are hold-music-state.ts. */
import type { Clock, Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import type { Session } from "../sip/session.ts";
import type { LendingMoment } from "../sip/session-lending.ts";
import { type HoldMusicInput, type HoldMusicState, nextHoldMusic } from "./hold-music-state.ts";

/** An account's music server. */
export interface MusicServer {
  /** As it is configured, for logs. */
  readonly uri: string;
  readonly moment: LendingMoment;
  /** Calls it with that offer; throws naming what is wrong. */
  readonly call: (offer: string) => Session;
}

export interface HoldMusicParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Of the call, for logs. */
  readonly id: number;
  readonly session: () => Session | undefined;
  /** undefined: none is configured. Asked at each hold. */
  readonly server: () => MusicServer | undefined;
}

/** Whoever is held has sent its 200 and waits for an ACK; some give up after a few seconds, ms. */
const patienceMs = 4000;

/** What the far end has just said is settled first, ms. */
const againMs = 2000;

export class HoldMusic {
  readonly #parts: HoldMusicParts;
  #state: HoldMusicState = { name: "off" };
  #server: MusicServer | undefined;
  #music: Session | undefined;
  #timer: Timer | undefined;

  constructor(parts: HoldMusicParts) {
    this.#parts = parts;
  }

  /** Puts the call aside, with music where there is a server for it. */
  hold(): void {
    this.#server = this.#parts.server();
    if (this.#server === undefined) this.#parts.session()?.hold();
    else this.#input({ type: "hold" });
  }

  resume(): void {
    this.#parts.session()?.resume();
    this.#input({ type: "resume" });
  }

  /** The call is over. Idempotent. */
  close(): void {
    this.#input({ type: "resume" });
  }

  #input(input: HoldMusicInput): void {
    const [state, effects] = nextHoldMusic(this.#state, input);
    this.#state = state;
    const server = this.#server;
    const session = this.#parts.session();
    for (const effect of effects)
      switch (effect.type) {
        case "ask":
          if (server !== undefined) session?.lend(this.#lender, server.moment);
          break;
        case "call":
          if (server !== undefined) this.#call(server, effect.offer);
          break;
        case "give":
          this.#timer?.cancel();
          session?.lendAnswer(effect.answer);
          break;
        case "decline":
          session?.lendAnswer(undefined);
          break;
        case "take-back":
          this.#music = undefined;
          session?.lendNoMore();
          break;
        case "hang-up":
          this.#hangUp();
          break;
        case "wait":
          this.#timer = this.#parts.clock.after(againMs, () => this.#input({ type: "again" }));
          break;
        case "log": {
          const { id, log } = this.#parts;
          log.warn({ call: id }, `call ${id}: held without music of ${server?.uri}: ${effect.why}`);
          break;
        }
        default:
          effect satisfies never;
      }
  }

  readonly #lender = {
    offered: (offer: string) => this.#input({ type: "offered", offer }),
    over: (why: string) => {
      const session = this.#parts.session();
      const held = session?.state.name === "established" && session.localHold;
      this.#input({ type: "over", why, held });
    },
  };

  #call(server: MusicServer, offer: string): void {
    let music: Session;
    try {
      music = server.call(offer);
    } catch (error) {
      this.#input({ type: "failed", why: reasonOf(error) });
      return;
    }
    this.#music = music;
    this.#timer = this.#parts.clock.after(patienceMs, () => this.#input({ type: "late" }));
    music.onState.on((state) => {
      // One that was given up.
      if (this.#music !== music) return;
      if (state.name === "established") this.#input({ type: "answered", answer: music.theirDescription });
      if (state.name !== "terminated") return;
      this.#music = undefined;
      this.#timer?.cancel();
      const why = state.by === "remote" ? "it hung up" : `${state.status} ${state.reason}`;
      this.#input({ type: "failed", why });
    });
  }

  #hangUp(): void {
    this.#timer?.cancel();
    const music = this.#music;
    this.#music = undefined;
    music?.hangUp();
  }
}
