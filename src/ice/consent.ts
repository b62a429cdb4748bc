/** Whether the far end still agrees to be sent to: RFC 7675 §5.1 as a pure function. The checks are the runner's. */

export type ConsentState = { readonly name: "fresh"; readonly heardMs: number } | { readonly name: "lost" };

export type ConsentInput =
  | { readonly type: "timer"; readonly nowMs: number /** 0 to 1, random. */; readonly chance: number }
  | { readonly type: "answer"; readonly nowMs: number };

export type ConsentEffect =
  | { readonly type: "ask" }
  | { readonly type: "timer"; readonly ms: number }
  | { readonly type: "lost" };

/** Between two questions, 80 to 120 % of it, ms. */
const intervalMs = 5000;
/** Without an answer for so long nothing is sent any more, ms. */
export const consentMs = 30_000;

export function begin(nowMs: number, chance: number): [ConsentState, readonly ConsentEffect[]] {
  return [{ name: "fresh", heardMs: nowMs }, [{ type: "timer", ms: pauseMs(chance) }]];
}

export function next(state: ConsentState, input: ConsentInput): [ConsentState, readonly ConsentEffect[]] {
  if (state.name === "lost") return [state, []];
  switch (input.type) {
    case "answer":
      return [{ name: "fresh", heardMs: input.nowMs }, []];
    case "timer": {
      const leftMs = state.heardMs + consentMs - input.nowMs;
      if (leftMs <= 0) return [{ name: "lost" }, [{ type: "lost" }]];
      return [state, [{ type: "ask" }, { type: "timer", ms: Math.min(pauseMs(input.chance), leftMs) }]];
    }
    default:
      return input satisfies never;
  }
}

function pauseMs(chance: number): number {
  return Math.round(intervalMs * (0.8 + 0.4 * chance));
}
