/** Registrations as the registrar tells of them: application/reginfo+xml, RFC 3680 §5, with the GRUUs of RFC 5628. What we do about our own is phone/registration-watch.ts. */
import { child, childrenOf, childText, parseXml, type XmlElement } from "../../xml/document.ts";
import { count, type DocumentState, judgeVersion, oneOf, type Reading } from "./versioned.ts";

export const registrationInfoType = "application/reginfo+xml";

/** Why a contact is as it is (RFC 3680 §5.3). */
const contactEvents = [
  "registered",
  "created",
  "refreshed",
  "shortened",
  "expired",
  "deactivated",
  "probation",
  "unregistered",
  "rejected",
] as const;
export type ContactEvent = (typeof contactEvents)[number];

export interface RegisteredContact {
  readonly id: string;
  readonly state: "active" | "terminated";
  /** undefined for one that is not known. */
  readonly event: ContactEvent | undefined;
  readonly uri: string;
  readonly displayName: string;
  readonly callId: string;
  readonly expiresSeconds: number | undefined;
  /** Of "probation": when to come back. */
  readonly retryAfterSeconds: number | undefined;
  readonly publicGruu: string;
}

export interface RegistrationRow {
  readonly id: string;
  /** Address of record. */
  readonly aor: string;
  readonly state: "init" | "active" | "terminated";
  readonly contacts: ReadonlyMap<string, RegisteredContact>;
}

export interface RegistrationInfo {
  readonly version: number;
  readonly state: DocumentState;
  readonly registrations: readonly RegistrationRow[];
}

export interface RegistrationTable {
  readonly version: number;
  readonly registrations: ReadonlyMap<string, RegistrationRow>;
}

export function readRegistrationInfo(body: string | Uint8Array): Reading<RegistrationInfo> {
  const xml = parseXml(body);
  if (!xml.ok) return { ok: false, why: `reginfo: ${xml.why}` };
  const { root } = xml;
  if (root.name !== "reginfo") return { ok: false, why: `reginfo expected, ${root.name} found` };
  return {
    ok: true,
    value: {
      version: count(root.attributes.get("version")) ?? 0,
      state: oneOf(["full", "partial"], root.attributes.get("state")) ?? "full",
      registrations: childrenOf(root, "registration").map(rowOf),
    },
  };
}

/**
 * Terminated contacts stay out of the table: whoever acts on their end reads the document.
 * @returns the new table, and whether the subscription is to be refreshed because something was missed
 */
export function mergeRegistrations(
  known: RegistrationTable | undefined,
  document: RegistrationInfo,
): { readonly table: RegistrationTable; readonly ask: boolean } {
  const verdict = judgeVersion(known?.version, document.version, document.state);
  if (verdict === "discard" && known !== undefined) return { table: known, ask: false };
  const registrations = new Map(verdict === "replace" ? [] : known?.registrations);
  for (const row of document.registrations) {
    const before = verdict === "replace" ? undefined : registrations.get(row.id);
    const contacts = new Map(before?.contacts);
    for (const [id, contact] of row.contacts)
      if (contact.state === "terminated") contacts.delete(id);
      else contacts.set(id, contact);
    if (row.state === "terminated") registrations.delete(row.id);
    else registrations.set(row.id, { ...row, contacts });
  }
  return { table: { version: document.version, registrations }, ask: verdict === "merge and ask" };
}

function rowOf(element: XmlElement, place: number): RegistrationRow {
  const { attributes } = element;
  const contacts = childrenOf(element, "contact").map(contactOf);
  return {
    id: attributes.get("id") ?? `${place}`,
    aor: attributes.get("aor") ?? "",
    state: oneOf(["init", "active", "terminated"], attributes.get("state")) ?? "active",
    contacts: new Map(contacts.map((contact) => [contact.id, contact])),
  };
}

function contactOf(element: XmlElement, place: number): RegisteredContact {
  const { attributes } = element;
  return {
    id: attributes.get("id") ?? `${place}`,
    state: oneOf(["active", "terminated"], attributes.get("state")) ?? "active",
    event: oneOf(contactEvents, attributes.get("event")),
    // The URI is the text of an element in the standard, and the contact's own text in its first drafts.
    uri: childText(element, "uri") ?? element.text,
    displayName: childText(element, "display-name") ?? "",
    callId: attributes.get("callid") ?? "",
    expiresSeconds: count(attributes.get("expires")),
    retryAfterSeconds: count(attributes.get("retry-after")),
    publicGruu: child(element, "pub-gruu")?.attributes.get("uri") ?? "",
  };
}
