/** Offer and answer for one audio stream, as pure functions over a state (RFC 3264, RFC 6337; hold of RFC 2543); when they are sent is the session's affair. */

import type { Random } from "../base/network.ts";
import { chosenPairs, credentialsOf, isIceMismatch, readIce, wantedPairs } from "../ice/sdp.ts";
import type { Direction, IceSettings, ReceivedFormat, StreamSecurity } from "../media/protocol.ts";
import { agreedCompanions, companionsOf } from "./companions.ts";
import type { CryptoLine } from "./crypto.ts";
import type { MediaSection, SessionDescription } from "./description.ts";
import { addressFault, isUnspecified, limit, remoteDirection, remoteEnd, reverse, sendPtimeMs } from "./far-end.ts";
import { type KnownFormat, knownFormats } from "./format.ts";
import { noParameters, sendParameters, someParameters } from "./format-parameters.ts";
import type { LocalMedia, NegotiatedMedia } from "./media.ts";
import {
  audioSlot,
  closed,
  type OwnAudio,
  type OwnSession,
  ownDescription,
  rejected,
  type Slot,
  type Transport,
} from "./own-description.ts";
import { parseSdp } from "./parse.ts";
import { answeredPreconditions, offeredPreconditions } from "./precondition.ts";
import { agreedRtcp, answeredPlain, offeredPlain } from "./rtcp.ts";
import { answeredSecurity, chooseSecurity, noMemory, offeredSecurity, securityOf, takenSecurity } from "./security.ts";

/** `own` is what we last said of ourselves; it outlives each exchange. */
export type NegotiationState =
  | { readonly name: "new"; readonly own: OwnSession }
  /** Our offer is out; `before` comes back when it is refused. */
  | { readonly name: "offered"; readonly own: OwnSession; readonly audio: OwnAudio; readonly before: SettledState }
  | AgreedState;

export interface AgreedState {
  readonly name: "agreed";
  readonly own: OwnSession;
  readonly media: NegotiatedMedia;
  /** The offer of ours that was answered, and by which text; undefined when the far end offered. */
  readonly answered: { readonly audio: OwnAudio; readonly before: SettledState; readonly answer: string } | undefined;
}

export type SettledState = Extract<NegotiationState, { name: "new" }> | AgreedState;

/** Why an offer or answer cannot be used, and what a request that carried an offer is answered with. */
export interface Refusal {
  readonly ok: false;
  /** 400 (no session description), 488, or 491 (our own offer is out). */
  readonly status: 400 | 488 | 491;
  readonly why: string;
  /** warn-code of a Warning header (RFC 3261 §20.43): 301 to 305 or 399. */
  readonly warningCode: number;
}

/** A session that has said nothing yet. Its id is a random number below 2^31, so that no peer's integer overflows. */
export function startNegotiation(random: Random): NegotiationState {
  const [a = 0, b = 0, c = 0, d = 0] = random(4);
  const sessionId = ((a & 0x7f) * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d).toString();
  return {
    name: "new",
    own: {
      sessionId,
      version: undefined,
      body: "",
      slots: [],
      numbers: new Map(),
      iceGeneration: 0,
      iceRestarts: 0,
      security: noMemory,
    },
  };
}

/** What both sides agreed on, while an offer is out: before it. */
export function agreedMedia(state: NegotiationState): NegotiatedMedia | undefined {
  const settled = state.name === "offered" ? state.before : state;
  return settled.name === "agreed" ? settled.media : undefined;
}

/** Our offer. While another one of ours is out, the new one takes its place. */
export function createOffer(
  state: NegotiationState,
  local: LocalMedia,
): { readonly state: NegotiationState; readonly sdp: string } {
  const before = state.name === "offered" ? state.before : state;
  const remoteHold = before.name === "agreed" && before.media.remoteHold;
  // §8.4: what was recvonly is held by inactive, what was sendrecv by sendonly.
  const direction: Direction = local.hold ? (remoteHold ? "inactive" : holding(local)) : "sendrecv";
  const said = state.own.slots.map((slot) => (slot.name === "closed" ? audioSlot : slot));
  const slots: readonly Slot[] = said.length > 0 ? said : [audioSlot];
  const current = before.name === "agreed" ? before.media.security : undefined;
  const { own, audio, sdp } = ownDescription(state.own, local, slots, direction, undefined, {
    transport: offeredTransport(state, local),
    security: offeredSecurity(state.own.security, local.srtp, current),
    memory: state.own.security,
    reducedSize: local.rtcpManner?.extended === true,
    preconditions: local.precondition === true ? offeredPreconditions(before.name === "agreed") : [],
  });
  return { state: { name: "offered", own, audio, before }, sdp };
}

