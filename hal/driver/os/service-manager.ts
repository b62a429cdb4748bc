/** The service manager that started this process, by the protocol of sd_notify(3). Through systemd-notify, since Node has no datagram sockets of the Unix kind; not a supervisor. */
import { type StartChild, startChild } from "./process.ts";

export interface ServiceManager {
  /** Time within which it wants a sign of life, ms; undefined where it does not. */
  readonly watchdogMs: number | undefined;
  /**
   * Sends assignments such as "READY=1"; settled once they were sent or could not be. What keeps them from being sent is
   * told once, and again after they were.
   */
  notify(assignments: readonly string[]): Promise<void>;
}

export interface ServiceManagerParts {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly processId: number;
  /** Why it could not be told something: "systemd-notify: ...". */
  readonly onTrouble: (why: string) => void;
  readonly start?: StartChild;
}

/** @returns undefined where nobody started this process as a service */
export function serviceManager(parts: ServiceManagerParts): ServiceManager | undefined {
  const { environment, processId, onTrouble, start = startChild } = parts;
  if ((environment["NOTIFY_SOCKET"] ?? "") === "") return undefined;
  const whose = environment["WATCHDOG_PID"];
  const usec = Number(environment["WATCHDOG_USEC"]);
  const watched = usec > 0 && (whose === undefined || Number(whose) === processId);
  let troubled = false;
  return {
    watchdogMs: watched ? usec / 1000 : undefined,
    notify(assignments) {
      const said: string[] = [];
      return new Promise((resolve) =>
        start({
          program: "systemd-notify",
          args: assignments,
          onOutput: () => undefined,
          onErrorLine: (line) => said.push(line),
          onExit: (end) => {
            const good = end.type === "exit" && end.why === "it ended with status 0";
            if (!good && !troubled) onTrouble(`systemd-notify: ${said.join("; ") || end.why}`);
            troubled = !good;
            resolve();
          },
        }),
      );
    },
  };
}
