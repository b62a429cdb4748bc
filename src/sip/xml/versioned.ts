/**
 * What a versioned document of full or partial state does to what is known: RFC 4235 §4.3, RFC 3680 §5.2, RFC 4575 §4.6,
 * which agree. The rows are whose package it is.
 */

export type DocumentState = "full" | "partial";

/** A reader's outcome: what the body says, or why it is no such document. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/**
 * - `replace`: it is all there is.
 * - `merge`: it changes what it names.
 * - `merge and ask`: so it does, but others before it were lost: the subscription is to be refreshed, which brings all.
 * - `discard`: it is older than what is known.
 */
export type VersionVerdict = "replace" | "merge" | "merge and ask" | "discard";

/**
 * Deviates from the RFCs in taking every full document, whatever its version: the order of NOTIFYs is kept by their CSeq
 * already, and PBXs exist that always say 0 or begin anew within a subscription.
 * @param known version of the last document taken, undefined before the first
 */
export function judgeVersion(known: number | undefined, version: number, state: DocumentState): VersionVerdict {
  if (state === "full") return "replace";
  if (known === undefined) return "merge and ask";
  if (version <= known) return "discard";
  return version === known + 1 ? "merge" : "merge and ask";
}

/** xs:nonNegativeInteger within what a number holds; undefined where it is none. */
export function count(text: string | undefined): number | undefined {
  const trimmed = text?.trim() ?? "";
  return /^\d{1,15}$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** xs:boolean; undefined where it is none. */
export function truth(text: string | undefined): boolean | undefined {
  const trimmed = text?.trim().toLowerCase();
  if (trimmed === "true" || trimmed === "1") return true;
  return trimmed === "false" || trimmed === "0" ? false : undefined;
}

/** One of the words a schema names; undefined for any other. */
export function oneOf<T extends string>(words: readonly T[], text: string | undefined): T | undefined {
  const trimmed = text?.trim().toLowerCase();
  return words.find((word) => word === trimmed);
}
