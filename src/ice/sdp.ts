/** ICE in session descriptions: RFC 8839 attributes read and written. What they lead to is agent.ts; offer and answer are sdp/. */
import type { Endpoint, IceCandidate, IceCredentials, IceLocal } from "../media/protocol.ts";
import { addressBytes, canonicalAddress } from "../stun/address.ts";
import { candidatePriority } from "./candidate.ts";

/** A section of a description: sdp/'s sections have this shape. */
export interface AttributeSource {
  /** Value of the first `a=name:value`, "" of `a=name`. */
  attribute(name: string): string | undefined;
  attributes(name: string): readonly string[];
}

export interface RemoteIce {
  readonly credentials: IceCredentials;
  readonly candidates: readonly IceCandidate[];
  readonly lite: boolean;
}

/** More than a host has; a description could name thousands and have us send to all of them. */
const mostCandidates = 32;

/** What a description names once the checks are over (RFC 8839 §4.4.1, §4.4.2): `remote` in offers only. */
export type NamedPairs = readonly {
  readonly component: number;
  readonly local: Endpoint;
  readonly remote?: Endpoint | undefined;
}[];

/**
 * Values of `a=` lines for the audio section, in order.
 * @param generation counts the session's restarts
 * @param named the only candidates that are left; undefined: all
 */
export function iceAttributes(local: IceLocal, generation: number, named?: NamedPairs): readonly string[] {
  const { ufrag, pwd } = credentialsOf(local, generation);
  const candidates = named === undefined ? local.candidates : named.map((pair) => candidateAt(local, pair));
  const remote = (named ?? []).flatMap(({ component, remote: at }) =>
    at === undefined ? [] : [`${component} ${at.address} ${at.port}`],
  );
  return [
    `ice-ufrag:${ufrag}`,
    `ice-pwd:${pwd}`,
    "ice-options:ice2",
    ...candidates.map((candidate) => `candidate:${candidateText(candidate)}`),
    "end-of-candidates",
    ...(remote.length === 0 ? [] : [`remote-candidates:${remote.join(" ")}`]),
  ];
}

/** One that the checks found is of no kind that was gathered (RFC 8445 §7.2.5.3.1). */
function candidateAt({ candidates }: IceLocal, { component, local }: NamedPairs[number]): IceCandidate {
  const { address, port } = local;
  const same = (c: IceCandidate) => c.component === component && c.port === port && c.address === address;
  const related = candidates.find((c) => c.component === component && c.type === "host");
  return (
    candidates.find(same) ?? {
      foundation: "p",
      component,
      priority: candidatePriority("prflx", 65_535, component),
      address,
      port,
      type: "prflx",
      related: related === undefined ? undefined : { address: related.address, port: related.port },
    }
  );
}

/** What our offer names: what the checks chose, as long as that holds. */
export function chosenPairs(local: IceLocal, generation: number): NamedPairs | undefined {
  const { chosen } = local;
  return chosen?.ufrag === credentialsOf(local, generation).ufrag ? chosen.pairs : undefined;
}

/** What our answer names: what the far end says it chose of ours (§4.4.2.2); undefined where it says nothing that we know. */
export function wantedPairs(local: IceLocal, value: string | undefined): NamedPairs | undefined {
  const wanted = parseRemoteCandidates(value ?? "").map(({ component, at }) => ({ component, local: at }));
  const known = ({ component, local: { address, port } }: NamedPairs[number]) =>
    local.candidates.some((c) => c.component === component && c.address === address && c.port === port);
  return wanted.some((pair) => pair.component === 1) && wanted.every(known) ? wanted : undefined;
}

export function credentialsOf(local: IceLocal, generation: number): IceCredentials {
  return local.credentials[generation % local.credentials.length] ?? { ufrag: "", pwd: "" };
}

/**
 * What the far end says of ICE, or undefined where it has none that we can use: no credentials, or none of its
 * candidates is where c= and m= point, as after a server in between that knows no ICE (§4.2.5).
 */
export function readIce(session: AttributeSource, media: AttributeSource, rtp: Endpoint): RemoteIce | undefined {
  const ufrag = media.attribute("ice-ufrag") ?? session.attribute("ice-ufrag");
  const pwd = media.attribute("ice-pwd") ?? session.attribute("ice-pwd");
  if (ufrag === undefined || pwd === undefined || !isToken(ufrag, 4) || !isToken(pwd, 22)) return undefined;
  const texts = media.attributes("candidate");
  const candidates = texts.slice(0, mostCandidates).flatMap((text) => parseCandidate(text) ?? []);
  const lite = session.attribute("ice-lite") !== undefined;
  if (mismatch(texts, rtp)) return undefined;
  return { credentials: { ufrag, pwd }, candidates, lite };
}

