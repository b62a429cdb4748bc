/**
 * The machine of an INVITE session: RFC 3261 §9 (CANCEL), §13 (set-up), §14 (modification), §15 (end).
 * Pure: it never sends or waits. It knows neither dialogs nor descriptions; `session.ts` carries out what it says.
 */

/** What users of a session see of it. */
export type SessionState =
  /** Outgoing: INVITE sent, nothing heard yet, or 100 only. */
  | { readonly name: "calling" }
  /** Outgoing: a 1xx above 100 came; `status` is that of the last. */
  | { readonly name: "proceeding"; readonly status: number }
  /** Incoming, not answered yet; `status` is what the caller heard last: 100 while nobody has rung. */
  | { readonly name: "incoming"; readonly status: number }
  | { readonly name: "established" }
  | Terminated;

export interface Terminated {
  readonly name: "terminated";
  /** Who ended it: we, the other side (BYE or CANCEL), or nobody's wish: refused, timed out, not understood. */
  readonly by: "local" | "remote" | "failed";
  /** SIP status of the end: 200 for a BYE, 487 for a CANCEL, else the final response; 408 also for time-outs of ours. */
  readonly status: number;
  /** For people: the reason phrase, or the text of a Reason header. */
  readonly reason: string;
  /** The caller cancelled because somebody else took the call (RFC 3326, cause 200; feature row DIR-13). */
  readonly elsewhere: boolean;
}

/** Who is changing an established session at this moment. */
export type Change =
  | "none"
  /** Our re-INVITE waits for its final response. */
  | "ours"
  /** Our re-INVITE asked for an offer, which somebody else is to answer (RFC 7088 §2.1); the ACK is not sent yet. */
  | "lending"
  /** Our re-INVITE met theirs; a timer runs (§14.1). */
  | "glare"
  /** We answered their re-INVITE with 200; its ACK has not come. */
  | "theirs"
  /** The same, and the 200 held an offer: nothing else may be offered before the ACK (RFC 3264 §4). */
  | "theirs-offered";

/** The machine's own states: what users see, with the parts that only the wire cares for. */
export type SessionPhase =
  | { readonly name: "calling" }
  | { readonly name: "proceeding"; readonly status: number }
  /** Hung up before the final response: over for people, not for the wire. */
  | { readonly name: "cancelling"; readonly end: Terminated }
  | { readonly name: "incoming"; readonly status: number }
  /** Incoming, 200 sent, its ACK has not come. */
  | { readonly name: "accepted"; readonly offered: boolean }
  | { readonly name: "established"; readonly change: Change }
  /** Hung up between our 200 and its ACK: a BYE must wait (§15). */
  | { readonly name: "leaving"; readonly end: Terminated }
  | Terminated;

export type SessionInput =
  /** A 1xx above 100 to our INVITE. */
  | { readonly type: "provisional"; readonly status: number }
  /** The first 2xx to our INVITE; its ACK is sent. */
  | { readonly type: "answered" }
  /** Our INVITE ended without success, on the last target there was. */
  | { readonly type: "refused"; readonly status: number; readonly reason: string }
  /** A cancelled INVITE came to nothing, or nothing came for 64*T1 (§9.1). */
  | { readonly type: "abandoned" }
  | { readonly type: "hang-up"; readonly status: number; readonly reason: string }
  | { readonly type: "ring"; readonly status: number }
  /** `offered`: the 200 holds the offer, the ACK must hold the answer. */
  | { readonly type: "answer"; readonly offered: boolean }
  | { readonly type: "cancelled"; readonly reason: string; readonly elsewhere: boolean }
  | { readonly type: "ack" }
  /** 64*T1 went by without an ACK (§13.3.1.4), or our 2xx could not be sent. */
  | { readonly type: "no-ack" }
  | { readonly type: "bye"; readonly reason: string }
  /** The descriptions do not fit, or the dialog is lost: the session cannot go on. */
  | { readonly type: "broken"; readonly status: number; readonly reason: string }
  /** We want to change the media. */
  | { readonly type: "change" }
  | { readonly type: "change-answered" }
  /** Somebody else is to be heard while we hold: the other side shall make an offer for that. */
  | { readonly type: "lend" }
  /** The offer got its answer, in the ACK. */
  | { readonly type: "lend-answered" }
  | { readonly type: "change-refused"; readonly status: number; readonly reason: string; readonly retryAfter: boolean }
  | { readonly type: "retry" }
  | { readonly type: "their-invite" }
  /** Their re-INVITE was answered: with 200 (`offered` as above), or refused by its content. */
  | { readonly type: "their-invite-accepted"; readonly offered: boolean };

