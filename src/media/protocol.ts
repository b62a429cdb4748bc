/** All that the main thread and the media worker share: requests with an id, their replies, and events. */
import type { AudioDevice, AudioPath } from "../../hal/audio.ts";
import type { MediaStatistics, StreamStatistics } from "./media-statistics.ts";

/** "g726-32" is packed as RFC 3551 §4.5.4 says, "aal2-g726-32" as ITU-T I.366.2; "l16-16000" is L16 mono at 16 kHz. */
export type CodecName =
  | "pcmu"
  | "pcma"
  | "g722"
  | "opus"
  | "g726-16"
  | "g726-24"
  | "g726-32"
  | "g726-40"
  | "aal2-g726-16"
  | "aal2-g726-24"
  | "aal2-g726-32"
  | "aal2-g726-40"
  | "l16-8000"
  | "l16-16000"
  | "ilbc"
  | "g729";

/** Format parameters (`a=fmtp`) by name in lower case: { useinbandfec: "1", maxaveragebitrate: "24000" }, { mode: "20" }. */
export type FormatParameters = Readonly<Record<string, string>>;

/** SDP direction, from our side (RFC 3264 §5.1). */
export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface Endpoint {
  /** Numeric IPv4 or IPv6 address, without brackets. */
  readonly address: string;
  readonly port: number;
}

export interface IceCredentials {
  readonly ufrag: string;
  readonly pwd: string;
}

/** One `a=candidate` over UDP (RFC 8445 §5.3). */
export interface IceCandidate extends Endpoint {
  readonly foundation: string;
  /** 1 is RTP, 2 is RTCP. */
  readonly component: number;
  readonly priority: number;
  readonly type: "host" | "srflx" | "prflx" | "relay";
  readonly related: Endpoint | undefined;
}

/** What we say of ourselves in an offer or answer. */
export interface IceLocal {
  /** One after the other for each restart of the session (RFC 8445 §9); after the last the first again. */
  readonly credentials: readonly IceCredentials[];
  readonly candidates: readonly IceCandidate[];
  /** What the checks chose, where our descriptions have to name it (RFC 8839 §4.4.1). */
  readonly chosen?: IceChosen | undefined;
  /** How often this side wanted the session to begin its checks anew, 0 unless told. */
  readonly restarts?: number | undefined;
}

/** The pairs that media goes over. */
export interface IceChosen {
  /** Of ours in that session of ICE: after a restart it says nothing any more. */
  readonly ufrag: string;
  /** One for each component in use: ours as the far end sees it, and its. */
  readonly pairs: readonly { readonly component: number; readonly local: Endpoint; readonly remote: Endpoint }[];
}

/** What both sides said, for the connectivity checks. */
export interface IceSettings {
  /** Those of ours that were said. */
  readonly local: IceCredentials;
  readonly remote: {
    readonly credentials: IceCredentials;
    readonly candidates: readonly IceCandidate[];
    readonly lite: boolean;
  };
  /** Our role at the beginning of the session; later ones do not change it (RFC 8445 §6.1.1). */
  readonly controlling: boolean;
}

/** A TURN server, and how it is spoken to. */
export interface RelayChoice {
  readonly server: Endpoint;
  readonly username: string;
  readonly password: string;
  /** How the relay is spoken to where that is not UDP (RFC 8656 §2.1); between it and the far end it is UDP all the same. */
  readonly stream?:
    | { readonly name: "tcp" }
    | { readonly name: "tls"; readonly host: string; readonly trust: RelayTrust };
}

/** What TLS has to know: whom to believe, and who we are. PEM; as in `TlsSettings` of src/net. */
export interface RelayTrust {
  readonly certificate: string;
  readonly key: string;
  readonly authorities: readonly string[];
  readonly least: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly ciphers: string | undefined;
  readonly checkTrust: boolean;
  readonly checkName: boolean;
}

/** What a stream may use to be reached through a NAT (feature rows NET-25 to NET-27). */
export interface NatChoice {
  /** Public address of a NAT that passes our ports as they are. */
  readonly publicAddress: string | undefined;
  readonly stun: Endpoint | undefined;
  readonly turn: RelayChoice | undefined;
  readonly ice: boolean;
  /** Further local addresses to be reached at by ICE, such as one of the other family. */
  readonly addresses: readonly string[];
  /** Of a stream whose worker died: the far end knows them. */
  readonly credentials: readonly IceCredentials[] | undefined;
}

