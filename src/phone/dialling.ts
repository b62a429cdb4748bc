/**
 * Collecting a number: feature rows CAL-01, CAL-02, CAL-03, CAL-13. Pure: it never dials, sounds or waits by itself.
 *
 * | state      | digit              | send, send key   | inter-digit timer | tone timer       | clear                |
 * |------------|--------------------|------------------|-------------------|------------------|----------------------|
 * | closed     | collecting on hook | redial           | -                 | -                | -                    |
 * | collecting | digit appended     | dial, closed     | dial, closed      | silent too long  | shorter, then closed |
 */
import type { AudioPath } from "../../hal/audio.ts";
import type { Digit } from "../../hal/keypad.ts";

export type DialPurpose = "call" | "transfer" | "conference" | "forward";

export type DialState =
  /** Turns are counted on from here, so that a timer of an earlier number means nothing to the next one. */
  | { readonly name: "closed"; readonly turn: number }
  | {
      readonly name: "collecting";
      readonly digits: string;
      readonly account: number;
      readonly purpose: DialPurpose;
      /** "none": on hook, silent, nothing is dialled by time unless configured. */
      readonly path: AudioPath;
      /** Counts changes, so that a timer of an older one means nothing. */
      readonly turn: number;
      /** Nothing was dialled for too long with the path open: busy tone instead of dial tone. */
      readonly tooLong: boolean;
    };

export type DialInput =
  | { readonly type: "open"; readonly path: AudioPath; readonly account: number; readonly purpose?: DialPurpose }
  | { readonly type: "digit"; readonly digit: Digit; readonly account: number }
  | { readonly type: "text"; readonly text: string; readonly account: number }
  | { readonly type: "backspace" }
  | { readonly type: "send" }
  | { readonly type: "path"; readonly path: AudioPath }
  | { readonly type: "account"; readonly account: number }
  | { readonly type: "close" }
  | { readonly type: "timer"; readonly timer: DialTimer; readonly turn: number };

export type DialTimer = "inter-digit" | "dial-tone";

export type DialEffect =
  | {
      readonly type: "dial";
      readonly to: string;
      readonly account: number;
      readonly purpose: DialPurpose;
      readonly path: AudioPath;
    }
  | { readonly type: "redial" }
  | { readonly type: "start"; readonly timer: DialTimer; readonly ms: number; readonly turn: number }
  /** A digit was taken: its sound is due where the path is open. */
  | { readonly type: "key-tone"; readonly digit: Digit }
  /** Dial tone ran out and nobody holds the handset. */
  | { readonly type: "give-up" };

export interface DialRules {
  /** "#", "*" or none (features.key_as_send). */
  readonly sendKey: Digit | undefined;
  /** phone_setting.inter_digit_time. */
  readonly interDigitMs: number;
  /** phone_setting.predial_autodial: the inter-digit time counts on hook too. */
  readonly autoDialOnHook: boolean;
  /** features.call.dialtone_time_out; 0 is never. */
  readonly dialToneMs: number;
}

export const closedDial: DialState = { name: "closed", turn: 0 };

/** Most digits kept: longer numbers do not exist, and a stuck key must not fill the memory. */
const mostDigits = 256;

/** An input that has no meaning in a state leaves it as it is. */
export function nextDial(state: DialState, input: DialInput, rules: DialRules): [DialState, DialEffect[]] {
  switch (state.name) {
    case "closed":
      return fromClosed(state, input, rules);
    case "collecting":
      return fromCollecting(state, input, rules);
    default:
      return state satisfies never;
  }
}

type Collecting = Extract<DialState, { name: "collecting" }>;
type Closed = Extract<DialState, { name: "closed" }>;

function fromClosed(state: Closed, input: DialInput, rules: DialRules): [DialState, DialEffect[]] {
  switch (input.type) {
    case "open":
      return waitForDigits(
        {
          name: "collecting",
          digits: "",
          account: input.account,
          purpose: input.purpose ?? "call",
          path: input.path,
          turn: state.turn,
          tooLong: false,
        },
        rules,
      );
    case "digit":
      return fromCollecting(onHook(state, input.account), input, rules);
    case "text":
      return fromCollecting(onHook(state, input.account), input, rules);
    case "send":
      return [state, [{ type: "redial" }]];
    default:
      return [state, []];
  }
}

function onHook({ turn }: Closed, account: number): Collecting {
  return { name: "collecting", digits: "", account, purpose: "call", path: "none", turn, tooLong: false };
}

/** Nothing is collected any more. */
export function closed({ turn }: DialState): DialState {
  return { name: "closed", turn: turn + 1 };
}

function fromCollecting(state: Collecting, input: DialInput, rules: DialRules): [DialState, DialEffect[]] {
  switch (input.type) {
    case "open":
      return [{ ...state, path: input.path, account: input.account, purpose: input.purpose ?? state.purpose }, []];
    case "digit":
      if (input.digit === rules.sendKey && state.digits !== "") return dial(state);
      return collect(state, state.digits + input.digit, [{ type: "key-tone", digit: input.digit }], rules);
    case "text":
      return collect(state, state.digits + input.text, [], rules);
    case "backspace": {
      if (state.digits.length <= 1 && state.path === "none") return [closed(state), []];
      const shorter = { ...state, digits: state.digits.slice(0, -1) };
      return shorter.digits === "" ? waitForDigits(shorter, rules) : collect(state, shorter.digits, [], rules);
    }
    case "send":
      if (state.digits !== "") return dial(state);
      // A second number is asked for: the last one dialled is most likely this very call's.
      return [state, state.purpose === "call" ? [{ type: "redial" }] : []];
    case "path":
      return state.digits === ""
        ? waitForDigits({ ...state, path: input.path }, rules)
        : collect({ ...state, path: input.path }, state.digits, [], rules);
    case "account":
      return [{ ...state, account: input.account }, []];
    case "close":
      return [closed(state), []];
    case "timer":
      if (input.turn !== state.turn) return [state, []];
      if (input.timer === "inter-digit") return state.digits === "" ? [state, []] : dial(state);
      return state.path === "handset" ? [{ ...state, tooLong: true }, []] : [closed(state), [{ type: "give-up" }]];
    default:
      return input satisfies never;
  }
}

function dial(state: Collecting): [DialState, DialEffect[]] {
  const { digits, account, purpose, path } = state;
  return [closed(state), [{ type: "dial", to: digits, account, purpose, path }]];
}

function collect(
  state: Collecting,
  digits: string,
  effects: DialEffect[],
  rules: DialRules,
): [DialState, DialEffect[]] {
  const turn = state.turn + 1;
  const next: Collecting = { ...state, digits: digits.slice(0, mostDigits), turn, tooLong: false };
  const timed = state.path !== "none" || rules.autoDialOnHook;
  // A URI being typed is finished by the person, never by time.
  if (timed && /^[0-9*#+]*$/.test(digits))
    effects.push({ type: "start", timer: "inter-digit", ms: rules.interDigitMs, turn });
  return [next, effects];
}

function waitForDigits(state: Collecting, rules: DialRules): [DialState, DialEffect[]] {
  const turn = state.turn + 1;
  const effects: DialEffect[] = [];
  if (state.path !== "none" && rules.dialToneMs > 0)
    effects.push({ type: "start", timer: "dial-tone", ms: rules.dialToneMs, turn });
  return [{ ...state, turn, tooLong: false }, effects];
}
