/** What a line key does: answers, resumes or begins a call (feature rows ACC-29, ACC-30). Which keys there are is lines.ts. */
import type { Assembly } from "./assembly.ts";
import { type Line, linesOf } from "./lines.ts";
import type { Settings } from "./ports.ts";

type Inner = Pick<Assembly, "accounts" | "calls" | "dial">;

/** What a line key may do to the phone. */
export interface LinePresser {
  answer(call: number): void;
  resume(call: number): void;
  /** Begins to collect a number. */
  newCall(account: number): void;
}

export function currentLines(settings: Settings, { accounts }: Pick<Inner, "accounts">): readonly Line[] {
  return linesOf(settings, accounts.views);
}

/** @param index from 1, over all pages */
export function pressLine(settings: Settings, inner: Inner, phone: LinePresser, index: number): void {
  const line = currentLines(settings, inner)[index - 1];
  if (line === undefined) return;
  const calls = inner.calls.list.filter((c) => c.account === line.account && c.place === line.place);
  const ringing = calls.find((c) => c.state.name === "incoming");
  const held = calls.find((c) => c.heldHere);
  if (ringing !== undefined) phone.answer(ringing.id);
  else if (held !== undefined) phone.resume(held.id);
  else if (calls.length === 0) {
    const byDefault = settings.flag("features.linekey_call_with_default_account");
    const account = byDefault ? inner.accounts.defaultId : line.account;
    if (!inner.accounts.enabled(account)) return;
    if (inner.dial.state.name === "collecting") inner.dial.input({ type: "account", account });
    else phone.newCall(account);
    inner.calls.takeLine(line);
  }
}