export type SessionEffect =
  | { readonly type: "cancel" }
  | { readonly type: "bye" }
  /** Final or provisional response to the INVITE that opened the session. */
  | { readonly type: "respond"; readonly status: number; readonly reason: string }
  | { readonly type: "accept" }
  | { readonly type: "send-change" }
  | { readonly type: "send-lend" }
  /** Wait as §14.1 says, then input `retry`. */
  | { readonly type: "wait-retry"; readonly retryAfter: boolean }
  /** No change is under way any more: one that was wished meanwhile may begin. */
  | { readonly type: "change-over" }
  /** Our change was refused; what was agreed before stays in force (§14.1). */
  | { readonly type: "change-undone"; readonly status: number; readonly reason: string }
  /** The other side makes no offers: nobody else will be heard. */
  | { readonly type: "lend-undone"; readonly reason: string }
  | { readonly type: "take-their-invite" }
  | { readonly type: "refuse-their-invite"; readonly status: 491 | 500 };

type Step = [SessionPhase, SessionEffect[]];

const ended = (by: Terminated["by"], status: number, reason: string, elsewhere = false): Terminated => ({
  name: "terminated",
  by,
  status,
  reason,
  elsewhere,
});

/** What users are told of a phase. */
export function visible(phase: SessionPhase): SessionState {
  switch (phase.name) {
    case "cancelling":
    case "leaving":
      return phase.end;
    case "accepted":
    case "established":
      return { name: "established" };
    case "calling":
    case "proceeding":
    case "incoming":
    case "terminated":
      return phase;
    default:
      return phase satisfies never;
  }
}

/** An input that has no meaning in a phase leaves it as it is. */
export function next(phase: SessionPhase, input: SessionInput): Step {
  switch (phase.name) {
    case "calling":
    case "proceeding":
      return whileCalling(phase, input);
    case "cancelling":
      // The 200 crossed our CANCEL: the call exists, so it is ended as one (§9.1, §15; RFC 5407 §3.1.2).
      if (input.type === "answered") return [phase.end, [{ type: "bye" }]];
      if (input.type === "refused" || input.type === "abandoned" || input.type === "bye") return [phase.end, []];
      if (input.type === "their-invite") return [phase, [{ type: "refuse-their-invite", status: 491 }]];
      return [phase, []];
    case "incoming":
      return whileIncoming(phase, input);
    case "accepted":
      return whileAccepted(phase, input);
    case "established":
      return whileEstablished(phase, input);
    case "leaving":
      if (input.type === "ack" || input.type === "no-ack") return [phase.end, [{ type: "bye" }]];
      if (input.type === "bye" || input.type === "broken") return [phase.end, []];
      if (input.type === "their-invite") return [phase, [{ type: "refuse-their-invite", status: 491 }]];
      return [phase, []];
    case "terminated":
      return [phase, []];
    default:
      return phase satisfies never;
  }
}

function whileCalling(phase: SessionPhase & { name: "calling" | "proceeding" }, input: SessionInput): Step {
  switch (input.type) {
    case "provisional":
      return [{ name: "proceeding", status: input.status }, []];
    case "answered":
      return [{ name: "established", change: "none" }, [{ type: "change-over" }]];
    case "refused":
      return [ended("failed", input.status, input.reason), []];
    case "abandoned":
      return [ended("failed", 408, "Request Timeout"), []];
    case "hang-up":
      return [{ name: "cancelling", end: ended("local", input.status, input.reason) }, [{ type: "cancel" }]];
    case "broken":
      return [{ name: "cancelling", end: ended("failed", input.status, input.reason) }, [{ type: "cancel" }]];
    // A callee must not send BYE on an early dialog (§15), yet some do: they want no call.
    case "bye":
      return [{ name: "cancelling", end: ended("remote", 200, input.reason) }, [{ type: "cancel" }]];
    // Our own INVITE is still under way (§14.2).
    case "their-invite":
      return [phase, [{ type: "refuse-their-invite", status: 491 }]];
    default:
      return [phase, []];
  }
}

