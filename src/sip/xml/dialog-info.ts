/**
 * Dialogs of somebody else, as the dialog event package tells them: application/dialog-info+xml, RFC 4235 §4, with
 * appearance and exclusive of RFC 7463 §5.3. Elements count by their names: PBXs leave the namespace out. No lamps here.
 */
import { child, childrenOf, childText, parseXml, type XmlElement } from "../../xml/document.ts";
import { count, type DocumentState, judgeVersion, oneOf, type Reading, truth } from "./versioned.ts";

export const dialogInfoType = "application/dialog-info+xml";

export const dialogStates = ["trying", "proceeding", "early", "confirmed", "terminated"] as const;
export type RemoteDialogState = (typeof dialogStates)[number];

export interface DialogParty {
  /** URI of the identity, "" where it is not told. */
  readonly uri: string;
  readonly displayName: string;
  /** Where it is reached, "" where it is not told. */
  readonly target: string;
  /** Parameters of the target: "+sip.rendering" to "no" says that it is on hold (RFC 4235 §4.1.6.2). */
  readonly targetParameters: ReadonlyMap<string, string>;
}

export interface RemoteDialog {
  readonly id: string;
  readonly state: RemoteDialogState;
  /** What led to the state: "cancelled", "rejected", "replaced", "local-bye", "remote-bye", "error", "timeout". */
  readonly event: string;
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  readonly direction: "initiator" | "recipient" | undefined;
  readonly durationSeconds: number | undefined;
  readonly local: DialogParty;
  readonly remote: DialogParty;
  /** Line of a shared appearance, from 1. */
  readonly appearance: number | undefined;
  readonly exclusive: boolean;
}

export interface DialogInfo {
  readonly version: number;
  readonly state: DocumentState;
  /** Whose dialogs these are. */
  readonly entity: string;
  readonly dialogs: readonly RemoteDialog[];
}

/** What is known of somebody's dialogs. */
export interface DialogTable {
  readonly version: number;
  readonly dialogs: ReadonlyMap<string, RemoteDialog>;
}

export function readDialogInfo(body: string | Uint8Array): Reading<DialogInfo> {
  const xml = parseXml(body);
  if (!xml.ok) return { ok: false, why: `dialog-info: ${xml.why}` };
  const { root } = xml;
  if (root.name !== "dialog-info") return { ok: false, why: `dialog-info expected, ${root.name} found` };
  return {
    ok: true,
    value: {
      version: count(root.attributes.get("version")) ?? 0,
      state: oneOf(["full", "partial"], root.attributes.get("state")) ?? "full",
      entity: root.attributes.get("entity") ?? "",
      dialogs: childrenOf(root, "dialog").flatMap((element, place) => dialogOf(element, place) ?? []),
    },
  };
}

/** @returns the new table, and whether the subscription is to be refreshed because something was missed */
export function mergeDialogs(
  known: DialogTable | undefined,
  document: DialogInfo,
): { readonly table: DialogTable; readonly ask: boolean } {
  const verdict = judgeVersion(known?.version, document.version, document.state);
  if (verdict === "discard" && known !== undefined) return { table: known, ask: false };
  const dialogs = new Map(verdict === "replace" ? [] : known?.dialogs);
  for (const dialog of document.dialogs)
    if (dialog.state === "terminated") dialogs.delete(dialog.id);
    else dialogs.set(dialog.id, dialog);
  return { table: { version: document.version, dialogs }, ask: verdict === "merge and ask" };
}

/** Undefined without a state that we know: nothing can be shown of it. */
function dialogOf(element: XmlElement, place: number): RemoteDialog | undefined {
  const { attributes } = element;
  const state = oneOf(dialogStates, childText(element, "state"));
  if (state === undefined) return undefined;
  return {
    id: attributes.get("id") ?? `${place}`,
    state,
    event: child(element, "state")?.attributes.get("event") ?? "",
    callId: attributes.get("call-id") ?? "",
    localTag: attributes.get("local-tag") ?? "",
    remoteTag: attributes.get("remote-tag") ?? "",
    direction: oneOf(["initiator", "recipient"], attributes.get("direction")),
    durationSeconds: count(childText(element, "duration")),
    local: partyOf(child(element, "local")),
    remote: partyOf(child(element, "remote")),
    appearance: count(childText(element, "appearance")),
    exclusive: truth(childText(element, "exclusive")) ?? false,
  };
}

function partyOf(element: XmlElement | undefined): DialogParty {
  const identity = child(element, "identity");
  const target = child(element, "target");
  const parameters = childrenOf(target, "param").map(
    ({ attributes }) => [(attributes.get("pname") ?? "").toLowerCase(), attributes.get("pval") ?? ""] as const,
  );
  return {
    uri: identity?.text ?? "",
    displayName: identity?.attributes.get("display") ?? "",
    target: target?.attributes.get("uri") ?? "",
    targetParameters: new Map(parameters),
  };
}
