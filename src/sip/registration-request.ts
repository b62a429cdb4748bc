/** REGISTER as a message: RFC 3261 §10.2, Path of RFC 3327, RFC 5626 §4.2, RFC 5627 §4.1. When it goes, and where, is registration.ts. */
import { NameAddress } from "./address.ts";
import { SipRequest } from "./message.ts";
import { type ExtraHeaders, routeValues } from "./session-invite.ts";
import type { Identity, UserAgentCore } from "./user-agent-core.ts";

export interface RegisterParts {
  readonly identity: Identity;
  /** Request-URI. */
  readonly registrar: string;
  readonly sequence: number;
  readonly callId: string;
  /** Of From. */
  readonly tag: string;
  /** URI. */
  readonly contact: string;
  /** A Contact that shall not count any more. */
  readonly void: string | undefined;
  readonly expiresSeconds: number;
  /** `urn:uuid:...`; undefined: neither RFC 5626 nor RFC 5627. */
  readonly instanceId: string | undefined;
  readonly gruu: boolean;
  /** reg-id; undefined for a first hop that does not know RFC 5626. */
  readonly flow: number | undefined;
  readonly headers: ExtraHeaders;
}

export function registerRequest(core: UserAgentCore, parts: RegisterParts): SipRequest {
  const { identity, contact } = parts;
  const request = new SipRequest("REGISTER", parts.registrar);
  const routes = routeValues(identity);
  if (routes.length > 0) request.setHeader("Route", ...routes);
  request
    .addHeader("Max-Forwards", "70")
    .addHeader("From", NameAddress.of(identity.aor, identity.displayName, { tag: parts.tag }))
    .addHeader("To", NameAddress.of(identity.aor, identity.displayName))
    .addHeader("Call-ID", parts.callId)
    .addHeader("CSeq", `${parts.sequence} REGISTER`)
    .addHeader("Contact", `<${contact}>${contactParams(parts)}`);
  if (parts.void !== undefined) request.addHeader("Contact", `<${parts.void}>;expires=0`);
  request.addHeader("Expires", String(parts.expiresSeconds));
  core.introduce(request);
  const supported = [...core.optionTags, ...optionTags(parts)];
  request.setHeader("Supported", [...new Set(supported)].join(", "));
  for (const [name, value] of parts.headers) request.addHeader(name, value);
  return request;
}

function contactParams({ instanceId, flow }: RegisterParts): string {
  if (instanceId === undefined) return "";
  return `${flow === undefined ? "" : `;reg-id=${flow}`};+sip.instance="<${instanceId}>"`;
}

function optionTags({ instanceId, flow, gruu }: RegisterParts): readonly string[] {
  const outbound = instanceId !== undefined && flow !== undefined ? ["outbound"] : [];
  return ["path", ...outbound, ...(instanceId !== undefined && gruu ? ["gruu"] : [])];
}
