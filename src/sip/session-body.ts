/** Where the session description is in a message: its body, or a part of a multipart one (RFC 5621, RFC 2046 §5.1). Reads no SDP. */
import type { SipMessage } from "./message.ts";
import { parseParams } from "./syntax.ts";

/** Content that we understand. */
export const accept = "application/sdp";

/** Bodies of INFO that may be left to themselves: digits we do not need, picture requests of video phones (RFC 5168). */
export const infoTypes: readonly string[] = [
  "application/dtmf-relay",
  "application/dtmf",
  "application/media_control+xml",
];

/** Parts that are looked at; a hostile body may have a million. */
const mostParts = 20;

export type BodyVerdict =
  /** "" where there is none, or one that may be passed over. */
  | { readonly ok: true; readonly text: string }
  /** Something that must be understood, and is not. */
  | { readonly ok: false };

export function descriptionIn(message: SipMessage): BodyVerdict {
  if (message.body.length === 0) return { ok: true, text: "" };
  const disposition = message.header("Content-Disposition");
  if (message.contentType?.startsWith("multipart/") !== true)
    return judge(message.contentType, disposition, () => message.bodyText);
  const boundary = boundaryOf(message.header("Content-Type") ?? "");
  if (boundary === undefined) return { ok: false };
  let found: BodyVerdict = { ok: true, text: "" };
  const parts = message.bodyText.split(`--${boundary}`).slice(1, 1 + mostParts);
  for (const part of parts) {
    if (part.startsWith("--")) break;
    const [head, ...rest] = part.replace(/^[ \t]*\r?\n/, "").split(/\r?\n\r?\n/);
    const field = (name: RegExp) => name.exec(`\n${head ?? ""}`)?.[1]?.trim();
    // Without a type it is text/plain (RFC 2046 §5.1).
    const type = field(/\ncontent-type[ \t]*:([^\r\n;]*)/i)?.toLowerCase() ?? "text/plain";
    const verdict = judge(type, field(/\ncontent-disposition[ \t]*:([^\r\n]*)/i), () => `${rest.join("\r\n\r\n")}`);
    if (!verdict.ok) return verdict;
    if (verdict.text !== "") found = verdict;
  }
  return found;
}

/** §20.11: a description opens a session unless it says otherwise; what is optional may be passed over. */
function judge(type: string | undefined, disposition: string | undefined, text: () => string): BodyVerdict {
  const kind = disposition?.split(";")[0]?.trim().toLowerCase();
  if (type === accept && (kind === undefined || kind === "session" || kind === "")) return { ok: true, text: text() };
  const optional = /;\s*handling\s*=\s*"?optional/i.test(disposition ?? "");
  return optional || type === accept ? { ok: true, text: "" } : { ok: false };
}

function boundaryOf(contentType: string): string | undefined {
  const semicolon = contentType.indexOf(";");
  const params = semicolon < 0 ? undefined : parseParams(contentType, semicolon);
  const boundary = params?.find(([name]) => name === "boundary")?.[1].replace(/^"|"$/g, "");
  return boundary === undefined || boundary === "" || boundary.length > 70 ? undefined : boundary;
}
