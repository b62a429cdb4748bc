/** What a call is made of and told by: types only; the call is call.ts. */
import type { Clock } from "../../hal/clock.ts";
import type { Log } from "../base/log.ts";
import type { NatChoice } from "../media/protocol.ts";
import type { LocalMedia } from "../sdp/media.ts";
import type { SipMessage } from "../sip/message.ts";
import type { IncomingRequest } from "../sip/out-of-dialog.ts";
import type { Referral } from "../sip/referral.ts";
import type { Call } from "./call.ts";
import type { MusicServer } from "./hold-music.ts";
import type { PhoneMedia } from "./ports.ts";
import type { PartyView } from "./state.ts";

export interface CallParts {
  readonly clock: Clock;
  readonly media: PhoneMedia;
  readonly log: Log;
  /** Anything of this call changed; called after the change. */
  readonly changed: (call: Call) => void;
  /** The far end wants us to call somebody instead (RFC 3515). */
  readonly referred: (call: Call, referral: Referral) => void;
  /** Who the far end is, as its message says; undefined where that changes nothing (CAL-74). */
  readonly connected: (message: SipMessage) => PartyView | undefined;
  /** Its media are encrypted by keys that whoever sees its signalling can read (RFC 4568 §8). */
  readonly exposed: (call: Call) => void;
  /** Whose music its far end hears while it is held (CAL-46). */
  readonly music: () => MusicServer | undefined;
  /** A provisional response calls for our own ring-back over the far end's sound (CAL-38, CAL-39). */
  readonly bringsRingBack: (status: number) => boolean;
  /** How long early sound may pause before ring-back is heard again, ms. */
  readonly earlyQuietMs: () => number;
  /** What an end is called, for people (ACC-32). */
  readonly endReason: (status: number, reason: string) => string;
  /** A request inside the dialog that nothing else of the call is for; it may be taken. */
  readonly asked: (call: Call, incoming: IncomingRequest) => void;
}

/** What a stream is to be opened and offered with. */
export interface CallMedia {
  readonly address: string;
  readonly portMin: number;
  readonly portMax: number;
  /** Without the port, which the stream brings. */
  readonly local: Omit<LocalMedia, "port">;
  /** What gets the media through a NAT (feature rows NET-25 to NET-27); asked for when the stream is open. */
  readonly nat?: (() => Promise<NatChoice | undefined>) | undefined;
  /** Whoever is held hears a server's music, so none of ours (CAL-46). */
  readonly musicElsewhere?: boolean;
}

export interface Consults {
  readonly call: Call;
  readonly purpose: "transfer" | "conference";
}

export interface CallFacts {
  readonly id: number;
  readonly account: number;
  /** Of its line key among those of the account, from 1 (ACC-30). */
  readonly place: number;
  readonly direction: "in" | "out";
  readonly remote: PartyView;
  readonly target: string;
  readonly consults?: Consults | undefined;
  /** Who sent the caller here (CAL-32); "" where nobody did. */
  readonly diverted?: string;
  /** Whom it is for, as its To says (CAL-75). */
  readonly called?: string | undefined;
  /** Only a code for the server: no list of calls shows it. */
  readonly unlisted?: boolean;
}
