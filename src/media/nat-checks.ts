/** Runs the connectivity checks of a stream (RFC 8445): turns what the agent decides into Binding requests, answers those of the far end, keeps consent (RFC 7675). */
import type { Clock, Timer } from "../../hal/clock.ts";
import {
  beginChecks,
  type IceEffect,
  type IceInput,
  type IceState,
  isSettled,
  next as nextIce,
  type Pair,
  resolveRole,
  selectedOf,
} from "../ice/agent.ts";
import { type LocalCandidate, reflexivePriority } from "../ice/candidate.ts";
import { begin as beginConsent, type ConsentEffect, type ConsentState, next as nextConsent } from "../ice/consent.ts";
import { canonicalAddress } from "../stun/address.ts";
import { sameEndpoint } from "../stun/client.ts";
import { ShortTermCredentials, shortTermKey } from "../stun/credentials.ts";
import { type StunAttribute, type StunMessage, writeStun } from "../stun/message.ts";
import type { StunTiming } from "../stun/transaction.ts";
import { attribute, method } from "../stun/types.ts";
import { errorValue, type StunErrorCode, uint32Value, uint64Value, xorAddress } from "../stun/value.ts";
import type { NatPort } from "./nat-port.ts";
import type { Endpoint, IceChosen, IceCredentials, IceSettings } from "./protocol.ts";

/** Ta, ms (RFC 8445 §14.2). */
const paceMs = 50;
const checkTiming: StunTiming = { rtoMs: 500, sends: 7, lastWait: 16 };
/** Consent is asked for once each time (RFC 7675 §5.1); a late answer still counts. */
const consentTiming: StunTiming = { rtoMs: 4000, sends: 1, lastWait: 1 };
/** Checks of the far end that come before its description does. */
const mostEarly = 16;

export interface Path {
  readonly port: NatPort;
  readonly remote: Endpoint;
  /** As shown to people. */
  readonly way: string;
}

export interface ChecksParts {
  readonly clock: Clock;
  /** 0 to 1. */
  readonly random: () => number;
  readonly tieBreaker: bigint;
  readonly ports: ReadonlyMap<number, NatPort>;
  readonly candidates: readonly LocalCandidate[];
  readonly credentials: readonly IceCredentials[];
  readonly onPath: (component: number, path: Path | undefined) => void;
  readonly onEvent: (name: "connected" | "failed" | "lost", way: string) => void;
  /** Once for each session of ICE: all components have their pairs. */
  readonly onChosen: (controlling: boolean, chosen: IceChosen) => void;
}

interface Consent {
  readonly pair: Pair;
  state: ConsentState;
  timer: Timer | undefined;
}

type Request = Extract<IceInput, { type: "request" }>;

export class NatChecks {
  readonly #parts: ChecksParts;
  #settings: IceSettings | undefined;
  #state: IceState | undefined;
  #early: Request[] = [];
  /** By pair: our address as its checks showed it, which need not be one that was gathered (§7.2.5.3.1). */
  #mapped = new Map<number, Endpoint>();
  #told = false;
  #consents = new Map<number, Consent>();
  #timer: Timer | undefined;
  #open = true;

  constructor(parts: ChecksParts) {
    this.#parts = parts;
  }

  get controlling(): boolean | undefined {
    return this.#state?.controlling;
  }

