/** How losses lie: bursts and gaps as RFC 3611 §4.7.2 defines them, counted packet by packet in the order of their turns. No clock, no sound. */

/** Packets without loss that part two bursts, as the RFC recommends. */
export const gapThreshold = 16;

/** What `figures` says; densities in percent, lengths in packets, on the average. */
export interface BurstGapFigures {
  readonly burstDensityPercent: number;
  readonly gapDensityPercent: number;
  readonly burstPackets: number;
  readonly gapPackets: number;
  /** Mean length of what was lost in a row over that of random loss of the same rate, 1 or more (G.107 §3.5). */
  readonly burstRatio: number;
}

export class BurstGap {
  /** Packets in a row since the last one that was missing. */
  #good = 0;
  /** From the first to the last missing packet of what may become a burst. */
  #runPackets = 0;
  #runLost = 0;
  #bursts = 0;
  #burstPackets = 0;
  #burstLost = 0;
  #gaps = 0;
  #gapPackets = 0;
  #gapLost = 0;
  /** The gap that goes on. */
  #inGap = false;
  #lost = 0;
  #total = 0;
  #rows = 0;
  #before = false;

  played(): void {
    this.#good++;
    this.#total++;
    this.#before = false;
  }

  /** Lost, or thrown away by the jitter buffer. */
  missing(): void {
    this.#total++;
    this.#lost++;
    if (!this.#before) this.#rows++;
    this.#before = true;
    if (this.#runLost > 0 && this.#good < gapThreshold) {
      this.#runLost++;
      this.#runPackets += this.#good + 1;
    } else {
      this.#endRun();
      this.#gap(this.#good, 0);
      this.#runLost = 1;
      this.#runPackets = 1;
    }
    this.#good = 0;
  }

  /** As if the sound ended here. */
  get figures(): BurstGapFigures {
    const single = this.#runLost === 1;
    const burst = this.#runLost > 1;
    const tail = (single ? 1 : 0) + this.#good;
    const bursts = this.#bursts + (burst ? 1 : 0);
    const burstPackets = this.#burstPackets + (burst ? this.#runPackets : 0);
    const burstLost = this.#burstLost + (burst ? this.#runLost : 0);
    const gapPackets = this.#gapPackets + tail;
    const gapLost = this.#gapLost + (single ? 1 : 0);
    const gaps = this.#gaps + (tail > 0 && (burst || !this.#inGap) ? 1 : 0);
    const loss = this.#total === 0 ? 0 : this.#lost / this.#total;
    const row = this.#rows === 0 ? 1 : this.#lost / this.#rows;
    return {
      burstDensityPercent: burstPackets === 0 ? 0 : (100 * burstLost) / burstPackets,
      gapDensityPercent: gapPackets === 0 ? 0 : (100 * gapLost) / gapPackets,
      burstPackets: bursts === 0 ? 0 : burstPackets / bursts,
      gapPackets: gaps === 0 ? 0 : gapPackets / gaps,
      // Random loss of rate p comes in rows of 1 / (1 - p).
      burstRatio: Math.max(1, row * (1 - loss)),
    };
  }

  #endRun(): void {
    if (this.#runLost === 1) this.#gap(1, 1);
    else if (this.#runLost > 1) {
      this.#bursts++;
      this.#burstPackets += this.#runPackets;
      this.#burstLost += this.#runLost;
      this.#inGap = false;
    }
    this.#runLost = 0;
  }

  #gap(packets: number, lost: number): void {
    if (packets === 0) return;
    if (!this.#inGap) this.#gaps++;
    this.#inGap = true;
    this.#gapPackets += packets;
    this.#gapLost += lost;
  }
}
