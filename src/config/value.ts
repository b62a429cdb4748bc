/** Checks a value against its kind (feature map XCT-04): what is out of range moves to the nearest, what is of a wrong sort is refused. */
import type { Kind } from "./parameter.ts";

export type Checked =
  /** `why` is set where `value` is not what was written. */
  | { readonly ok: true; readonly value: string; readonly why?: string }
  /** `why` names what would be right. */
  | { readonly ok: false; readonly why: string };

/** The value that would undo a setting, as it stands in files. */
export const nullValue = "%NULL%";

/** @param value neither blank nor `%NULL%`, trimmed. */
export function checkValue(kind: Kind, value: string): Checked {
  if (hasControl(value)) return { ok: false, why: "has control characters; a value is one line of text" };
  switch (kind.type) {
    case "text":
    case "password":
      return within(value, kind.most);
    case "flag":
      return value === "0" || value === "1" ? { ok: true, value } : { ok: false, why: "wants 0 (off) or 1 (on)" };
    case "number":
      return checkNumber(kind, value);
    case "port":
      return checkNumber({ least: 0, most: 65535, decimals: false, also: [] }, value);
    case "steps":
      return checkStep(kind.steps, value);
    case "choice":
      if (Object.hasOwn(kind.choices, value)) return { ok: true, value };
      return { ok: false, why: `wants ${choicesInWords(kind.choices)}` };
    case "ip":
      return isAddress(value) ? { ok: true, value } : { ok: false, why: "wants a numeric IPv4 or IPv6 address" };
    case "host":
      if (/^[^\s/@:"<>]+$/.test(value) || isAddress(value.replace(/^\[(.*)\]$/, "$1"))) return { ok: true, value };
      return { ok: false, why: "wants a host name or an address, without scheme, port or spaces" };
    case "url":
      if (/\s/.test(value)) return { ok: false, why: "wants a URL, which has no spaces" };
      return within(value, kind.most);
    case "code":
      if (/\s/.test(value)) return { ok: false, why: "wants digits or letters without spaces" };
      return within(value, kind.most);
    case "list":
      return within(value, kind.most);
    case "pattern":
      return kind.pattern.test(value) ? { ok: true, value } : { ok: false, why: `wants ${kind.right}` };
    default:
      return kind satisfies never;
  }
}

/** The kind in words, for documentation: "1024 to 65535", "0 off, 1 on". */
export function kindInWords(kind: Kind): string {
  switch (kind.type) {
    case "text":
      return `text, at most ${kind.most}`;
    case "password":
      return `secret text, at most ${kind.most}`;
    case "flag":
      return "0 off, 1 on";
    case "number":
      return kind.also.length > 0
        ? `${kind.also.join(", ")} or ${kind.least} to ${kind.most}`
        : `${kind.least} to ${kind.most}`;
    case "port":
      return "0 to 65535";
    case "steps":
      return kind.steps.join(", ");
    case "choice":
      return choicesInWords(kind.choices);
    case "ip":
      return "address";
    case "host":
      return "host name or address";
    case "url":
      return `URL, at most ${kind.most}`;
    case "code":
      return `digits, at most ${kind.most}`;
    case "list":
      return `list, separated by ${kind.separator === " " ? "spaces" : `"${kind.separator}"`}`;
    case "pattern":
      return kind.right;
    default:
      return kind satisfies never;
  }
}

/** RFC 791 dotted form or RFC 4291 §2.2 text form. */
export function isAddress(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text)) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let groups = 0;
  for (const [h, half] of halves.entries()) {
    if (half === "") continue;
    const parts = half.split(":");
    for (const [p, part] of parts.entries()) {
      const last = h === halves.length - 1 && p === parts.length - 1;
      if (last && part.includes(".") && isIpv4(part)) groups += 2;
      else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups += 1;
      else return false;
    }
  }
  return halves.length === 2 ? groups < 8 : groups === 8;
}

type Range = { least: number; most: number; decimals: boolean; also: readonly number[] };

function checkNumber(range: Range, value: string): Checked {
  const { least, most } = range;
  const wanted = `${range.also.map((n) => `${n} or `).join("")}${least} to ${most}`;
  if (!/^[+-]?[0-9]{1,15}(\.[0-9]{1,15})?$/.test(value)) return { ok: false, why: `wants a number, ${wanted}` };
  const number = Number(value);
  if (!range.decimals && !Number.isInteger(number)) return { ok: false, why: `wants a whole number, ${wanted}` };
  if ((number >= least && number <= most) || range.also.includes(number)) return { ok: true, value };
  const nearest = nearestOf([least, most, ...range.also], number);
  return { ok: true, value: String(nearest), why: `is outside ${wanted}; ${nearest} is used` };
}

function checkStep(steps: readonly number[], value: string): Checked {
  const wanted = `one of ${steps.join(", ")}`;
  if (!/^[+-]?[0-9]{1,15}$/.test(value)) return { ok: false, why: `wants ${wanted}` };
  const number = Number(value);
  if (steps.includes(number)) return { ok: true, value };
  const nearest = nearestOf(steps, number);
  return { ok: true, value: String(nearest), why: `is not ${wanted}; ${nearest} is used` };
}

function nearestOf(candidates: readonly number[], number: number): number {
  return candidates.reduce((best, next) => (Math.abs(next - number) < Math.abs(best - number) ? next : best));
}

function within(value: string, most: number): Checked {
  const length = [...value].length;
  if (length <= most) return { ok: true, value };
  return { ok: false, why: `has ${length} characters; at most ${most} are allowed` };
}

function choicesInWords(choices: Readonly<Record<string, string>>): string {
  return Object.entries(choices)
    .map(([code, meaning]) => (meaning === "" ? code : `${code} ${meaning}`))
    .join(", ");
}

function hasControl(value: string): boolean {
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    // U+2028 and U+2029 end a line for some readers of text files.
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code === 0x2028 || code === 0x2029) return true;
  }
  return false;
}