/** Our offer was refused or never answered (§8): all stays as it was. A later description still gets a higher version. */
export function withdrawOffer(state: NegotiationState): NegotiationState {
  return state.name === "offered" ? { ...state.before, own: { ...state.before.own, ...spoken(state.own) } } : state;
}

function spoken(own: OwnSession): Pick<OwnSession, "version" | "body" | "numbers"> {
  return { version: own.version, body: own.body, numbers: own.numbers };
}

/** The far end's offer: our answer and what follows for the media, or why not. A refusal leaves `state` as it is. */
export function acceptOffer(
  state: NegotiationState,
  local: LocalMedia,
  offer: string | Uint8Array,
): { readonly ok: true; readonly state: AgreedState; readonly sdp: string; readonly media: NegotiatedMedia } | Refusal {
  if (state.name === "offered") return refusal(491, "an offer of ours is not answered yet", 399);
  const parsed = parseSdp(offer);
  if (!parsed.ok) return refusal(400, `session description ${parsed.why}`, 399);
  const remote = parsed.description;
  const choice = chooseAudio(remote, local);
  if (!choice.ok) return state.name === "agreed" && isClosed(remote) ? closeAudio(state, local, remote) : choice;

  const offered = remoteDirection(remote, choice.section);
  const direction = limit(reverse(offered), local.hold ? holding(local) : "sendrecv");
  const slots = remote.media.map((section) => (section === choice.section ? audioSlot : rejected(section)));
  const { own, audio, sdp } = ownDescription(state.own, local, slots, direction, choice.formats, {
    transport: answeredTransport(state, local, remote, choice.section),
    preconditions: answeredPreconditions(choice.section),
    offeredCompanions: companionsOf(choice.section),
    reducedSize: local.rtcpManner !== undefined && choice.section.attribute("rtcp-rsize") !== undefined,
    ...answeredSecurity(
      state.own.security,
      choice.section,
      local.srtp,
      choice.crypto,
      state.name === "agreed" ? state.media.security : undefined,
    ),
  });
  const held = offered === "sendonly" || offered === "inactive";
  const media = {
    ...negotiated(remote, choice, audio, direction, held),
    ...agreedTransport(remote, choice, audio, false),
    ...agreedRtcp(remote, choice.section, audio),
    security: agreedSecurity(audio, choice.crypto),
  };
  return { ok: true, state: { name: "agreed", own, media, answered: undefined }, sdp, media };
}

/** Our direction while we hold. */
function holding(local: LocalMedia): Direction {
  return local.holdStyle === "inactive" ? "inactive" : "sendonly";
}

/** Audio is there, and all of it has port 0. */
function isClosed(remote: SessionDescription): boolean {
  const audio = remote.media.filter((section) => section.kind === "audio");
  return audio.length > 0 && audio.every((section) => section.port === 0);
}

/** The far end switches the audio off in mid-call (§8.2): the call goes on without, as if it were held. */
function closeAudio(state: AgreedState, local: LocalMedia, remote: SessionDescription) {
  const first = remote.media.find((section) => section.kind === "audio");
  const slots = remote.media.map((section) => (section === first ? closed(section) : rejected(section)));
  const { own, sdp } = ownDescription(state.own, local, slots, "inactive", []);
  const media: NegotiatedMedia = { ...state.media, direction: "inactive", remoteHold: true };
  return { ok: true, state: { name: "agreed", own, media, answered: undefined }, sdp, media } as const;
}

/**
 * The answer to our offer. One that repeats what was answered already (a 2xx after a 1xx) changes nothing; one that
 * differs (another branch of a fork, or a server in between) is taken as the answer to the same offer.
 */
