/** Which line key stands for which account, on which page, what it shows and how its lamp burns (feature rows UIX-06, UIX-10). */
import type { Model } from "../../board/model.ts";
import type { LampId, LampState } from "../../hal/lamp.ts";
import type { CallView, PhoneView } from "../phone/state.ts";
import type { LineKeyModel, LineUse } from "./screen.ts";
import type { UiSettings } from "./settings.ts";

export const dark: LampState = { color: "off", pattern: "off" };

type LineModel = Pick<Model, "lineKeys" | "lineKeysPerPage">;

/** A key with its account. */
interface KeyedLine {
  readonly account: PhoneView["accounts"][number];
  readonly place: number;
}

/** The lines that have a key, in the order of the keys. */
function keyed(view: PhoneView, model: LineModel): readonly KeyedLine[] {
  const lines = view.lines ?? view.accounts.map(({ id }) => ({ account: id, place: 1 }));
  const found = lines.flatMap(({ account: id, place }): KeyedLine[] => {
    const account = view.accounts.find((one) => one.id === id);
    return account === undefined || account.state.name === "disabled" ? [] : [{ account, place }];
  });
  return found.slice(0, model.lineKeys);
}

/** How many pages the labelled keys take; where there is more than one, the last key on the case turns the page. */
export function pagesOf(view: PhoneView, model: LineModel): number {
  const used = keyed(view, model).length;
  const places = model.lineKeysPerPage;
  return places < 2 || used <= places ? 1 : Math.ceil(used / (places - 1));
}

/** The keys on the case, as they stand on page `page` (from 0). */
export function lineKeysOf(view: PhoneView, model: LineModel, page: number): LineKeyModel[] {
  const lines = keyed(view, model);
  const pages = pagesOf(view, model);
  const places = model.lineKeysPerPage;
  const perPage = pages > 1 ? places - 1 : places;
  const keys: LineKeyModel[] = [];
  for (let i = 0; i < places; i++) {
    const index = i + 1;
    if (pages > 1 && i === places - 1) {
      keys.push({ index, label: `${page + 1}/${pages}`, kind: "page", use: "idle", account: "disabled" });
      continue;
    }
    const line = lines[page * perPage + i];
    if (line === undefined) keys.push({ index, label: "", kind: "none", use: "idle", account: "disabled" });
    else
      keys.push({
        index,
        label: line.account.label || line.account.displayName || line.account.userName,
        kind: "line",
        use: useOf(view.calls.filter((call) => call.account === line.account.id && (call.place ?? 1) === line.place)),
        account: line.account.state.name,
      });
  }
  return keys;
}

/** The key's number counted over all pages, from 1: what `PhoneControl.lineKey` takes. */
export function lineNumber(view: PhoneView, model: LineModel, page: number, index: number): number {
  const pages = pagesOf(view, model);
  return pages > 1 ? page * (model.lineKeysPerPage - 1) + index : index;
}

function useOf(calls: readonly CallView[]): LineUse {
  const live = calls.filter((call) => call.phase.name !== "ended");
  if (live.some((call) => call.phase.name === "incoming")) return "ringing";
  if (live.some((call) => call.phase.name !== "talking" || call.phase.hold === "none")) return "in-use";
  return live.length > 0 ? "held" : "idle";
}

/** Line keys glow green in use, flash when ringing, blink slowly on hold. */
export function lampOfUse(use: LineUse): LampState {
  switch (use) {
    case "idle":
      return dark;
    case "in-use":
      return { color: "green", pattern: "on" };
    case "ringing":
      return { color: "green", pattern: "fast" };
    case "held":
      return { color: "green", pattern: "slow" };
    default:
      return use satisfies never;
  }
}

/** Every lamp on the front that this view speaks of. */
export function lampsOf(view: PhoneView, keys: readonly LineKeyModel[], settings: UiSettings): Map<LampId, LampState> {
  const lamps = new Map<LampId, LampState>();
  const ringing = view.calls.some((call) => call.phase.name === "incoming");
  const green: LampState = { color: "green", pattern: "on" };
  lamps.set("power", powerLamp(view, ringing, settings));
  lamps.set("mute", view.mute ? { color: "red", pattern: "on" } : dark);
  lamps.set("message", (view.voiceMail?.waiting ?? 0) > 0 ? { color: "red", pattern: "on" } : dark);
  lamps.set("headset", view.path === "headset" ? green : dark);
  lamps.set("speaker", view.path === "speaker" || view.second === "speaker" ? green : dark);
  for (const key of keys) lamps.set(`line${key.index}`, lampOfUse(key.use));
  return lamps;
}

function powerLamp(view: PhoneView, ringing: boolean, settings: UiSettings): LampState {
  if (ringing && settings.ringLamp) return { color: "red", pattern: "fast" };
  if (view.missedCalls > 0 && settings.missedLamp) return { color: "red", pattern: "slow" };
  return settings.powerLamp ? { color: "red", pattern: "on" } : dark;
}
