/** Keeps the way to a registrar open through NATs while an account is registered over UDP (feature row NET-29): datagrams that say nothing, OPTIONS or NOTIFY. Connections have `keep-alive.ts`. */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { TransportAddress } from "./transport-address.ts";
import type { Identity, UserAgent } from "./user-agent.ts";

/** What is sent; the values of `account.X.nat.udp_update_enable`. */
export type KeepAliveKind = "off" | "datagram" | "OPTIONS" | "NOTIFY";

export const keepAliveKinds: readonly KeepAliveKind[] = ["off", "datagram", "OPTIONS", "NOTIFY"];

export interface UdpKeepAliveParts {
  readonly userAgent: Pick<UserAgent, "keepAlive" | "request">;
  readonly clock: Clock;
  readonly log: Log;
}

export interface UdpKeepAliveOptions {
  readonly kind: KeepAliveKind;
  readonly intervalMs: number;
  readonly identity: Identity;
  /** Request-URI of OPTIONS and NOTIFY. */
  readonly registrar: string;
  /** OPTIONS or NOTIFY got no answer. */
  readonly silent?: () => void;
}

export class UdpKeepAlive {
  readonly #parts: UdpKeepAliveParts;
  readonly #options: UdpKeepAliveOptions;
  #target: TransportAddress | undefined;
  #timer: Timer | undefined;

  constructor(parts: UdpKeepAliveParts, options: UdpKeepAliveOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** What is sent and how often, to tell whether a change of the configuration touches it. */
  get choice(): string {
    return `${this.#options.kind} ${this.#options.intervalMs}`;
  }

  /** @param target the server's address that granted the registration; undefined while there is none */
  follow(target: TransportAddress | undefined): void {
    const fitting = target?.transport === "udp" && this.#options.kind !== "off" ? target : undefined;
    this.#target = fitting;
    if (fitting === undefined) {
      this.#timer?.cancel();
      this.#timer = undefined;
    } else this.#timer ??= this.#wait();
  }

  #wait(): Timer {
    return this.#parts.clock.after(this.#options.intervalMs, () => {
      this.#timer = undefined;
      const target = this.#target;
      if (target === undefined) return;
      this.#send(target);
      this.#timer = this.#wait();
    });
  }

  #send(target: TransportAddress): void {
    const { userAgent, log } = this.#parts;
    const { kind, identity, registrar } = this.#options;
    if (kind === "off") return;
    if (kind === "datagram") {
      userAgent.keepAlive(target, identity.manner?.localPort);
      return;
    }
    // Straight to the registrar's address, past any route: it is that way that shall stay open. Every answer is good.
    const own = { ...identity, target, route: [] };
    const headers = kind === "NOTIFY" ? ([["Event", "keep-alive"]] as const) : [];
    userAgent.request({ identity: own, method: kind, uri: registrar, headers }).then(
      (outcome) => {
        if (!("failed" in outcome)) return;
        log.debug({}, `keep-alive: ${outcome.failed}`);
        this.#options.silent?.();
      },
      (error: unknown) => log.debug({ error }, "keep-alive failed"),
    );
  }
}
