/**
 * One registration kept alive: RFC 3261 §10.2. Carries out what registration-state.ts says: builds REGISTER, reads the
 * bindings, follows redirections. It serves no REGISTER.
 */
import type { Timer } from "../../hal/clock.ts";
import { Event } from "../base/event.ts";
import type { Candidate } from "./failover.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import { addContacts, beginRedirects, nextTarget, type RedirectState } from "./redirect.ts";
import { flowTimerOf, grantedSeconds, hostOf, publicGruuOf, sameUri, seenIn } from "./registration-binding.ts";
import { Enabling } from "./registration-enabling.ts";
import { orderOf } from "./registration-event.ts";
import { FlowLoss } from "./registration-flow.ts";
import type { RegistrationOptions } from "./registration-options.ts";
import { registerRequest } from "./registration-request.ts";
import { type Failure, next, type RegistrationInput, type RegistrationState } from "./registration-state.ts";
import { firstRoute } from "./session-invite.ts";
import type { AnnouncedFlow } from "./stun-keep-alive.ts";
import { parseNumber } from "./syntax.ts";
import type { TransportAddress } from "./transport-address.ts";
import type { UserAgentCore } from "./user-agent-core.ts";
import { Exchange } from "./user-agent-exchange.ts";
import type { RegisteredContact } from "./xml/registration-info.ts";

/** How long `stop` waits for the registrar, ms. */
const removalMs = 4000;
/** 423s that one REGISTER follows. */
const mostTooBrief = 3;
/** A registrar that ends bindings oftener than this does so always, ms. */
const circleMs = 60_000;

/** What one REGISTER, with all it leads to, is about. */
interface Attempt {
  readonly removal: boolean;
  readonly redirects: RedirectState;
  readonly tooBrief: number;
  /** The one address that is asked. */
  readonly candidate: Candidate | undefined;
}

export class Registration {
  readonly onState: Event<RegistrationState>;
  readonly #core: UserAgentCore;
  readonly #options: RegistrationOptions;
  readonly #ended: () => void;
  readonly #callId: string;
  readonly #tag: string;
  #state: RegistrationState = { name: "unregistered", removal: "none" };
  #sequence = 0;
  #askedSeconds: number;
  /** As shown in the REGISTER that runs, and as bound by the last that was granted. */
  #contact = "";
  #bound = "";
  #exchange: Exchange | undefined;
  #timer: Timer | undefined;
  #stopped: (() => void)[] = [];
  #serviceRoute: readonly string[] = [];
  #target: TransportAddress | undefined;
  /** Where the REGISTER that was sent last left from. */
  #local: TransportAddress | undefined;
  readonly #flowLoss: FlowLoss;
  #flow: AnnouncedFlow | undefined;
  /** When another address than the one shown made us register anew, `Clock.now()` ms. */
  #seenAtMs = Number.NEGATIVE_INFINITY;
  /** Minimum that a registrar asked for (423), s. */
  #leastSeconds = 0;
  /** RFC 5626 is left aside for a first hop that does not know it (439). */
  #outbound = true;
  #publicGruu = "";
  /** The address that granted last. */
  #grantedBy: Candidate | undefined;
  readonly #enabling = new Enabling();
  #leave: () => void = () => {};
  /** When the registrar last ended the binding by its own word, `Clock.now()` ms. */
  #toldAtMs = Number.NEGATIVE_INFINITY;

