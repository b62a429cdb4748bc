/** A session description as typed sections over its lines, every line kept in order (RFC 8866 §5); means nothing by itself: see negotiation.ts. */

export interface SdpLine {
  /** One letter. */
  readonly type: string;
  /** As written, behind the equals sign. */
  readonly value: string;
}

/** `c=` (§5.7). */
export interface Connection {
  /** "IN" for all that is in use. */
  readonly netType: string;
  /** "IP4" or "IP6". */
  readonly addressType: string;
  /** Numeric or a host name, without the multicast suffixes. */
  readonly address: string;
  /** `/ttl` of IPv4 multicast and `/count` of addresses, where written. */
  readonly suffix: string;
}

/** `o=` (§5.2). The numbers stay text: they may have more digits than a number keeps. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly netType: string;
  readonly addressType: string;
  readonly address: string;
}

/** One `a=rtpmap` (§6.6). */
export interface RtpMap {
  readonly payloadType: number;
  /** As written: "PCMU", "telephone-event". */
  readonly encoding: string;
  readonly rateHz: number;
  readonly channels: number;
}

export type SdpDirection = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** The lines of the session, or those from one `m=` to the next. */
export class SdpSection {
  readonly lines: readonly SdpLine[];
  #connections: readonly Connection[] | undefined;

  constructor(lines: readonly SdpLine[]) {
    this.lines = lines;
  }

  /** Of the first line of that type. */
  value(type: string): string | undefined {
    for (const line of this.lines) if (line.type === type) return line.value;
    return undefined;
  }

  values(type: string): readonly string[] {
    return this.lines.filter((line) => line.type === type).map((line) => line.value);
  }

  /** Value of the first `a=name:value`, "" of `a=name`, or undefined. Names are compared as written (§6). */
  attribute(name: string): string | undefined {
    for (const line of this.lines)
      if (line.type === "a") {
        const value = attributeValue(line.value, name);
        if (value !== undefined) return value;
      }
    return undefined;
  }

  attributes(name: string): readonly string[] {
    return this.lines.flatMap((line) => (line.type === "a" ? (attributeValue(line.value, name) ?? []) : []));
  }

  /** Every well-formed `c=`; of a media section there may be several (§5.7). */
  get connections(): readonly Connection[] {
    this.#connections ??= this.values("c").flatMap((value) => parseConnection(value) ?? []);
    return this.#connections;
  }

  /** The last of the four attributes, as later lines override earlier ones; undefined where there is none. */
  get direction(): SdpDirection | undefined {
    let found: SdpDirection | undefined;
    for (const { type, value } of this.lines) {
      if (type !== "a") continue;
      if (value === "sendrecv" || value === "sendonly" || value === "recvonly" || value === "inactive") found = value;
    }
    return found;
  }
}

/** One `m=` with what belongs to it (§5.14). */
export class MediaSection extends SdpSection {
  /** "audio", "video", ... in lower case. */
  readonly kind: string;
  /** 0 to 65535; 0 is a rejected or closed stream. */
  readonly port: number;
  /** Behind the slash: how many ports; 1 where not written. */
  readonly portCount: number;
  /** As written: "RTP/AVP". */
  readonly protocol: string;
  readonly formats: readonly string[];
  #rtpMaps: ReadonlyMap<number, RtpMap> | undefined;

  constructor(lines: readonly SdpLine[], media: MediaLine) {
    super(lines);
    this.kind = media.kind;
    this.port = media.port;
    this.portCount = media.portCount;
    this.protocol = media.protocol;
    this.formats = media.formats;
  }

  /** The first well-formed map of each payload type; a second one for the same type does not count. */
  get rtpMaps(): ReadonlyMap<number, RtpMap> {
    this.#rtpMaps ??= this.#readRtpMaps();
    return this.#rtpMaps;
  }

  #readRtpMaps(): ReadonlyMap<number, RtpMap> {
    const maps = new Map<number, RtpMap>();
    for (const line of this.lines) {
      if (line.type !== "a" || !line.value.startsWith("rtpmap:")) continue;
      const map = parseRtpMap(line.value.slice("rtpmap:".length));
      if (map !== undefined && !maps.has(map.payloadType)) maps.set(map.payloadType, map);
    }
    return maps;
  }

  /** Format parameters of a payload type, or undefined. */
  formatParameters(payloadType: number): string | undefined {
    const start = `${payloadType} `;
    for (const value of this.attributes("fmtp")) if (value.startsWith(start)) return value.slice(start.length).trim();
    return undefined;
  }
}

export interface MediaLine {
  readonly kind: string;
  readonly port: number;
  readonly portCount: number;
  readonly protocol: string;
  readonly formats: readonly string[];
}

export class SessionDescription {
  readonly session: SdpSection;
  readonly media: readonly MediaSection[];
  readonly origin: Origin;

  constructor(session: SdpSection, media: readonly MediaSection[], origin: Origin) {
    this.session = session;
    this.media = media;
    this.origin = origin;
  }

  /** The connection that holds for a medium: its own first one, else the session's. */
  connectionOf(media: MediaSection): Connection | undefined {
    return media.connections[0] ?? this.session.connections[0];
  }

  /** The direction of a medium: its own, else the session's, else sendrecv (§6.7). */
  directionOf(media: MediaSection): SdpDirection {
    return media.direction ?? this.session.direction ?? "sendrecv";
  }

  /** Every line in its order, ended by CR LF. */
  toString(): string {
    let text = "";
    for (const section of [this.session, ...this.media])
      for (const line of section.lines) text += `${line.type}=${line.value}\r\n`;
    return text;
  }
}

function attributeValue(line: string, name: string): string | undefined {
  if (!line.startsWith(name)) return undefined;
  if (line.length === name.length) return "";
  return line.charCodeAt(name.length) === 0x3a ? line.slice(name.length + 1) : undefined;
}

/** Undefined when malformed. */
export function parseConnection(value: string): Connection | undefined {
  const [netType, addressType, whole, ...rest] = value.trim().split(/ +/);
  if (netType === undefined || addressType === undefined || whole === undefined || rest.length > 0) return undefined;
  const slash = whole.indexOf("/");
  const address = slash < 0 ? whole : whole.slice(0, slash);
  return address === "" ? undefined : { netType, addressType, address, suffix: slash < 0 ? "" : whole.slice(slash) };
}

function parseRtpMap(value: string): RtpMap | undefined {
  const match = /^ *(\d{1,3}) +([^/\s]+)\/(\d{1,9})(?:\/(\d{1,3}))?\s*$/.exec(value);
  if (match === null) return undefined;
  const [, type, encoding, rate, channels] = match;
  const payloadType = Number(type);
  if (payloadType > 127 || encoding === undefined) return undefined;
  return { payloadType, encoding, rateHz: Number(rate), channels: channels === undefined ? 1 : Number(channels) };
}
