/** Listening points of accounts that have a port of their own (feature row NET-24, `account.X.sip_listen_port`). Which requests leave by them is the accounts' manner. */
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { localPortOf } from "../phone/accounts-manner.ts";
import type { Settings } from "../phone/ports.ts";
import type { TransportAddress } from "../sip/transport-address.ts";
import type { TransportName } from "../sip/uri.ts";

export interface AccountPortsParts {
  readonly transport: {
    readonly listening: readonly TransportAddress[];
    listen(at: TransportAddress): Promise<TransportAddress>;
  };
  readonly settings: Settings;
  readonly log: Log;
  /** Numeric. */
  readonly address: string;
  readonly transports: readonly Exclude<TransportName, "tls">[];
  /** How many accounts the model has. */
  readonly accounts: number;
}

export const touchesAccountPorts = /^account\.\d+\.(enable|sip_listen_port)$/;

/**
 * Listens wherever an account wants it and nobody does yet. A port that no account wants any more stays open, because
 * calls may have its address.
 *
 * @returns for people: what cannot be had; undefined where all is well. The account then uses the phone's own port.
 */
export async function listenForAccounts(parts: AccountPortsParts): Promise<string | undefined> {
  const { transport, settings, log, address } = parts;
  const troubles: string[] = [];
  for (let id = 1; id <= parts.accounts; id++) {
    const port = settings.flag(`account.${id}.enable`) ? localPortOf(settings, id) : undefined;
    if (port === undefined) continue;
    const wanted = parts.transports
      .map((name): TransportAddress => ({ transport: name, address, port }))
      .filter((at) => !transport.listening.some((o) => o.transport === at.transport && o.port === port));
    // All at once, so that a request of the account that is just being made waits for them.
    const outcomes = await Promise.allSettled(wanted.map((at) => transport.listen(at)));
    for (const outcome of outcomes)
      if (outcome.status === "rejected") {
        const why = `account ${id}: ${reasonOf(outcome.reason)}`;
        log.error({ account: id }, why);
        troubles.push(why);
      }
  }
  return troubles[0];
}
