/** Preconditions of an offer (RFC 3312 §4, §5): whether one that must be met is not, and what our own descriptions say of them. We reserve nothing, so ours are met from the start and nobody waits for us. */
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

/**
 * Lines of our offer (feature row ACC-25): what we want is wished for, never demanded, so that a far end without
 * preconditions is reached all the same (§11).
 *
 * @param agreed the far end has answered before: its side stands
 */
export function offeredPreconditions(agreed: boolean): readonly string[] {
  return [
    "a=curr:qos local sendrecv",
    `a=curr:qos remote ${agreed ? "sendrecv" : "none"}`,
    "a=des:qos optional local sendrecv",
    "a=des:qos optional remote sendrecv",
  ];
}

/** Lines of our answer, where the offer has such: their local is our remote (§5). The strengths stay as they were offered. */
export function answeredPreconditions(offered: SdpSection): readonly string[] {
  const own = (word: string) => (word === "local" ? "remote" : word === "remote" ? "local" : word);
  const wanted = offered.attributes("des").map((value) => value.trim().toLowerCase().split(/\s+/));
  const known = wanted.filter(([type, , status = ""]) => type === "qos" && ["local", "remote", "e2e"].includes(status));
  if (known.length === 0) return [];
  const current = new Map<string, string>();
  for (const value of offered.attributes("curr")) {
    const [type = "", status = "", direction = ""] = value.trim().toLowerCase().split(/\s+/);
    if (type === "qos" && Object.hasOwn(parts, direction)) current.set(own(status), direction);
  }
  // Our side of the way is as good as it gets.
  current.set("local", "sendrecv");
  return [
    ...[...current].map(([status, direction]) => `a=curr:qos ${status} ${direction}`),
    ...known.map(([, strength, status = "", direction]) => `a=des:qos ${strength} ${own(status)} ${direction}`),
  ];
}
