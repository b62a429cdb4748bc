/** What the keeper of a network port needs of the system: programs, files, somebody who listens. */
import type { Clock } from "../../clock.ts";
import type { NetworkReport } from "../../network-setup.ts";
import type { StartChild } from "../os/process.ts";

export interface Ran {
  readonly ok: boolean;
  readonly output: string;
  /** What it said, or why it could not be started. */
  readonly why: string;
}

export interface KeeperParts {
  readonly clock: Clock;
  /** The port: "eth0". */
  readonly port: string;
  readonly start: StartChild;
  /** Runs a program to its end, with `input` on its standard input. */
  readonly run: (program: string, args: readonly string[], input?: string) => Promise<Ran>;
  /** Writes a file whole, with a mode. */
  readonly write: (path: string, text: string, mode: number) => Promise<void>;
  /** For files of ours that last as long as the device is on. */
  readonly folder: string;
  /** "/etc/resolv.conf" or what it points to. */
  readonly resolvConf: string;
  readonly report: (report: NetworkReport) => void;
  /** One sentence for the log. */
  readonly say: (line: string) => void;
}
