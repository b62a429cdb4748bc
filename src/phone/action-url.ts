/** Addresses that are fetched when something happens: which moments there are (feature row API-06), and what their variables stand for (API-07). Pure; fetching is action-urls.ts. */

/** As in `action_url.*`; moments that nothing in this phone brings about have no name here. */
export const momentNames = [
  "setup_completed",
  "registered",
  "unregistered",
  "register_failed",
  "log_on",
  "log_off",
  "off_hook",
  "on_hook",
  "incoming_call",
  "outgoing_call",
  "call_established",
  "call_terminated",
  "call_remote_canceled",
  "cancel_callout",
  "remote_busy",
  "missed_call",
  "reject_incoming_call",
  "answer_new_incoming_call",
  "forward_incoming_call",
  "transfer_call",
  "blind_transfer_call",
  "attended_transfer_call",
  "transfer_finished",
  "transfer_failed",
  "hold",
  "unhold",
  "held",
  "unheld",
  "mute",
  "unmute",
  "headset",
  "handfree",
  "dnd_on",
  "dnd_off",
  "always_fwd_on",
  "always_fwd_off",
  "busy_fwd_on",
  "busy_fwd_off",
  "no_answer_fwd_on",
  "no_answer_fwd_off",
  "call_waiting_on",
  "call_waiting_off",
  "idle_to_busy",
  "busy_to_idle",
  "ip_change",
] as const;

export type MomentName = (typeof momentNames)[number];

/** The call that a moment is of. */
export interface MomentCall {
  readonly direction: "in" | "out";
  /** SIP URI of the far end. */
  readonly remote: string;
  readonly remoteName: string;
  readonly remoteNumber: string;
  readonly callId: string;
}

export interface Moment {
  readonly name: MomentName;
  readonly account: number;
  readonly call?: MomentCall | undefined;
}

/** Who the phone is, and the account of the moment. */
export interface MomentFacts {
  /** "aa:bb:cc:dd:ee:ff" */
  readonly mac: string;
  readonly ip: string;
  readonly model: string;
  readonly firmware: string;
  /** "sip:101@pbx.example.org"; "" without an account. */
  readonly aor: string;
  readonly displayName: string;
}

/** Every variable of API-07. The MAC is written as in the names of configuration files. */
export function variablesOf({ call }: Moment, facts: MomentFacts): Readonly<Record<string, string>> {
  const [, user = "", host = ""] = /^sips?:(?:([^@]*)@)?([^;?]*)/i.exec(facts.aor) ?? [];
  const own = decoded(user);
  return {
    mac: facts.mac.replace(/[^0-9a-f]/gi, "").toLowerCase(),
    ip: facts.ip,
    model: facts.model,
    firmware: facts.firmware,
    active_url: facts.aor,
    active_user: own,
    active_host: host,
    local: facts.aor,
    remote: call?.remote ?? "",
    display_local: facts.displayName,
    display_remote: call?.remoteName ?? "",
    call_id: call?.callId ?? "",
    callerID: call === undefined ? "" : call.direction === "in" ? call.remoteNumber : own,
    calledNumber: call === undefined ? "" : call.direction === "in" ? own : call.remoteNumber,
  };
}

/** Puts the variables in, percent-encoded (RFC 3986 §2.1); what is no variable stays as it stands. */
export function filledIn(template: string, variables: Readonly<Record<string, string>>): string {
  // The longest first: $call_id is not $call and "_id", should there ever be both.
  const names = Object.keys(variables).sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`\\$(${names.join("|")})`, "g");
  return template.replace(pattern, (whole, name: string) => {
    const value = variables[name];
    return value === undefined ? whole : encoded(value);
  });
}

function encoded(value: string): string {
  // Half of a character outside of Unicode's first plane cannot be encoded: an old phone's name may end in one.
  const whole = value.replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD");
  return encodeURIComponent(whole).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}
