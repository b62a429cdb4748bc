/**
 * Descriptions that go through us between two others: who is held describes itself, a music server answers it, and we
 * give that answer as ours (RFC 7088 §2.1, RFC 3725 §4.4). Pure; when that happens is the session's affair.
 */
import type { MediaSection, SessionDescription } from "./description.ts";
import { remoteDirection } from "./far-end.ts";
import { knownFormats } from "./format.ts";
import type { LocalMedia } from "./media.ts";
import type { AgreedState, NegotiationState } from "./negotiation.ts";
import { audioSlot, type FormatName, rejected } from "./own-description.ts";
import { parseSdp } from "./parse.ts";

export type Passed = { readonly ok: true; readonly sdp: string } | { readonly ok: false; readonly why: string };

/**
 * What a music server is offered for somebody who made that offer: who is held is to hear, and to say nothing to a
 * machine. Keys and candidates stay as they are: they are between those two.
 */
export function listenersOffer(offer: string): Passed {
  const parsed = parseSdp(offer);
  if (!parsed.ok) return { ok: false, why: `session description ${parsed.why}` };
  const section = openAudio(parsed.description);
  if (section === undefined) return { ok: false, why: "no audio offered" };
  const direction = remoteDirection(parsed.description, section);
  if (direction === "sendonly" || direction === "inactive") return { ok: false, why: "the far end wants no sound" };
  return { ok: true, sdp: directed(offer, "recvonly") };
}

/**
 * The music server's answer to that offer as an answer of ours: under our name, one version on (RFC 3264 §8), sending
 * only. What we agreed on before stays known, without sound of our own.
 */
export function passAnswer(
  state: NegotiationState,
  local: LocalMedia,
  offer: string,
  answer: string,
):
  | { readonly ok: true; readonly state: AgreedState; readonly sdp: string }
  | { readonly ok: false; readonly why: string } {
  if (state.name !== "agreed") return { ok: false, why: "an offer of ours is not answered yet" };
  const offered = parseSdp(offer);
  if (!offered.ok) return { ok: false, why: `session description ${offered.why}` };
  const answered = parseSdp(answer);
  if (!answered.ok) return { ok: false, why: `session description ${answered.why}` };
  const sections = answered.description.media;
  const asked = offered.description.media.length;
  if (sections.length !== asked)
    return { ok: false, why: `the answer has ${sections.length} media, the offer had ${asked}` };
  const section = openAudio(answered.description);
  if (section === undefined) return { ok: false, why: "the audio was rejected" };
  const direction = remoteDirection(answered.description, section);
  if (direction === "recvonly" || direction === "inactive") return { ok: false, why: "nothing will be played" };

  const { own } = state;
  const version = (own.version ?? 0) + 1;
  const family = local.address.includes(":") ? "IP6" : "IP4";
  const origin = `o=- ${own.sessionId} ${version} IN ${family} ${local.address}`;
  const lines = directed(answer, "sendonly").split("\r\n");
  const sdp = lines.map((line) => (line.startsWith("o=") ? origin : line)).join("\r\n");
  // Whatever a number meant once in this session it goes on meaning (RFC 3264 §8.3.2, RFC 7088 §2.8).
  const numbers = new Map<number, FormatName>(own.numbers);
  for (const format of knownFormats(section)) {
    const name = format.kind === "codec" ? format.codec : (`event/${format.clockHz}` as const);
    if (!numbers.has(format.payloadType)) numbers.set(format.payloadType, name);
  }
  const slots = offered.description.media.map((theirs, i) => (sections[i] === section ? audioSlot : rejected(theirs)));
  return {
    ok: true,
    sdp,
    state: {
      name: "agreed",
      // No body: the next description of our own differs for sure.
      own: { ...own, version, body: "", numbers, slots },
      media: { ...state.media, direction: "inactive" },
      answered: undefined,
    },
  };
}

function openAudio({ media }: SessionDescription): MediaSection | undefined {
  return media.find((section) => section.kind === "audio" && section.port !== 0);
}

/** The same description with one direction in every stream, and none above them. */
function directed(text: string, direction: "recvonly" | "sendonly"): string {
  const out: string[] = [];
  let open = false;
  const close = () => {
    if (open) out.push(`a=${direction}`);
  };
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/.test(line)) continue;
    if (line.startsWith("m=")) {
      close();
      open = true;
    }
    out.push(line);
  }
  close();
  return `${out.join("\r\n")}\r\n`;
}
