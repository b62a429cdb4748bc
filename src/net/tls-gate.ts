/** Who may begin a TLS handshake with us: bounds in number and rate, for all and for each source, because a handshake costs us more than a stranger. Not a firewall. */
import type { Clock } from "../../hal/clock.ts";

export interface GateLimits {
  /** Handshakes under way at a time. */
  readonly most: number;
  readonly mostOfSource: number;
  /** Handshakes that one source may begin, a second and at once. */
  readonly perSecond: number;
  readonly burst: number;
}

export const defaultGateLimits: GateLimits = { most: 64, mostOfSource: 8, perSecond: 4, burst: 16 };

interface Source {
  pending: number;
  left: number;
  atMs: number;
}

/** Sources that are remembered. Beyond, those without a handshake under way are forgotten: the bounds for all stay. */
const mostSources = 1024;

export class HandshakeGate {
  readonly #clock: Clock;
  readonly #limits: GateLimits;
  #sources = new Map<string, Source>();
  #pending = 0;

  constructor(clock: Clock, limits: GateLimits = defaultGateLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Handshakes under way. */
  get pending(): number {
    return this.#pending;
  }

  /**
   * Undefined where it may not begin; else the function that says that the handshake is over, however it ended.
   * @param makeRoom called where only the bound for all stands in the way: it may end another handshake
   */
  enter(address: string, makeRoom: () => void = () => {}): (() => void) | undefined {
    const { most, mostOfSource, perSecond, burst } = this.#limits;
    const nowMs = this.#clock.now();
    let source = this.#sources.get(address);
    if (source === undefined) {
      if (this.#sources.size >= mostSources) this.#forget();
      source = { pending: 0, left: burst, atMs: nowMs };
      this.#sources.set(address, source);
    }
    source.left = Math.min(burst, source.left + ((nowMs - source.atMs) / 1000) * perSecond);
    source.atMs = nowMs;
    if (source.left < 1 || source.pending >= mostOfSource) return undefined;
    if (this.#pending >= most) makeRoom();
    if (this.#pending >= most) return undefined;
    source.left--;
    source.pending++;
    this.#pending++;
    const entered = source;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      entered.pending--;
      this.#pending--;
    };
  }

  #forget(): void {
    for (const [address, source] of this.#sources) if (source.pending === 0) this.#sources.delete(address);
  }
}