function whileIncoming(phase: SessionPhase & { name: "incoming" }, input: SessionInput): Step {
  switch (input.type) {
    case "ring":
      return [{ name: "incoming", status: input.status }, [{ type: "respond", status: input.status, reason: "" }]];
    case "answer":
      return [{ name: "accepted", offered: input.offered }, [{ type: "accept" }]];
    case "hang-up":
      return [
        ended("local", input.status, input.reason),
        [{ type: "respond", status: input.status, reason: input.reason }],
      ];
    case "cancelled":
      return [
        ended("remote", 487, input.reason, input.elsewhere),
        [{ type: "respond", status: 487, reason: "Request Terminated" }],
      ];
    // A caller may end an early dialog by BYE; the INVITE still wants its answer (§15.1.2).
    case "bye":
      return [ended("remote", 200, input.reason), [{ type: "respond", status: 487, reason: "Request Terminated" }]];
    case "broken":
      // The phrase of the status for the caller; what is wrong goes into a Warning.
      return [ended("failed", input.status, input.reason), [{ type: "respond", status: input.status, reason: "" }]];
    // A second INVITE before the first has its final response (§14.2).
    case "their-invite":
      return [phase, [{ type: "refuse-their-invite", status: 500 }]];
    default:
      return [phase, []];
  }
}

function whileAccepted(phase: SessionPhase & { name: "accepted" }, input: SessionInput): Step {
  switch (input.type) {
    case "ack":
      return [{ name: "established", change: "none" }, [{ type: "change-over" }]];
    case "no-ack":
      return [ended("failed", 408, "No ACK"), [{ type: "bye" }]];
    case "hang-up":
      return [{ name: "leaving", end: ended("local", input.status, input.reason) }, []];
    case "broken":
      return [{ name: "leaving", end: ended("failed", input.status, input.reason) }, []];
    case "bye":
      return [ended("remote", 200, input.reason), []];
    case "their-invite":
      // They have our 200, only its ACK was lost or overtaken (RFC 5407 §3.1.4); an offer of ours in it is still open.
      if (phase.offered) return [phase, [{ type: "refuse-their-invite", status: 491 }]];
      return [{ name: "established", change: "none" }, [{ type: "take-their-invite" }]];
    default:
      return [phase, []];
  }
}

function whileEstablished(phase: SessionPhase & { name: "established" }, input: SessionInput): Step {
  const { change } = phase;
  switch (input.type) {
    case "hang-up":
      return [ended("local", input.status, input.reason), [{ type: "bye" }]];
    case "bye":
      return [ended("remote", 200, input.reason), []];
    case "broken":
      return [ended("failed", input.status, input.reason), [{ type: "bye" }]];
    case "change":
      if (change !== "none") return [phase, []];
      return [{ name: "established", change: "ours" }, [{ type: "send-change" }]];
    case "change-answered":
      if (change !== "ours") return [phase, []];
      return [{ name: "established", change: "none" }, [{ type: "change-over" }]];
    case "change-refused":
      return change === "ours" || change === "lending" ? afterRefusal(input, change) : [phase, []];
    case "lend":
      if (change !== "none") return [phase, []];
      return [{ name: "established", change: "lending" }, [{ type: "send-lend" }]];
    case "lend-answered":
      if (change !== "lending") return [phase, []];
      return [{ name: "established", change: "none" }, [{ type: "change-over" }]];
    case "retry":
      if (change !== "glare") return [phase, []];
      return [{ name: "established", change: "none" }, [{ type: "change-over" }]];
    case "ack":
      if (change !== "theirs" && change !== "theirs-offered") return [phase, []];
      return [{ name: "established", change: "none" }, [{ type: "change-over" }]];
    case "no-ack":
      if (change !== "theirs" && change !== "theirs-offered") return [phase, []];
      return [ended("failed", 408, "No ACK"), [{ type: "bye" }]];
    case "their-invite":
      if (change === "ours" || change === "lending" || change === "theirs-offered")
        return [phase, [{ type: "refuse-their-invite", status: 491 }]];
      return [{ name: "established", change: change === "glare" ? "glare" : "none" }, [{ type: "take-their-invite" }]];
    case "their-invite-accepted":
      return [{ name: "established", change: input.offered ? "theirs-offered" : "theirs" }, []];
    default:
      return [phase, []];
  }
}

function afterRefusal(
  { status, reason, retryAfter }: SessionInput & { type: "change-refused" },
  change: "ours" | "lending",
): Step {
  // The dialog is gone at the other side (§12.2.1.2, §14.1).
  if (status === 481 || status === 408) return [ended("failed", status, reason), [{ type: "bye" }]];
  if (status === 491 || (status === 500 && retryAfter))
    return [{ name: "established", change: "glare" }, [{ type: "wait-retry", retryAfter: status === 500 }]];
  const undone: SessionEffect =
    change === "ours" ? { type: "change-undone", status, reason } : { type: "lend-undone", reason };
  return [{ name: "established", change: "none" }, [undone, { type: "change-over" }]];
}
