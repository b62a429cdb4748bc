/** Where a person is in the LCD's own pages, apart from what the phone does; all of it plain data. */
import type { CallView, HistoryEntry, PartyView, PhoneView } from "../phone/state.ts";
import type { ItemMenu } from "./settings.ts";

/** Which part of the history is listed. */
export type HistoryTab = "all" | "missed" | "received" | "placed";

export const historyTabs: readonly HistoryTab[] = ["all", "missed", "received", "placed"];

export type MenuId = "main" | ItemMenu;

export type UiState =
  /** The phone's own state decides what is shown. */
  | { readonly name: "home" }
  | { readonly name: "history"; readonly tab: HistoryTab; readonly selected: number }
  | { readonly name: "entry"; readonly tab: HistoryTab; readonly selected: number; readonly first: number }
  | { readonly name: "menu"; readonly menu: MenuId; readonly selected: number }
  | { readonly name: "status"; readonly first: number; readonly from: "home" | "menu" }
  /** Who is in the conference (CAL-55, CAL-56, CP8-02). */
  | { readonly name: "people"; readonly selected: number }
  /** The text of a menu's item is typed. */
  | { readonly name: "edit"; readonly menu: MenuId; readonly selected: number; readonly text: string }
  /** `opens`: what it tells of can be looked at; it then stays until somebody did. */
  | {
      readonly name: "message";
      readonly text: string;
      readonly untilMs: number;
      readonly opens?: "missed" | "messages";
    };

/** Letters or digits from the dial keys. */
export type InputMode = "123" | "abc" | "ABC";

/** What decides the meaning of a key: the rows of the key table. */
export type Context =
  | "idle"
  | "predial"
  | "dialing"
  | "calling"
  | "incoming"
  | "talking"
  | "held"
  | "talking_incoming"
  | "ended"
  | "history"
  | "entry"
  | "menu"
  | "edit"
  | "status"
  | "people"
  | "message";

export function contextOf(view: PhoneView, ui: UiState): Context {
  if (ui.name !== "home") return ui.name;
  if (view.dial !== undefined) return view.dial.path === "none" ? "predial" : "dialing";
  if (view.calls.length === 0) return "idle";
  const incoming = view.calls.some((call) => call.phase.name === "incoming");
  const talking = view.calls.some((call) => call.phase.name === "talking");
  if (incoming) return talking ? "talking_incoming" : "incoming";
  const phase = currentCall(view)?.phase;
  if (phase?.name === "talking") return phase.hold === "local" || phase.hold === "both" ? "held" : "talking";
  return phase?.name === "ended" ? "ended" : "calling";
}

/** The call that keys act upon; the first one where the phone names none. */
export function currentCall(view: PhoneView): PhoneView["calls"][number] | undefined {
  return view.calls.find((call) => call.current) ?? view.calls[0];
}

/** One of a conference: a call of ours, or somebody that the conference's server tells of. */
export interface Participant {
  readonly call: CallView | undefined;
  readonly party: PartyView;
}

/** Who is in the conference, besides whoever looks; nobody where there is none. */
export function participantsOf(view: PhoneView): readonly Participant[] {
  const current = currentCall(view);
  if (current?.people !== undefined && !current.conference)
    return current.people.map((party) => ({ call: undefined, party }));
  return view.calls.filter((call) => call.conference).map((call) => ({ call, party: call.remote }));
}

/** The selected incoming call, or the first one. */
export function incomingCall({ calls }: PhoneView): number | undefined {
  const ringing = calls.filter((call) => call.phase.name === "incoming");
  return (ringing.find((call) => call.current) ?? ringing[0])?.id;
}

/** The call that End Call means: never one that rings. */
export function endableCall(view: PhoneView, ui: UiState): number | undefined {
  if (contextOf(view, ui) !== "talking_incoming") return view.calls.find((call) => call.current)?.id;
  const talking = view.calls.filter((call) => call.phase.name === "talking");
  return (
    talking.find((call) => call.current) ??
    talking.find((call) => call.phase.name === "talking" && call.phase.hold !== "local")
  )?.id;
}

export function entriesOf(history: readonly HistoryEntry[], tab: HistoryTab): readonly HistoryEntry[] {
  if (tab === "all") return history;
  if (tab === "received")
    return history.filter((e) => e.kind === "received" || e.kind === "rejected" || e.kind === "forwarded");
  return history.filter((entry) => entry.kind === tab);
}
