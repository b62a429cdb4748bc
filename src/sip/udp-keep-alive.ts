/** Keeps the way to a registrar open through NATs while an account is registered over UDP (feature row NET-29): datagrams that say nothing, OPTIONS or NOTIFY, and STUN where the server has announced that it answers (RFC 5626 §4.4.2). Connections have `keep-alive.ts`. */
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { Endpoint } from "../base/network.ts";
import { type AnnouncedFlow, nextStunKeepAlive, type StunKeepAliveState, stunPauseMs } from "./stun-keep-alive.ts";
import type { TransportAddress } from "./transport-address.ts";
import type { Identity, UserAgent } from "./user-agent.ts";

/** What is sent; the values of `account.X.nat.udp_update_enable`. */
export type KeepAliveKind = "off" | "datagram" | "OPTIONS" | "NOTIFY";

export const keepAliveKinds: readonly KeepAliveKind[] = ["off", "datagram", "OPTIONS", "NOTIFY"];

export interface UdpKeepAliveParts {
  readonly userAgent: Pick<UserAgent, "keepAlive" | "request">;
  readonly clock: Clock;
  readonly log: Log;
  /** Absent: nobody can ask by STUN. */
  readonly stun?: AskStun | undefined;
}

/** Asks the far end of a SIP flow by STUN, from its own socket, where it sees us; undefined: no answer. */
export interface AskStun {
  mappedBy(local: Endpoint, target: Endpoint): Promise<Endpoint | undefined>;
  /** 0 up to 1, drawn anew. */
  readonly chance: () => number;
}

export interface UdpKeepAliveOptions {
  readonly kind: KeepAliveKind;
  readonly intervalMs: number;
  readonly identity: Identity;
  /** Request-URI of OPTIONS and NOTIFY. */
  readonly registrar: string;
  /** OPTIONS or NOTIFY got no answer. */
  readonly silent?: () => void;
  /** The flow leads nowhere any more, or comes from another address: the binding has to be made anew. */
  readonly dead?: (target: TransportAddress, why: string) => void;
}

export class UdpKeepAlive {
  readonly #parts: UdpKeepAliveParts;
  readonly #options: UdpKeepAliveOptions;
  #target: TransportAddress | undefined;
  #timer: Timer | undefined;
  #announced: AnnouncedFlow | undefined;
  #stun: StunKeepAliveState = { name: "unknown" };
  #asking = false;

  constructor(parts: UdpKeepAliveParts, options: UdpKeepAliveOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  /** What is sent and how often, to tell whether a change of the configuration touches it. */
  get choice(): string {
    return `${this.#options.kind} ${this.#options.intervalMs}`;
  }

  /**
   * @param target the server's address that granted the registration; undefined while there is none
   * @param announced the same way, where the server has announced that it answers
   */
  follow(target: TransportAddress | undefined, announced?: AnnouncedFlow): void {
    const fitting = target?.transport === "udp" && this.#options.kind !== "off" ? target : undefined;
    const flow = fitting === undefined || this.#parts.stun === undefined ? undefined : announced;
    const anew = flow !== undefined && !sameFlow(flow, this.#announced);
    const changed = anew || (flow === undefined) !== (this.#announced === undefined);
    this.#target = fitting;
    this.#announced = flow;
    if (anew) this.#stun = { name: "unknown" };
    if (fitting === undefined || changed) {
      this.#timer?.cancel();
      this.#timer = undefined;
    }
    if (anew) void this.#ask(flow);
    else if (fitting !== undefined && !this.#asking) this.#timer ??= this.#wait();
  }

  #wait(): Timer {
    const { clock, stun } = this.#parts;
    const flow = this.#stun.name === "mute" ? undefined : this.#announced;
    const ms = flow === undefined ? this.#options.intervalMs : stunPauseMs(flow.seconds, stun?.chance() ?? 0);
    return clock.after(ms, () => {
      this.#timer = undefined;
      const target = this.#target;
      if (target === undefined) return;
      if (flow !== undefined && sameFlow(flow, this.#announced)) {
        void this.#ask(flow);
        return;
      }
      this.#send(target);
      this.#timer = this.#wait();
    });
  }

  async #ask(flow: AnnouncedFlow): Promise<void> {
    this.#asking = true;
    const answer = await this.#parts.stun?.mappedBy(flow.local, flow.target);
    // Another way is followed meanwhile, or none.
    if (this.#announced !== undefined && !sameFlow(flow, this.#announced)) return;
    this.#asking = false;
    if (this.#announced === undefined) return;
    const [state, why] = nextStunKeepAlive(this.#stun, answer);
    this.#stun = state;
    if (why !== undefined) {
      this.#parts.log.info({ server: flow.target.address }, `registers anew: ${why}`);
      this.#options.dead?.(flow.target, why);
    }
    this.#timer ??= this.#wait();
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

function sameFlow(a: AnnouncedFlow, b: AnnouncedFlow | undefined): boolean {
  if (b === undefined || a.seconds !== b.seconds) return false;
  const same = (x: TransportAddress, y: TransportAddress) =>
    x.transport === y.transport && x.address === y.address && x.port === y.port;
  return same(a.local, b.local) && same(a.target, b.target);
}
