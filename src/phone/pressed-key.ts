/** Keys that a server presses by NOTIFY inside a call (feature row ACC-15): the events talk and hold, which have no body. Pure. */
import type { SipRequest } from "../sip/message.ts";
import { eventOf } from "../sip/subscription-headers.ts";

/** talk answers a call that rings and resumes one that is held. */
export type PressedKey = "talk" | "hold";

export function pressedKey(request: SipRequest): PressedKey | undefined {
  if (request.method !== "NOTIFY") return undefined;
  const { name } = eventOf(request);
  return name === "talk" || name === "hold" ? name : undefined;
}
