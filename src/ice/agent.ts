/**
 * The connectivity checks of one audio stream as a pure function: check list, triggered checks, nomination, roles
 * (RFC 8445 §6, §7, §8). It sends nothing: a runner turns `check` into Binding requests and tells what came of them.
 */
import type { Endpoint, IceCandidate } from "../media/protocol.ts";
import { type LocalCandidate, pairPriority, sameAddress } from "./candidate.ts";

export type PairState = "frozen" | "waiting" | "in-progress" | "succeeded" | "failed";

export interface Pair {
  readonly id: number;
  /** Host or relayed: what sends. */
  readonly local: LocalCandidate;
  readonly remote: IceCandidate;
  readonly priority: bigint;
  readonly state: PairState;
  /** Of the last check; what comes of an older one that failed says nothing. */
  readonly check: number;
  /** Its success selects it: we, or the far end, nominated it. */
  readonly nominating: boolean;
  readonly nominated: boolean;
}

export interface IceState {
  readonly name: "checking" | "connected" | "failed";
  readonly controlling: boolean;
  /** Hosts and relays, which pairs are made of. */
  readonly local: readonly LocalCandidate[];
  /** Highest priority first. */
  readonly pairs: readonly Pair[];
  /** Ids of pairs that are checked before all others (§6.1.4.1). */
  readonly triggered: readonly number[];
  readonly nextId: number;
  readonly startedMs: number;
  /** When a component had its first valid pair. */
  readonly validMs: ReadonlyMap<number, number>;
}

export type IceInput =
  /** Every Ta. */
  | { readonly type: "tick"; readonly nowMs: number }
  /** A check of the far end, believed and answered already. */
  | {
      readonly type: "request";
      readonly base: number;
      readonly from: Endpoint;
      readonly priority: number;
      readonly nominate: boolean;
      readonly nowMs: number;
    }
  | { readonly type: "succeeded"; readonly pair: number; readonly nowMs: number }
  | { readonly type: "failed"; readonly pair: number; readonly check: number }
  /** 487 to a check that was made in `controlling` role, or a conflict that a request showed. */
  | { readonly type: "conflict"; readonly controlling: boolean; readonly pair: number | undefined };

export type IceEffect =
  | { readonly type: "check"; readonly pair: Pair; readonly nominate: boolean; readonly controlling: boolean }
  /** What may be sent over from now on: `final` when it is nominated, before that the best that works (§12.1). */
  | { readonly type: "path"; readonly pair: Pair; readonly final: boolean }
  | { readonly type: "connected" }
  | { readonly type: "failed" };

/** Checks of one stream (§6.1.2.5). */
const mostPairs = 100;
/** How long a far end's checks may be waited for, ms (RFC 8863). */
export const patienceMs = 39_500;
/** How long a better pair is waited for when one works, ms: directly, or only over a relay. */
const directPatienceMs = 300;
const relayPatienceMs = 1000;

type Result = [IceState, readonly IceEffect[]];

/** @param local all of ours: those with a base of another are left to their hosts (§6.1.2.4) */
export function beginChecks(
  local: readonly LocalCandidate[],
  remote: readonly IceCandidate[],
  controlling: boolean,
  nowMs: number,
): IceState {
  const senders = local.filter((c) => c.type === "host" || c.type === "relay");
  let nextId = 1;
  const pairs: Pair[] = [];
  for (const l of senders)
    for (const r of remote) if (fits(l, r)) pairs.push(makePair(nextId++, l, r, controlling, "frozen"));
  const sorted = bestFirst(pairs).slice(0, mostPairs);
  return {
    name: "checking",
    controlling,
    local: senders,
    pairs: thawFirst(sorted),
    triggered: [],
    nextId,
    startedMs: nowMs,
    validMs: new Map(),
  };
}

export function next(state: IceState, input: IceInput): Result {
  if (state.name === "failed") return [state, []];
  switch (input.type) {
    case "tick":
      return tick(state, input.nowMs);
    case "request":
      return requested(state, input);
    case "succeeded":
      return succeeded(state, input.pair, input.nowMs);
    case "failed": {
      const pair = state.pairs.find((p) => p.id === input.pair);
      // A pair that worked before goes on without: consent is another affair (RFC 7675).
      if (pair?.state !== "in-progress" || pair.check !== input.check) return [state, []];
      return [change(state, pair.id, { state: "failed", nominating: false }), []];
    }
    case "conflict":
      return conflict(state, input.controlling, input.pair);
    default:
      return input satisfies never;
  }
}

/** Every component has its pair, or none to be hoped for: no more ticks are needed. */
export function isSettled(state: IceState): boolean {
  if (state.name === "failed") return true;
  return state.name === "connected" && componentsOf(state).every((c) => selectedOf(state, c) !== undefined);
}

/** The nominated pair of a component; the highest where a far end nominated several (RFC 5245 §8.1.1.2). */
export function selectedOf(state: IceState, component: number): Pair | undefined {
  return state.pairs.find((p) => p.local.component === component && p.nominated);
}

