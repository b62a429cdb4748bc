/** What calls of an account are offered and answered with: streams, codecs, protection, and who we are in them. Which calls there are is calls.ts. */
import type { Log } from "../base/log.ts";
import { capableConduct } from "../sip/session-conduct.ts";
import type { Identity, UserAgent } from "../sip/user-agent.ts";
import type { Accounts } from "./accounts.ts";
import type { CallMedia } from "./call-parts.ts";
import { securityOf } from "./call-security.ts";
import { codecsOf } from "./codecs.ts";
import type { Nat } from "./nat.ts";
import type { Settings } from "./ports.ts";
import { companionsOf, conductOf, dtmfTypeOf, holdStyleOf, ptimeOf, rtcpMannerOf, rtpPorts } from "./settings.ts";

/** Calls that may exist at once, ringing ones included. */
export const mostCalls = 8;

export interface TermsParts {
  readonly log: Log;
  readonly settings: Settings;
  readonly userAgent: UserAgent;
  readonly accounts: Accounts;
  /** Numeric local address of RTP. */
  readonly address: string;
  readonly nat?: Nat | undefined;
  /** The machine's addresses of the other family, where calls may go by both (NET-05). */
  readonly further?: readonly string[];
  /** User part where there is no account: the model's name. */
  readonly name: string;
}

export class CallTerms {
  readonly #parts: TermsParts;
  /** Numeric local address of RTP; the machine may get another one (NET-42). */
  address: string;

  constructor(parts: TermsParts) {
    this.#parts = parts;
    this.address = parts.address;
  }

  /** Our address of the family of that one (NET-05). */
  #towards(peer: string | undefined): string {
    const fits = (address: string) => peer === undefined || address.includes(":") === peer.includes(":");
    return [this.address, ...(this.#parts.further ?? [])].find(fits) ?? this.address;
  }

  /** What to open and offer for a call of an account. @param peer address of whom its messages go to, where that is known */
  media(account: number, peer = this.#parts.accounts.serverAddress(account)): CallMedia {
    const { settings, nat } = this.#parts;
    const address = this.#towards(peer);
    return {
      address,
      ...rtpPorts(settings),
      musicElsewhere: settings.text(`account.${account}.music_server_uri`).trim() !== "",
      nat: nat === undefined ? undefined : () => nat.choice(account),
      local: {
        address,
        codecs: codecsOf(settings, account, this.#parts.log),
        dtmfType: dtmfTypeOf(settings, account),
        ptimeMs: ptimeOf(settings, account),
        ...companionsOf(settings),
        rtcpManner: rtcpMannerOf(settings),
        hold: false,
        holdStyle: holdStyleOf(settings, account),
        srtp: securityOf(settings, account, (length) => this.#parts.userAgent.random(length)),
        precondition: settings.flag(`account.${account}.precondition`),
      },
    };
  }

  /** Who we are in a call that needs no account (ACC-31), too. */
  identity(account: number, direction: "in" | "out" = "out"): Identity {
    const { name, settings, accounts } = this.#parts;
    const address = this.address;
    const own = accounts.identity(account);
    if (own !== undefined) return { ...own, conduct: conductOf(settings, account, direction) };
    const host = address.includes(":") ? `[${address}]` : address;
    return { aor: `sip:${name}@${host}`, displayName: name, contactUser: name, route: [], conduct: capableConduct };
  }
}
