/** Event and Subscription-State, read and written (RFC 6665 §8.2); what they mean is the subscriber's and the notifier's affair. */
import type { SipMessage } from "./message.ts";
import { parseNumber, parseParams, unquote } from "./syntax.ts";

export interface EventHeader {
  /** Package with templates, in lower case: "message-summary", "presence.winfo"; "" where there is none. */
  readonly name: string;
  readonly id: string | undefined;
}

export function eventOf(message: SipMessage): EventHeader {
  const text = message.header("Event") ?? "";
  const semicolon = text.indexOf(";");
  const name = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  const params = semicolon < 0 ? [] : (parseParams(text, semicolon) ?? []);
  return { name, id: params.find(([param]) => param === "id")?.[1] };
}

export interface SubscriptionStateHeader {
  readonly state: "active" | "pending" | "terminated";
  /** Of a terminated one, in lower case; "" for none. */
  readonly reason: string;
  readonly expiresSeconds: number | undefined;
  readonly retryAfterSeconds: number | undefined;
}

/** Undefined where it is absent or malformed. An unknown state counts as active (§8.2.3: extensions). */
export function subscriptionStateOf(message: SipMessage): SubscriptionStateHeader | undefined {
  const text = message.header("Subscription-State") ?? "";
  const semicolon = text.indexOf(";");
  const word = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  if (word === "") return undefined;
  const params = new Map(semicolon < 0 ? [] : (parseParams(text, semicolon) ?? []));
  return {
    state: word === "pending" || word === "terminated" ? word : "active",
    reason: unquote(params.get("reason") ?? "").toLowerCase(),
    expiresSeconds: parseNumber(params.get("expires") ?? "", 2 ** 32 - 1),
    retryAfterSeconds: parseNumber(params.get("retry-after") ?? "", 2 ** 32 - 1),
  };
}
