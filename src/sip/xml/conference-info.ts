/** Who is in a conference of a server: application/conference-info+xml, RFC 4575 §5, merged by §4.6. Sidebars are left out, and nothing is written here. */
import { child, childrenOf, childText, parseXml, type XmlElement } from "../../xml/document.ts";
import { count, judgeVersion, oneOf, type Reading, truth } from "./versioned.ts";

export const conferenceInfoType = "application/conference-info+xml";

/** §4.4: `deleted` takes away what was told before. */
type ElementState = "full" | "partial" | "deleted";

export interface ConferenceMedia {
  readonly id: string;
  readonly state: ElementState;
  /** "audio", "video". */
  readonly type: string;
  readonly status: "recvonly" | "sendonly" | "sendrecv" | "inactive" | undefined;
}

export interface ConferenceEndpoint {
  /** URI of the device. */
  readonly entity: string;
  readonly state: ElementState;
  readonly displayText: string | undefined;
  /** "connected", "on-hold", "muted-via-focus", "dialing-out", "alerting", "pending", "disconnecting", "disconnected". */
  readonly status: string | undefined;
  readonly media: ReadonlyMap<string, ConferenceMedia>;
}

export interface ConferenceUser {
  /** URI of the person. */
  readonly entity: string;
  readonly state: ElementState;
  readonly displayText: string | undefined;
  readonly endpoints: ReadonlyMap<string, ConferenceEndpoint>;
}

export interface ConferenceInfo {
  readonly version: number;
  readonly state: ElementState;
  readonly entity: string;
  readonly subject: string | undefined;
  readonly displayText: string | undefined;
  readonly mostUsers: number | undefined;
  readonly userCount: number | undefined;
  readonly locked: boolean | undefined;
  readonly usersState: ElementState;
  readonly users: ReadonlyMap<string, ConferenceUser>;
}

/** What is known of a conference: the same, merged. */
export type ConferenceTable = Omit<ConferenceInfo, "state" | "usersState">;

export function readConferenceInfo(body: string | Uint8Array): Reading<ConferenceInfo> {
  const xml = parseXml(body);
  if (!xml.ok) return { ok: false, why: `conference-info: ${xml.why}` };
  const { root } = xml;
  if (root.name !== "conference-info") return { ok: false, why: `conference-info expected, ${root.name} found` };
  const description = child(root, "conference-description");
  const state = child(root, "conference-state");
  const users = child(root, "users");
  return {
    ok: true,
    value: {
      version: count(root.attributes.get("version")) ?? 0,
      state: stateOf(root),
      entity: root.attributes.get("entity") ?? "",
      subject: childText(description, "subject"),
      displayText: childText(description, "display-text"),
      mostUsers: count(childText(description, "maximum-user-count")),
      userCount: count(childText(state, "user-count")),
      locked: truth(childText(state, "locked")),
      usersState: users === undefined ? "partial" : stateOf(users),
      users: keyed(childrenOf(users, "user").map(userOf), (user) => user.entity),
    },
  };
}

/**
 * @returns the new table, undefined where the conference is no more, and whether the subscription is to be refreshed
 *   because something was missed
 */
export function mergeConference(
  known: ConferenceTable | undefined,
  document: ConferenceInfo,
): { readonly table: ConferenceTable | undefined; readonly ask: boolean } {
  const { state, usersState, ...news } = document;
  if (state === "deleted") return { table: undefined, ask: false };
  const verdict = judgeVersion(known?.version, document.version, state);
  if (verdict === "discard") return { table: known, ask: false };
  const before = verdict === "replace" ? undefined : known;
  const users = mergeRows(usersState === "full" ? undefined : before?.users, document.users, mergeUser);
  const table: ConferenceTable = {
    version: document.version,
    entity: news.entity || (before?.entity ?? ""),
    subject: news.subject ?? before?.subject,
    displayText: news.displayText ?? before?.displayText,
    mostUsers: news.mostUsers ?? before?.mostUsers,
    userCount: news.userCount ?? before?.userCount,
    locked: news.locked ?? before?.locked,
    users,
  };
  return { table, ask: verdict === "merge and ask" };
}

function mergeUser(before: ConferenceUser, news: ConferenceUser): ConferenceUser {
  return {
    ...news,
    displayText: news.displayText ?? before.displayText,
    endpoints: mergeRows(before.endpoints, news.endpoints, (old, fresh) => ({
      ...fresh,
      displayText: fresh.displayText ?? old.displayText,
      status: fresh.status ?? old.status,
      media: mergeRows(old.media, fresh.media, (_, one) => one),
    })),
  };
}

/** §4.6: rows are told apart by their key; one that is full takes the place of the old one, one deleted goes. */
function mergeRows<T extends { readonly state: ElementState }>(
  before: ReadonlyMap<string, T> | undefined,
  news: ReadonlyMap<string, T>,
  merge: (before: T, news: T) => T,
): ReadonlyMap<string, T> {
  const rows = new Map(before);
  for (const [key, row] of news) {
    const old = rows.get(key);
    if (row.state === "deleted") rows.delete(key);
    else rows.set(key, row.state === "partial" && old !== undefined ? merge(old, row) : row);
  }
  return rows;
}

function userOf(element: XmlElement, place: number): ConferenceUser {
  return {
    entity: element.attributes.get("entity") ?? `${place}`,
    state: stateOf(element),
    displayText: childText(element, "display-text"),
    endpoints: keyed(childrenOf(element, "endpoint").map(endpointOf), (endpoint) => endpoint.entity),
  };
}

function endpointOf(element: XmlElement, place: number): ConferenceEndpoint {
  return {
    entity: element.attributes.get("entity") ?? `${place}`,
    state: stateOf(element),
    displayText: childText(element, "display-text"),
    status: childText(element, "status")?.toLowerCase(),
    media: keyed(childrenOf(element, "media").map(mediaOf), (media) => media.id),
  };
}

function mediaOf(element: XmlElement, place: number): ConferenceMedia {
  return {
    id: element.attributes.get("id") ?? `${place}`,
    state: stateOf(element),
    type: childText(element, "type")?.toLowerCase() ?? "",
    status: oneOf(["recvonly", "sendonly", "sendrecv", "inactive"], childText(element, "status")),
  };
}

/** §4.4: full where it is not told. */
function stateOf({ attributes }: XmlElement): ElementState {
  return oneOf(["full", "partial", "deleted"], attributes.get("state")) ?? "full";
}

function keyed<T>(rows: readonly T[], key: (row: T) => string): ReadonlyMap<string, T> {
  return new Map(rows.map((row) => [key(row), row]));
}