/** Where a stream can be reached from outside. */
export interface GatheredNat {
  /** For m= and c=, and for a=rtcp. */
  readonly rtp: Endpoint;
  readonly rtcp: Endpoint;
  readonly ice: IceLocal | undefined;
  /** What did not work: "STUN server 192.0.2.1:3478 does not answer". */
  readonly problems: readonly string[];
}

/** A format that may arrive. */
export interface ReceivedFormat {
  readonly payloadType: number;
  readonly codec: CodecName;
  /** What was agreed of how it comes, such as the mode of iLBC. */
  readonly parameters?: FormatParameters | undefined;
}

/** What protects a stream, as SDP names it (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14.2). */
export type SrtpSuite =
  | "AEAD_AES_256_GCM"
  | "AEAD_AES_128_GCM"
  | "AES_256_CM_HMAC_SHA1_80"
  | "AES_256_CM_HMAC_SHA1_32"
  | "AES_192_CM_HMAC_SHA1_80"
  | "AES_192_CM_HMAC_SHA1_32"
  | "AES_CM_128_HMAC_SHA1_80"
  | "AES_CM_128_HMAC_SHA1_32";

/** A master key of SRTP (RFC 3711 §3.2.1). Never to be logged. */
export interface SrtpMasterKey {
  /** Master key, then master salt; as long as the suite wants them. */
  readonly keySalt: Uint8Array;
  /** RTP packets that it may protect where fewer than 2^48 were agreed on. */
  readonly lifetimePackets: number | undefined;
  /** What packets under this key name it by, 1 to 128 bytes; undefined: they name none. */
  readonly mki: Uint8Array | undefined;
}

/** How a stream is protected both ways. */
export interface StreamSecurity {
  readonly suite: SrtpSuite;
  readonly send: SrtpMasterKey;
  /** One, or several that packets tell apart by MKI. */
  readonly receive: readonly SrtpMasterKey[];
  /** RTCP is authenticated and not encrypted (UNENCRYPTED_SRTCP, RFC 4568 §6.3.2). */
  readonly plainRtcp: boolean;
  /** Packets that the replay list has to remember at least (WSH, RFC 4568 §6.3.7). */
  readonly windowPackets: number;
  /** Of a stream whose worker died: how often the far end's sequence numbers had wrapped. */
  readonly resume?: { readonly ssrc: number; readonly rollovers: number } | undefined;
}

/** How a stream is to run, after each offer/answer. */
export interface StreamSettings {
  /** No address: our offer is out, and whoever answers may be heard already (RFC 3264 §5.1); nothing is sent. */
  readonly remote: { readonly address: string; readonly port: number; readonly rtcpPort: number };
  readonly direction: Direction;
  /** What we send. */
  readonly codec: CodecName;
  readonly payloadType: number;
  /** How we are to encode: what the far end asked for, within what we are ready to do. */
  readonly parameters?: FormatParameters | undefined;
  readonly ptimeMs: number;
  /** What may arrive: payload type to codec; a change of it in mid-call is followed. */
  readonly receive: readonly ReceivedFormat[];
  /** Comfort noise (RFC 3389) at the clock of `codec`, or absent where one side has none. */
  readonly comfortNoise?: { readonly sendType: number; readonly receiveType: number } | undefined;
  /** Redundant audio (RFC 2198): each packet of ours carries up to `depth` (0 to 3) earlier ones again; 0: only theirs may. */
  readonly red?: { readonly sendType: number; readonly receiveType: number; readonly depth: number } | undefined;
  /** Nothing, or comfort noise, is sent while nobody speaks (AUD-08). */
  readonly silenceSuppression?: boolean | undefined;
  /** telephone-event payload types and clock rate, or undefined when the far end has none. */
  readonly dtmf: { readonly sendType: number; readonly receiveType: number; readonly rateHz: number } | undefined;
  /** RTCP goes over the RTP port (RFC 5761). */
  readonly rtcpMux?: boolean;
  /** RTCP of the far end need not be whole compounds (RFC 5506). */
  readonly rtcpReducedSize?: boolean;
  /** Without a packet for this long the far end counts as silent and `receiving` says so, ms; 5000 unless told. */
  readonly quietMs?: number | undefined;
  /** Absent where the far end has no ICE: `remote` holds. */
  readonly ice?: IceSettings | undefined;
  /** False: while we hold the far end, it hears none of our music. */
  readonly holdMusic?: boolean;
  /** Absent: RTP as it is. */
  readonly security?: StreamSecurity | undefined;
}

