/** Where playing stands against where it should: the delay, its target, and what stretching is wished for; it moves no sound. */
import type { JitterEstimator } from "./jitter-estimator.ts";
import type { MediaTuning } from "./protocol.ts";

export type JitterSettings = MediaTuning["jitter"];

/** On a clean network the delay is one packet, 20 ms at the most: then what follows a gap is there when its middle is played. */
const CLEAN_MS = 20;
/** The delay moves so far up and down around that before anything is done, so that its mean stays below; ms. */
const CLEAN_SLACK_MS = 3;
/** The same for what jitter asks for besides, which is known no better than that, as a share of it. */
const JITTER_SLACK = 0.2;
/** For so long after a loss more is held, so that the next gap can be filled from both sides, ms. */
const LOOK_AHEAD_MS = 3500;
/** Most packets held for that, and losses over which runs are counted. */
const MOST_LOOK_AHEAD = 3;
const RUNS_WINDOW = 40;
/** So much of what is lost may lie in runs longer than what is held. */
const LONGER_RUNS = 0.3;
/** Fewer packets lost in such runs prove nothing. */
const LEAST_LONGER = 4;
/** Share of the distance that the smoothed lag moves towards what a pull shows. */
const SMOOTHING = 0.05;
/** In fixed mode the delay may be off by this, ms. */
const FIXED_SLACK_MS = 12;
/** Blocks of 10 ms for which a pause is waited for. */
const PAUSE_WAIT = 300;
/** Blocks of 10 ms that must have been quiet before delay is put in that nothing urgent asks for: then it is no pause within a word. */
const QUIET_BLOCKS = 12;
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
  /** Less is held than the network asks for. */
  urgent = false;
  /** The most that may be put in at once, ms. */
  mostMs = Number.POSITIVE_INFINITY;
  /** How far single pulls were before the smoothed lag, ms. */
  #pullJitterMs = 0;
  #lossMs = Number.NEGATIVE_INFINITY;
  /** Of what was lost of late: how much in runs of 1, 2, ..., and of more than the most that is held. */
  readonly #runs = new Float64Array(MOST_LOOK_AHEAD + 2);
  /** Packets held beyond what the network asks for. */
  #lookAhead = 0;
  /** Blocks since the last stretch, and since one was first wished for. */
  #sinceStretch = 0;
  #wishedFor = 0;
  #falling = false;

  constructor(jitter: JitterSettings, estimator: JitterEstimator) {
    this.jitter = jitter;
    this.#estimator = estimator;
  }

  get delayMs(): number {
    return this.lagMs - this.#estimator.baseMs;
  }

  /** What is steered to, ms. */
  get targetMs(): number {
    if (!this.jitter.adaptive) return this.jitter.normalMs;
    return Math.max(this.#bound(this.#neededMs + this.#reserveMs), this.#cleanMs);
  }

  /** What the network and the card ask for, ms: with less, packets come late. */
  get #neededMs(): number {
    return this.#estimator.neededMs + 1 + this.#pullJitterMs;
  }

  /** What is held besides only to fill gaps of more than a packet from both sides, ms. */
  get #reserveMs(): number {
    return this.#lookAhead > 1 ? this.#lookAhead * this.packetMs : 0;
  }

  /**
   * What is always given, ms: on a clean network one packet, so that the other side of a gap is there before the gap is over. To
   * move sound for the last ms of that is heard more than it helps. Where packets are lost one by one and late, one on top.
   */
  get #cleanMs(): number {
    const clean = this.#plainMs;
    return this.#bound(this.#lookAhead === 1 ? clean + this.#estimator.neededMs : clean);
  }

  get #plainMs(): number {
    return Math.min(this.packetMs, CLEAN_MS) - CLEAN_SLACK_MS + 1;
  }

  #bound(ms: number): number {
    const { minMs, maxMs } = this.jitter;
    return Math.max(minMs, Math.min(Math.max(minMs, maxMs), ms));
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
  }

  /** The head now stands `ms` earlier in media time than it would by playing alone. */
  moved(ms: number): void {
    this.lagMs += ms;
  }

  /** A run of `count` lost packets, at least 1, was passed. */
  lost(count: number, nowMs: number): void {
    this.#lossMs = nowMs;
    const runs = this.#runs;
    let all = 0;
    for (let length = 1; length < runs.length; length++) {
      runs[length] = (runs[length] ?? 0) * Math.max(0, 1 - count / RUNS_WINDOW);
      if (length === Math.min(count, runs.length - 1)) runs[length] = (runs[length] ?? 0) + count;
      all += runs[length] ?? 0;
    }
    const before = this.#lookAhead;
    this.#lookAhead = 1;
    for (let longer = all - (runs[1] ?? 0); this.#lookAhead < MOST_LOOK_AHEAD; longer -= runs[this.#lookAhead] ?? 0) {
      // What is held already stays for less: a move is heard.
      const share = this.#lookAhead < before ? LONGER_RUNS / 2 : LONGER_RUNS;
      if (longer <= share * all || longer < LEAST_LONGER) break;
      this.#lookAhead++;
    }
  }

  received(packetMs: number): void {
    this.packetMs = packetMs;
  }

  /** Once a block, with what is decoded ahead of the head, ms. */
  judge(aheadMs: number): void {
    this.#sinceStretch++;
    const delay = this.delayMs;
    if (this.jitter.adaptive) {
      // Frames are taken 10 ms at a time, so a packet is needed by up to 10 ms before its first sample sounds.
      const early = aheadMs % 10;
      const slack = delay - early;
      const target = this.#bound(this.#neededMs + this.#reserveMs);
      const above = this.#lookAhead === 1 ? this.#estimator.neededMs * JITTER_SLACK : 0;
      const clean = this.#bound(this.#cleanMs + above);
      const band = CLEAN_SLACK_MS + above;
      this.urgent = slack < this.#bound(this.#neededMs);
      this.shortMs = target - slack;
      this.mostMs = this.urgent ? Number.POSITIVE_INFINITY : Math.max(this.shortMs, clean - delay);
      if (delay < clean - band) this.shortMs = Math.max(this.shortMs, clean - delay);
      this.roomMs = slack >= target ? early + 10 * Math.floor((slack - target) / 10) : 0;
      this.roomMs = Math.min(this.roomMs, delay > clean + band ? delay - clean : 0);
    } else {
      const target = this.jitter.normalMs;
      this.urgent = true;
      this.shortMs = target - FIXED_SLACK_MS - delay;
      this.roomMs = delay - target - FIXED_SLACK_MS;
    }
    if (this.roomMs > 30) this.#falling = true;
    else if (this.roomMs < LEAST_ROOM_MS) this.#falling = false;
    if (this.shortMs > 0 || this.roomMs >= LEAST_ROOM_MS) this.#wishedFor++;
    else this.#wishedFor = 0;
  }

  /** Likeness (-1 to 1) that a place must have to be repeated now; above 1 for not now. `quietBlocks` is how long it has been quiet. */
  likenessToExpand(quietBlocks: number): number {
    if (this.shortMs <= 0 || this.#sinceStretch < (this.urgent ? 2 : 1)) return 2;
    // Too little delay costs a gap with each late packet; room for the other side of a gap only costs quality, and less than
    // a scale of time that moves where somebody speaks.
    if (this.urgent) return this.shortMs > 30 ? 0.4 : 0.65;
    if (quietBlocks >= QUIET_BLOCKS) return 1;
    // A clock that drifts, under sound that never pauses, must not eat up what is always held.
    return this.delayMs < this.#bound(this.#plainMs) - CLEAN_SLACK_MS ? this.#patience : 2;
  }

  /** The same for leaving a piece out: the more there is to take out, the sooner and the less choosy. */
  get likenessToCompress(): number {
    const room = this.roomMs;
    if (room < LEAST_ROOM_MS || this.#sinceStretch < (room > 100 ? 2 : room > 30 ? 3 : 6)) return 2;
    if (room > 30) return room > 100 ? 0.5 : 0.65;
    // The last part of a great fall: but for a frame it must not wait for a pause that may not come.
    return room > 12 && this.#falling ? 0.7 : this.#patience;
  }

  /** Without hurry: pauses at first, later the steadiest vowels too. A moved scale of time in mid-word is heard. */
  get #patience(): number {
    const waited = this.#wishedFor - PAUSE_WAIT;
    return waited <= 0 ? 1 : Math.max(0.95, 0.995 - waited * 5e-5);
  }

  stretched(): void {
    this.#sinceStretch = 0;
    this.#wishedFor = 0;
  }

  reset(): void {
    this.lagMs = 0;
    this.packetMs = 20;
    this.#pullJitterMs = 0;
    this.#runs.fill(0);
    this.#lossMs = Number.NEGATIVE_INFINITY;
    this.#lookAhead = 0;
    this.stretched();
  }
}
