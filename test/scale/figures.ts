/** What agents.ts prints, and the accounts it uses: shared with those who start it. */

export interface Registered {
  readonly event: "registered";
  readonly seconds: number;
  readonly memoryPerAgentKb: number;
  readonly sentPerAgent: number;
  readonly receivedPerAgent: number;
  readonly cpuMsPerAgent: number;
  /** REGISTERs of all agents within one second, at most. */
  readonly busiestSecond: number;
}

export interface Back {
  readonly event: "back";
  /** From the server's end until the last agent was registered again. */
  readonly seconds: number;
  readonly registersPerAgent: number;
  readonly busiestSecond: number;
  readonly sentPerAgent: number;
  /** Of the whole process. */
  readonly memoryMb: number;
}

export const userOf = (n: number): string => `a${n + 1}`;

export function users(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [userOf(n), `secret of ${n + 1}`]));
}

/** The lines with that event in what the program has printed. */
export function linesOf<T extends { event: string }>(output: string, event: T["event"]): T[] {
  const lines = output.split("\n").filter((text) => text.startsWith(`{"event":"${event}"`) && text.endsWith("}"));
  return lines.map((line) => JSON.parse(line) as T);
}
