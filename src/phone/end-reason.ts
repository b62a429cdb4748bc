/** What a person is told when a call did not work: short words for the statuses that matter, else the peer's own. */

const words: Readonly<Record<number, string>> = {
  200: "Call ended",
  400: "Bad request",
  401: "Not authorised",
  402: "Payment required",
  403: "Forbidden",
  404: "Not found",
  406: "Not acceptable",
  407: "Not authorised",
  408: "No answer",
  410: "Gone",
  480: "Not available",
  481: "Call is gone",
  482: "Loop detected",
  483: "Too many hops",
  484: "Address incomplete",
  485: "Ambiguous number",
  486: "Busy",
  487: "Cancelled",
  488: "No common codec",
  500: "Server error",
  501: "Not implemented",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Server time-out",
  600: "Busy everywhere",
  603: "Declined",
  604: "Does not exist",
  606: "Not acceptable",
};

/** How ends are worded (ACC-32). */
export interface EndWords {
  /** The server's reason instead of our short words, where it says one. */
  readonly peersOwn: boolean;
  /** For 403; "" for our own. */
  readonly forbidden: string;
}

/** @param status 0 when no response came; `reason` is then the sentence of who failed. */
export function endReason(status: number, reason: string, rules?: EndWords): string {
  if (status === 0) return reason === "" ? "Call failed" : reason;
  if (status === 403 && rules !== undefined && rules.forbidden !== "") return rules.forbidden;
  // Of a call that went well only a reason of the other side's own is worth more than ours.
  if (rules?.peersOwn === true && reason !== "" && !(status === 200 && reason === "OK")) return reason;
  const own = words[status];
  if (own !== undefined) return own;
  return reason === "" ? `Call failed (${status})` : `${reason} (${status})`;
}

/** True where the ear shall hear busy tone, false for congestion (E.180). */
export function isBusy(status: number): boolean {
  return status === 486 || status === 600 || status === 603;
}
