/**
 * Who is shown as the far end, and what we say of ourselves: feature rows CAL-32, CAL-71 to CAL-74, RFC 3323, RFC 3325,
 * RFC 4916. Pure; the headers are read by sip/identity-headers.ts.
 */
import {
  diversionsOf,
  type IdentitySource,
  partyOf as identityOf,
  isAnonymous,
  privacyOf,
} from "../sip/identity-headers.ts";
import { type SipMessage, SipRequest } from "../sip/message.ts";
import type { InviteOptions } from "../sip/session.ts";
import type { Settings } from "./ports.ts";
import type { PartyView } from "./state.ts";

/** By account.X.cid_source; 6 is sip.cid_source.preference. */
const callerOrders: readonly (readonly IdentitySource[])[] = [
  ["from"],
  ["pai", "from"],
  ["pai", "from"],
  ["rpid", "pai", "from"],
  ["pai", "rpid", "from"],
  ["rpid", "from"],
];

const headerSources: ReadonlyMap<string, IdentitySource> = new Map([
  ["from", "from"],
  ["p-asserted-identity", "pai"],
  ["pai", "pai"],
  ["p-preferred-identity", "ppi"],
  ["ppi", "ppi"],
  ["remote-party-id", "rpid"],
  ["rpid", "rpid"],
]);

/** By account.X.cp_source; 1 keeps the digits that were dialled. */
const calleeOrders: readonly (readonly IdentitySource[])[] = [
  ["pai", "rpid"],
  [],
  ["from"],
  ["pai", "rpid", "contact"],
];

export interface Caller {
  readonly party: PartyView;
  /** What to dial to call back; "" where nobody may know. */
  readonly uri: string;
}

/** CAL-73: Privacy first, then P-Preferred-Identity, then the order of the account. */
export function callerOf(request: SipRequest, settings: Settings, account: number): Caller {
  const own = (name: string) => settings.flag(`account.${account}.${name}`);
  if (own("cid_source_privacy") && ["id", "user", "header"].some((value) => privacyOf(request).has(value)))
    return { party: { name: "Anonymous", number: "" }, uri: "" };
  const source = settings.number(`account.${account}.cid_source`);
  const order = source === 6 ? preferenceOf(settings.text("sip.cid_source.preference")) : callerOrders[source];
  const found = identityOf(request, [...(own("cid_source_ppi") ? (["ppi"] as const) : []), ...(order ?? []), "from"]);
  return { party: partyOf(found ?? { displayName: "", uri: "" }), uri: found?.uri ?? "" };
}

/** Unknown names are passed over. */
function preferenceOf(text: string): readonly IdentitySource[] {
  return text.split(/[\s,;-]*[\s,;][\s,;-]*/).flatMap((name) => headerSources.get(name.toLowerCase()) ?? []);
}

/** CAL-74: who answered, or sits there now, as a message of the other side says; undefined: nothing to change. */
export function connectedPartyOf(message: SipMessage, settings: Settings, account: number): PartyView | undefined {
  const source = settings.number(`account.${account}.cp_source`);
  // RFC 4916 §4.4: in a request of the other side From is who they are; in their response it is us.
  if (source === 2 && !(message instanceof SipRequest)) return undefined;
  const found = identityOf(message, calleeOrders[source] ?? []);
  return found === undefined ? undefined : partyOf(found);
}

/** CAL-72: what callers hear who hide themselves where the account refuses them; undefined: the phrase of the status itself. */
export function anonymousRefusal(settings: Settings): { readonly status: number; readonly reason: string | undefined } {
  const status = settings.number("features.anonymous_response_code");
  // RFC 5079 §5: the phrase of a status that few know.
  return { status, reason: status === 433 ? "Anonymity Disallowed" : undefined };
}

/** CAL-72. */
export function refusesAnonymous(request: SipRequest, settings: Settings, account: number): boolean {
  return settings.flag(`account.${account}.reject_anonymous_call`) && isAnonymous(request);
}

/** CAL-32: by whom the call came here, for people: "Bob", "102"; "" where nobody says. */
export function divertedBy(request: SipRequest): string {
  const [last] = diversionsOf(request);
  if (last === undefined || last.hidden) return "";
  const { name, number } = partyOf(last);
  return name || number;
}

/** CAL-71: how we appear to whom we call. 2 leaves it to the server to hide us (RFC 3325 §9.3). */
export function presentation(
  settings: Settings,
  account: number,
): Pick<InviteOptions, "anonymous" | "identify"> & Required<Pick<InviteOptions, "extraHeaders">> {
  switch (settings.number(`account.${account}.anonymous_call`)) {
    case 1:
      return { anonymous: true, identify: "preferred", extraHeaders: [] };
    case 2:
      return { identify: "preferred", extraHeaders: [["Privacy", "id"]] };
    default:
      return { extraHeaders: [] };
  }
}

export function partyOf(remote: { displayName: string; uri: string }): PartyView {
  const uri = bare(remote.uri);
  const number = uri.replace(/@.*$/s, "");
  return { name: remote.displayName, number, ...(uri === number ? {} : { uri: remote.uri.replace(/;.*$/s, "") }) };
}

/** CAL-75: whom a call is for, as its To says; undefined where the account's own name does. */
export function calledParty(request: SipRequest, settings: Settings): string | undefined {
  if (!settings.flag("sip.disp_incall_to_info") || request.to === undefined) return undefined;
  const { name, number } = partyOf({ displayName: request.to.displayName ?? "", uri: request.to.uri });
  return name || number || undefined;
}

/** A URI without its scheme and parameters, a number as it stands. */
export function bare(text: string): string {
  return text.replace(/^(sips?|tel):/i, "").replace(/;.*$/s, "");
}
