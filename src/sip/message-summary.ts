/** What a voice mail system says of its boxes: application/simple-message-summary (RFC 3842 §5.2). Who subscribes to it is phone/'s affair. */
import type { SipMessage } from "./message.ts";

export const messageSummaryType = "application/simple-message-summary";

export interface MessageCount {
  readonly new: number;
  readonly old: number;
  readonly newUrgent: number;
  readonly oldUrgent: number;
}

export interface MessageSummary {
  readonly waiting: boolean;
  /** URI to call for them, "" where it is not said. */
  readonly account: string;
  /** By class in lower case: "voice-message", "fax-message", ... */
  readonly counts: ReadonlyMap<string, MessageCount>;
}

const mostLines = 100;

/** Undefined where the body is none, or has no Messages-Waiting. */
export function messageSummaryOf(message: SipMessage): MessageSummary | undefined {
  if (message.contentType !== messageSummaryType) return undefined;
  return parseMessageSummary(message.bodyText);
}

export function parseMessageSummary(text: string): MessageSummary | undefined {
  let waiting: boolean | undefined;
  let account = "";
  const counts = new Map<string, MessageCount>();
  for (const line of text.split(/\r?\n/).slice(0, mostLines)) {
    // Behind the empty line come headers of single messages.
    if (line.trim() === "" && waiting !== undefined) break;
    const colon = line.indexOf(":");
    if (colon < 0) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "messages-waiting") waiting = value.toLowerCase() === "yes";
    else if (name === "message-account") account = value.replace(/^<|>$/g, "");
    else {
      const match = /^(\d{1,9})\s*\/\s*(\d{1,9})(?:\s*\(\s*(\d{1,9})\s*\/\s*(\d{1,9})\s*\))?/.exec(value);
      if (match === null) continue;
      const [, fresh, old, newUrgent, oldUrgent] = match;
      counts.set(name, {
        new: Number(fresh),
        old: Number(old),
        newUrgent: Number(newUrgent ?? 0),
        oldUrgent: Number(oldUrgent ?? 0),
      });
    }
  }
  return waiting === undefined ? undefined : { waiting, account, counts };
}