  /** After each offer and answer. New credentials are a restart (RFC 8445 §9): what works goes on meanwhile. */
  configure(settings: IceSettings, rtcpMux: boolean): void {
    const before = this.#settings;
    if (
      before !== undefined &&
      same(before.remote.credentials, settings.remote.credentials) &&
      same(before.local, settings.local)
    )
      return;
    this.#settings = settings;
    this.#mapped.clear();
    this.#told = false;
    const { clock, candidates } = this.#parts;
    const wanted = (c: { readonly component: number }) => c.component === 1 || (c.component === 2 && !rtcpMux);
    // A lite far end never controls (§6.1.1), and roles outlast restarts.
    const controlling = settings.remote.lite || (this.#state?.controlling ?? settings.controlling);
    this.#state = beginChecks(
      candidates.filter(wanted),
      settings.remote.candidates.filter(wanted),
      controlling,
      clock.now(),
    );
    for (const pair of this.#state.pairs) void this.#parts.ports.get(pair.local.base)?.permit(pair.remote);
    const early = this.#early;
    this.#early = [];
    for (const request of early) this.#input({ ...request, nowMs: clock.now() });
    this.#tick();
  }

  /** A Binding request that came to one of our ports (§7.3). */
  take(port: NatPort, message: StunMessage, from: Endpoint): void {
    if (!message.hasFingerprint) return;
    const own = this.#signer(message);
    const priority = message.uint32(attribute.priority);
    if (own === undefined || message.unknown.length > 0 || priority === undefined) {
      this.#refuse(port, message, from, faultOf(message, own), own);
      return;
    }
    if (!this.#agree(port, message, from, own)) return;
    const { transactionId } = message;
    const attributes = [xorAddress(attribute.xorMappedAddress, from, transactionId)];
    this.#answer(port, message, from, "success", attributes, own);
    const request: Request = {
      type: "request",
      base: port.base,
      from: { address: canonicalAddress(from.address), port: from.port },
      priority,
      nominate: message.has(attribute.useCandidate),
      nowMs: this.#parts.clock.now(),
    };
    if (this.#state === undefined) {
      if (this.#early.length < mostEarly) this.#early.push(request);
    } else if (this.#settings !== undefined && same(this.#settings.local, own)) {
      void port.permit(request.from);
      this.#input(request);
      this.#tick();
    }
  }

  /** Idempotent. */
  close(): void {
    this.#open = false;
    this.#timer?.cancel();
    for (const consent of this.#consents.values()) consent.timer?.cancel();
    this.#consents.clear();
  }

  /** §7.3.1.1. False: refused, and the far end will give way. */
  #agree(port: NatPort, message: StunMessage, from: Endpoint, own: IceCredentials): boolean {
    const state = this.#state;
    const controllingTie = message.uint64(attribute.iceControlling);
    const tieBreaker = controllingTie ?? message.uint64(attribute.iceControlled);
    if (state === undefined || tieBreaker === undefined) return true;
    const theirs = { controlling: controllingTie !== undefined, tieBreaker };
    const resolution = resolveRole(state.controlling, this.#parts.tieBreaker, theirs);
    if (resolution === "switch") this.#input({ type: "conflict", controlling: state.controlling, pair: undefined });
    if (resolution !== "refuse") return true;
    this.#refuse(port, message, from, { code: 487, reason: "Role Conflict" }, own);
    return false;
  }

  /** Which of our credentials signed it: those that its user name begins with (§7.3). */
  #signer(message: StunMessage): IceCredentials | undefined {
    const [ufrag] = (message.text(attribute.username) ?? "").split(":");
    const own = this.#parts.credentials.find((c) => c.ufrag === ufrag);
    return own !== undefined && message.isFrom(shortTermKey(own.pwd)) ? own : undefined;
  }

  #refuse(
    port: NatPort,
    message: StunMessage,
    from: Endpoint,
    { code, reason }: StunErrorCode,
    own: IceCredentials | undefined,
  ): void {
    const attributes: StunAttribute[] = [{ type: attribute.errorCode, value: errorValue(code, reason) }];
    if (code === 420) {
      const value = Uint8Array.from(message.unknown.flatMap((type) => [type >> 8, type & 0xff]));
      attributes.push({ type: attribute.unknownAttributes, value });
    }
    this.#answer(port, message, from, "error", attributes, own);
  }

  #answer(
    port: NatPort,
    message: StunMessage,
    from: Endpoint,
    kind: "success" | "error",
    attributes: readonly StunAttribute[],
    own: IceCredentials | undefined,
  ): void {
    const integrity = own === undefined ? undefined : { key: shortTermKey(own.pwd), algorithm: "sha1" as const };
    const { transactionId } = message;
    const bytes = writeStun({
      class: kind,
      method: method.binding,
      transactionId,
      attributes,
      integrity,
      fingerprint: true,
    });
    port.send(bytes, bytes.length, from);
  }

  #tick(): void {
    if (this.#timer !== undefined || this.#state === undefined) return;
    this.#input({ type: "tick", nowMs: this.#parts.clock.now() });
    this.#timer = this.#parts.clock.after(paceMs, () => {
      this.#timer = undefined;
      if (this.#open && this.#state !== undefined && !isSettled(this.#state)) this.#tick();
    });
  }