/** `a=ice-mismatch` belongs into the answer (§4.2.5). */
export function isIceMismatch(session: AttributeSource, media: AttributeSource, rtp: Endpoint): boolean {
  const offered = (media.attribute("ice-ufrag") ?? session.attribute("ice-ufrag")) !== undefined;
  return offered && readIce(session, media, rtp) === undefined;
}

/** Candidates that come later (trickle, RFC 8840) leave the default at 0.0.0.0 or port 9: no sign of a server between. */
function mismatch(texts: readonly string[], rtp: Endpoint): boolean {
  if (texts.length === 0 || rtp.port === 9 || /^[0.:]+$/.test(rtp.address)) return false;
  const wanted = canonicalAddress(rtp.address);
  // A name in a candidate (mDNS) may well be that address.
  return !texts.some((text) => {
    const [, component, , , address = "", port] = text.trim().split(/\s+/);
    if (component !== "1" || Number(port) !== rtp.port) return false;
    return canonicalAddress(address) === wanted || addressBytes(address) === undefined;
  });
}

/** Undefined for what we cannot use: other transports than UDP, names (mDNS), unknown types, what is malformed. */
export function parseCandidate(value: string): IceCandidate | undefined {
  if (value.length > 512) return undefined;
  const words = value.trim().split(/\s+/);
  const [foundation, component, transport, priority, address, port, typ, type, ...rest] = words;
  if (foundation === undefined || !/^[A-Za-z0-9+/]{1,32}$/.test(foundation)) return undefined;
  if (transport?.toLowerCase() !== "udp" || typ !== "typ" || address === undefined) return undefined;
  if (type !== "host" && type !== "srflx" && type !== "prflx" && type !== "relay") return undefined;
  const numbers = {
    component: whole(component, 256),
    priority: whole(priority, 2 ** 31 - 1),
    port: whole(port, 65_535),
  };
  if (numbers.component === undefined || numbers.priority === undefined || numbers.port === undefined) return undefined;
  if (numbers.component === 0 || numbers.port === 0 || !isReachable(address)) return undefined;
  const after = (name: string) => rest[rest.indexOf(name) + 1];
  const relatedAddress = rest.includes("raddr") ? after("raddr") : undefined;
  const relatedPort = rest.includes("rport") ? whole(after("rport"), 65_535) : undefined;
  const related =
    relatedAddress === undefined || relatedPort === undefined
      ? undefined
      : { address: relatedAddress, port: relatedPort };
  return {
    foundation,
    component: numbers.component,
    priority: numbers.priority,
    address: canonicalAddress(address),
    port: numbers.port,
    type,
    related,
  };
}

export function candidateText(candidate: IceCandidate): string {
  const { foundation, component, priority, address, port, type, related } = candidate;
  const head = `${foundation} ${component} UDP ${priority} ${address} ${port} typ ${type}`;
  return related === undefined ? head : `${head} raddr ${related.address} rport ${related.port}`;
}

/** `a=remote-candidates`: the pairs that the far end chose (§5.2). */
export function parseRemoteCandidates(value: string): readonly { readonly component: number; readonly at: Endpoint }[] {
  const words = value.trim().split(/\s+/);
  const found: { component: number; at: Endpoint }[] = [];
  for (let i = 0; i + 2 < words.length && found.length < 8; i += 3) {
    const component = whole(words[i], 256);
    const port = whole(words[i + 2], 65_535);
    const address = words[i + 1] ?? "";
    if (component === undefined || port === undefined || addressBytes(address) === undefined) return [];
    found.push({ component, at: { address: canonicalAddress(address), port } });
  }
  return found;
}

/** Unicast and numeric: we send nothing to groups, nor to names. */
function isReachable(address: string): boolean {
  const bytes = addressBytes(address);
  if (bytes === undefined) return false;
  const [first = 0] = bytes;
  if (bytes.length === 4) return first !== 0 && first < 224;
  return first !== 0xff && bytes.some((byte) => byte !== 0);
}

function isToken(text: string, least: number): boolean {
  return text.length >= least && text.length <= 256 && /^[A-Za-z0-9+/]+$/.test(text);
}

function whole(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= most ? number : undefined;
}
