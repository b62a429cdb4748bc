/**
 * One request of ours carried to its final answer: addresses tried in turn (RFC 3263 §4.3), those of the account's
 * servers where it has some (feature row ACC-11), challenges answered (RFC 3261 §22). It follows no redirection and knows neither dialogs nor sessions.
 */
import type { Timer } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Authentication, AuthenticationAttempt } from "./authentication.ts";
import type { Candidate, ServerGroup } from "./failover.ts";
import type { FailoverPurpose } from "./failover-state.ts";
import type { Manner } from "./manner.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { ClientTransaction } from "./transactions.ts";
import { describeAddress, type TransportAddress } from "./transport-address.ts";
import type { TransportName } from "./uri.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

export interface ExchangeParts {
  /** The request without Via, made anew for each try. `local` is what the Contact of that try shows. */
  readonly build: (sequence: number, local: TransportAddress, candidate: Candidate | undefined) => SipRequest;
  readonly nextSequence: () => number;
  /** URI that is located: the first route, or the Request-URI. */
  readonly nextHop: string;
  readonly target?: TransportAddress | undefined;
  readonly transport?: TransportName | undefined;
  readonly authentication: Authentication | undefined;
  readonly manner: Manner | undefined;
  /** The account's servers: they count for requests out of dialogs whose next hop is theirs. */
  readonly servers?: ServerGroup | undefined;
  /** What the request is for, to them; "other" unless told. */
  readonly purpose?: FailoverPurpose | undefined;
  /** Place of the one server that is asked, whatever the others do: for a registration of its own. */
  readonly only?: number | undefined;
  /** The one address that is asked. */
  readonly candidate?: Candidate | undefined;
}

export interface ExchangeEvents {
  /** Above 100 only. */
  provisional?(response: SipResponse, request: SipRequest): void;
  /** Once; for an INVITE again with each further 2xx. */
  final(response: SipResponse, request: SipRequest): void;
  /** Nobody could be asked, or nobody answered: `status` 408 for a time-out, 0 when it could not be sent at all. */
  failed(status: 0 | 408 | 487, message: string): void;
  /** A 2xx to an INVITE from an address that was given up: somebody answered whom nobody waits for any more. */
  late?(response: SipResponse, request: SipRequest): void;
}

/** Requests that say which events we take (RFC 6665 §8.2.2). */
const tellsEvents: ReadonlySet<string> = new Set(["INVITE", "REGISTER", "SUBSCRIBE"]);

/** An address to try. */
interface Way {
  readonly target: TransportAddress;
  readonly candidate: Candidate | undefined;
}

type ExchangeState =
  | { readonly name: "locating" }
  | { readonly name: "trying"; readonly transaction: ClientTransaction }
  | { readonly name: "done" };

export class Exchange {
  #core: UserAgentCore;
  #parts: ExchangeParts;
  #on: ExchangeEvents;
  #state: ExchangeState = { name: "locating" };
  #ways: readonly Way[] = [];
  #index = 0;
  #attempt: AuthenticationAttempt | undefined;
  /** Of the last 503, told when no address is left. */
  #busy: { response: SipResponse; request: SipRequest } | undefined;
  /** Addresses that did not answer. */
  #silent = new Set<string>();
  #patience: Timer | undefined;

  constructor(core: UserAgentCore, parts: ExchangeParts, on: ExchangeEvents) {
    this.#core = core;
    this.#parts = parts;
    this.#on = on;
    this.#attempt = parts.authentication?.attempt();
  }

  /** The address that was tried last. */
  get target(): TransportAddress | undefined {
    return this.#ways[this.#index]?.target;
  }

  /** The same where it is one of the account's servers. */
  get candidate(): Candidate | undefined {
    return this.#ways[this.#index]?.candidate;
  }

