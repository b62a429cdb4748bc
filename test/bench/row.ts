/** One figure of the benchmarks, beside those of the peers that were measured in the same run. */
export interface Row {
  /** What was measured, with its conditions. */
  readonly what: string;
  readonly ours: number;
  /** "messages/s", "ms", "% of a core", ... */
  readonly unit: string;
  readonly peers: Readonly<Record<string, number>>;
  /** What we want to reach, in the same unit. */
  readonly goal?: number;
}
