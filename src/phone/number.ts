/** From what a person dialled to the URI of the request: feature rows ACC-20, ACC-21, ACC-31, ACC-35, CAL-77. */

export interface NumberRules {
  /** features.call_num_filter: characters that people write into numbers. */
  readonly filter: string;
  /** sip.use_23_as_pound: `#` goes out as %23. */
  readonly escapePound: boolean;
  /** sip.escape_characters.enable: what RFC 3261 allows in a user part but servers may take for its end is escaped too. */
  readonly escapeReserved?: boolean;
  /** account.X.enable_user_equal_phone. */
  readonly userPhone: boolean;
  /** features.direct_ip_call_enable: 192*168*1*5 and numeric hosts are called without a server. */
  readonly directIp: boolean;
  /** features.call_invite_format; "sip" unless told. */
  readonly format?: NumberFormat;
  /** sip.requesturi.e164.addglobalprefix: international numbers begin with +. */
  readonly globalPrefix?: boolean;
}

/** sip:600@pbx.example, the same with user=phone, tel:600;phone-context=pbx.example (RFC 3966 §5.1.5). */
export type NumberFormat = "sip" | "user-phone" | "tel";

export type Target =
  | { readonly type: "number"; readonly uri: string; readonly number: string }
  /** A whole URI; `numericHost` when its host is an address and so needs no server. */
  | { readonly type: "uri"; readonly uri: string; readonly numericHost: boolean }
  | { readonly type: "refused"; readonly why: string };

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;

/** @param domain host[:port] of the account's server, undefined without an account. */
export function targetOf(dialled: string, domain: string | undefined, rules: NumberRules): Target {
  const text = dialled.trim();
  if (text === "") return { type: "refused", why: "No number" };
  const scheme = /^(sips?|tel):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === "tel") return numberTarget(text.slice(4).replace(/;.*$/s, ""), domain, rules);
  if (scheme !== undefined) return uriTarget(text, rules);
  if (text.includes("@")) return uriTarget(`sip:${text}`, rules);
  if (isIpv4(text)) return uriTarget(`sip:${text}`, rules);
  const stars = text.replace(/#.*$/, "").split("*");
  if (stars.length === 4 && isIpv4(stars.join("."))) return uriTarget(`sip:${stars.join(".")}`, rules);
  return numberTarget(text, domain, rules);
}

function isIpv4(text: string): boolean {
  return ipv4.test(text) && text.split(".").every((part) => Number(part) <= 255);
}

function uriTarget(uri: string, rules: NumberRules): Target {
  const host = /^sips?:(?:[^@]*@)?(\[[^\]]*\]|[^:;?]*)/i.exec(uri)?.[1] ?? "";
  if (host === "") return { type: "refused", why: `"${uri}" has no host` };
  const numericHost = isIpv4(host) || host.startsWith("[");
  if (numericHost && !rules.directIp) return { type: "refused", why: "Calls to addresses are off" };
  return { type: "uri", uri, numericHost };
}

function numberTarget(text: string, domain: string | undefined, rules: NumberRules): Target {
  const number = [...text].filter((c) => !rules.filter.includes(c)).join("");
  if (number === "") return { type: "refused", why: "No number" };
  if (domain === undefined) return { type: "refused", why: "No account" };
  return { type: "number", number, uri: uriOf(number, domain, rules) };
}

function uriOf(number: string, domain: string, rules: NumberRules): string {
  const { format = "sip", globalPrefix = false } = rules;
  const called = globalPrefix && isInternational(number) ? `+${number}` : number;
  if (format === "tel" && /^\+?[\d*#]+$/.test(called))
    return called.startsWith("+")
      ? `tel:${called}`
      : `tel:${called.replaceAll("#", "%23")};phone-context=${domain.replace(/:\d+$/, "")}`;
  const phone = rules.userPhone || format === "user-phone";
  return `sip:${escapeUser(called, rules)}@${domain}${phone ? ";user=phone" : ""}`;
}

/** Country code and number as E.164 counts them, without a prefix: shorter ones are extensions, a 0 begins no country. */
function isInternational(number: string): boolean {
  return /^[1-9]\d{7,14}$/.test(number);
}

/** RFC 3261 §25.1: what may stand in the user part as it is; `#` is never allowed there but some servers want it. */
function escapeUser(user: string, { escapePound, escapeReserved }: NumberRules): string {
  // A + stays: servers compare such numbers letter by letter.
  const plain = escapeReserved === true ? /[A-Za-z0-9\-_.!~*'()+]/ : /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/;
  let out = "";
  for (const byte of new TextEncoder().encode(user)) {
    const c = String.fromCharCode(byte);
    if (plain.test(c) || (c === "#" && !escapePound)) out += c;
    else out += `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return out;
}