  /** Returns at once; events come in later turns. */
  start(): void {
    this.#locate().then(
      (ways) => {
        if (this.#state.name !== "locating") return;
        this.#ways = ways;
        this.#try();
      },
      (error: unknown) => this.#fail(0, reasonOf(error)),
    );
  }

  /** Of an INVITE (§9.1). Before anything was sent it ends by itself, with status 487. */
  cancel(headers?: readonly (readonly [string, string])[]): void {
    if (this.#state.name === "trying") this.#state.transaction.cancel(headers);
    else this.#fail(487, "cancelled");
    this.#ways = [];
    this.#patience?.cancel();
  }

  /** Tells nothing any more; what was sent is left to itself. */
  forget(): void {
    this.#state = { name: "done" };
    this.#patience?.cancel();
  }

  get #servers(): ServerGroup | undefined {
    const { servers, nextHop, target } = this.#parts;
    return target === undefined && servers?.covers(nextHop) === true ? servers : undefined;
  }

  async #locate(): Promise<readonly Way[]> {
    const { target, nextHop, transport, candidate, only } = this.#parts;
    if (candidate !== undefined) return [{ target: candidate.target, candidate }];
    if (target !== undefined) return [{ target, candidate: undefined }];
    const servers = this.#servers;
    if (servers !== undefined)
      return (await servers.candidates(this.#purpose(), only)).map((one) => ({ target: one.target, candidate: one }));
    const targets = await this.#core.parts.locator.locate(nextHop, transport);
    return targets.map((one) => ({ target: one, candidate: undefined }));
  }

  #purpose(): FailoverPurpose {
    return this.#parts.purpose ?? "other";
  }

