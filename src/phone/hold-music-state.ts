/**
 * Music for who is held, step by step (CAL-46, RFC 7088 §2.1): the far end's offer, the music server's answer. Pure.
 *
 * | phase   | input                              | then                                            |
 * |---------|------------------------------------|-------------------------------------------------|
 * | off     | hold                               | asking: the far end is asked for an offer       |
 * | asking  | offered                            | calling: the server is called with it           |
 * | asking  | over                               | off; with a reason: silent                      |
 * | calling | answered                           | playing: its answer goes to the far end         |
 * | calling | failed, or 4 s                     | silent: an ordinary hold                        |
 * | playing | the server ended it                | silent: the far end is told                     |
 * | playing | over                               | off; the far end wanted something new: waiting  |
 * | waiting | 2 s                                | asking, once more                               |
 * | any     | resume, end                        | off: the server is hung up                      |
 */
export type HoldMusicState =
  | { readonly name: "off" }
  | { readonly name: "asking"; readonly times: number }
  | { readonly name: "calling"; readonly times: number }
  | { readonly name: "playing"; readonly times: number }
  /** The far end said something new of its sound; then it is asked again. */
  | { readonly name: "waiting"; readonly times: number }
  /** Held without music, until the next hold. */
  | { readonly name: "silent" };

export type HoldMusicInput =
  | { readonly type: "hold" }
  | { readonly type: "resume" }
  | { readonly type: "offered"; readonly offer: string }
  | { readonly type: "answered"; readonly answer: string }
  | { readonly type: "failed"; readonly why: string }
  | { readonly type: "late" }
  | { readonly type: "again" }
  /** The session does without. `held`: the call is held all the same. */
  | { readonly type: "over"; readonly why: string; readonly held: boolean };

export type HoldMusicEffect =
  | { readonly type: "ask" }
  | { readonly type: "call"; readonly offer: string }
  | { readonly type: "give"; readonly answer: string }
  /** An open offer is answered by an ordinary hold. */
  | { readonly type: "decline" }
  /** The far end is told that it hears the server no more. */
  | { readonly type: "take-back" }
  | { readonly type: "hang-up" }
  /** Then "again". */
  | { readonly type: "wait" }
  | { readonly type: "log"; readonly why: string };

/** How often the far end may interrupt the music by wishes of its own, in one hold, until it is left in silence. */
export const mostTimes = 3;

type Step = readonly [HoldMusicState, readonly HoldMusicEffect[]];

/** An input that has no meaning in a phase leaves it as it is. */
export function nextHoldMusic(state: HoldMusicState, input: HoldMusicInput): Step {
  if (input.type === "resume") return state.name === "off" ? [state, []] : [{ name: "off" }, [{ type: "hang-up" }]];
  switch (state.name) {
    case "off":
    case "silent":
      return input.type === "hold" ? [{ name: "asking", times: 1 }, [{ type: "ask" }]] : [state, []];
    case "asking":
      if (input.type === "offered")
        return [{ name: "calling", times: state.times }, [{ type: "call", offer: input.offer }]];
      return input.type === "over" ? withoutMusic(input) : [state, []];
    case "calling":
      switch (input.type) {
        case "answered":
          return [{ name: "playing", times: state.times }, [{ type: "give", answer: input.answer }]];
        case "failed":
          return [{ name: "silent" }, [log(input.why), { type: "hang-up" }, { type: "decline" }]];
        case "late":
          return [{ name: "silent" }, [log("it does not answer"), { type: "hang-up" }, { type: "decline" }]];
        case "over":
          return withoutMusic(input);
        default:
          return [state, []];
      }
    case "playing":
      if (input.type === "failed") return [{ name: "silent" }, [log(input.why), { type: "take-back" }]];
      if (input.type !== "over") return [state, []];
      if (input.why !== "" || !input.held) return withoutMusic(input);
      if (state.times >= mostTimes)
        return [{ name: "silent" }, [{ type: "hang-up" }, log("the far end keeps changing its sound")]];
      return [{ name: "waiting", times: state.times + 1 }, [{ type: "hang-up" }, { type: "wait" }]];
    case "waiting":
      return input.type === "again" ? [{ name: "asking", times: state.times }, [{ type: "ask" }]] : [state, []];
    default:
      return state satisfies never;
  }
}

function withoutMusic({ why, held }: HoldMusicInput & { type: "over" }): Step {
  const effects: HoldMusicEffect[] = why === "" ? [{ type: "hang-up" }] : [{ type: "hang-up" }, log(why)];
  return [held && why !== "" ? { name: "silent" } : { name: "off" }, effects];
}

function log(why: string): HoldMusicEffect {
  return { type: "log", why };
}
