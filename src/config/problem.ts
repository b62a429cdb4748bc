/** What was wrong with a configuration line, or is worth saying about it; never fatal. */

export interface Problem {
  /**
   * "error": the line has no effect; "warning": it has, but not as written; "note": it is kept and as written,
   * yet somebody should know (nothing applies it, a later line repeats it).
   */
  readonly level: "error" | "warning" | "note";
  /** What people call the source: a file's name, "web", "phone". "" when the caller did not say. */
  readonly file: string;
  /** From 1; 0 where the source has no lines. */
  readonly line: number;
  /** As written; "" where the line has none. */
  readonly name: string;
  /** As written, stars for secrets. */
  readonly value: string;
  /** What is wrong, what would be right, what is done instead. */
  readonly why: string;
}

/** One line for the log: `phone.cfg:3: sip.listen_port = 99999: is outside 1024 to 65535; 65535 is used`. */
export function describeProblem(problem: Problem): string {
  const where = problem.file === "" ? "" : problem.line > 0 ? `${problem.file}:${problem.line}: ` : `${problem.file}: `;
  const what =
    problem.name === "" ? problem.value : problem.value === "" ? problem.name : `${problem.name} = ${problem.value}`;
  return what === "" ? `${where}${problem.why}` : `${where}${what}: ${problem.why}`;
}
