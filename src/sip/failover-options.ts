/** What the configuration says of an account's servers (feature rows ACC-02, ACC-05, ACC-11 to ACC-13), and what comes of it; no behaviour. */
import type { ServerNames } from "./failover-request.ts";
import type { FailbackMode } from "./failover-state.ts";
import type { LocationChoice } from "./location.ts";
import type { TransportAddress } from "./transport-address.ts";

export interface Server extends ServerNames {
  /** Request-URI of REGISTER. */
  readonly registrar: string;
  readonly expiresSeconds: number;
  /** How to find it where no proxy stands in between. */
  readonly location: LocationChoice;
  /** Requests sent again before it is given up for the next: account.X.sip_server.Y.retry_counts. */
  readonly retries: number;
}

/** A proxy that stands before the servers (ACC-05). */
export interface OutboundProxy {
  /** URI; its value in Route gets `lr`. */
  readonly uri: string;
  readonly location: LocationChoice;
}

export interface FailoverOptions {
  /** At least one; the first is preferred. */
  readonly servers: readonly Server[];
  readonly proxies: readonly OutboundProxy[];
  readonly mode: FailbackMode;
  /** ms; Infinity: never. */
  readonly durationMs: number;
  /** ms between looks at whether the first server lives; counts with two servers only. */
  readonly probeMs: number;
  readonly reregister: boolean;
  /** A REGISTER goes before the first request to an address that we are not registered at. */
  readonly registerFirst: boolean;
  /** 503 counts as no answer (sip.switch_server_on_503_response). */
  readonly switchOn503: boolean;
  /** An address that failed is tried once, however many servers share it (sip.skip_redundant_failover_addr). */
  readonly skipRedundant: boolean;
  /** Looks the addresses up again when their lifetime ends (account.X.srv_ttl_timer_enable). */
  readonly ttlTimer: boolean;
  /** Requests inside calls pass the outbound proxy too (sip.use_out_bound_in_dialog). */
  readonly proxyInDialog: boolean;
  /** T1, ms. */
  readonly t1Ms: number;
}

/** One address of one server, by one way. */
export interface Candidate {
  readonly key: string;
  /** Place of the server in the configuration, from 0. */
  readonly server: number;
  readonly target: TransportAddress;
  /** How long an answer of any kind is waited for before the next is tried, ms. */
  readonly patienceMs: number;
}

export interface ServerChange {
  /** Place of the server in the configuration, from 0. */
  readonly server: number;
  readonly domain: string;
  readonly target: TransportAddress | undefined;
  /** It is the one that is preferred. */
  readonly first: boolean;
}