export function acceptAnswer(
  state: NegotiationState,
  answer: string | Uint8Array,
):
  | { readonly ok: true; readonly state: AgreedState; readonly media: NegotiatedMedia; readonly changed: boolean }
  | { readonly ok: false; readonly why: string } {
  const text = typeof answer === "string" ? answer : Buffer.from(answer).toString("utf8");
  if (state.name === "agreed" && state.answered?.answer === text)
    return { ok: true, state, media: state.media, changed: false };
  const open = state.name === "offered" ? state : state.name === "agreed" ? state.answered : undefined;
  if (open === undefined) return { ok: false, why: "an answer without an offer" };
  const parsed = parseSdp(text);
  if (!parsed.ok) return { ok: false, why: `session description ${parsed.why}` };
  const remote = parsed.description;
  const slots = state.own.slots;
  if (remote.media.length !== slots.length)
    return { ok: false, why: `the answer has ${remote.media.length} media, the offer had ${slots.length}` };
  const section = remote.media[slots.indexOf(audioSlot)];
  if (section === undefined || section.kind !== "audio") return { ok: false, why: "the answer has no audio" };
  if (section.port === 0) return { ok: false, why: "the far end rejected the audio" };
  const fault = streamFault(remote, section, open.audio.local);
  if (fault !== undefined) return { ok: false, why: fault.why };
  const secured = takenSecurity(section, open.audio.security);
  if (!secured.ok) return secured;

  const formats = common(knownFormats(section), open.audio.local);
  if (!formats.some((f) => f.kind === "codec"))
    return { ok: false, why: `none of our codecs in the answer: ${section.formats.join(" ")}` };
  const answered = remoteDirection(remote, section);
  const direction = limit(reverse(answered), open.audio.direction);
  // Only who could have heard us and will not holds us; an answer to our own hold says nothing about theirs.
  const remoteHold =
    open.audio.direction === "sendrecv"
      ? answered === "sendonly" || answered === "inactive"
      : open.before.name === "agreed" && open.before.media.remoteHold;
  const media = {
    ...negotiated(remote, { section, formats }, open.audio, direction, remoteHold),
    ...agreedTransport(remote, { section, formats }, open.audio, true),
    ...agreedRtcp(remote, section, open.audio),
    security: secured.security,
  };
  return {
    ok: true,
    state: {
      name: "agreed",
      own: state.own,
      media,
      answered: { audio: open.audio, before: open.before, answer: text },
    },
    media,
    changed: true,
  };
}

/** By our answer to the far end's line. */
function agreedSecurity({ security }: OwnAudio, theirs: CryptoLine | undefined): StreamSecurity | undefined {
  const [ours] = security.lines;
  return ours === undefined || theirs === undefined ? undefined : securityOf(ours, theirs);
}

function offeredTransport(state: NegotiationState, local: LocalMedia): Transport {
  if (local.ice === undefined) return offeredPlain(local, agreedMedia(state));
  const { iceGeneration, iceRestarts } = state.own;
  // New credentials begin the checks anew (RFC 8445 §9).
  const generation = iceGeneration + ((local.ice.restarts ?? 0) > iceRestarts ? 1 : 0);
  return { name: "ice", generation, rtcpMux: "offered", named: chosenPairs(local.ice, generation) };
}

/** New credentials of the far end are a restart, which ours answer with new ones too (RFC 8839 §4.4.3). */
function answeredTransport(
  state: SettledState,
  local: LocalMedia,
  remote: SessionDescription,
  section: MediaSection,
): Transport {
  const at = remoteEnd(remote, section);
  if (local.ice === undefined) return answeredPlain(local, section);
  const ice = readIce(remote.session, section, at);
  if (ice === undefined)
    return isIceMismatch(remote.session, section, at) ? { name: "ice-mismatch" } : answeredPlain(local, section);
  const before = state.name === "agreed" ? state.media.ice?.remote.credentials : undefined;
  const restart =
    before !== undefined && (before.ufrag !== ice.credentials.ufrag || before.pwd !== ice.credentials.pwd);
  const generation = state.own.iceGeneration + (restart ? 1 : 0);
  const rtcpMux = section.attribute("rtcp-mux") === undefined ? "no" : "agreed";
  const wanted = section.attribute("remote-candidates");
  const named = restart ? undefined : (wantedPairs(local.ice, wanted) ?? chosenPairs(local.ice, generation));
  return { name: "ice", generation, rtcpMux, named };
}

/** What both sides said of ICE. @param controlling we made the offer (RFC 8445 §6.1.1) */
function agreedTransport(
  remote: SessionDescription,
  { section }: Choice,
  { local, transport }: OwnAudio,
  controlling: boolean,
): { readonly ice?: IceSettings; readonly rtcpMux?: boolean } {
  if (local.ice === undefined || transport.name !== "ice") return {};
  const rtcpMux = transport.rtcpMux !== "no" && section.attribute("rtcp-mux") !== undefined;
  const found = readIce(remote.session, section, remoteEnd(remote, section));
  if (found === undefined) return { rtcpMux };
  return { rtcpMux, ice: { local: credentialsOf(local.ice, transport.generation), remote: found, controlling } };
}

interface Choice {
  readonly section: MediaSection;
  /** What both sides know, in the far end's order. */
  readonly formats: readonly KnownFormat[];
  /** The keys that were taken; undefined: the audio is not encrypted. */
  readonly crypto?: CryptoLine | undefined;
}

/**
 * The first audio stream that we can take, an encrypted one before all others (§6: who offers both wants one of them);
 * else what is wrong with the first one that came nearest.
 */
