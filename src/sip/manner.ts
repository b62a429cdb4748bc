/** How one account's messages are written, timed and sent, whatever they say (feature rows ACC-16, ACC-19, ACC-22, NET-24, NET-28). Settings only; a message carries them through the layers. */
import type { SipTimers } from "./timers.ts";

export interface Manner {
  /** One-letter header names (RFC 3261 §7.3.3). */
  readonly compact?: boolean;
  /** T1, T2 and T4 of its transactions; the stack's unless told. */
  readonly timers?: SipTimers;
  /** Option tags that proxies on the way must know (RFC 3261 §20.29), "" for none. */
  readonly proxyRequire?: string;
  /** Local port that its requests leave by and that Via and Contact name; the first that is listened on unless told. */
  readonly localPort?: number;
  /** Whether requests over UDP ask for the port that the server sees (RFC 3581 §3); they do unless told. */
  readonly rport?: boolean;
  /** Event packages that Allow-Events names (RFC 6665 §8.2.2), beyond none. */
  readonly allowEvents?: readonly string[];
}
