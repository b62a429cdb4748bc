/** The whole phone in the guest: what it is started with, and how sound is put before its microphone and taken from its earpiece. */
import { join } from "node:path";
import { Program, temporaryFolder } from "../interop/kit/process.ts";
import type { Rig } from "./rig.ts";

export const serverPort = 17_060;
const rtpPort = 17_100;
/** The other ends of the loopback card (board/rig/README.md). */
const microphone = "plughw:CARD=Loopback,DEV=1,SUBDEV=1";
const earpiece = "plughw:CARD=Loopback,DEV=1,SUBDEV=0";

const configPath = ({ place }: Rig): string => `${place.data}/rig.cfg`;

/** Where the phone keeps what it keeps. */
export const phoneFolder = ({ place }: Rig): string => `${place.data}/phone`;

/** Parameters of account 1 at a server on the host. */
export async function writeConfig(rig: Rig, serverPort: number): Promise<void> {
  const rows = {
    "account.1.enable": 1,
    "account.1.label": 1001,
    "account.1.display_name": "Rig",
    "account.1.user_name": 1001,
    "account.1.auth_name": 1001,
    "account.1.password": "none",
    "account.1.sip_server.1.address": rig.place.outside,
    "account.1.sip_server.1.port": serverPort,
    "account.1.codec.g722.enable": 0,
    "account.1.sip_trust_ctrl": 0,
  };
  const lines = Object.entries(rows).map(([name, value]) => `${name} = ${value}`);
  await rig.put(configPath(rig), Buffer.from(`#!version:1.0.0.1\n${lines.join("\n")}\n`));
  await rig.run("sync");
}

/** Starts the phone of the project's own build; gives how long it took to be ready by its own clock, s. */
export async function startPhone(rig: Rig): Promise<number> {
  const { app, node, address } = rig.place;
  const started = await rig.uptime();
  const options = ["--board", "rig", "--data", phoneFolder(rig), "--config", configPath(rig), "--bind", address];
  await rig.start("phone", [node, `${app}/dist/src/main.js`, ...options, "--web", "127.0.0.1:8080"]);
  await rig.says("phone", '"event":"ready"', 200_000);
  return (await rig.uptime()) - started;
}

/** What the phone says of itself: accounts, notices, calls. */
export function statusOf(rig: Rig): Promise<string> {
  return rig.page("http://127.0.0.1:8080/");
}

/** Says `wav` into the microphone again and again, until `name` is ended. */
export async function sayAgain(rig: Rig, wav: Uint8Array): Promise<void> {
  await rig.put("/tmp/said.wav", wav);
  await rig.start("mouth", ["sh", "-c", `while true; do aplay -q -D ${microphone} /tmp/said.wav || exit 1; done`]);
}

/** What comes out of the earpiece within some seconds, as a WAV file of 16 kHz. */
export async function listen(rig: Rig, seconds: number): Promise<Uint8Array> {
  await rig.run(`arecord -q -D ${earpiece} -f S16_LE -r 16000 -c 1 -d ${seconds} /tmp/heard.wav`);
  return rig.take("/tmp/heard.wav");
}

/** What SIPp says when it failed. */
export const lastWords = (program: Program): string => program.output.slice(-2000);

/** SIPp as server.xml has it, on this machine: takes registrations and calls, and sends sound back. */
export function answeringServer({ outside, outsideBinds }: Rig["place"]): Program {
  const scenario = join(import.meta.dirname, "server.xml");
  const own = ["-i", outsideBinds, "-p", String(serverPort), "-mi", outsideBinds, "-mp", String(rtpPort)];
  const manner = ["-key", "outside", outside, "-rtp_echo", "-nostdin", "-trace_err", "-recv_timeout", "400000"];
  return new Program("sipp", ["-sf", scenario, ...own, ...manner], {
    cwd: temporaryFolder("sipp"),
    env: { ...process.env, TERM: "xterm" },
  });
}