/** Who gives way when both sides claim the same role (§7.3.1.1). @param theirs the role in their request */
export function resolveRole(
  controlling: boolean,
  tieBreaker: bigint,
  theirs: { readonly controlling: boolean; readonly tieBreaker: bigint },
): "agree" | "switch" | "refuse" {
  if (controlling !== theirs.controlling) return "agree";
  const larger = tieBreaker >= theirs.tieBreaker;
  return larger === controlling ? "refuse" : "switch";
}

function tick(state: IceState, nowMs: number): Result {
  const [id, ...triggered] = state.triggered;
  if (id !== undefined) return startCheck({ ...state, triggered }, id);
  const [nominating, effects] = nominate(state, nowMs);
  if (effects.length > 0) return [nominating, effects];
  const waiting = nominating.pairs.find((p) => p.state === "waiting" && isOpen(nominating, p));
  if (waiting !== undefined) return startCheck(nominating, waiting.id);
  const thawed = nominating.pairs.find(
    (p) => p.state === "frozen" && isOpen(nominating, p) && !isBusy(nominating, foundationOf(p)),
  );
  if (thawed !== undefined) return startCheck(nominating, thawed.id);
  return nowMs - nominating.startedMs < patienceMs ? [nominating, []] : giveUp(nominating);
}

/** Pairs of a component that has one are not looked for any more (§8.1.1). */
function isOpen(state: IceState, pair: Pair): boolean {
  return selectedOf(state, pair.local.component) === undefined;
}

function startCheck(state: IceState, id: number): Result {
  const pair = state.pairs.find((p) => p.id === id);
  // A check that was asked for again while its answer was under way.
  if (pair === undefined || (pair.state === "succeeded" && !pair.nominating)) return [state, []];
  const checked: Pair = { ...pair, state: "in-progress", check: pair.check + 1 };
  const nominate = state.controlling && checked.nominating;
  return [
    { ...state, pairs: state.pairs.map((p) => (p.id === id ? checked : p)) },
    [{ type: "check", pair: checked, nominate, controlling: state.controlling }],
  ];
}

/** Regular nomination: the best valid pair, when nothing better can be hoped for or was waited for long enough (§8.1.1). */
function nominate(state: IceState, nowMs: number): Result {
  if (!state.controlling) return [state, []];
  for (const component of componentsOf(state)) {
    const own = state.pairs.filter((p) => p.local.component === component);
    if (own.some((p) => p.nominated || p.nominating)) continue;
    const best = own.find((p) => p.state === "succeeded");
    if (best === undefined) continue;
    const better = own.slice(0, own.indexOf(best)).some((p) => p.state !== "failed");
    const relayed = best.local.type === "relay" || best.remote.type === "relay";
    const waitedMs = nowMs - (state.validMs.get(component) ?? nowMs);
    if (better && waitedMs < (relayed ? relayPatienceMs : directPatienceMs)) continue;
    return startCheck(change(state, best.id, { nominating: true }), best.id);
  }
  return [state, []];
}

/**
 * Deviates from RFC 8445 §8.1.2, by which the whole stream fails when one component does: RTCP that finds no way is no
 * reason to take the sound away. A far end that never nominates is taken at its best pair.
 */
function giveUp(state: IceState): Result {
  let given = state;
  const effects: IceEffect[] = [];
  for (const component of componentsOf(state)) {
    if (selectedOf(given, component) !== undefined) continue;
    const best = given.pairs.find((p) => p.local.component === component && p.state === "succeeded");
    if (best === undefined) continue;
    const [chosen, more] = select(given, best.id);
    given = chosen;
    effects.push(...more);
  }
  if (selectedOf(given, 1) === undefined) return [{ ...given, name: "failed", triggered: [] }, [{ type: "failed" }]];
  const settled = given.pairs.filter((p) => p.nominated || !isOpen(given, p));
  return [{ ...given, pairs: settled }, effects];
}

function requested(state: IceState, input: Extract<IceInput, { type: "request" }>): Result {
  const local = state.local.find((c) => c.base === input.base);
  if (local === undefined) return [state, []];
  const known = state.pairs.find((p) => p.local === local && sameAddress(p.remote, input.from));
  if (known === undefined) {
    if (state.pairs.length >= mostPairs) return [state, []];
    const remote: IceCandidate = {
      ...input.from,
      // Different from all others, which the far end may have named (§7.3.1.3).
      foundation: `reflexive${state.nextId}`,
      component: local.component,
      priority: input.priority,
      type: "prflx",
      related: undefined,
    };
    const pair = makePair(state.nextId, local, remote, state.controlling, "waiting");
    const pairs = bestFirst([...state.pairs, pair]);
    return trigger({ ...state, pairs, nextId: state.nextId + 1 }, pair, input);
  }
  return trigger(state, known, input);
}

