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
  /** Which side of the goal is good; unless told, a rate is better the higher it is and all else the lower. */
  readonly better?: "higher" | "lower";
}

/** How much time a benchmark may take. */
export interface Effort {
  /** One short round of each instead of several: figures to look at, not to quote. */
  readonly quick: boolean;
}