  /** @param ended called when it has stopped for good. */
  constructor(core: UserAgentCore, options: RegistrationOptions, ended: () => void) {
    this.#core = core;
    this.#options = options;
    this.#ended = ended;
    this.onState = new Event(core.parts.errors);
    // Kept over refreshes, so that the registrar can tell old from new (§10.2.4).
    this.#callId = core.callId();
    this.#tag = core.token();
    this.#askedSeconds = Math.max(1, Math.floor(options.expiresSeconds));
    const { servers } = options.identity;
    this.#flowLoss = new FlowLoss({
      clock: core.parts.clock,
      chance: () => core.chance(),
      retryMs: options.retryMs,
      hasOthers: () => servers?.hasOthers === true,
      again: () => this.#input({ type: "flow-lost" }),
    });
    if (servers === undefined) return;
    this.#leave = servers.onRegister.on(() => this.refresh());
    if (options.only === undefined) servers.enable = (candidate) => this.#enable(candidate);
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** Our Contact as bound last, "" before the first grant. */
  get contact(): string {
    return this.#bound;
  }

  /** Values of Service-Route (RFC 3608), for requests that shall go the registrar's way. */
  get serviceRoute(): readonly string[] {
    return this.#serviceRoute;
  }

  /** The server's address that granted last. */
  get target(): TransportAddress | undefined {
    return this.#target;
  }

  /** The way that the binding leads over, where its server has announced that it answers keep-alives. */
  get flow(): AnnouncedFlow | undefined {
    return this.#flow;
  }

  /** A flow ended. Where the binding leads over it we register anew, by a new one (RFC 5626 §4.5). */
  connectionLost(to: TransportAddress): void {
    const own = this.#target;
    if (own === undefined || this.#state.name !== "registered") return;
    if (own.transport !== to.transport || own.address !== to.address || own.port !== to.port) return;
    this.#flowLoss.lost();
  }

  /** The registrar tells of a contact by the reg event (RFC 3680); what is not ours is left aside. */
  told(contact: RegisteredContact): void {
    if (this.#state.name !== "registered" || this.#bound === "" || !sameUri(contact.uri, this.#bound)) return;
    // The end of an older binding of the same address is no news of this one.
    if (contact.callId !== "" && contact.callId !== this.#callId) return;
    const order = orderOf(contact);
    if (order.type === "shortened") this.#input(order);
    if (order.type !== "again") return;
    const nowMs = this.#core.parts.clock.now();
    // Who ends it again and again is not followed in a circle.
    const circle = nowMs - this.#toldAtMs < circleMs;
    this.#toldAtMs = nowMs;
    const pauseMs = circle ? Math.max(order.pauseMs, this.#options.retryMs) : order.pauseMs;
    const { registrar } = this.#options;
    this.#input({ type: "ended", pauseMs, reason: `${hostOf(registrar)} ended the registration: ${order.reason}` });
  }

  /** Our globally routable URI (RFC 5627 §4.2), "" where the registrar gave none. */
  get publicGruu(): string {
    return this.#publicGruu;
  }

  start(): void {
    const delayMs = Math.floor(this.#core.chance() * (this.#options.spreadMs ?? 0));
    this.#input({ type: "start", delayMs });
  }

  /** Registers anew at once. */
  refresh(): void {
    this.#input({ type: "refresh" });
  }

  /** Removes the binding (Expires 0) and waits for the registrar, at most 4 s; or leaves it until it expires (ACC-09). */
  stop(how: "remove" | "leave" = "remove"): Promise<void> {
    this.#flowLoss.close();
    this.#leave();
    if (how === "leave") {
      this.#timer?.cancel();
      this.#exchange?.forget();
      this.#ended();
      return Promise.resolve();
    }
    this.#input({ type: "stop" });
    this.#ended();
    if (this.#state.name === "unregistered" && this.#state.removal === "none") return Promise.resolve();
    return new Promise((resolve) => this.#stopped.push(resolve));
  }

  #input(input: RegistrationInput): void {
    const { clock } = this.#core.parts;
    const before = this.#state;
    const { retryMs, longestRetryMs } = this.#options;
    const timing = { nowMs: clock.now(), chance: this.#core.chance(), retryMs, longestRetryMs };
    const [state, effects] = next(before, input, timing);
    this.#state = state;
    for (const effect of effects)
      switch (effect.type) {
        case "send":
          this.#begin(false);
          break;
        case "send-removal":
          this.#begin(true);
          this.#wait(removalMs, () => this.#refused({ status: 408, reason: "no answer to the removal" }));
          break;
        case "start-timer":
          this.#wait(effect.atMs - clock.now(), () => this.#input({ type: "timer" }));
          break;
        case "stop-timer":
          this.#timer?.cancel();
          break;
        default:
          effect satisfies never;
      }
    if (state.name === "unregistered" && state.removal === "none") {
      this.#exchange?.forget();
      this.#bound = "";
      for (const resolve of this.#stopped.splice(0)) resolve();
    }
    if (state !== before) this.onState.emit(state);
  }

  #wait(ms: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#core.parts.clock.after(Math.max(0, ms), run);
  }

  #begin(removal: boolean): void {
    const { registrar } = this.#options;
    this.#send(registrar, { removal, redirects: beginRedirects(registrar), tooBrief: 0, candidate: undefined });
  }

  /** Registers at that address; resolves when it is decided, whichever way: the request goes there in any case. */
  #enable(candidate: Candidate): Promise<void> {
    const { registrar } = this.#options;
    return this.#enabling.wait(candidate.key, () => {
      this.#send(registrar, { removal: false, redirects: beginRedirects(registrar), tooBrief: 0, candidate });
      this.#core.parts.clock.after(candidate.patienceMs, () => this.#enabling.decided(candidate.key));
    });
  }

  #send(registrar: string, attempt: Attempt): void {
    // One REGISTER at a time (§10.2): the answer to an older one would speak of what is no more.
    this.#exchange?.forget();
    const { identity } = this.#options;
    const parts = {
      build: (sequence: number, local: TransportAddress, candidate: Candidate | undefined) => {
        this.#local = local;
        this.#contact = this.#core.contactUri(identity.contactUser, local, false, identity.seenAs?.(local));
        this.#askedSeconds = this.#asked(candidate);
        return this.#build(registrar, sequence, attempt.removal);
      },
      nextSequence: () => {
        this.#sequence += 1;
        return this.#sequence;
      },
      nextHop: firstRoute(identity) ?? registrar,
      target: identity.target,
      transport: identity.transport,
      authentication: this.#core.authentication(identity.credentials),
      manner: identity.manner,
      servers: identity.servers,
      purpose: "register" as const,
      only: this.#options.only,
      // The binding goes where it was made.
      candidate: attempt.candidate ?? (attempt.removal ? this.#grantedBy : undefined),
    };
    this.#exchange = new Exchange(this.#core, parts, {
      final: (response) => this.#onFinal(registrar, attempt, response),
      failed: (status, message) => this.#unanswered(registrar, status, message),
    });
    this.#exchange.start();
  }

  /** 423 may have taught us a longer interval than is configured. */
  #asked(candidate: Candidate | undefined): number {
    const server = this.#options.identity.servers?.options.servers[candidate?.server ?? -1];
    return Math.max(1, Math.floor(server?.expiresSeconds ?? this.#options.expiresSeconds), this.#leastSeconds);
  }

  #unanswered(registrar: string, status: 0 | 408 | 487, message: string): void {
    const { identity, only } = this.#options;
    const servers = identity.servers?.options.servers ?? [];
    const asked = only === undefined ? servers : servers.slice(only, only + 1);
    if (asked.length > 1) {
      const names = asked.map((server) => server.domain);
      this.#refused({ status, reason: `${names.join(" and ")} do not answer` });
    } else {
      const name = asked[0]?.domain ?? hostOf(registrar);
      this.#refused({ status, reason: status === 408 ? `${name} does not answer` : message });
    }
  }

  #build(registrar: string, sequence: number, removal: boolean): SipRequest {
    const { identity, instanceId, gruu, only, headers } = this.#options;
    return registerRequest(this.#core, {
      ...{ identity, registrar, sequence, headers: headers ?? [] },
      callId: this.#callId,
      tag: this.#tag,
      contact: this.#contact,
      // Our address changed: calls would still be sent to the old one until it expires.
      void: this.#bound !== "" && !sameUri(this.#bound, this.#contact) ? this.#bound : undefined,
      expiresSeconds: removal ? 0 : this.#askedSeconds,
      instanceId,
      gruu: gruu === true,
      flow: this.#outbound ? 1 + (only ?? 0) : undefined,
    });
  }

  #onFinal(registrar: string, attempt: Attempt, response: SipResponse): void {
    const { status } = response;
    if (status < 300) {
      this.#onGranted(attempt, response);
      return;
    }
    if (status < 400) {
      const found = nextTarget(addContacts(attempt.redirects, response));
      if (found !== undefined) {
        this.#send(found[0], { ...attempt, redirects: found[1] });
        return;
      }
    }
    // §10.2.8: the registrar wants longer intervals than we asked for.
    const least = status === 423 ? parseNumber(response.header("Min-Expires") ?? "", 2 ** 31) : undefined;
    if (least !== undefined && least > this.#askedSeconds && attempt.tooBrief < mostTooBrief) {
      this.#leastSeconds = least;
      this.#send(registrar, { ...attempt, tooBrief: attempt.tooBrief + 1 });
      return;
    }
    // RFC 5626 §11.6: a proxy on the way does not know the extension.
    if (status === 439 && this.#outbound) {
      this.#outbound = false;
      this.#send(registrar, attempt);
      return;
    }
    const { servers } = this.#options.identity;
    const server = servers?.options.servers[this.#exchange?.candidate?.server ?? -1]?.domain ?? hostOf(registrar);
    if (status === 401 || status === 407) {
      const asked = this.#options.identity.credentials === undefined;
      const reason = asked ? `${server} asks for a password` : `wrong user name or password for ${server}`;
      this.#refused({ status, reason, credentials: true });
      return;
    }
    const retryAfterSeconds = parseNumber(/^\d+/.exec(response.header("Retry-After") ?? "")?.[0] ?? "", 86_400);
    this.#refused({ status, reason: `${status} ${response.reason} by ${server}`, retryAfterSeconds });
  }

  #onGranted(attempt: Attempt, response: SipResponse): void {
    this.#serviceRoute = attempt.removal ? [] : response.values("Service-Route");
    if (!attempt.removal) this.#bound = this.#contact;
    this.#target = this.#exchange?.target;
    this.#flowLoss.granted();
    this.#learn(attempt, response);
    const expiresSeconds = attempt.removal ? 0 : grantedSeconds(response, this.#contact, this.#askedSeconds);
    this.#enabling.decided(undefined);
    // Told of a binding longer than asked for, we keep to what we asked.
    this.#input({ type: "granted", expiresSeconds: Math.min(expiresSeconds, this.#askedSeconds) });
    if (!attempt.removal) this.#compareSeen(response);
  }

  /** Where our Contact follows the address that the registrar sees (NET-28), another one is told at once, but in no circle. */
  #compareSeen(response: SipResponse): void {
    const local = this.#local;
    const seen = local === undefined ? undefined : seenIn(response, local);
    if (local === undefined || seen === undefined || this.#options.identity.noteSeen?.(local, seen) !== true) return;
    const nowMs = this.#core.parts.clock.now();
    if (nowMs - this.#seenAtMs < circleMs) return;
    this.#seenAtMs = nowMs;
    this.refresh();
  }

  #learn(attempt: Attempt, response: SipResponse): void {
    const { identity, only } = this.#options;
    const candidate = this.#exchange?.candidate;
    this.#publicGruu = attempt.removal ? "" : publicGruuOf(response, this.#contact);
    const timer = attempt.removal ? undefined : flowTimerOf(response);
    const [local, target] = [this.#local, this.#target];
    const announced = timer !== undefined && local !== undefined && target !== undefined;
    this.#flow = announced ? { local, target, seconds: timer.seconds } : undefined;
    if (announced) this.#core.parts.transport.keepAliveAnnounced(target, timer.seconds);
    if (candidate === undefined || identity.servers === undefined || attempt.removal) return;
    this.#grantedBy = candidate;
    identity.servers.learnServiceRoute(candidate, this.#serviceRoute);
    identity.servers.registered(candidate, only);
  }

  #refused(failure: Pick<Failure, "status" | "reason"> & Partial<Failure>): void {
    this.#enabling.decided(undefined);
    const { identity, only } = this.#options;
    if (only !== undefined && this.#state.name !== "unregistered") identity.servers?.unregistered(only);
    this.#input({ type: "refused", failure: { credentials: false, retryAfterSeconds: undefined, ...failure } });
  }
}
