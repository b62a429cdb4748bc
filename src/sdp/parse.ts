/** From text to a session description (RFC 8866 §5, §9): never throws; lenient on line ends and on absent s= and t=, strict on o=, c= and m=. */

import {
  type MediaLine,
  MediaSection,
  type Origin,
  parseConnection,
  type SdpLine,
  SdpSection,
  SessionDescription,
} from "./description.ts";

export type ParsedSdp =
  | { readonly ok: true; readonly description: SessionDescription }
  /** `why` names the line. */
  | { readonly ok: false; readonly why: string };

/** Far above what phones send; beyond it nothing is looked at. */
const maxLength = 65_536;
const maxLines = 2_000;
const maxMedia = 64;

export function parseSdp(input: string | Uint8Array): ParsedSdp {
  const text =
    typeof input === "string" ? input : Buffer.from(input.buffer, input.byteOffset, input.byteLength).toString("utf8");
  if (text.length > maxLength) return { ok: false, why: "too long" };

  let origin: Origin | undefined;
  let session: SdpSection | undefined;
  let lines: SdpLine[] = [];
  let current: MediaLine | undefined;
  const media: MediaSection[] = [];
  let count = 0;

  const close = () => {
    if (current !== undefined) media.push(new MediaSection(lines, current));
    else session = new SdpSection(lines);
    lines = [];
  };

  for (let start = 0; start < text.length; ) {
    const feed = text.indexOf("\n", start);
    const next = feed < 0 ? text.length : feed + 1;
    let end = feed < 0 ? text.length : feed;
    if (end > start && text.charCodeAt(end - 1) === 0x0d) end--;
    if (end === start) {
      // Blank lines at the end are common; in between they are an error that the next line shows.
      if (text.slice(start).trim() === "") break;
      return { ok: false, why: `line ${count + 1} is empty` };
    }
    count++;
    const letter = text.charCodeAt(start);
    if (letter < 0x61 || letter > 0x7a || text.charCodeAt(start + 1) !== 0x3d)
      return {
        ok: false,
        why: `line ${count} is no type=value: ${JSON.stringify(text.substring(start, Math.min(end, start + 40)))}`,
      };
    if (count > maxLines) return { ok: false, why: `more than ${maxLines} lines` };
    const type = text.charAt(start);
    const value = text.substring(start + 2, end);
    const bad = (): ParsedSdp => ({ ok: false, why: `line ${count} is malformed: ${type}=${value.slice(0, 60)}` });

    if (count === 1 && (type !== "v" || value.trim() !== "0")) return { ok: false, why: "does not begin with v=0" };
    if (type === "m") {
      const parsed = parseMediaLine(value);
      if (parsed === undefined) return bad();
      if (media.length === maxMedia) return { ok: false, why: `more than ${maxMedia} media` };
      close();
      current = parsed;
    } else if (type === "c") {
      if (parseConnection(value) === undefined) return bad();
    } else if (type === "o" && current === undefined) {
      const parsed = parseOrigin(value);
      if (parsed === undefined || origin !== undefined) return bad();
      origin = parsed;
    }
    lines.push({ type, value });
    start = next;
  }
  if (count === 0) return { ok: false, why: "empty" };
  close();
  if (origin === undefined || session === undefined) return { ok: false, why: "has no o=" };
  return { ok: true, description: new SessionDescription(session, media, origin) };
}

/** `audio 49170/2 RTP/AVP 0 8` */
function parseMediaLine(value: string): MediaLine | undefined {
  const fields = value.trim().split(/ +/);
  const [kind, ports, protocol] = fields;
  if (kind === undefined || ports === undefined || protocol === undefined || fields.length < 4) return undefined;
  const slash = ports.indexOf("/");
  const port = decimal(slash < 0 ? ports : ports.slice(0, slash), 65535);
  const portCount = slash < 0 ? 1 : decimal(ports.slice(slash + 1), 65535);
  if (port === undefined || portCount === undefined || portCount === 0) return undefined;
  return { kind: kind.toLowerCase(), port, portCount, protocol, formats: fields.slice(3) };
}

/** `- 2890844526 2890842807 IN IP4 192.0.2.1` */
function parseOrigin(value: string): Origin | undefined {
  const [username, sessionId, sessionVersion, netType, addressType, address, ...rest] = value.trim().split(/ +/);
  if (username === undefined || sessionId === undefined || sessionVersion === undefined) return undefined;
  if (netType === undefined || addressType === undefined || address === undefined || rest.length > 0) return undefined;
  if (!/^\d+$/.test(sessionId) || !/^\d+$/.test(sessionVersion)) return undefined;
  return { username, sessionId, sessionVersion, netType, addressType, address };
}

function decimal(text: string, max: number): number | undefined {
  if (!/^\d{1,9}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
