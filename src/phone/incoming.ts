/** Whether an incoming INVITE rings, and for whom: feature rows ACC-17, ACC-31, CAL-20, CAL-22, CAL-27, SEC-19. Pure. */

export interface IncomingFacts {
  /** User part of the Request-URI, decoded. */
  readonly requestUser: string;
  readonly toUser: string;
  /** Numeric address that the request came from. */
  readonly source: string;
  /** It came by TLS. */
  readonly secure: boolean;
}

export interface IncomingAccount {
  readonly id: number;
  readonly enabled: boolean;
  readonly userName: string;
  /** Addresses of its servers and proxies, as resolved last. */
  readonly servers: ReadonlySet<string>;
  /** account.X.sip_trust_ctrl: only those may call. */
  readonly serversOnly: boolean;
  /** It registers by TLS: whoever calls it by another transport is not its server, whatever address is written there. */
  readonly tlsOnly: boolean;
}

/** What came from there may speak for that account: its server, or anybody where its configuration says so. */
export function believes(account: IncomingAccount, source: string, secure: boolean): boolean {
  return reachable(account, secure) && (account.servers.has(source) || !account.serversOnly);
}

/** SEC-20: UDP and TCP lead to no account that is to be reached by TLS. */
function reachable({ enabled, tlsOnly }: IncomingAccount, secure: boolean): boolean {
  return enabled && (secure || !tlsOnly);
}

export interface IncomingRules {
  readonly accounts: readonly IncomingAccount[];
  readonly defaultAccount: number;
  readonly directIp: boolean;
  readonly directIpAutoAnswer: boolean;
  /** Nobody is to disturb that account, or this caller may not all the same. */
  readonly dnd: (account: number) => boolean;
  readonly dndStatus: number;
  readonly callWaiting: boolean;
  readonly busyStatus: number;
  /** Calls that exist now, and how many there may be. */
  readonly calls: number;
  readonly mostCalls: number;
}

export type Verdict =
  | { readonly type: "ring"; readonly account: number; readonly autoAnswer: boolean }
  /** Somebody who may call: the account's list of calls shows it. */
  | {
      readonly type: "refuse";
      readonly account: number;
      readonly status: number;
      readonly reason: string;
      readonly busy: boolean;
    }
  /** Nobody's business to see on the LCD; it is counted and logged. */
  | { readonly type: "stranger"; readonly status: 403 };

export function decideIncoming(facts: IncomingFacts, rules: IncomingRules): Verdict {
  const who = recipient(facts, rules);
  if (who === undefined) return { type: "stranger", status: 403 };
  const { account } = who;
  if (rules.dnd(account)) return { type: "refuse", account, status: rules.dndStatus, reason: "", busy: false };
  if (rules.calls >= rules.mostCalls || (rules.calls > 0 && !rules.callWaiting))
    return { type: "refuse", account, status: rules.busyStatus, reason: "", busy: true };
  return { type: "ring", account: who.account, autoAnswer: who.direct && rules.directIpAutoAnswer };
}

function recipient(
  { requestUser, toUser, source, secure }: IncomingFacts,
  { accounts, defaultAccount, directIp }: IncomingRules,
): { account: number; direct: boolean } | undefined {
  const enabled = accounts.filter((a) => reachable(a, secure));
  const named =
    enabled.find((a) => a.userName !== "" && a.userName === requestUser) ??
    enabled.find((a) => a.userName !== "" && a.userName === toUser);
  // A server may put anything into the Request-URI (an alias, a group number): the server itself is known.
  const byServer =
    (named?.servers.has(source) === true ? named : undefined) ?? enabled.find((a) => a.servers.has(source));
  if (byServer !== undefined) return { account: byServer.id, direct: false };
  if (named !== undefined && !named.serversOnly) return { account: named.id, direct: false };
  if (!directIp) return undefined;
  const fallback = accounts.find((a) => a.id === defaultAccount) ?? accounts[0];
  // Deviates from the guide, where anybody may call the phone's address: it takes a configured word to open that.
  return fallback !== undefined && !fallback.serversOnly && (secure || !fallback.tlsOnly)
    ? { account: fallback.id, direct: true }
    : undefined;
}
