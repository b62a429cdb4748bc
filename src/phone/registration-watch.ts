/**
 * The accounts' own registrations as their registrars see them: the reg event of RFC 3680 (feature row ACC-26). It listens
 * and passes on; what follows is sip/registration-event.ts.
 */
import type { Log } from "../base/log.ts";
import type { SipRequest } from "../sip/message.ts";
import {
  mergeRegistrations,
  type RegistrationTable,
  readRegistrationInfo,
  registrationInfoType,
} from "../sip/xml/registration-info.ts";
import type { Accounts } from "./accounts.ts";
import { AccountSubscriptions, type AccountSubscriptionsParts, type Wanted } from "./subscriptions.ts";

export interface RegistrationWatchParts extends AccountSubscriptionsParts {
  readonly accounts: AccountSubscriptionsParts["accounts"] & Pick<Accounts, "told">;
  readonly log: Log;
}

/** RFC 3680 §4.4, s. */
const expiresSeconds = 3761;
const event = "reg";

export class RegistrationWatch {
  readonly #parts: RegistrationWatchParts;
  readonly #subscriptions: AccountSubscriptions;
  #tables = new Map<number, RegistrationTable>();

  constructor(parts: RegistrationWatchParts) {
    this.#parts = parts;
    const { settings } = parts;
    const accept = [registrationInfoType];
    this.#subscriptions = new AccountSubscriptions(
      parts,
      (account, { aor }) =>
        settings.flag(`account.${account}.subscribe_register`)
          ? [{ key: event, account, uri: aor, event, accept, expiresSeconds }]
          : [],
      {
        notified: (wanted, request) => this.#take(wanted, request),
        state: ({ account }, { name }) => {
          // Versions begin anew with each subscription.
          if (name !== "active" && name !== "pending") this.#tables.delete(account);
        },
      },
    );
  }

  open(): void {
    this.#subscriptions.open();
  }

  /** Idempotent. */
  close(): void {
    this.#subscriptions.close();
  }

  /** Names of parameters that changed. */
  configured(names: ReadonlySet<string>): void {
    if ([...names].some((name) => /^account\.\d+\.(subscribe_register|enable)$/.test(name)))
      this.#subscriptions.update();
  }

  #take({ account }: Wanted, request: SipRequest): void {
    if (request.body.length === 0) return;
    const { log, accounts } = this.#parts;
    const read = readRegistrationInfo(request.body);
    if (!read.ok) {
      log.warn({ account }, `account ${account}: ${read.why}`);
      return;
    }
    const { table, ask } = mergeRegistrations(this.#tables.get(account), read.value);
    this.#tables.set(account, table);
    if (ask) this.#subscriptions.find(account, event)?.refresh();
    for (const { contacts } of read.value.registrations)
      for (const contact of contacts.values()) accounts.told(account, contact);
  }
}
