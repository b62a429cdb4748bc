/** The groups that can be paged and are listened to, and which page is heard over what (feature rows CAL-81, CAL-82). Pure; sound and sockets are the media worker's. */

import type { Settings } from "./ports.ts";
import type { PhoneView } from "./state.ts";

/** The last X of `multicast.paging_address.X` and `multicast.listen_address.X`. */
export const mostGroups = 31;

export interface PageGroup {
  /** The X of its rows, from 1; among those that are listened to it is the rank, 1 before all others. */
  readonly index: number;
  readonly label: string;
  readonly address: string;
  readonly port: number;
  /** 0: plain RTP; else only who listens on that channel hears it. */
  readonly channel: number;
}

/** Rows that say something; `wrong` are those that name no group. */
export function groupsOf(
  settings: Settings,
  list: "paging_address" | "listen_address",
): { readonly groups: readonly PageGroup[]; readonly wrong: readonly string[] } {
  const groups: PageGroup[] = [];
  const wrong: string[] = [];
  for (let index = 1; index <= mostGroups; index++) {
    const row = `multicast.${list}.${index}`;
    const text = settings.text(`${row}.ip_address`).trim();
    if (text === "") continue;
    const group = parseGroup(text);
    const label = settings.text(`${row}.label`).trim();
    if (group === undefined)
      wrong.push(`${row}.ip_address = ${text}: write a multicast address and a port, like 224.5.6.20:10008`);
    else {
      const channel = settings.number(`${row}.channel`);
      groups.push({ index, label: label === "" ? text : label, channel, ...group });
    }
  }
  return { groups, wrong };
}

/** "224.5.6.20:10008"; undefined for anything but an IPv4 multicast address (RFC 5771) with a port. */
export function parseGroup(text: string): { readonly address: string; readonly port: number } | undefined {
  const [, address = "", port = ""] = /^(\d{1,3}(?:\.\d{1,3}){3}):(\d{1,5})$/.exec(text) ?? [];
  const [first = 0, ...rest] = address.split(".").map(Number);
  const isGroup = first >= 224 && first <= 239 && rest.every((byte) => byte <= 255);
  return isGroup && Number(port) >= 1 && Number(port) <= 65_535 ? { address, port: Number(port) } : undefined;
}

/** What a page would interrupt. */
export interface PageSituation {
  /** Rank of a page that is heard; "ours" where this phone pages; undefined: none. */
  readonly page: number | "ours" | undefined;
  /** "busy": a call is being made or rings here, or a number is collected with somebody listening. */
  readonly call: "none" | "talking" | "busy";
  readonly dnd: boolean;
}

/** Whether a page of that rank is heard now. */
export function isHeard(settings: Settings, rank: number, now: PageSituation): boolean {
  const number = (name: string) => settings.number(`multicast.${name}`);
  if (now.page === "ours" || now.call === "busy") return false;
  if (now.page !== undefined && !(settings.flag("multicast.receive_priority.enable") && rank < now.page)) return false;
  if (now.dnd && rank > number("receive.ignore_dnd.priority")) return false;
  return now.call === "none" || rank <= number("receive_priority.priority");
}

/** A page as it is shown among calls. */
export function pageView(
  page: { readonly id: number; readonly group: PageGroup; readonly way: "in" | "out"; readonly sinceMs: number },
  account: number,
): PhoneView["calls"][number] {
  const { label, address, port } = page.group;
  return {
    ...{ id: page.id, account, direction: page.way, current: true, conference: false, codec: "", page: true },
    remote: { name: label, number: `${address}:${port}` },
    phase: { name: "talking", hold: "none", sinceMs: page.sinceMs },
  };
}
