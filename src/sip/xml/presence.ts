/**
 * Presence of somebody else: application/pidf+xml, RFC 3863, with the activities of RFC 4480 §3.2 and the notes of both.
 * It is always whole; differences (RFC 5262) are not asked for. What a lamp makes of it is not said here.
 */
import { child, childrenOf, childText, parseXml, type XmlElement } from "../../xml/document.ts";
import { oneOf, type Reading } from "./versioned.ts";

export const presenceType = "application/pidf+xml";

export interface PresenceTuple {
  readonly id: string;
  readonly basic: "open" | "closed" | undefined;
  readonly contact: string;
  /** 0 to 1, 0 where it is not told (RFC 3863 §4.1.4). */
  readonly priority: number;
  readonly notes: readonly string[];
  /** As written (RFC 3339), "" where it is not told. */
  readonly timestamp: string;
}

export interface Presence {
  readonly entity: string;
  readonly tuples: readonly PresenceTuple[];
  /** Names of RFC 4480: "on-the-phone", "away", "busy", "meeting". */
  readonly activities: readonly string[];
  readonly notes: readonly string[];
}

export function readPresence(body: string | Uint8Array): Reading<Presence> {
  const xml = parseXml(body);
  if (!xml.ok) return { ok: false, why: `presence: ${xml.why}` };
  const { root } = xml;
  if (root.name !== "presence") return { ok: false, why: `presence expected, ${root.name} found` };
  // RFC 4480 puts activities into a person; older documents into a tuple's status.
  const people = [...childrenOf(root, "person"), ...childrenOf(root, "tuple").map((tuple) => child(tuple, "status"))];
  const named = [...people, root].flatMap((one) => childrenOf(one, "activities").flatMap((list) => list.children));
  return {
    ok: true,
    value: {
      entity: root.attributes.get("entity") ?? "",
      tuples: childrenOf(root, "tuple").map(tupleOf),
      activities: [...new Set(named.filter(({ name }) => name !== "note").map(activityOf))],
      notes: [root, ...childrenOf(root, "person")].flatMap(notesOf),
    },
  };
}

/** Somebody can be reached: a tuple says so (RFC 3863 §4.1.5); undefined where none says anything. */
export function isOpen({ tuples }: Presence): boolean | undefined {
  if (tuples.some(({ basic }) => basic === "open")) return true;
  return tuples.some(({ basic }) => basic === "closed") ? false : undefined;
}

function tupleOf(element: XmlElement, place: number): PresenceTuple {
  const contact = child(element, "contact");
  const priority = Number(contact?.attributes.get("priority") ?? 0);
  return {
    id: element.attributes.get("id") ?? `${place}`,
    basic: oneOf(["open", "closed"], childText(child(element, "status"), "basic")),
    contact: contact?.text ?? "",
    priority: priority >= 0 && priority <= 1 ? priority : 0,
    notes: notesOf(element),
    timestamp: childText(element, "timestamp") ?? "",
  };
}

function notesOf(element: XmlElement): readonly string[] {
  return childrenOf(element, "note")
    .map(({ text }) => text)
    .filter((text) => text !== "");
}

/** "other" says in its text what it is. */
function activityOf({ name, text }: XmlElement): string {
  return name === "other" || name === "activity" ? text || name : name;
}
