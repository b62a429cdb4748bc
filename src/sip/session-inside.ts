/** Any request of ours inside a dialog (RFC 3261 §12.2.1), carried to its final answer. ACK is session-acknowledge.ts, re-INVITE session-change.ts. */
import type { Dialog } from "./dialog.ts";
import type { SipRequest } from "./message.ts";
import type { ExtraHeaders } from "./session-invite.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";
import { Exchange, type ExchangeEvents } from "./user-agent-exchange.ts";

/** What a request holds beyond what the dialog gives it. */
export interface RequestContent {
  readonly headers?: ExtraHeaders;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
  /** Adds Allow and Supported, with our name; our name alone unless given. */
  readonly introduce?: (request: SipRequest) => void;
}

/** A dialog, and who we are in it. */
export interface DialogUse {
  readonly dialog: Dialog;
  readonly identity: Identity | undefined;
  /** Value of Contact, "" for none. */
  readonly contact: string;
}

/** Starts it; events come in later turns. */
export function exchangeInside(
  core: UserAgentCore,
  { dialog, identity, contact }: DialogUse,
  method: string,
  content: RequestContent,
  on: ExchangeEvents,
): Exchange {
  const build = (sequence: number) => {
    const request = dialog.request(method, sequence);
    // REFER, SUBSCRIBE, NOTIFY and UPDATE need it, BYE and PRACK must not have it, the others may (§20, table 2).
    if (method !== "BYE" && method !== "PRACK" && contact !== "") request.addHeader("Contact", contact);
    if (content.introduce === undefined) core.sign(request);
    else content.introduce(request);
    for (const [name, value] of content.headers ?? []) request.addHeader(name, value);
    if (content.body !== undefined && content.body.length > 0)
      request.setBody(content.contentType ?? "application/octet-stream", content.body);
    return request;
  };
  const parts = {
    build,
    nextSequence: () => dialog.nextSequence(),
    nextHop: dialog.nextHop,
    transport: identity?.transport,
    authentication: core.authentication(identity?.credentials),
    manner: identity?.manner,
  };
  const exchange = new Exchange(core, parts, on);
  exchange.start();
  return exchange;
}
