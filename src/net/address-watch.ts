/**
 * Watches the system's addresses, links and routes, and tells when the phone's own has changed or is gone (feature rows
 * NET-39, NET-42). `ip monitor` says when to look, a look each few seconds finds what it misses or replaces it where it is
 * absent; what is true is always asked of the system anew. It sets no address.
 */
import { networkInterfaces } from "node:os";
import type { Clock, Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import { type AddressEffect, type AddressState, type NetworkFacts, nextAddress } from "./address-watch-state.ts";

/** Starts a program that lives until it is killed; `hal/driver/os/process.ts` does. */
export type StartProgram = (options: {
  readonly program: string;
  readonly args: readonly string[];
  readonly onOutput: (bytes: Uint8Array) => void;
  readonly onErrorLine: (line: string) => void;
  readonly onExit: (end: { readonly type: "exit" | "absent"; readonly why: string }) => void;
}) => { kill(): void };

export interface AddressWatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly start: StartProgram;
  /** Asks the system; `systemFacts` unless a test knows better. */
  readonly look: (ipv6: boolean) => Promise<NetworkFacts>;
  readonly errors: (error: unknown) => void;
}

/** One change comes as several: address, route and link; the last is waited for, ms. */
const settleMs = 300;
/** Looks without being told to, ms. */
const pollMs = 5000;
/** A monitor that ended is started again after this, ms; one that is absent never. */
const restartMs = 30_000;

export class AddressWatch {
  readonly onChange: Event<AddressEffect>;
  readonly #parts: AddressWatchParts;
  #state: AddressState;
  #monitor: { kill(): void } | undefined;
  #settle: Timer | undefined;
  #poll: Timer | undefined;
  #restart: Timer | undefined;
  #life: "new" | "open" | "closed" = "new";
  #looking = false;

  /** @param address the one in use now */
  constructor(parts: AddressWatchParts, address: string) {
    this.#parts = parts;
    this.#state = { name: "up", address };
    this.onChange = new Event(parts.errors);
  }

  get state(): AddressState {
    return this.#state;
  }

  open(): void {
    this.#life = "open";
    this.#listen();
    this.#pollLater();
  }

  /** Idempotent. */
  close(): void {
    this.#life = "closed";
    this.#monitor?.kill();
    for (const timer of [this.#settle, this.#poll, this.#restart]) timer?.cancel();
  }

  #listen(): void {
    const { start, log, clock } = this.#parts;
    this.#monitor = start({
      program: "ip",
      args: ["-o", "monitor", "address", "link", "route"],
      onOutput: () => {
        this.#settle?.cancel();
        this.#settle = clock.after(settleMs, () => void this.#look());
      },
      onErrorLine: (line) => log.debug({}, `ip monitor: ${line}`),
      onExit: ({ type, why }) => {
        this.#monitor = undefined;
        if (this.#life !== "open") return;
        log.info({}, `addresses are looked at each ${pollMs / 1000} s only: ip monitor: ${why}`);
        if (type === "exit") this.#restart = clock.after(restartMs, () => this.#listen());
      },
    });
  }

  #pollLater(): void {
    this.#poll = this.#parts.clock.after(pollMs, () => {
      void this.#look();
      this.#pollLater();
    });
  }

  async #look(): Promise<void> {
    if (this.#looking || this.#life !== "open") return;
    this.#looking = true;
    try {
      const facts = await this.#parts.look(this.#state.address.includes(":"));
      if (this.#life !== "open") return;
      const [state, effects] = nextAddress(this.#state, facts);
      this.#state = state;
      for (const effect of effects) this.onChange.emit(effect);
    } catch (error) {
      this.#parts.errors(error);
    } finally {
      this.#looking = false;
    }
  }
}

/** @param localAddressFor the local address that the system would use towards a remote one; asking sends nothing */
export async function systemFacts(
  localAddressFor: (remote: string) => Promise<string>,
  ipv6: boolean,
): Promise<NetworkFacts> {
  // The system lists interfaces that are up and running only. Link-local addresses reach nobody beyond the next switch.
  const addresses = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal, address }) => !internal && !/^fe80:|^169\.254\./i.test(address))
    .map(({ address }) => address);
  // Documentation addresses (RFC 5737, RFC 3849).
  const outward = await localAddressFor(ipv6 ? "2001:db8::1" : "192.0.2.1").catch(() => undefined);
  // A way may still be known over a link that is down.
  return { addresses, outward: outward !== undefined && addresses.includes(outward) ? outward : undefined };
}
