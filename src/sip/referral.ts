/** A REFER that came: what it asks for, its answer, and the NOTIFYs that report how it goes (RFC 3515, RFC 4488, RFC 3892). It places no call. */
import type { Timer } from "../../hal/clock.ts";
import { NameAddress } from "./address.ts";
import type { SipRequest, SipResponse } from "./message.ts";
import type { IncomingRequest, Refusal } from "./out-of-dialog.ts";
import { next, type ReferralInput, type ReferralState } from "./referral-state.ts";
import { type DialogName, parseReplaces } from "./replaces.ts";
import type { RequestContent } from "./session-inside.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import type { SessionState } from "./session-state.ts";
import { sipfrag, sipfragType } from "./sipfrag.ts";
import { eventOf } from "./subscription-headers.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

/** What a REFER asks for. */
export interface ReferTarget {
  /** URI without headers. */
  readonly uri: string;
  readonly displayName: string;
  /** Of the request to be sent; "INVITE" unless the URI says otherwise. */
  readonly method: string;
  /** The call that the new one shall replace at the target. */
  readonly replaces: DialogName | undefined;
  /** Value of Referred-By, passed on as it came. */
  readonly referredBy: string | undefined;
  /** Further headers of the URI that a call may carry. */
  readonly headers: ExtraHeaders;
}

/** Headers of the Refer-To URI that a stranger may have us send (RFC 3261 §19.1.5 warns of the rest). */
const allowedHeaders = new Map(
  ["Accept-Contact", "Alert-Info", "Call-Info", "Reject-Contact", "Request-Disposition", "Subject"].map((name) => [
    name.toLowerCase(),
    name,
  ]),
);

/** How long we report to whoever sent the REFER, s. */
const reportingSeconds = 180;

/** RFC 3515 §2.4.2: exactly one Refer-To that can be used. */
export function referTargetOf(
  request: SipRequest,
): { readonly ok: true; readonly target: ReferTarget } | { readonly ok: false; readonly refusal: Refusal } {
  const bad = (reason: string) => ({ ok: false, refusal: { status: 400, reason } }) as const;
  const lines = request.headers("Refer-To");
  const address = lines[0] === undefined ? undefined : NameAddress.parse(lines[0]);
  if (lines.length !== 1 || address === undefined)
    return bad(`${lines.length === 0 ? "Missing" : "Malformed"} Refer-To`);
  const uri = address.parsedUri;
  if (uri === undefined) return bad("Malformed Refer-To");
  if (uri.scheme !== "sip" && uri.scheme !== "sips" && uri.scheme !== "tel")
    return { ok: false, refusal: { status: 416 } };
  const named = uri.headers.filter(([name]) => name === "replaces");
  const replaces = named[0] === undefined ? undefined : parseReplaces(named[0][1]);
  if (named.length > 1 || (named.length === 1 && replaces === undefined)) return bad("Malformed Replaces in Refer-To");
  const headers = uri.headers.flatMap(([name, value]) => {
    const known = allowedHeaders.get(name);
    return known === undefined ? [] : [[known, value] as const];
  });
  const question = address.uri.indexOf("?");
  const plain = question < 0 ? address.uri : address.uri.slice(0, question);
  return {
    ok: true,
    target: {
      uri: plain.replace(/;method=[^;?]*/i, ""),
      displayName: address.displayName,
      method: (uri.params.get("method") ?? "INVITE").toUpperCase(),
      replaces,
      referredBy: request.header("Referred-By"),
      headers,
    },
  };
}

/** How a NOTIFY goes to whoever sent the REFER. */
export type SendNotify = (content: RequestContent, answered: (status: number) => void) => void;

/** Something whose course a REFER is interested in: a session. */
export interface Followed {
  readonly state: SessionState;
  readonly onState: { on(listener: (state: SessionState) => void): () => void };
}

export interface ReferralWires {
  readonly notify: SendNotify;
  /** No NOTIFY will be sent any more; may be told more than once. */
  readonly closed: (referral: Referral) => void;
  /** Of its dialog. */
  readonly first: boolean;
  /** Value of our Contact. */
  readonly contact: string;
  /** To of our answer, where the REFER made the dialog. */
  readonly to?: string;
}

export class Referral {
  readonly request: SipRequest;
  readonly target: ReferTarget;
  readonly #core: UserAgentCore;
  readonly #incoming: IncomingRequest;
  readonly #notify: SendNotify;
  readonly #closed: (referral: Referral) => void;
  readonly #contact: string;
  readonly #to: string | undefined;
  /** id parameter of Event: needed from the second REFER of a dialog on (RFC 3515 §2.4.6). */
  readonly #id: string;
  #state: ReferralState = { name: "asked" };
  #endsAtMs = 0;
  #timer: Timer | undefined;
  /** NOTIFYs go one after the other, so that none overtakes another. */
  #queue: RequestContent[] = [];
  #sending = false;

  constructor(core: UserAgentCore, incoming: IncomingRequest, target: ReferTarget, wires: ReferralWires) {
    this.#core = core;
    this.#incoming = incoming;
    this.request = incoming.request;
    this.target = target;
    this.#notify = wires.notify;
    this.#closed = wires.closed;
    this.#contact = wires.contact;
    this.#to = wires.to;
    this.#id = wires.first ? "" : `;id=${incoming.request.cseq.number}`;
  }

