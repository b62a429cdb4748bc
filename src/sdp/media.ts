/** What a session says about its audio and what it agreed on: the seam between offer/answer (RFC 3264), session and media; not SDP text. */
import type { CodecName, Endpoint, FormatParameters, IceChosen, IceLocal, StreamSettings } from "../media/protocol.ts";

/** What the checks of ICE chose. */
export type ChosenPath = IceChosen;

/** A codec of ours. */
export interface LocalCodec {
  readonly name: CodecName;
  readonly payloadType: number;
  /** What we say of how we like to receive it (`a=fmtp`). */
  readonly parameters?: FormatParameters | undefined;
}

/** Our side of the audio stream, before negotiation. */
export interface LocalMedia {
  /** Numeric address that RTP is received at, without brackets. */
  readonly address: string;
  /** RTP port, even, 1 to 65534; behind a NAT it is the NAT's. */
  readonly port: number;
  /** Where RTCP is received; absent: at the port above. */
  readonly rtcp?: Endpoint | undefined;
  /** What RTCP may be besides the plain sort; absent: nothing. */
  readonly rtcpManner?: RtcpManner | undefined;
  /** Offered, and taken up where the far end has it too; absent: no ICE. */
  readonly ice?: IceLocal | undefined;
  /** What we can send and receive, best first; `payloadType` is what we name it in our own offers (0 to 127). */
  readonly codecs: readonly LocalCodec[];
  /** telephone-event in our own offers (96 to 127), or undefined for none. */
  readonly dtmfType: number | undefined;
  /** Packet length that we like to receive, ms. */
  readonly ptimeMs: number;
  /** Comfort noise of the far end is understood (AUD-09); absent: it is not offered. */
  readonly comfortNoise?: boolean | undefined;
  /** Pauses are not sent (AUD-08). */
  readonly silenceSuppression?: boolean | undefined;
  /** How many earlier packets each packet repeats (RFC 2198), 0 to 3; 0: we offer none, and take it where it is offered. Absent: neither. */
  readonly redundancy?: number | undefined;
  /** Offers say that quality of service would be welcome (RFC 3312); absent: they say nothing of it. */
  readonly precondition?: boolean | undefined;
  /** The person holds the call. */
  readonly hold: boolean;
  /** SRTP (feature row SEC-05); absent: off. */
  readonly srtp?: LocalSecurity | undefined;
  /** How that is said (feature rows CAL-42, CAL-43); "sendonly" unless told. */
  readonly holdStyle?: HoldStyle | undefined;
}

/** Beyond RFC 3550; with ICE, one port is always offered and taken. */
export interface RtcpManner {
  /** RTCP shares the port of RTP (RFC 5761): by our offers too, by those of the far end alone, or never. */
  readonly mux: "offer" | "accept" | "no";
  /** Extended reports are wanted (RFC 3611 §5), and in our offers packets of reduced size (RFC 5506). */
  readonly extended: boolean;
}

/** Whether the audio is to be encrypted, and what our keys are made of. */
export interface LocalSecurity {
  /** Wished for, or the call does not come about without. */
  readonly mode: "optional" | "compulsory";
  /** 32 random bytes of cryptographic quality, of this call alone; others renew the keys. Never to be logged. */
  readonly seed: Uint8Array;
}

/** RFC 3264 §8.4 (`sendonly`, or `inactive` where nothing shall be played to who is held), or with c=0.0.0.0 besides, for devices of RFC 2543. */
export type HoldStyle = "sendonly" | "inactive" | "zero-address";

/** What the media worker is told, and whether the far end holds us. */
export interface NegotiatedMedia extends StreamSettings {
  readonly remoteHold: boolean;
}
