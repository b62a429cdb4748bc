/** Where playing stands against where it should: the delay, its target, and what stretching is wished for; it moves no sound. */
import type { JitterEstimator } from "./jitter-estimator.ts";
import type { MediaTuning } from "./protocol.ts";

export type JitterSettings = MediaTuning["jitter"];

/** Delay at the start, while nothing is known of the network, ms. */
const START_MS = 20;
/** For so long after a loss one packet more is held, so that the next gap can be filled from both sides, ms. */
const LOOK_AHEAD_MS = 20_000;
/** Loss rate at which two are held, and packets over which it is taken. */
const LOSS_TWO = 0.05;
const LOSS_WINDOW = 400;
/** Share of the distance that the smoothed lag moves towards what a pull shows. */
const SMOOTHING = 0.05;
/** In fixed mode the delay may be off by this, ms. */
const FIXED_SLACK_MS = 12;
/** Less is not worth a stretch, ms. */
const LEAST_ROOM_MS = 4;

export class PlayoutPace {
  jitter: JitterSettings;
  /** `now` less the media time at the head, smoothed over the card's jitter, ms. Who moves the head tells by `moved`. */
  lagMs = 0;
  /** The length of the last packet, ms. */
  packetMs = 20;
  /** Result of `judge`: ms that are missing to the target, and ms that could be taken out. */
  shortMs = 0;
  roomMs = 0;
  readonly #estimator: JitterEstimator;
  /** How far single pulls were before the smoothed lag, ms. */
  #pullJitterMs = 0;
  #lossRate = 0;
  #lossMs = Number.NEGATIVE_INFINITY;
  #lookAhead = 0;
  /** Blocks since the last stretch, and since one was first wished for. */
  #sinceStretch = 0;
  #wishedFor = 0;

  constructor(jitter: JitterSettings, estimator: JitterEstimator) {
    this.jitter = jitter;
    this.#estimator = estimator;
  }

  get delayMs(): number {
    return this.lagMs - this.#estimator.baseMs;
  }

  get targetMs(): number {
    const { adaptive, minMs, maxMs, normalMs } = this.jitter;
    if (!adaptive) return normalMs;
    let target = this.#estimator.neededMs + 1 + this.#pullJitterMs;
    if (!this.#estimator.certain) target = Math.max(target, START_MS);
    target += this.#reserveMs;
    return Math.max(minMs, Math.min(Math.max(minMs, maxMs), target));
  }

  /** What is held only to fill gaps better, ms. */
  get #reserveMs(): number {
    return this.#lookAhead * this.packetMs;
  }

  /** Greatest delay allowed, ms. */
  get limitMs(): number {
    const { adaptive, minMs, maxMs, normalMs } = this.jitter;
    return adaptive ? Math.max(minMs, maxMs) : normalMs;
  }

  /** Once a pull: `lagMs` as this pull shows it. */
  observe(lagMs: number, nowMs: number): void {
    const early = this.lagMs - lagMs;
    if (Math.abs(early) > 200) this.lagMs = lagMs;
    else {
      this.#pullJitterMs = Math.max(this.#pullJitterMs * 0.999, Math.min(40, early - 1));
      this.lagMs += (lagMs - this.lagMs) * SMOOTHING;
    }
    if (nowMs - this.#lossMs > LOOK_AHEAD_MS) this.#lookAhead = 0;
    else if (this.#lossRate > LOSS_TWO) this.#lookAhead = 2;
    else if (this.#lookAhead !== 2 || this.#lossRate < LOSS_TWO / 2) this.#lookAhead = 1;
  }

  /** The head now stands `ms` earlier in media time than it would by playing alone. */
  moved(ms: number): void {
    this.lagMs += ms;
  }

  lost(count: number, nowMs: number): void {
    for (let i = 0; i < count; i++) this.#lossRate += (1 - this.#lossRate) / LOSS_WINDOW;
    if (count > 0) this.#lossMs = nowMs;
  }

  received(packetMs: number): void {
    this.#lossRate -= this.#lossRate / LOSS_WINDOW;
    this.packetMs = packetMs;
  }

  /** Once a block, with what is decoded ahead of the head, ms. */
  judge(aheadMs: number): void {
    this.#sinceStretch++;
    const target = this.targetMs;
    const delay = this.delayMs;
    if (this.jitter.adaptive) {
      // Frames are taken 10 ms at a time, so a packet is needed by up to 10 ms before its first sample sounds.
      const early = aheadMs % 10;
      const slack = delay - early;
      this.shortMs = target - slack;
      this.roomMs = slack >= target ? early + 10 * Math.floor((slack - target) / 10) : 0;
    } else {
      this.shortMs = target - FIXED_SLACK_MS - delay;
      this.roomMs = delay - target - FIXED_SLACK_MS;
    }
    if (this.shortMs > 0 || this.roomMs >= LEAST_ROOM_MS) this.#wishedFor++;
    else this.#wishedFor = 0;
  }

  /** Likeness (-1 to 1) that a place must have to be repeated now; above 1 for not now. */
  get likenessToExpand(): number {
    if (this.shortMs <= 0 || this.#sinceStretch < 2) return 2;
    // Too little delay costs a gap with each late packet; room for the other side of a gap only costs quality.
    if (this.shortMs > this.#reserveMs) return this.shortMs > 30 ? 0.4 : 0.65;
    return this.#patience;
  }

  /** The same for leaving a piece out: the more there is to take out, the sooner and the less choosy. */
  get likenessToCompress(): number {
    const room = this.roomMs;
    if (room < LEAST_ROOM_MS || this.#sinceStretch < (room > 100 ? 2 : room > 30 ? 3 : 6)) return 2;
    return room > 100 ? 0.5 : room > 30 ? 0.65 : this.#patience;
  }

  /** Without hurry: pauses at first, after some seconds the steadiest vowels too. A moved scale of time in mid-word is heard. */
  get #patience(): number {
    return Math.max(0.95, 0.995 - this.#wishedFor * 5e-5);
  }

  stretched(): void {
    this.#sinceStretch = 0;
    this.#wishedFor = 0;
  }

  reset(): void {
    this.lagMs = 0;
    this.packetMs = 20;
    this.#pullJitterMs = 0;
    this.#lossRate = 0;
    this.#lossMs = Number.NEGATIVE_INFINITY;
    this.#lookAhead = 0;
    this.stretched();
  }
}