  get state(): ReferralState {
    return this.#state;
  }

  /** Somebody has answered or will. */
  get taken(): boolean {
    return this.#incoming.taken;
  }

  /** The answer comes later: a person is asked. Within 30 s. */
  take(): void {
    this.#incoming.take();
  }

  /** Options of `invite` for the call that is asked for, but for identity and media. */
  get inviteOptions(): {
    readonly to: string;
    readonly replaces?: DialogName;
    readonly referredBy?: string;
    readonly extraHeaders: ExtraHeaders;
  } {
    const { uri, displayName, replaces, referredBy, headers } = this.target;
    return {
      to: NameAddress.of(uri, displayName).toString(),
      extraHeaders: headers,
      ...(replaces === undefined ? {} : { replaces }),
      ...(referredBy === undefined ? {} : { referredBy }),
    };
  }

  /** 202, and the first report. */
  accept(): void {
    const observed = this.request.header("Refer-Sub")?.trim().toLowerCase().startsWith("false") !== true;
    this.#endsAtMs = this.#core.parts.clock.now() + reportingSeconds * 1000;
    this.#timer = this.#core.parts.clock.after(reportingSeconds * 1000, () => this.#input({ type: "expired" }));
    this.#input({ type: "accept", observed });
  }

  reject(status = 603, reason = ""): void {
    this.#input({ type: "reject", status: status >= 300 && status <= 699 ? status : 603, reason });
  }

  /** How the call goes; a final status is the last report. `follow` does it by itself. */
  report(status: number, reason = ""): void {
    this.#input({ type: "report", report: { status, reason } });
  }

  /** Reports how a session goes until it is answered or over. */
  follow(session: Followed): void {
    const report = (state: SessionState): boolean => {
      switch (state.name) {
        case "calling":
        case "incoming":
          return false;
        case "proceeding":
          this.report(state.status);
          return false;
        case "established":
          this.report(200);
          return true;
        case "terminated":
          this.report(state.status < 300 ? 487 : state.status, state.status < 300 ? "" : state.reason);
          return true;
        default:
          return state satisfies never;
      }
    };
    if (report(session.state)) return;
    const off = session.onState.on((state) => {
      if (report(state)) off();
    });
  }

  /** A SUBSCRIBE inside the dialog that is about this REFER: refreshed, or ended by Expires 0. */
  concerns(request: SipRequest): boolean {
    const { name, id } = eventOf(request);
    return (
      this.#state.name === "active" && name === "refer" && (id === undefined || Number(id) === this.request.cseq.number)
    );
  }

  resubscribe(incoming: IncomingRequest): void {
    const seconds = incoming.request.expires ?? reportingSeconds;
    const leftSeconds = Math.max(0, Math.ceil((this.#endsAtMs - this.#core.parts.clock.now()) / 1000));
    incoming.respond(200, undefined, (response: SipResponse) => {
      response.addHeader("Expires", String(Math.min(seconds, leftSeconds))).addHeader("Contact", this.#contact);
    });
    if (seconds === 0) this.#input({ type: "unsubscribed" });
  }

  /** Nobody can be told any more. */
  close(): void {
    if (this.#state.name === "asked") this.reject(480);
    this.#queue = [];
    this.#input({ type: "lost" });
    this.#end();
  }

  #input(input: ReferralInput): void {
    const [state, effects] = next(this.#state, input);
    this.#state = state;
    for (const effect of effects)
      switch (effect.type) {
        case "respond":
          this.#incoming.respond(effect.status, effect.reason === "" ? undefined : effect.reason, (response) => {
            if (!effect.observed) response.addHeader("Refer-Sub", "false");
            if (effect.status >= 300) return;
            response.addHeader("Contact", this.#contact);
            if (this.#to !== undefined) response.setHeader("To", this.#to);
          });
          break;
        case "notify":
          this.#queue.push(this.#notification(sipfrag(effect.report), effect.last));
          this.#sendNext();
          break;
        default:
          effect satisfies never;
      }
    if (state.name === "over" && !this.#sending && this.#queue.length === 0) this.#end();
  }

  #notification(body: string, last: "" | "noresource" | "timeout"): RequestContent {
    const leftSeconds = Math.max(1, Math.ceil((this.#endsAtMs - this.#core.parts.clock.now()) / 1000));
    const state = last === "" ? `active;expires=${leftSeconds}` : `terminated;reason=${last}`;
    return {
      headers: [
        ["Event", `refer${this.#id}`],
        ["Subscription-State", state],
      ],
      contentType: sipfragType,
      body,
    };
  }

  #sendNext(): void {
    const content = this.#sending ? undefined : this.#queue.shift();
    if (content === undefined) return;
    this.#sending = true;
    this.#notify(content, (status) => {
      this.#sending = false;
      // Any refusal but one that asks to wait ends the subscription (RFC 6665 §4.2.2).
      if (status >= 300) {
        this.#queue = [];
        this.#input({ type: "lost" });
      }
      if (this.#queue.length > 0) this.#sendNext();
      else if (this.#state.name === "over") this.#end();
    });
  }

  #end(): void {
    this.#timer?.cancel();
    this.#closed(this);
  }
}
