/** What a row of the conformance table is. The rows are in table-*.ts, one file for each part the phone plays. */
import type { Words } from "./scenario.ts";

/** What a person does at the phone, or sees there before the next is done; "invited" and "changed" are seen at SIPp. */
export type Step =
  | "dial"
  | "answer"
  | "reject"
  | "cancel"
  | "hold"
  | "invited"
  | "ringback"
  | "incoming"
  | "talking"
  | "changed"
  | "held"
  | "over";

export interface Row {
  /** "RFC 3261 §17.1.1.2". */
  readonly section: string;
  /** What it demands, in our words; with the section it is the title of the test. */
  readonly must: string;
  /** File in scenarios/, without ".xml". */
  readonly scenario: string;
  /** For the {parameters} of the scenario. */
  readonly with?: Words;
  /** What the phone is in the first transaction. */
  readonly phone: "client" | "server";
  readonly transport?: "udp" | "tcp";
  /** Unless told: a client dials; a server is seen ringing and answers. */
  readonly steps?: readonly Step[];
  /** User part of whom the phone dials. */
  readonly user?: string;
  /** Dialled instead of a URI: the call goes by the account. */
  readonly number?: string;
  /** Of the dialled URI, instead of what the transport asks for. */
  readonly parameters?: string;
  /** A second peer, at port 5070 of the same address. */
  readonly second?: { readonly scenario: string; readonly with?: Words };
  /** SIPp neither repeats its own messages nor passes over repeated ones: each is counted. */
  readonly counted?: boolean;
  /** Takes more than half a minute: only with CONFORMANCE=long. */
  readonly long?: boolean;
}

export const isLong = process.env["CONFORMANCE"] === "long";

/** Titles are keys: a row that is twice in the table is a mistake. @throws Error naming it. */
export function checked(rows: readonly Row[]): readonly Row[] {
  const titles = new Set<string>();
  for (const row of rows) {
    if (titles.has(titleOf(row))) throw new Error(`twice in the table: ${titleOf(row)}`);
    titles.add(titleOf(row));
  }
  return rows.filter((row) => isLong || row.long !== true);
}

export const titleOf = ({ section, must, transport = "udp" }: Row) =>
  `${section}: ${must}${transport === "udp" ? "" : ` (${transport})`}`;
