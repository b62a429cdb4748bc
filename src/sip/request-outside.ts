/** Any request of ours out of dialogs (RFC 3261 §8.1.1), carried to its final answer. INVITE and REGISTER have their own. */
import { NameAddress } from "./address.ts";
import { SipRequest } from "./message.ts";
import type { RequestContent } from "./session-inside.ts";
import { firstRoute, routeValues } from "./session-invite.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";
import { Exchange, type ExchangeEvents } from "./user-agent-exchange.ts";

export interface OutsideParts {
  readonly identity: Identity;
  readonly method: string;
  /** Request-URI. */
  readonly uri: string;
  /** URI or name-addr; the Request-URI unless told. */
  readonly to?: string | undefined;
  readonly callId: string;
  readonly tag: string;
  readonly nextSequence: () => number;
  /** Whether it has a Contact: requests that make a dialog, or a binding, do. */
  readonly contact: boolean;
}

/** Starts it; events come in later turns. */
export function exchangeOutside(
  core: UserAgentCore,
  parts: OutsideParts,
  content: RequestContent,
  on: ExchangeEvents,
): Exchange {
  const { identity, method, uri, callId, tag, nextSequence, contact } = parts;
  const to = parts.to ?? uri;
  const exchange = new Exchange(
    core,
    {
      build: (sequence, local) => {
        const request = new SipRequest(method, uri);
        const routes = routeValues(identity);
        if (routes.length > 0) request.setHeader("Route", ...routes);
        request
          .addHeader("Max-Forwards", "70")
          .addHeader("From", NameAddress.of(identity.aor, identity.displayName, { tag }))
          .addHeader("To", to.includes("<") ? to : `<${to}>`)
          .addHeader("Call-ID", callId)
          .addHeader("CSeq", `${sequence} ${method}`);
        if (contact) {
          const seenAs = identity.seenAs?.(local);
          request.addHeader("Contact", `<${core.contactUri(identity.contactUser, local, false, seenAs)}>`);
        }
        if (content.introduce === undefined) core.sign(request);
        else content.introduce(request);
        for (const [name, value] of content.headers ?? []) request.addHeader(name, value);
        if (content.body !== undefined && content.body.length > 0)
          request.setBody(content.contentType ?? "application/octet-stream", content.body);
        return request;
      },
      nextSequence,
      nextHop: firstRoute(identity) ?? uri,
      target: identity.target,
      transport: identity.transport,
      authentication: core.authentication(identity.credentials),
      manner: identity.manner,
      servers: identity.servers,
    },
    on,
  );
  exchange.start();
  return exchange;
}

/** CSeq numbers of one Call-ID, from 1. */
export function countingSequence(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}
