/** The machine of one publication: RFC 3903 §4. Pure; publication.ts sends and waits. One PUBLISH is under way at a time. */

export type PublicationState =
  | { readonly name: "idle" }
  /** `tag` of what is at the server, "" for nothing; `stale`: what is on its way is not what is wanted any more. */
  | {
      readonly name: "publishing";
      readonly tag: string;
      readonly stale: boolean;
      readonly attempt: number;
      readonly stopping: boolean;
    }
  | { readonly name: "published"; readonly tag: string }
  | { readonly name: "failed"; readonly status: number; readonly reason: string; readonly attempt: number };

export type PublicationInput =
  | { readonly type: "changed" | "stop" | "timer" | "too-brief" }
  | { readonly type: "accepted"; readonly tag: string; readonly expiresSeconds: number }
  | {
      readonly type: "refused";
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds: number | undefined;
    };

export type PublicationEffect =
  /** `withBody` false refreshes what is there (§4.1). */
  | { readonly type: "publish"; readonly tag: string; readonly withBody: boolean }
  | { readonly type: "remove"; readonly tag: string }
  | { readonly type: "start-timer"; readonly ms: number }
  | { readonly type: "stop-timer" };

type Step = [PublicationState, PublicationEffect[]];
type Publishing = PublicationState & { name: "publishing" };

const firstPauseMs = 30_000;
const longestPauseMs = 1_800_000;

export function next(
  state: PublicationState,
  input: PublicationInput,
  timing: { readonly nowMs: number; readonly chance: number },
): Step {
  switch (state.name) {
    case "idle":
      return input.type === "changed" ? begin("", true, 1) : [state, []];
    case "publishing":
      return whilePublishing(state, input, timing.chance);
    case "published":
      if (input.type === "changed") return begin(state.tag, true, 1);
      if (input.type === "timer") return begin(state.tag, false, 1);
      if (input.type === "stop")
        return [{ name: "idle" }, [{ type: "stop-timer" }, { type: "remove", tag: state.tag }]];
      return [state, []];
    case "failed":
      if (input.type === "changed" || input.type === "timer") return begin("", true, state.attempt + 1);
      if (input.type === "stop") return [{ name: "idle" }, [{ type: "stop-timer" }]];
      return [state, []];
    default:
      return state satisfies never;
  }
}

function begin(tag: string, withBody: boolean, attempt: number): Step {
  return [
    { name: "publishing", tag, stale: false, attempt, stopping: false },
    [{ type: "stop-timer" }, { type: "publish", tag, withBody }],
  ];
}

function whilePublishing(state: Publishing, input: PublicationInput, chance: number): Step {
  switch (input.type) {
    case "changed":
      return [{ ...state, stale: true, stopping: false }, []];
    case "stop":
      return [{ ...state, stopping: true }, []];
    case "too-brief":
      return begin(state.tag, true, state.attempt);
    case "accepted": {
      const { tag, expiresSeconds } = input;
      if (state.stopping) return [{ name: "idle" }, [{ type: "remove", tag }]];
      if (state.stale) return begin(tag, true, 1);
      const ms = expiresSeconds * 1000;
      return [{ name: "published", tag }, [{ type: "start-timer", ms: ms - Math.min(ms / 2, 32_000 + ms / 20) }]];
    }
    case "refused": {
      if (state.stopping) return [{ name: "idle" }, []];
      // §4.1: the server has forgotten it.
      if (input.status === 412 && state.tag !== "") return begin("", true, state.attempt);
      const { status, reason, retryAfterSeconds } = input;
      const failed = { name: "failed", status, reason, attempt: state.attempt } as const;
      if ([403, 404, 405, 489, 501, 603].includes(status)) return [failed, []];
      const backOffMs =
        Math.min(firstPauseMs * 2 ** Math.min(state.attempt - 1, 10), longestPauseMs) * (0.5 + chance / 2);
      return [
        failed,
        [{ type: "start-timer", ms: retryAfterSeconds === undefined ? backOffMs : retryAfterSeconds * 1000 }],
      ];
    }
    case "timer":
      return [state, []];
    default:
      return input satisfies never;
  }
}