/** §7.3.1.4 and §7.3.1.5. */
function trigger(state: IceState, pair: Pair, input: Extract<IceInput, { type: "request" }>): Result {
  const nominating = pair.nominating || (input.nominate && !state.controlling);
  if (pair.state === "succeeded") {
    if (!nominating || state.controlling || pair.nominated) return [state, []];
    return select(state, pair.id);
  }
  if (!isOpen(state, pair) && !nominating) return [state, []];
  const marked = change(state, pair.id, {
    nominating,
    state: pair.state === "in-progress" ? "in-progress" : "waiting",
  });
  if (marked.triggered.includes(pair.id)) return [marked, []];
  return [{ ...marked, triggered: [...marked.triggered, pair.id] }, []];
}

function succeeded(state: IceState, id: number, nowMs: number): Result {
  const pair = state.pairs.find((p) => p.id === id);
  if (pair === undefined || pair.nominated) return [state, []];
  const component = pair.local.component;
  const first = !state.validMs.has(component);
  const validMs = first ? new Map([...state.validMs, [component, nowMs]]) : state.validMs;
  const before = state.pairs.find((p) => p.local.component === component && p.state === "succeeded");
  const foundation = foundationOf(pair);
  const pairs = state.pairs.map((p) => {
    if (p.id === id) return { ...p, state: "succeeded" as const };
    // What was learned of this kind of way holds for the others of its kind (§7.2.5.3.3).
    return p.state === "frozen" && foundationOf(p) === foundation ? { ...p, state: "waiting" as const } : p;
  });
  const valid: IceState = { ...state, pairs, validMs };
  if (pair.nominating) return select(valid, id);
  const better = before === undefined || pair.priority > before.priority;
  const open = selectedOf(valid, component) === undefined;
  return [valid, better && open ? [{ type: "path", pair, final: false }] : []];
}

/** Nominated and valid: media goes that way. */
function select(state: IceState, id: number): Result {
  const nominated = change(state, id, { nominated: true, nominating: false });
  const pair = nominated.pairs.find((p) => p.id === id);
  if (pair === undefined) return [state, []];
  const { component } = pair.local;
  // What was still to be checked of this component is not worth it any more (§8.1.2).
  const triggered = nominated.triggered.filter((t) => {
    const other = nominated.pairs.find((p) => p.id === t);
    return other !== undefined && (other.local.component !== component || other.nominating);
  });
  const selected: IceState = { ...nominated, triggered };
  const effects: IceEffect[] = [];
  if (selectedOf(selected, component)?.id === id) effects.push({ type: "path", pair, final: true });
  if (selected.name === "connected" || component !== 1) return [selected, effects];
  return [{ ...selected, name: "connected" }, [...effects, { type: "connected" }]];
}

function conflict(state: IceState, controlling: boolean, id: number | undefined): Result {
  // Somebody else's answer may have turned us round already.
  const turned = state.controlling === controlling ? turn(state) : state;
  if (id === undefined || turned.triggered.includes(id)) return [turned, []];
  const again = change(turned, id, { state: "waiting", nominating: false });
  return [{ ...again, triggered: [...again.triggered, id] }, []];
}

function turn(state: IceState): IceState {
  const controlling = !state.controlling;
  const pairs = state.pairs.map((p) => ({
    ...p,
    priority: pairPriority(p.local.priority, p.remote.priority, controlling),
    nominating: false,
  }));
  return { ...state, controlling, pairs: bestFirst(pairs) };
}

function componentsOf(state: IceState): readonly number[] {
  return [...new Set(state.pairs.map((p) => p.local.component))].sort((a, b) => a - b);
}

function change(state: IceState, id: number, to: Partial<Pair>): IceState {
  return { ...state, pairs: state.pairs.map((p) => (p.id === id ? { ...p, ...to } : p)) };
}

function fits(local: LocalCandidate, remote: IceCandidate): boolean {
  return local.component === remote.component && local.address.includes(":") === remote.address.includes(":");
}

function makePair(
  id: number,
  local: LocalCandidate,
  remote: IceCandidate,
  controlling: boolean,
  state: PairState,
): Pair {
  const priority = pairPriority(local.priority, remote.priority, controlling);
  return { id, local, remote, priority, state, check: 0, nominating: false, nominated: false };
}

function bestFirst(pairs: readonly Pair[]): readonly Pair[] {
  return [...pairs].sort((a, b) => (a.priority > b.priority ? -1 : a.priority < b.priority ? 1 : a.id - b.id));
}

function foundationOf(pair: Pair): string {
  return `${pair.local.foundation}:${pair.remote.foundation}`;
}

function isBusy(state: IceState, foundation: string): boolean {
  return state.pairs.some(
    (p) => (p.state === "waiting" || p.state === "in-progress") && foundationOf(p) === foundation,
  );
}

/** §6.1.2.6: of each foundation the pair of the lowest component, and of these the best. */
function thawFirst(pairs: readonly Pair[]): readonly Pair[] {
  const first = new Map<string, Pair>();
  for (const pair of pairs) {
    const known = first.get(foundationOf(pair));
    if (known === undefined || pair.local.component < known.local.component) first.set(foundationOf(pair), pair);
  }
  return pairs.map((p) => (first.get(foundationOf(p)) === p ? { ...p, state: "waiting" } : p));
}
