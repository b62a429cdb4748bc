/** When to send RTCP in a unicast session (RFC 3550 §6.2, §6.3, §A.7). A pure reckoning: the caller sets the timer. */

/** Compensates that timer reconsideration makes intervals converge below the wanted ones: e - 1.5 (RFC 3550 §6.3.1). */
const compensation = Math.E - 1.5;
/** The recommended fixed minimum, s (RFC 3550 §6.2). */
const minimumSeconds = 5;

export interface RtcpLoad {
  /** Who takes part, we too. */
  readonly members: number;
  readonly senders: number;
  readonly weSend: boolean;
  /** Bytes a second for all RTCP: 5 % of the session's. */
  readonly bandwidth: number;
  /** Mean size of the compounds, bytes with UDP and IP. */
  readonly averageBytes: number;
  /** Nothing was sent yet: the first one comes after half the time. */
  readonly initial: boolean;
}

/** @param random 0 to 1 @returns ms until the next compound: 0.5 to 1.5 of the nominal time, over the compensation */
export function rtcpIntervalMs(load: RtcpLoad, random: number): number {
  let bandwidth = load.bandwidth;
  let sharing = load.members;
  // Senders get a quarter for themselves while they are few.
  if (load.senders <= load.members * 0.25) {
    bandwidth *= load.weSend ? 0.25 : 0.75;
    sharing = load.weSend ? load.senders : load.members - load.senders;
  }
  const minimum = load.initial ? minimumSeconds / 2 : minimumSeconds;
  const seconds = Math.max(minimum, (load.averageBytes * sharing) / Math.max(1, bandwidth));
  return ((seconds * (0.5 + random)) / compensation) * 1000;
}

/** The mean grows and falls by a sixteenth of each new size (RFC 3550 §6.3.3). */
export function averageBytesAfter(average: number, size: number): number {
  return average + (size - average) / 16;
}
