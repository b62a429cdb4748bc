/** The UDP ports for sound, out of two settings that only make sense together (feature map NET-23). */

export const portNames: readonly string[] = ["network.port.min_rtpport", "network.port.max_rtpport"];

export interface PortRange {
  /** Even, at least 2. */
  readonly portMin: number;
  /** At least four above `portMin`, at most 65535. */
  readonly portMax: number;
  /** Set where the settings do not fit each other, and says what is used instead. */
  readonly why?: string;
}

/** Ports to use where the settings leave no room: as many as the built-in defaults have. */
const room = 20;

/** Never fails: a range without room for two calls is replaced by one that begins where the settings say. */
export function rtpPortRange(settings: { number(name: string): number }): PortRange {
  const first = settings.number("network.port.min_rtpport");
  const last = settings.number("network.port.max_rtpport");
  // RTP has the even port, RTCP the odd one above (RFC 3550 §11).
  const even = Math.max(2, first + (first % 2));
  if (last >= even + 4) return { portMin: even, portMax: last };
  const portMin = Math.min(even, 65534 - room);
  const portMax = portMin + room;
  return {
    portMin,
    portMax,
    why: `sound ports ${first} to ${last} leave no room, the last has to be at least four above the first; ${portMin} to ${portMax} are used`,
  };
}
