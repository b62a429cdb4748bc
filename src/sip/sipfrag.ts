/** The status line that a NOTIFY of a REFER reports: message/sipfrag (RFC 3420, RFC 3515 §2.4.5). No other parts of the fragment are read. */
import type { SipMessage } from "./message.ts";
import { reasonPhrases } from "./status.ts";

export const sipfragType = "message/sipfrag;version=2.0";

export interface ReportedStatus {
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
}

export function sipfrag({ status, reason }: ReportedStatus): string {
  const phrase = reason === "" ? (reasonPhrases[status] ?? "") : reason.replace(/[\r\n]+/g, " ");
  return `SIP/2.0 ${status} ${phrase}\r\n`;
}

/** Undefined where the body is no fragment that begins with a status line. */
export function reportedStatus(message: SipMessage): ReportedStatus | undefined {
  if (message.contentType !== "message/sipfrag") return undefined;
  const match = /^\s*SIP\/2\.0[ \t]+([1-6]\d\d)(?!\d)(?:[ \t]+([^\r\n]*))?/i.exec(message.bodyText);
  if (match === null) return undefined;
  const status = Number(match[1]);
  return { status, reason: match[2]?.trim() || (reasonPhrases[status] ?? "") };
}
