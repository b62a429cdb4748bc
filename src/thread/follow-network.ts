/** When the machine's address or its link changes, everything that has it follows: sockets, NAT, registrations, calls (feature rows NET-39, NET-42). */
import type { Clock } from "../../hal/clock.ts";
import { startChild } from "../../hal/driver/os/process.ts";
import { PhoneError, reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { AddressWatch, systemFacts } from "../net/address-watch.ts";
import type { AddressEffect } from "../net/address-watch-state.ts";
import type { Nat } from "../phone/nat.ts";
import type { Phone } from "../phone/phone.ts";
import type { Settings } from "../phone/ports.ts";
import { furtherAddresses } from "./nat.ts";
import type { SipStack } from "./sip-stack.ts";

export interface FollowedNetwork {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Settings;
  readonly sip: Pick<SipStack, "address" | "move">;
  readonly nat: Pick<Nat, "moved">;
  readonly phone: Pick<Phone, "moved" | "notice" | "plug">;
  /** The address that the phone would take if it began now. */
  readonly find: () => Promise<string>;
  readonly errors: (error: unknown) => void;
}

/** An address is there before it may be used, while the network is asked whether somebody has it (RFC 4862 §5.4), ms. */
const retryMs = 1000;
const mostTries = 10;

/** @returns what ends it */
export function followNetwork(parts: FollowedNetwork): () => void {
  const { clock, log, sip, phone, errors, find } = parts;
  const look = (ipv6: boolean) => systemFacts(find, ipv6);
  const watch = new AddressWatch({ clock, log, start: startChild, look, errors }, sip.address);
  // One after the other: the way to an address may still be going on when there is the next.
  let last = Promise.resolve();
  watch.onChange.on((effect) => {
    last = last.then(() => follow(parts, watch, effect)).catch(errors);
  });
  phone.notice("address", undefined);
  watch.open();
  return () => watch.close();
}

async function follow(parts: FollowedNetwork, watch: AddressWatch, effect: AddressEffect): Promise<void> {
  const { log, phone } = parts;
  switch (effect.type) {
    case "lost":
      log.warn({}, "the network is gone");
      phone.plug("ethernet", false);
      return;
    case "back":
      log.info({}, "the network is back");
      phone.plug("ethernet", true);
      return;
    case "moved":
      await move(parts, watch, effect.to);
      return;
    default:
      effect satisfies never;
  }
}

async function move(parts: FollowedNetwork, watch: AddressWatch, to: string): Promise<void> {
  const { clock, log, settings, sip, nat, phone } = parts;
  for (let tries = 1; ; tries++)
    try {
      // It may have moved on while we waited.
      if (watch.state.address !== to || sip.address === to) return;
      const from = sip.address;
      await sip.move(to);
      log.warn({ from, to }, `the phone's address is ${to} now`);
      nat.moved(to, await furtherAddresses(settings, to));
      phone.notice("address", undefined);
      phone.moved(from, to);
      return;
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error;
      if (tries >= mostTries) {
        log.error({ to }, `the phone cannot use its new address: ${reasonOf(error)}`);
        phone.notice("address", `Cannot use ${to}: ${reasonOf(error)}`);
        return;
      }
      await new Promise<void>((resolve) => {
        clock.after(retryMs, resolve);
      });
    }
}