  #input(input: IceInput): void {
    if (this.#state === undefined || !this.#open) return;
    const [state, effects] = nextIce(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: IceEffect): void {
    switch (effect.type) {
      case "check":
        void this.#check(effect.pair, effect.nominate, effect.controlling);
        return;
      case "path":
        this.#follow(effect.pair, effect.final);
        return;
      case "connected":
        this.#parts.onEvent("connected", this.#wayOf(1));
        return;
      case "failed":
        this.#parts.onEvent("failed", `${this.#state?.pairs.length ?? 0} pairs tried`);
        return;
      default:
        effect satisfies never;
    }
  }

  async #check(pair: Pair, nominate: boolean, controlling: boolean): Promise<void> {
    const port = this.#parts.ports.get(pair.local.base);
    const settings = this.#settings;
    if (port === undefined || settings === undefined) return;
    await port.permit(pair.remote);
    const outcome = await port.stun.request(this.#request(pair, settings, nominate, controlling, checkTiming));
    // A restart has begun meanwhile.
    if (this.#settings !== settings) return;
    const nowMs = this.#parts.clock.now();
    if (outcome.name === "success" && sameEndpoint(outcome.from, pair.remote)) {
      const { mapped } = outcome.response;
      // What a relay sends is seen at the relay's address, which is the candidate's own.
      if (mapped !== undefined) this.#mapped.set(pair.id, mapped);
      this.#input({ type: "succeeded", pair: pair.id, nowMs });
    } else if (outcome.name === "refused" && outcome.code === 487)
      this.#input({ type: "conflict", controlling, pair: pair.id });
    else this.#input({ type: "failed", pair: pair.id, check: pair.check });
    if (this.#state !== undefined && !isSettled(this.#state)) this.#tick();
  }

  #request(pair: Pair, settings: IceSettings, nominate: boolean, controlling: boolean, timing: StunTiming) {
    const role = controlling ? attribute.iceControlling : attribute.iceControlled;
    const attributes: StunAttribute[] = [
      { type: attribute.priority, value: uint32Value(reflexivePriority(pair.local)) },
      { type: role, value: uint64Value(this.#parts.tieBreaker) },
    ];
    if (nominate) attributes.push({ type: attribute.useCandidate, value: new Uint8Array(0) });
    const { local, remote } = settings;
    return {
      method: method.binding,
      to: pair.remote,
      attributes: () => attributes,
      credentials: new ShortTermCredentials(`${remote.credentials.ufrag}:${local.ufrag}`, remote.credentials.pwd),
      timing,
      anySource: true,
    };
  }

  #follow(pair: Pair, final: boolean): void {
    const port = this.#parts.ports.get(pair.local.base);
    if (port === undefined) return;
    const { component } = pair.local;
    const { address, port: remotePort } = pair.remote;
    this.#parts.onPath(component, { port, remote: { address, port: remotePort }, way: wayText(pair) });
    if (!final) return;
    this.#tellChosen();
    this.#consents.get(component)?.timer?.cancel();
    const { clock, random } = this.#parts;
    const [state, effects] = beginConsent(clock.now(), random());
    const consent: Consent = { pair, state, timer: undefined };
    this.#consents.set(component, consent);
    this.#keep(consent, effects);
  }

  #tellChosen(): void {
    const state = this.#state;
    if (state === undefined || this.#settings === undefined || this.#told) return;
    const components = [...new Set(state.pairs.map((p) => p.local.component))].sort((a, b) => a - b);
    const selected = components.map((component) => selectedOf(state, component));
    const pairs = selected.flatMap((pair) => {
      if (pair === undefined) return [];
      const { address, port } = this.#mapped.get(pair.id) ?? pair.local;
      const remote = { address: pair.remote.address, port: pair.remote.port };
      return { component: pair.local.component, local: { address: canonicalAddress(address), port }, remote };
    });
    if (pairs.length < components.length) return;
    this.#told = true;
    this.#parts.onChosen(state.controlling, { ufrag: this.#settings.local.ufrag, pairs });
  }

  #keep(consent: Consent, effects: readonly ConsentEffect[]): void {
    const { clock, random } = this.#parts;
    for (const effect of effects)
      switch (effect.type) {
        case "ask":
          void this.#askConsent(consent);
          break;
        case "timer":
          consent.timer = clock.after(effect.ms, () => {
            const [state, more] = nextConsent(consent.state, {
              type: "timer",
              nowMs: clock.now(),
              chance: random(),
            });
            consent.state = state;
            this.#keep(consent, more);
          });
          break;
        case "lost":
          this.#parts.onPath(consent.pair.local.component, undefined);
          if (consent.pair.local.component === 1) this.#parts.onEvent("lost", wayText(consent.pair));
          break;
        default:
          effect satisfies never;
      }
  }

  async #askConsent(consent: Consent): Promise<void> {
    const { pair } = consent;
    const port = this.#parts.ports.get(pair.local.base);
    const state = this.#state;
    if (port === undefined || this.#settings === undefined || state === undefined) return;
    const request = this.#request(pair, this.#settings, false, state.controlling, consentTiming);
    const outcome = await port.stun.request(request);
    if (outcome.name !== "success" || !sameEndpoint(outcome.from, pair.remote)) return;
    [consent.state] = nextConsent(consent.state, { type: "answer", nowMs: this.#parts.clock.now() });
  }

  #wayOf(component: number): string {
    const pair = this.#state?.pairs.find((p) => p.nominated && p.local.component === component);
    return pair === undefined ? "" : wayText(pair);
  }
}

function faultOf(message: StunMessage, own: IceCredentials | undefined): StunErrorCode {
  const signed = message.integrity !== undefined && message.has(attribute.username);
  if (own === undefined)
    return signed ? { code: 401, reason: "Unauthenticated" } : { code: 400, reason: "Bad Request" };
  if (message.unknown.length > 0) return { code: 420, reason: "Unknown Attribute" };
  return { code: 400, reason: "No PRIORITY" };
}

function wayText({ local, remote }: Pair): string {
  const at = ({ address, port }: Endpoint) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`);
  return `${local.type} ${at(local)} to ${remote.type} ${at(remote)}`;
}

function same(a: IceCredentials, b: IceCredentials): boolean {
  return a.ufrag === b.ufrag && a.pwd === b.pwd;
}
