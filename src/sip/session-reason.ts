/** The Reason header (RFC 3326) of CANCEL, BYE and refusals (RFC 6432), read and written; nothing else of the messages. */
import type { SipMessage, SipResponse } from "./message.ts";
import { parseParams, quote } from "./syntax.ts";

export interface Reason {
  /** In lower case: "sip", "q.850". */
  readonly protocol: string;
  readonly cause: number | undefined;
  readonly text: string;
}

/** All values that can be read, in their order. */
export function reasonsOf(message: SipMessage): readonly Reason[] {
  return message.values("Reason").flatMap((value) => {
    const semicolon = value.indexOf(";");
    const protocol = (semicolon < 0 ? value : value.slice(0, semicolon)).trim().toLowerCase();
    const params = new Map(semicolon < 0 ? [] : (parseParams(value, semicolon) ?? []));
    const cause = Number(params.get("cause") ?? "x");
    const text = (params.get("text") ?? "").replace(/^"|"$/g, "").replace(/\\(.)/g, "$1");
    return [{ protocol, cause: Number.isInteger(cause) ? cause : undefined, text }];
  });
}

/** Somebody else took the call (RFC 3326 §2; feature row DIR-13). */
export function answeredElsewhere(reasons: readonly Reason[]): boolean {
  return reasons.some((r) => r.protocol === "sip" && r.cause === 200);
}

export function reasonHeader(cause: number, text: string): string {
  return `SIP;cause=${cause};text=${quote(text)}`;
}

/** Why a call was refused, in words: of the network behind, where the response has them (RFC 6432), else the phrase of its first line. */
export function refusalText(response: SipResponse): string {
  return reasonsOf(response).find(({ text }) => text !== "")?.text ?? response.reason;
}
