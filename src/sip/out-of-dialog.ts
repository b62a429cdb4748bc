/**
 * What any request has to pass before somebody acts on it (RFC 3261 §8.2), and the answers to those that nobody takes
 * (§8.2.1, §11.2). It knows neither dialogs nor sessions.
 */
import { parseSdp } from "../sdp/parse.ts";
import { hasUnmetPrecondition } from "../sdp/precondition.ts";
import { type SipRequest, SipResponse } from "./message.ts";
import { accept, descriptionIn } from "./session-body.ts";
import type { ServerTransaction, Source } from "./transactions.ts";
import type { UserAgentCore } from "./user-agent-core.ts";

/** Methods that some RFC defines: known to us, if not taken. Others are answered 501 (§21.5.2). */
const knownMethods = new Set(
  "INVITE ACK CANCEL BYE OPTIONS INFO REGISTER PRACK UPDATE SUBSCRIBE NOTIFY PUBLISH MESSAGE REFER".split(" "),
);

/** A request that waits for its answer. Whoever takes it answers, now or later; otherwise the user agent does. */
export class IncomingRequest {
  readonly request: SipRequest;
  readonly source: Source;
  readonly #core: UserAgentCore;
  readonly #transaction: ServerTransaction;
  #taken = false;
  #answered = false;

  constructor(core: UserAgentCore, transaction: ServerTransaction) {
    this.#core = core;
    this.#transaction = transaction;
    this.request = transaction.request;
    this.source = transaction.source;
  }

  /** Somebody has answered or will. */
  get taken(): boolean {
    return this.#taken;
  }

  /** The answer comes later, from whoever calls this. Within 32 s: then the other side gives up. */
  take(): void {
    this.#taken = true;
  }

  /** A second final answer is ignored. `edit` adds headers or a body. */
  respond(status: number, reason?: string, edit?: (response: SipResponse) => void): void {
    this.#taken = true;
    if (this.#answered) return;
    if (status >= 200) this.#answered = true;
    this.#transaction.respond(answerTo(this.#core, this.request, status, reason, edit));
  }
}

/** A response with a tag of ours and our name; 100 has no tag. */
export function answerTo(
  core: UserAgentCore,
  request: SipRequest,
  status: number,
  reason?: string,
  edit?: (response: SipResponse) => void,
): SipResponse {
  const response = SipResponse.to(request, status, reason, status > 100 ? core.token() : undefined);
  core.sign(response);
  // RFC 6665 §8.2.2: who asks for a package that is not served is told which are.
  if (status === 489) response.addHeader("Allow-Events", core.events.join(", "));
  edit?.(response);
  return response;
}

/** A refusal: status, and the headers that say what would do. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** §8.2.2.1, §8.2.2.3 and RFC 3891 §3, of a request that the parser found well-formed. Undefined: nothing to complain about. */
export function inspect(core: UserAgentCore, request: SipRequest): Refusal | undefined {
  const { method } = request;
  // §8.2.2.1: a scheme we do not serve.
  const scheme = request.requestUri?.scheme;
  if (scheme === undefined) return { status: 400, reason: "Malformed Request-URI" };
  if (scheme !== "sip" && scheme !== "sips" && scheme !== "tel") return { status: 416 };
  // §8.2.2.3: not of ACK and CANCEL, which belong to a request that was judged already.
  if (method !== "ACK" && method !== "CANCEL") {
    const unknown = request.values("Require").filter((tag) => !core.optionTags.has(tag.toLowerCase()));
    if (unknown.length > 0) return { status: 420, headers: [["Unsupported", unknown.join(", ")]] };
    if (method !== "INVITE" && request.headers("Replaces").length > 0)
      return { status: 400, reason: "Replaces Is For INVITE" };
  }
  return undefined;
}

/** Content of INVITE: a description we can read, or none (§8.2.3). */
export function inspectContent(request: SipRequest): Refusal | undefined {
  if (request.body.length === 0) return undefined;
  const encoding = request.header("Content-Encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity")
    return { status: 415, headers: [["Accept-Encoding", "identity"]] };
  return descriptionIn(request).ok ? undefined : { status: 415, headers: [["Accept", accept]] };
}

/** The offer or answer that a message holds: "" where it has none, or none that we understand. */
export function description(message: SipRequest | SipResponse): string {
  const found = descriptionIn(message);
  return found.ok ? found.text : "";
}

/** What keeps the offer of an INVITE from being read at all, or its preconditions from being met (RFC 3312 §8). */
export function descriptionFault(request: SipRequest): Refusal | undefined {
  const text = description(request);
  if (text === "") return undefined;
  const parsed = parseSdp(text);
  if (!parsed.ok) return { status: 400, reason: `Session description ${parsed.why}` };
  return hasUnmetPrecondition(parsed.description) ? { status: 580 } : undefined;
}

/** The answer to a request that nobody took. */
export function defaultAnswer(core: UserAgentCore, request: SipRequest): Refusal {
  const { method } = request;
  const allow = ["Allow", core.allow] as const;
  if (method === "OPTIONS") return optionsAnswer(core);
  // RFC 6665 §4.1.3, §8.2.1: no subscription of ours, and no event that we serve.
  if (method === "NOTIFY") return { status: 481, reason: "Subscription Does Not Exist" };
  if (method === "SUBSCRIBE" && core.methods.has("SUBSCRIBE")) return { status: 489 };
  if (method === "REFER") return { status: 603 };
  if (method === "BYE" || method === "INFO" || method === "PRACK" || method === "UPDATE")
    // Outside of a dialog these have no meaning (§15.1.2).
    return core.methods.has(method) ? { status: 481 } : { status: 405, headers: [allow] };
  return { status: knownMethods.has(method) ? 405 : 501, headers: [allow] };
}

/** What we can do (§11.2). */
export function optionsAnswer(core: UserAgentCore): Refusal {
  return {
    status: 200,
    headers: [
      ["Allow", core.allow],
      ["Accept", core.accept],
      ["Accept-Encoding", "identity"],
      ["Accept-Language", "en"],
      ["Supported", core.supported],
      ["Allow-Events", core.events.join(", ")],
    ],
  };
}

export function refuse(core: UserAgentCore, transaction: ServerTransaction, refusal: Refusal): void {
  transaction.respond(
    answerTo(core, transaction.request, refusal.status, refusal.reason, (response) => {
      for (const [name, value] of refusal.headers ?? []) response.addHeader(name, value);
    }),
  );
}
