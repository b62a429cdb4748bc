/** How RTCP is sent where there is no ICE: on the port of RTP (RFC 5761 §5.1.1), in packets of reduced size (RFC 5506 §5). Pure; ICE has its own way to one port. */
import type { MediaSection, SessionDescription } from "./description.ts";
import { remoteEnd } from "./far-end.ts";
import type { LocalMedia, NegotiatedMedia } from "./media.ts";
import type { OwnAudio, Transport } from "./own-description.ts";

/** @param agreed what the session agreed on so far: that stays, as the far end may listen at one port only */
export function offeredPlain(local: LocalMedia, agreed: NegotiatedMedia | undefined): Transport {
  const shared = local.rtcpManner?.mux === "offer" || agreed?.rtcpMux === true;
  return { name: "plain", rtcpMux: shared ? "offered" : "no" };
}

/** RFC 5761 §4: payload types 64 to 95 could not be told from RTCP. */
export function answeredPlain(local: LocalMedia, section: MediaSection): Transport {
  const manner = local.rtcpManner?.mux ?? "no";
  const clash = section.formats.some((format) => Number(format) >= 64 && Number(format) <= 95);
  const taken = manner !== "no" && !clash && section.attribute("rtcp-mux") !== undefined;
  return { name: "plain", rtcpMux: taken ? "agreed" : "no" };
}

/** What both sides said. */
export function agreedRtcp(
  remote: SessionDescription,
  section: MediaSection,
  { transport, reducedSize }: OwnAudio,
): Partial<Pick<NegotiatedMedia, "rtcpMux" | "rtcpReducedSize" | "remote">> {
  const sizes = reducedSize && section.attribute("rtcp-rsize") !== undefined ? { rtcpReducedSize: true } : {};
  const said = transport.name === "plain" && transport.rtcpMux !== undefined && transport.rtcpMux !== "no";
  if (!said || section.attribute("rtcp-mux") === undefined) return sizes;
  const at = remoteEnd(remote, section);
  return { ...sizes, rtcpMux: true, remote: { ...at, rtcpPort: at.port } };
}
