/** Preconditions of an offer (RFC 3312 §4, §5): only whether one that must be met is not. We reserve nothing and meet none for others. */
import type { SdpSection, SessionDescription } from "./description.ts";

const parts: Readonly<Record<string, readonly string[]>> = {
  none: [],
  send: ["send"],
  recv: ["recv"],
  sendrecv: ["send", "recv"],
};

/**
 * A mandatory precondition of the offerer's own side, or of the whole way, that its current status does not meet: it
 * would ring too early. What it wants of our side we have, since we reserve nothing.
 */
export function hasUnmetPrecondition(description: SessionDescription): boolean {
  return [description.session, ...description.media].some(unmetIn);
}

function unmetIn(section: SdpSection): boolean {
  const current = new Map<string, readonly string[]>();
  for (const value of section.attributes("curr")) {
    const [type = "", status = "", direction = ""] = value.trim().toLowerCase().split(/\s+/);
    current.set(`${type} ${status}`, parts[direction] ?? []);
  }
  return section.attributes("des").some((value) => {
    const [type = "", strength = "", status = "", direction = ""] = value.trim().toLowerCase().split(/\s+/);
    if (strength !== "mandatory" || status === "remote") return false;
    const met = current.get(`${type} ${status}`) ?? [];
    return (parts[direction] ?? ["?"]).some((part) => !met.includes(part));
  });
}