/** Fixed for the life of the worker, changeable by `tune`. */
export interface MediaTuning {
  readonly jitter: {
    readonly adaptive: boolean;
    readonly minMs: number;
    readonly maxMs: number;
    readonly normalMs: number;
  };
  readonly rtcp: boolean;
  /** RTCP carries extended reports (RFC 3611, VQM-01). */
  readonly rtcpXr?: boolean;
  /** The quality of each stream is told this often, s; absent or 0: at its end alone. */
  readonly qualitySeconds?: number;
  /** Each stream from now on has a flight recorder: with what packets carry or without, told of below that MOS-LQ. */
  readonly flight?: { readonly sound: boolean; readonly belowMosLq: number | undefined } | undefined;
  readonly cname: string;
  /** How often the end packet of a telephone-event is sent, 1 to 3. */
  readonly dtmfEndPackets: number;
  /** Level of our digits, as sound and as telephone-events claim it, dBm0, -63 to 0; -10 unless told. */
  readonly dtmfLevelDbm0?: number;
  readonly echoCancellation: boolean;
  /** DSCP of RTP, 0 to 63. */
  readonly dscp: number;
  /** How microphone and ear are treated; absent: as `defaultVoice` in voice-processing.ts. */
  readonly voice?: VoiceTuning;
  /** Pauses of the far end are filled with the noise that it describes (AUD-09); false: they are silent. */
  readonly comfortNoise?: boolean;
  /** What is dropped though it may be the peer's: 1 other addresses than negotiated, 2 other ports, 3 both (NET-31). */
  readonly symmetricRtp?: number;
}

/** What is done to the sound of microphones and ears, on paths that want it (hal/audio.ts, PathAcoustics). */
export interface VoiceTuning {
  /** Steady noise is lowered (AUD-07). */
  readonly noiseSuppression: boolean;
  /** Speech is brought to one level (AUD-07). */
  readonly gainControl: boolean;
  /** One's own voice in the ear, dB against the loudest that the path allows, -48 (none) to 0 (AUD-10). */
  readonly sideToneDb: number;
  /** Gain of each microphone, dB, -60 to 30 (AUD-11). */
  readonly microphoneGainDb: Readonly<Record<Exclude<AudioPath, "none">, number>>;
  /** Loudness of tones in the ear, as the steps of `volume`: they do not follow that of speech (AUD-11). */
  readonly toneSteps: Readonly<Record<Exclude<AudioPath, "none">, number>>;
}

/** One part of a tone: up to four frequencies in Hz (none = silence) for a time in ms (0 = for ever). */
export interface TonePart {
  readonly hz: readonly number[];
  readonly ms: number;
  /** Level of each frequency, dBm0; -15 unless told. */
  readonly levelDbm0?: number;
}
/** `repeat` counts passes; 0 is for ever. */
export interface Tone {
  readonly parts: readonly TonePart[];
  readonly repeat: number;
}

/** Where a tone goes: to the ear on the active path, or rung on the ringer, which opens the loudspeaker by itself. */
export type ToneTarget = "ear" | "ringer";
/** What has a loudness: "second" is what a second path plays of the ear's speech. */
export type VolumeTarget = ToneTarget | "second";

/** A stream without signalling, to or from a multicast group (feature rows CAL-81, CAL-82). It has no RTCP. */
export interface PageChoice {
  /** "listen": whoever sends to the group is heard, one at a time. */
  readonly role: "send" | "listen";
  readonly group: Endpoint;
  /** 1 to 50: packets of group paging on that channel; absent or 0: plain RTP. */
  readonly channel?: number;
  /** Who pages, for those who show it; on a channel only. */
  readonly callerId?: string;
}

