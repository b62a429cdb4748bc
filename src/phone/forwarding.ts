/** Which calls go elsewhere, and what a 302 says of that: feature rows CAL-28 to CAL-32, RFC 5806 (Diversion). Pure; calls.ts sends it. */
import type { SipRequest } from "../sip/message.ts";
import type { Settings } from "./ports.ts";
import type { ForwardView } from "./state.ts";

export type ForwardKind = keyof ForwardView;

/** RFC 5806 §5. A call that a person sends on is deflected. */
export type ForwardReason = "unconditional" | "user-busy" | "no-answer" | "deflection";

/** One ring of the ring count, ms. */
const ringMs = 6000;

const names = {
  always: ["forward.always", "always_fwd"],
  busy: ["forward.busy", "busy_fwd"],
  noAnswer: ["forward.no_answer", "timeout_fwd"],
} as const;

/** Where the parameters of a kind begin: of the phone, or of an account (features.fwd_mode). */
export function forwardPrefix(settings: Settings, account: number, kind: ForwardKind): string {
  const [phone, own] = names[kind];
  return settings.number("features.fwd_mode") === 1 ? `account.${account}.${own}` : phone;
}

/** features.fwd.allow: without it nobody can switch forwarding, and nothing is forwarded. */
export function forwardAllowed(settings: Settings): boolean {
  return settings.flag("features.fwd.allow");
}

/** Targets that are switched on; "" where calls are not forwarded. */
export function forwardsOf(settings: Settings, account: number): ForwardView {
  const target = (kind: ForwardKind) => {
    const prefix = forwardPrefix(settings, account, kind);
    const to = settings.text(`${prefix}.target`).trim();
    return forwardAllowed(settings) && settings.flag(`${prefix}.enable`) && allowed(settings, to) ? to : "";
  };
  return { always: target("always"), busy: target("busy"), noAnswer: target("noAnswer") };
}

/** CAL-31. */
function allowed(settings: Settings, target: string): boolean {
  return settings.flag("forward.international.enable") || !target.startsWith("00");
}

/** How long it rings here first, ms. */
export function ringBeforeForward(settings: Settings, account: number): number {
  return ringMs * settings.number(`${forwardPrefix(settings, account, "noAnswer")}.timeout`);
}

/** RFC 5806 §4: the newest diversion first, those from before below it. */
export function diversionHeaders(
  invite: SipRequest,
  own: string,
  reason: ForwardReason,
): readonly (readonly [name: string, value: string])[] {
  const before = invite.values("Diversion").map((value) => ["Diversion", value] as const);
  return [["Diversion", `<${own}>;reason=${reason};counter=1`], ...before];
}
