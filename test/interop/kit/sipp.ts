/** SIPp with one of our scenarios; it ends by itself with status 0 when every message was as written. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eventually, Program, temporaryFolder } from "./process.ts";

export interface SippOptions {
  /** File name in test/interop/sipp, without ".xml". */
  readonly scenario: string;
  readonly address: string;
  readonly port?: number;
  /** Where calls go: a phone's address, with port 5060. Left out: SIPp waits to be called. */
  readonly target?: string;
  readonly transport?: "udp" | "tcp";
  readonly calls?: number;
  readonly rtpPort?: number;
  /** Sends back the RTP it gets. */
  readonly echo?: boolean;
  readonly args?: readonly string[];
  /** Put before the command: to start it in a network namespace. */
  readonly prefix?: readonly string[];
}

export function sipp(options: SippOptions): Program {
  const scenario = fileURLToPath(new URL(`../sipp/${options.scenario}.xml`, import.meta.url));
  const port = options.port ?? 5060;
  const [command = "sipp", ...before] = [...(options.prefix ?? []), "sipp"];
  return new Program(
    command,
    [
      ...before,
      ...(options.target === undefined ? [] : [`${options.target}:5060`]),
      ...["-sf", scenario, "-i", options.address, "-mi", options.address, "-p", String(port)],
      ...["-t", options.transport === "tcp" ? "t1" : "u1", "-m", String(options.calls ?? 1), "-nostdin"],
      ...[
        "-mp",
        String(options.rtpPort ?? 6000),
        "-timeout",
        "30s",
        "-timeout_error",
        "-trace_err",
        "-recv_timeout",
        "12000",
      ],
      ...(options.echo === true ? ["-rtp_echo"] : []),
      ...(options.args ?? []),
    ],
    { cwd: temporaryFolder("sipp"), env: { ...process.env, TERM: "xterm" } },
  );
}

/** Waits until somebody listens there: SIPp says nothing when it is ready. */
export async function listening(address: string, port: number, transport: "udp" | "tcp"): Promise<void> {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  const hex = (numbers: number[]) => numbers.map((n) => n.toString(16).padStart(2, "0").toUpperCase()).join("");
  const place = `${hex([d, c, b, a])}:${hex([port >> 8, port & 255])}`;
  await eventually(`SIPp listens at ${address}:${port}`, () =>
    readFileSync(`/proc/net/${transport}`, "latin1").includes(` ${place} `) ? true : undefined,
  );
}