function chooseAudio(remote: SessionDescription, local: LocalMedia): ({ readonly ok: true } & Choice) | Refusal {
  let fault: Refusal | undefined;
  let plain: Choice | undefined;
  for (const section of remote.media) {
    if (section.kind !== "audio" || section.port === 0) continue;
    const wrong = streamFault(remote, section, local);
    if (wrong !== undefined) {
      fault ??= refusal(488, wrong.why, wrong.warningCode);
      continue;
    }
    const secured = chooseSecurity(section, local.srtp);
    if (!secured.ok) {
      fault ??= refusal(488, secured.why, 302);
      continue;
    }
    const formats = common(knownFormats(section), local);
    const choice: Choice = { section, formats, crypto: secured.line };
    if (!formats.some((f) => f.kind === "codec"))
      fault ??= refusal(488, `no common codec: offered ${formatNames(section)}`, 305);
    else if (secured.line !== undefined) return { ok: true, ...choice };
    else plain ??= choice;
  }
  return plain !== undefined ? { ok: true, ...plain } : (fault ?? refusal(488, "no audio offered", 304));
}

function streamFault(
  remote: SessionDescription,
  section: MediaSection,
  local: LocalMedia,
): { readonly why: string; readonly warningCode: number } | undefined {
  const why = addressFault(remote.connectionOf(section), local.address);
  return why === undefined ? undefined : { why, warningCode: 301 };
}

/** Of the far end's formats those that we have too; of telephone-event those that run on a codec's clock. */
function common(formats: readonly KnownFormat[], local: LocalMedia): readonly KnownFormat[] {
  const ours = new Set(local.codecs.map((c) => c.name));
  const seen = new Set<string>();
  const codecs = formats.filter((f) => {
    if (f.kind !== "codec" || !ours.has(f.codec) || seen.has(f.codec)) return false;
    seen.add(f.codec);
    return true;
  });
  if (local.dtmfType === undefined) return codecs;
  const clocks = new Set(codecs.map((f) => f.clockHz));
  const events = formats.filter((f) => f.kind === "event" && clocks.delete(f.clockHz));
  // Some far ends have events at 8 kHz only, whatever the codec (RFC 7587 leaves it open).
  return [...codecs, ...(events.length > 0 ? events : formats.filter(isNarrowEvent).slice(0, 1))];
}

function isNarrowEvent(format: KnownFormat): boolean {
  return format.kind === "event" && format.clockHz === 8000;
}

function negotiated(
  remote: SessionDescription,
  { section, formats }: Choice,
  audio: OwnAudio,
  direction: Direction,
  remoteHold: boolean,
): NegotiatedMedia {
  const chosen = formats.find((f) => f.kind === "codec");
  if (chosen === undefined) throw new TypeError("bug: negotiated without a codec");
  const { codecs, events } = audio;
  const isEvent = (f: KnownFormat): boolean => f.kind === "event";
  const event = formats.find((f) => isEvent(f) && f.clockHz === chosen.clockHz) ?? formats.find(isEvent);
  const ownEvent = events.find((e) => e.clockHz === event?.clockHz) ?? events[0];
  const receive: ReceivedFormat[] = codecs.map(({ payloadType, name, parameters }) => ({
    payloadType,
    codec: name,
    parameters,
  }));
  // Their numbers hold for what we send (§5.1); some send by them too, which does no harm where they are free.
  for (const f of formats) {
    if (f.kind !== "codec" || [...receive, ...events].some((r) => r.payloadType === f.payloadType)) continue;
    const parameters = codecs.find((c) => c.name === f.codec)?.parameters;
    receive.push({ payloadType: f.payloadType, codec: f.codec, parameters });
  }
  const ours = codecs.find((c) => c.name === chosen.codec)?.parameters ?? noParameters;
  return {
    remote: remoteEnd(remote, section),
    direction: isUnspecified(remote.connectionOf(section)) ? limit(direction, "recvonly") : direction,
    codec: chosen.codec,
    payloadType: chosen.payloadType,
    parameters: someParameters(sendParameters(chosen.codec, ours, chosen.parameters)),
    ptimeMs: sendPtimeMs(section, audio.local.ptimeMs),
    receive,
    dtmf:
      event === undefined || ownEvent === undefined
        ? undefined
        : { sendType: event.payloadType, receiveType: ownEvent.payloadType, rateHz: event.clockHz },
    ...agreedCompanions(audio.local, audio.companions, companionsOf(section), chosen.codec, chosen.clockHz),
    remoteHold,
  };
}

function formatNames(section: MediaSection): string {
  const maps = section.rtpMaps;
  return section.formats
    .slice(0, 12)
    .map((format) => maps.get(Number(format))?.encoding ?? format)
    .join(", ");
}

function refusal(status: Refusal["status"], why: string, warningCode: number): Refusal {
  return { ok: false, status, why, warningCode };
}