export type MediaRequest =
  /** Binds an even RTP port and the odd one above it inside the range. Replies `opened`. */
  | {
      type: "open-stream";
      stream: number;
      address: string;
      portMin: number;
      portMax: number;
      port?: number;
      page?: PageChoice;
    }
  /** Finds out where an open stream can be reached from outside; before it is offered. Replies `gathered`. */
  | { type: "gather"; stream: number; nat: NatChoice }
  | { type: "configure-stream"; stream: number; settings: StreamSettings }
  | { type: "close-stream"; stream: number }
  /** How loud a stream is for the ear and for the others of a conference, dB, -60 to 12; 0 unless told. */
  | { type: "level"; stream: number; db: number }
  /** Live sound of what is said and heard, mixed to one, comes as `recorded` events. */
  | { type: "record"; on: boolean }
  /** The streams that the ear hears and the microphone feeds; two or more are a conference, mixed so that each hears all others. */
  | { type: "focus"; streams: readonly number[] }
  | { type: "path"; path: AudioPath }
  /** What is played beside the path, where the card can do both: it hears what the ear hears, and the ringer. */
  | { type: "second"; path: AudioPath }
  | { type: "mute"; on: boolean }
  /** 0 to 15, 3 dB a step, 8 is unity; for what the active path plays and for the ringer. */
  | { type: "volume"; target: VolumeTarget; step: number }
  /** Replaces the tone that runs on that target; undefined stops it. Starts at the tone's beginning. */
  | { type: "tone"; target: ToneTarget; tone: Tone | undefined }
  /** Looped for the far ends that we hold (`sendonly`, without focus); undefined: they hear nothing. 16-bit mono. */
  | { type: "hold-music"; sound: { readonly samples: Int16Array; readonly rateHz: number } | undefined }
  /** Played once to the ear and the far ends whenever a recording begins; undefined: nothing is. 16-bit mono. */
  | { type: "announcement"; sound: { readonly samples: Int16Array; readonly rateHz: number } | undefined }
  /** Sends a DTMF digit as telephone-event, in-band where the stream has none; queued behind one that runs. */
  | { type: "dtmf"; stream: number; digit: string; durationMs: number }
  | { type: "tune"; tuning: MediaTuning }
  | { type: "statistics" }
  /** What the flight recorder of a stream holds; unless told which, of one that runs, or of the one that ended last. */
  | { type: "flight"; stream?: number | undefined }
  /** Simulated audio only. */
  | { type: "person-say"; samples: Int16Array; rateHz: number }
  | { type: "person-heard"; seconds: number; second?: boolean }
  /** Switches live frames of what is heard on or off: they come as `heard` events. */
  | { type: "person-listen"; on: boolean }
  | { type: "close" };

export type MediaReply =
  | { type: "opened"; port: number }
  | { type: "gathered"; nat: GatheredNat }
  | { type: "statistics"; statistics: MediaStatistics }
  | { type: "flight"; recording: FlightRecording | undefined }
  | { type: "heard"; samples: Int16Array; rateHz: number }
  | { type: "done" }
  | { type: "failed"; code: string; message: string };

export type MediaEvent =
  | { type: "digit"; stream: number; digit: string; durationMs: number }
  /** First RTP packet of a stream after it was configured or was silent, and when none came for `quietMs`. */
  | { type: "receiving"; stream: number; on: boolean }
  /** ICE found a way, found none, or the far end no longer agrees to be sent to (RFC 7675). */
  | { type: "path"; stream: number; name: "connected" | "failed" | "lost"; way: string }
  /** ICE has chosen for all components; the controlling side tells the far end by a new offer where that differs from what was said. */
  | { type: "chosen"; stream: number; controlling: boolean; chosen: IceChosen }
  /** The far end's sequence numbers wrapped: what a new worker needs to go on with SRTP (RFC 3711 §3.3.1). */
  | { type: "rollover"; stream: number; ssrc: number; rollovers: number }
  /** A key of SRTP is nearly used up: there must be new ones. */
  | { type: "key-ending"; stream: number; whose: "ours" | "theirs" }
  /** How the stream fares, as often as tuned, and at its end where it was ever configured. */
  | { type: "quality"; stream: number; final: boolean; statistics: StreamStatistics }
  /** A stream ended whose quality had fallen below the mark. */
  | { type: "flight"; recording: FlightRecording; worstMosLq: number }
  | { type: "audio-trouble"; device: string; lost: boolean; why: string }
  | { type: "heard"; samples: Int16Array; rateHz: number }
  /** A second of a recording; the last one, `last`, may be shorter. */
  | { type: "recorded"; samples: Int16Array; rateHz: number; last: boolean }
  | { type: "log"; level: "debug" | "info" | "warn" | "error"; facts: object; message: string };

/** As a file has it; flight-replay.ts reads it. */
export interface FlightRecording {
  readonly stream: number;
  readonly bytes: Uint8Array;
}

/** To the worker and back: every request has an id, its reply carries the same. */
export type ToWorker = { id: number; request: MediaRequest };
export type FromWorker =
  /** `together`: as the sound card says (hal/audio.ts). */
  | { ready: true; rateHz: number; together?: AudioDevice["together"] }
  | { id: number; reply: MediaReply }
  | { event: MediaEvent };

export type { MediaStatistics, StreamStatistics, VoiceFigures } from "./media-statistics.ts";
