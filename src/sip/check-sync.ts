/** A server's order to look for new settings: NOTIFY with Event check-sync (feature row PRV-20). Whether it is obeyed is provision/'s affair. */
import type { SipRequest } from "./message.ts";
import { parseParams } from "./syntax.ts";

export interface CheckSync {
  /** As ordered; undefined where the server leaves it to the phone. */
  readonly reboot: boolean | undefined;
}

/** Undefined where the request is something else. */
export function checkSyncOf(request: SipRequest): CheckSync | undefined {
  if (request.method !== "NOTIFY") return undefined;
  const text = request.header("Event") ?? "";
  const semicolon = text.indexOf(";");
  const name = (semicolon < 0 ? text : text.slice(0, semicolon)).trim().toLowerCase();
  if (name !== "check-sync" && name !== "resync") return undefined;
  const params = semicolon < 0 ? [] : (parseParams(text, semicolon) ?? []);
  const reboot = params.find(([param]) => param === "reboot")?.[1].toLowerCase();
  return { reboot: reboot === "true" ? true : reboot === "false" ? false : undefined };
}
