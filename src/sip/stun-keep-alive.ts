/** Whether a flow over UDP to an edge is alive, by what STUN on the flow itself says: RFC 5626 §4.4.2 as a machine. Pure; `udp-keep-alive.ts` asks. */
import type { Endpoint } from "../base/network.ts";
import type { TransportAddress } from "./transport-address.ts";

/** A flow whose edge has announced that it answers (§4.2.1, §4.4). */
export interface AnnouncedFlow {
  readonly local: TransportAddress;
  readonly target: TransportAddress;
  /** Flow-Timer: longest time between two questions that the server allows, s; undefined where it named none. */
  readonly seconds: number | undefined;
}

export type StunKeepAliveState =
  | { readonly name: "unknown" }
  /** As the edge sees us. */
  | { readonly name: "known"; readonly mapped: Endpoint }
  /** It announced what it does not do: the flow is kept open as configured, and nothing is concluded. */
  | { readonly name: "mute" };

/** @param answer undefined: none came, however often it was asked */
export function nextStunKeepAlive(
  state: StunKeepAliveState,
  answer: Endpoint | undefined,
): readonly [StunKeepAliveState, why: string | undefined] {
  switch (state.name) {
    case "unknown":
      return [answer === undefined ? { name: "mute" } : { name: "known", mapped: answer }, undefined];
    case "known": {
      if (answer === undefined) return [{ name: "unknown" }, "the edge does not answer STUN any more"];
      const { mapped } = state;
      if (answer.address === mapped.address && answer.port === mapped.port) return [state, undefined];
      const seen = ({ address, port }: Endpoint) => `${address} port ${port}`;
      return [{ name: "known", mapped: answer }, `we are seen at ${seen(answer)} instead of ${seen(mapped)}`];
    }
    case "mute":
      return [state, undefined];
    default:
      return state satisfies never;
  }
}

/** §4.4: 24 to 29 s over UDP, or 80 to 100 % of what the server says. @param chance 0 up to 1, drawn anew */
export function stunPauseMs(seconds: number | undefined, chance: number): number {
  if (seconds === undefined) return 24_000 + chance * 5000;
  const most = Math.max(leastSeconds, seconds) * 1000;
  return most * (0.8 + 0.2 * chance);
}

/** A server that asks for more would have us do nothing else. */
const leastSeconds = 4;
