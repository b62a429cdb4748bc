/** The network helper of a device, a program of its own with the right to administer the network: reads what the phone wants, keeps the port so, reports. Not the phone. */
import type { NetworkReport, NetworkWanted } from "../../network-setup.ts";
import { systemClock } from "../os/clock.ts";
import { startChild } from "../os/process.ts";
import { repeat, runProgram, writeSmallFile } from "../os/run-program.ts";
import { readTextIfThere } from "../os/system-files.ts";
import { NetworkKeeper } from "./keeper.ts";
import { readWanted } from "./wanted-file.ts";

const usage = "usage: network-helper --port eth0 --wanted FILE --folder DIR [--resolv FILE]";
/** How often the phone's wishes are looked at, ms. */
const pollMs = 1000;

/** Until the phone has said what it wants: it has to be reached to be configured. */
const first: NetworkWanted = {
  version: 1,
  address: { type: "dhcp", hostName: "", vendorClass: "yealink", dns: { servers: [] } },
  vlan: { manual: undefined, dhcpOptions: [132], fallBack: false },
  lldp: undefined,
  speed: "auto",
  marking: { signalDscp: 26, audioDscp: 46, signalPorts: [5060, 5061], audioPortMin: 11780, audioPortMax: 11800 },
  dhcpPatienceSeconds: 60,
};

function option(name: string, otherwise?: string): string {
  const at = process.argv.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : process.argv[at + 1];
  if (value !== undefined) return value;
  process.stderr.write(`--${name} is missing\n${usage}\n`);
  process.exit(2);
}

const port = option("port");
const wantedFile = option("wanted");
const folder = option("folder");
const say = (line: string): void => {
  process.stderr.write(`network: ${line}\n`);
};
if (!/^[a-z][a-z0-9.]{0,14}$/i.test(port)) {
  say(`--port ${port}: write the name of a network port, like eth0`);
  process.exit(2);
}

let writing = Promise.resolve();
const report = (text: NetworkReport): void => {
  writing = writing
    .then(() => writeSmallFile(`${folder}/report.json`, `${JSON.stringify(text)}\n`, 0o644))
    .catch((error: unknown) => say(`the report cannot be written: ${String(error)}`));
};
const keeper = new NetworkKeeper({
  clock: systemClock,
  port,
  start: startChild,
  run: runProgram,
  write: writeSmallFile,
  folder,
  resolvConf: option("resolv", "/etc/resolv.conf"),
  report,
  say,
});

let seen: string | undefined;
function look(): void {
  const text = readTextIfThere(wantedFile);
  if (text !== seen || text === undefined) {
    const read = text === undefined ? { ok: true as const, wanted: first } : readWanted(text);
    if (read.ok) void keeper.want(read.wanted);
    else {
      say(`${wantedFile}: ${read.why}; the network stays as it is`);
      if (seen === undefined) void keeper.want(first);
    }
    seen = text ?? seen;
  }
}

look();
const looking = repeat(pollMs, look);
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => {
    looking.cancel();
    void keeper.close().then(() => process.exit(0));
  });
