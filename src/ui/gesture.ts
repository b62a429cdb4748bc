/** Key gestures as a pure machine: a press acts at once, a held key repeats or is a long press; knows no meaning of keys. */

/** Held this long, a key that repeats begins to. */
export const repeatAfterMs = 500;
export const repeatEveryMs = 120;
/** Held this long, a key that does not repeat is a long press. */
export const longAfterMs = 1000;

export type GestureState =
  | { readonly name: "up" }
  | { readonly name: "down"; readonly repeats: boolean; readonly nextAtMs: number }
  /** The long press was told; nothing more until the key is up. */
  | { readonly name: "long" };

export type GestureInput =
  | { readonly type: "down"; readonly repeats: boolean; readonly nowMs: number }
  | { readonly type: "up" }
  | { readonly type: "time"; readonly nowMs: number };

export type GestureEffect =
  | { readonly type: "press" }
  | { readonly type: "repeat" }
  | { readonly type: "long" }
  | { readonly type: "release" }
  /** Call again with `time` at this moment; a time without meaning in the state by then is dropped. */
  | { readonly type: "wait"; readonly untilMs: number };

/** One of these for each key. */
export function nextGesture(state: GestureState, input: GestureInput): [GestureState, readonly GestureEffect[]] {
  switch (input.type) {
    case "down": {
      if (state.name !== "up") return [state, []];
      const nextAtMs = input.nowMs + (input.repeats ? repeatAfterMs : longAfterMs);
      return [
        { name: "down", repeats: input.repeats, nextAtMs },
        [{ type: "press" }, { type: "wait", untilMs: nextAtMs }],
      ];
    }
    case "up":
      return state.name === "up" ? [state, []] : [{ name: "up" }, [{ type: "release" }]];
    case "time": {
      if (state.name !== "down") return [state, []];
      // A timer may come a moment early, and is set again.
      if (input.nowMs < state.nextAtMs) return [state, [{ type: "wait", untilMs: state.nextAtMs }]];
      if (!state.repeats) return [{ name: "long" }, [{ type: "long" }]];
      // After a stall the repeats that were missed are not made up: the person has long seen where the bar stands.
      const nextAtMs = input.nowMs + repeatEveryMs;
      return [{ ...state, nextAtMs }, [{ type: "repeat" }, { type: "wait", untilMs: nextAtMs }]];
    }
    default:
      return input satisfies never;
  }
}
