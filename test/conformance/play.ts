/** Plays one row of the table: SIPp with its scenario on one side, the phone and the person at it on the other. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { PhoneProcess } from "../interop/kit/phone.ts";
import { eventually, Program, temporaryFolder } from "../interop/kit/process.ts";
import { listening } from "../interop/kit/sipp.ts";
import { scenarioFile, type Words } from "./scenario.ts";
import type { Row, Step } from "./table.ts";

const folder = temporaryFolder("sipp");

interface Peer {
  readonly scenario: string;
  readonly with?: Words;
}

/** What SIPp heard and said there, kept where a step waits for it. */
const messagesOf = (address: string) => join(folder, `${address}.messages`);

export function startPeer(row: Row, peer: Peer, address: string, port: number, target?: string): Program {
  return new Program(
    "sipp",
    [
      ...(target === undefined ? [] : [`${target}:5060`]),
      ...["-sf", scenarioFile(peer.scenario, peer.with ?? {}), "-i", address, "-p", String(port), "-m", "1"],
      ...["-t", row.transport === "tcp" ? "t1" : "u1", "-nostdin", "-trace_err", "-timeout_error"],
      ...["-timeout", row.long === true ? "90s" : "20s", "-recv_timeout", row.long === true ? "80000" : "8000"],
      ...(row.counted === true ? ["-nr"] : []),
      ...(row.steps?.some((one) => one === "invited" || one === "changed") === true
        ? ["-trace_msg", "-message_file", messagesOf(address)]
        : []),
      // What the scenario does not say must not happen: neither BYE nor CANCEL of SIPp's own invention.
      ...["-default_behaviors", "abortunexp", "-timer_resol", "5"],
    ],
    { cwd: folder, env: { ...process.env, TERM: "xterm" } },
  );
}

async function step(phone: PhoneProcess, row: Row, peer: string, what: Step): Promise<void> {
  switch (what) {
    case "dial": {
      if (row.number !== undefined) return phone.dial(row.number);
      const parameters = row.parameters ?? `;transport=${row.transport ?? "udp"}`;
      return phone.dial(`sip:${row.user ?? "peer"}@${peer}:5060${parameters}`);
    }
    case "answer":
      return phone.keys("ok");
    case "reject":
    case "cancel":
      return phone.keys("cancel");
    case "hold":
      return phone.keys("hold");
    case "invited":
      // The screen says that the phone calls before the INVITE has left: a connection may have to be made first.
      await eventually("the INVITE at SIPp", () => {
        const file = messagesOf(peer);
        return existsSync(file) && readFileSync(file, "latin1").includes("INVITE sip") ? true : undefined;
      });
      return;
    case "changed":
      await eventually("the final response to SIPp's second request", () => answered(messagesOf(peer)) || undefined);
      return;
    case "ringback":
    case "incoming":
      await phone.screen(what);
      return;
    case "talking":
      await phone.seen("talking", ({ screen }) => screen.id === "talking");
      return;
    case "held":
      await phone.screen("talking_held");
      return;
    case "over":
      await phone.seen("no call", ({ screen }) => screen.id === "idle" || screen.id === "ended", 60_000);
      return;
    default:
      what satisfies never;
  }
}

/** Whether SIPp's log has a final response to its request of CSeq number 2. */
function answered(file: string): boolean {
  if (!existsSync(file)) return false;
  const received = readFileSync(file, "latin1")
    .split(/message received/)
    .slice(1);
  return received.some((text) => /^SIP\/2\.0 [2-6][\s\S]*?^CSeq: 2 /m.test(text.split("message sent", 1)[0] ?? ""));
}

const usualSteps = { client: ["dial"], server: ["incoming", "answer"] } as const;

/** Fails with what SIPp or the phone said when the row is not kept; the phone is idle afterwards. */
export async function play(phone: PhoneProcess, row: Row, address: string): Promise<void> {
  const transport = row.transport ?? "udp";
  const peers: Program[] = [];
  try {
    if (row.second !== undefined) {
      peers.push(startPeer(row, row.second, address, 5070));
      await listening(address, 5070, transport);
    }
    if (row.phone === "client") {
      peers.push(startPeer(row, row, address, 5060));
      await listening(address, 5060, transport);
    } else peers.push(startPeer(row, row, address, 5060, phone.address));
    for (const what of row.steps ?? usualSteps[row.phone]) await step(phone, row, address, what);
    for (const peer of peers) expect(await peer.ended, "SIPp's exit status").toBe(0);
  } catch (error) {
    // What SIPp says of it is nearer to the cause than what the screen does not show.
    for (const peer of peers) await peer.stop(1000);
    const said = peers.map((peer) => complaints(peer.output)).join("\n");
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said}`, { cause: error });
  } finally {
    await Promise.all(peers.map((peer) => peer.stop(1000)));
    await phone.endCalls();
  }
}

/** SIPp's words without its screens. */
export function complaints(output: string): string {
  return output
    .replace(/-+ Scenario Screen -[\s\S]*?-+ (?:Test Terminated|Sipp Server Mode|\[\+\|-\|)[^\n]*\n/g, "")
    .replace(/-+ Statistics Screen -[\s\S]*?(?:Test Terminated -+\n|$)/g, "")
    .slice(0, 4000);
}
