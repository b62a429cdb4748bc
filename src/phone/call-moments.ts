/** What has happened to a call since it was looked at last, in the words of the action URLs (feature row API-06). The difference of two looks is pure; the watch keeps the looks. */
import type { MomentCall, MomentName } from "./action-url.ts";
import type { Call } from "./call.ts";
import type { CallState } from "./call-state.ts";
import { isBusy } from "./end-reason.ts";

/** What of a call moments are made of. */
export interface CallLook {
  readonly direction: "in" | "out";
  readonly state: CallState["name"];
  /** Of the end: its status, and what the call log says. */
  readonly status: number;
  readonly outcome: string;
  /** The far end ended it. */
  readonly byRemote: boolean;
  readonly heldHere: boolean;
  readonly heldThere: boolean;
  readonly transfer: "none" | "blind" | "attended" | "failed" | "done";
  /** Others are set up or talked to at this moment. */
  readonly beside: boolean;
}

/** @param before undefined for a call that was just made. */
export function callMoments(before: CallLook | undefined, now: CallLook): MomentName[] {
  const moments: MomentName[] = [];
  const was = before?.state ?? (now.direction === "in" ? "new" : "preparing");
  if (was === "new") moments.push("incoming_call");
  if (was === "preparing" && settingUp.has(now.state)) moments.push("outgoing_call");
  if (before?.state !== now.state) moments.push(...changed(was === "new" ? "incoming" : was, now));
  if (now.state === "talking" && before !== undefined) {
    if (now.heldHere !== before.heldHere) moments.push(now.heldHere ? "hold" : "unhold");
    if (now.heldThere !== before.heldThere) moments.push(now.heldThere ? "held" : "unheld");
  }
  const transfer = before?.transfer ?? "none";
  if (transfer !== now.transfer) moments.unshift(...transferred(now.transfer));
  return moments;
}

const settingUp: ReadonlySet<CallState["name"]> = new Set(["connecting", "ringback", "talking"]);

function changed(was: CallState["name"], now: CallLook): MomentName[] {
  const over = now.state === "ended" || now.state === "gone";
  if (now.state === "answering") return now.beside ? ["answer_new_incoming_call"] : [];
  if (now.state === "talking") return ["call_established"];
  if (!over || was === "ended") return [];
  if (was === "talking") return ["call_terminated"];
  if (was === "incoming") return unanswered(now);
  // What could not even be tried was no call.
  if (was === "preparing") return [];
  if (now.state === "gone") return ["cancel_callout"];
  return [isBusy(now.status) ? "remote_busy" : "call_terminated"];
}

function unanswered({ outcome, byRemote }: CallLook): MomentName[] {
  if (outcome === "rejected") return ["reject_incoming_call"];
  if (outcome === "forwarded") return ["forward_incoming_call"];
  const moments: MomentName[] = byRemote ? ["call_remote_canceled"] : [];
  if (outcome === "missed") moments.push("missed_call");
  return moments;
}

function transferred(transfer: CallLook["transfer"]): MomentName[] {
  switch (transfer) {
    case "none":
      return [];
    case "blind":
      return ["transfer_call", "blind_transfer_call"];
    case "attended":
      return ["transfer_call", "attended_transfer_call"];
    case "failed":
      return ["transfer_failed"];
    case "done":
      return ["transfer_finished"];
    default:
      return transfer satisfies never;
  }
}

/** Who is told of what happens to calls; `call` is undefined where it is of none. */
export type TellMoment = (name: MomentName, account: number, call?: MomentCall) => void;

export class CallWatch {
  readonly #tell: TellMoment;
  readonly #looks = new WeakMap<Call, CallLook>();
  #busy = false;

  constructor(tell: TellMoment) {
    this.#tell = tell;
  }

  /** Something of a call may have changed; `all` are those that exist. */
  look(call: Call, all: readonly Call[]): void {
    const beside = all.some((other) => other !== call && other.state.name === "talking");
    const now = lookOf(call, beside);
    const moments = callMoments(this.#looks.get(call), now);
    this.#looks.set(call, now);
    const busy = all.some(({ state }) => state.name !== "ended" && state.name !== "gone");
    const turned = busy !== this.#busy;
    this.#busy = busy;
    const about = momentCallOf(call);
    if (turned && busy) this.#tell("idle_to_busy", call.account, about);
    for (const name of moments) this.#tell(name, call.account, about);
    if (turned && !busy) this.#tell("busy_to_idle", call.account, about);
  }
}

function lookOf(call: Call, beside: boolean): CallLook {
  const { state, session } = call;
  const ended = session?.state;
  return {
    direction: call.direction,
    state: state.name,
    status: state.name === "ended" ? state.status : 0,
    outcome: state.name === "gone" ? state.outcome : "",
    byRemote: ended?.name === "terminated" && ended.by === "remote",
    heldHere: call.held === "local" || call.held === "both",
    heldThere: call.held === "remote" || call.held === "both",
    transfer: call.transferring,
    beside,
  };
}

function momentCallOf(call: Call): MomentCall {
  const { session, remote, direction } = call;
  return {
    direction,
    remote: session?.remote.uri ?? call.target,
    remoteName: remote.name,
    remoteNumber: remote.number,
    callId: session?.request.callId ?? "",
  };
}