  #try(): void {
    const way = this.#ways[this.#index];
    if (way === undefined) {
      this.#fail(0, `${this.#parts.nextHop}: no address`);
      return;
    }
    this.#prepare(way).then(
      (local) => {
        if (this.#state.name === "locating") this.#send(way, local);
      },
      (error: unknown) => this.#next(0, reasonOf(error)),
    );
  }

  async #prepare({ target, candidate }: Way): Promise<TransportAddress> {
    const servers = this.#servers;
    // account.X.sip_server.Y.register_on_enable: the next server may not know us yet.
    if (candidate !== undefined && this.#purpose() !== "register" && servers?.mustRegister(candidate) === true)
      await servers.enable?.(candidate);
    return this.#core.parts.transport.localFor(target, this.#parts.manner?.localPort);
  }

  #send(way: Way, local: TransportAddress): void {
    const { target, candidate } = way;
    const request = this.#parts.build(this.#parts.nextSequence(), local, candidate);
    request.manner = this.#parts.manner;
    const { proxyRequire = "", allowEvents = [] } = this.#parts.manner ?? {};
    if (proxyRequire !== "") request.addHeader("Proxy-Require", proxyRequire);
    if (allowEvents.length > 0 && tellsEvents.has(request.method))
      request.addHeader("Allow-Events", [...this.#core.events, ...allowEvents].join(", "));
    if (candidate !== undefined) this.#servers?.address(request, candidate);
    this.#attempt?.authorize(request, describeAddress(target));
    let current = true;
    const transaction = this.#core.parts.transactions.request(request, target, {
      onResponse: (response) => {
        this.#patience?.cancel();
        if (current) current = this.#onResponse(response, request, way, local);
        else if (request.method === "INVITE" && response.status >= 200 && response.status < 300)
          this.#on.late?.(response, request);
      },
      onFailure: (why, message) => {
        if (!current || this.#state.name === "done") return;
        current = false;
        this.#silence(way, why === "timeout" ? 408 : 0, message);
      },
    });
    this.#state = { name: "trying", transaction };
    // The last one gets all the time that its transaction has.
    if (candidate === undefined || this.#following() === undefined) return;
    this.#patience?.cancel();
    this.#patience = this.#core.parts.clock.after(candidate.patienceMs, () => {
      if (!current || this.#state.name === "done") return;
      current = false;
      transaction.abandon();
      // Should it wake up yet, it shall not ring (§9.1 makes CANCEL wait for its first word).
      if (request.method === "INVITE") transaction.cancel();
      this.#silence(way, 408, `no answer within ${candidate.patienceMs / 1000} s`);
    });
  }

  /** False when that try is over. */
  #onResponse(response: SipResponse, request: SipRequest, way: Way, local: TransportAddress): boolean {
    const { status } = response;
    // Further 2xx of an INVITE come while its transaction lives (RFC 6026 §7.2).
    if (this.#state.name === "done") {
      if (status >= 200 && status < 300 && request.method === "INVITE") this.#on.final(response, request);
      return true;
    }
    if (status <= 100) return true;
    if (status < 200) {
      this.#answered(way);
      this.#on.provisional?.(response, request);
      return true;
    }
    // Once cancelled, there are no addresses any more and nothing is tried again.
    if ((status === 401 || status === 407) && this.#ways.length > 0)
      if (this.#attempt?.challenge(response, describeAddress(way.target)) === "answer") {
        this.#state = { name: "locating" };
        this.#send(way, local);
        return false;
      }
    // The server is overloaded: the next address may not be (RFC 3263 §4.3).
    const switches = this.#servers?.options.switchOn503 ?? true;
    if (status === 503 && switches && this.#following() !== undefined) {
      this.#busy = { response, request };
      if (way.candidate !== undefined) this.#servers?.failed(way.candidate, "503", this.#purpose());
      this.#next(0, "");
      return false;
    }
    if (status !== 503) this.#answered(way);
    if (status < 300 && this.#attempt?.hear(request, response, describeAddress(way.target)) === false)
      this.#core.parts.log.warn(
        { server: describeAddress(way.target) },
        "the server does not know the password itself",
      );
    this.#state = { name: "done" };
    this.#on.final(response, request);
    return status < 300;
  }

  #answered({ target, candidate }: Way): void {
    if (candidate === undefined) this.#core.parts.locator.answered(target);
    else this.#servers?.answered(candidate, this.#purpose(), this.#parts.only);
  }

  #silence({ target, candidate }: Way, status: 0 | 408, message: string): void {
    this.#silent.add(describeAddress(target));
    if (candidate === undefined) this.#core.parts.locator.failed(target);
    else this.#servers?.failed(candidate, message, this.#purpose());
    this.#next(status, message);
  }

  /** Place of the next address that is worth a try. */
  #following(): number | undefined {
    const skip = this.#servers?.options.skipRedundant ?? false;
    const current = this.#ways[this.#index]?.target;
    for (let i = this.#index + 1; i < this.#ways.length; i++) {
      const target = this.#ways[i]?.target;
      if (target === undefined) continue;
      const key = describeAddress(target);
      if (!skip || (!this.#silent.has(key) && (current === undefined || key !== describeAddress(current)))) return i;
    }
    return undefined;
  }

  #next(status: 0 | 408, message: string): void {
    if (this.#state.name === "done") return;
    const following = this.#following();
    if (following !== undefined) {
      this.#index = following;
      this.#state = { name: "locating" };
      this.#try();
      return;
    }
    const busy = this.#busy;
    if (busy === undefined) {
      const names = this.#purpose() === "register" ? "" : (this.#servers?.failures.join(" and ") ?? "");
      const verb = names.includes(" and ") ? "do" : "does";
      // People shall hear that it is the server, not the called one, that gave no answer.
      if (names === "") this.#fail(status, message);
      else this.#fail(0, `${names} ${verb} not answer`);
      return;
    }
    this.#state = { name: "done" };
    this.#on.final(busy.response, busy.request);
  }

  #fail(status: 0 | 408 | 487, message: string): void {
    if (this.#state.name === "done") return;
    this.#state = { name: "done" };
    this.#patience?.cancel();
    this.#on.failed(status, message);
  }
}
