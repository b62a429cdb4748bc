/** The status page: address, device and how each account is registered. */
import type { AccountView } from "../../phone/state.ts";
import type { Body, ListRow } from "../screen.ts";
import { listBody } from "./list.ts";
import type { ScreenSources } from "./sources.ts";

export function statusRows({ facts, model, view }: Pick<ScreenSources, "facts" | "model" | "view">): ListRow[] {
  const pairs: (readonly [string, string])[] = [
    ["IP", facts.ip || "none"],
    ["MAC", facts.mac],
    ["Model", model.name],
    ["Firmware", facts.firmware],
    ...(facts.more ?? []),
  ];
  const rows = pairs
    .filter(([, value]) => value !== "")
    .map(([text, detail]): ListRow => ({ icon: undefined, text, detail, bad: false }));
  for (const account of view.accounts) rows.push(accountRow(account));
  return rows;
}

function accountRow(account: AccountView): ListRow {
  const text = `${account.id}. ${account.label || account.userName || "Account"}`;
  switch (account.state.name) {
    case "disabled":
      return { icon: undefined, text, detail: "Disabled", bad: false };
    case "registering":
      return { icon: "account_wait", text, detail: "Registering", bad: false };
    case "registered":
      return { icon: "account_ok", text, detail: "Registered", bad: false };
    case "failed":
      return { icon: "account_bad", text, detail: account.state.why, bad: true };
    default:
      return account.state satisfies never;
  }
}

export function statusBody(sources: ScreenSources, first: number): Body {
  return listBody(statusRows(sources), -1, sources.rows, "", first);
}
