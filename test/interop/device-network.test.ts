/** The network helper of a device on a real port: dhclient, lldpd and nftables in one network namespace, dnsmasq and the switch's lldpd in another. */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { NetworkReport, NetworkWanted } from "../../hal/network-setup.ts";
import { needs } from "../lab/needs.ts";
import { mayMakeNamespaces } from "./kit/namespace.ts";
import { endAllPrograms, eventually, Program, temporaryFolder } from "./kit/process.ts";

endAllPrograms();

const helper = new URL("../../dist/hal/driver/network/main.js", import.meta.url).pathname;
const phone = `offhook-port-${process.pid}`;
const far = `offhook-switch-${process.pid}`;

const wanted: NetworkWanted = {
  version: 1,
  address: { type: "dhcp", hostName: "desk-7", vendorClass: "yealink", dns: { servers: ["10.48.0.53"] } },
  vlan: { manual: undefined, dhcpOptions: [], fallBack: false },
  lldp: { intervalSeconds: 1, manufacturer: "Offhook", model: "SIP-T46G", firmware: "0.1.0", serial: "001565aabbcc" },
  speed: "auto",
  marking: { signalDscp: 26, audioDscp: 46, signalPorts: [5060], audioPortMin: 11780, audioPortMax: 11800 },
  dhcpPatienceSeconds: 20,
};

function run(...[command = "", ...args]: readonly string[]): string {
  return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

const inside = (name: string, ...command: readonly string[]) => ["ip", "netns", "exec", name, ...command] as const;

function start(name: string, ...command: readonly string[]): Program {
  const [ip, ...args] = inside(name, ...command);
  return new Program(ip, args);
}

class Desk {
  readonly folder = temporaryFolder("port");
  readonly dhcp: Program;
  readonly lldp: Program;
  readonly helper: Program;

  constructor() {
    // lldpcli lays its rights down before it connects.
    chmodSync(this.folder, 0o755);
    for (const name of [phone, far]) run("ip", "netns", "add", name);
    run("ip", "link", "add", "eth0", "netns", phone, "type", "veth", "peer", "name", "sw0", "netns", far);
    run("ip", "-n", far, "address", "add", "10.48.0.1/24", "dev", "sw0");
    for (const link of ["lo", "sw0"]) run("ip", "-n", far, "link", "set", link, "up");
    run("ip", "-n", phone, "link", "set", "lo", "up");
    this.dhcp = start(
      far,
      ...["dnsmasq", "-d", "-C", "/dev/null", "--port=0", "--interface=sw0", "--bind-interfaces", "--log-dhcp"],
      ...["--dhcp-range=10.48.0.50,10.48.0.60,120", "--dhcp-option=6,10.48.0.2", "--dhcp-option=66,tftp.example"],
      ...["--dhcp-authoritative", `--dhcp-leasefile=${join(this.folder, "leases")}`],
    );
    this.lldp = start(
      far,
      ...["lldpd", "-d", "-M", "4", "-I", "sw0", "-u", this.socket, "-p", join(this.folder, "switch.pid")],
    );
    this.want(wanted);
    this.helper = start(
      phone,
      ...[process.execPath, helper, "--port", "eth0", "--wanted", join(this.folder, "wanted.json")],
      ...["--folder", this.folder, "--resolv", join(this.folder, "resolv.conf")],
    );
  }

  get socket(): string {
    return join(this.folder, "switch.socket");
  }

  want(text: NetworkWanted | string): void {
    writeFileSync(join(this.folder, "wanted.json"), typeof text === "string" ? text : JSON.stringify(text));
  }

  reported(what: string, seen: (report: NetworkReport) => boolean): Promise<NetworkReport> {
    return eventually(
      what,
      () => {
        const report = JSON.parse(readFileSync(join(this.folder, "report.json"), "utf8")) as NetworkReport;
        return seen(report) ? report : undefined;
      },
      40_000,
      () => this.helper.output.slice(-1500),
    );
  }

  switchSays(...words: readonly string[]): string {
    return run(...inside(far, "lldpcli", "-u", this.socket, ...words));
  }
}

// Known before the test begins: what a test registers while it runs comes too late.
afterAll(() => {
  for (const name of [phone, far])
    try {
      run("ip", "netns", "del", name);
    } catch {
      // Never made.
    }
});

describe.runIf(needs("ip", "dnsmasq", "dhclient", "lldpd", "nft") && mayMakeNamespaces())("a device's port", () => {
  it("NET-08: a lease with the host name, LLDP-MED, marks, a lost link, a bad order and a static address", async () => {
    const desk = new Desk();
    const leased = await desk.reported("a lease", ({ address }) => address.startsWith("10.48.0."));
    expect(leased).toMatchObject({ addressFrom: "dhcp", gateway: "10.48.0.1", carrier: true });
    expect(leased.dhcpOptions["tftp-server-name"]).toBe("tftp.example");
    expect(run("ip", "-n", phone, "address", "show", "dev", "eth0")).toContain(leased.address);
    expect(readFileSync(join(desk.folder, "resolv.conf"), "utf8")).toContain("nameserver 10.48.0.53\n");
    expect(desk.dhcp.output).toContain("client provides name: desk-7");
    expect(desk.dhcp.output).toContain("vendor class: yealink");

    // The phone as the switch sees it, and the switch's policy: untagged, since test kernels may have no VLANs.
    await eventually(
      "the switch sees a telephone",
      () => /SIP-T46G/.test(desk.switchSays("show", "neighbors", "details")) || undefined,
      20_000,
    );
    const seen = desk.switchSays("show", "neighbors", "details");
    expect(seen).toContain("Communication Device Endpoint (Class III)");
    expect(seen).toMatch(/Serial Number:\s+001565aabbcc/);
    desk.switchSays("configure", "med", "policy", "application", "voice", "priority", "voice", "dscp", "34");
    desk.switchSays("configure", "lldp", "tx-interval", "1");
    await desk.reported("the switch's DSCP", ({ audioDscp }) => audioDscp === 34);

    // What arrives on the far side carries the marks.
    const wire = start(
      far,
      "tshark",
      "-l",
      "-n",
      "-i",
      "sw0",
      "-f",
      "udp and dst port 5555",
      "-T",
      "fields",
      "-e",
      "udp.srcport",
      "-e",
      "ip.dsfield.dscp",
    );
    await wire.until("captures", (output) => output.includes("Capturing"), 20_000);
    const send = `const d=require("node:dgram");for(const p of [11784,5060,40000]){const s=d.createSocket("udp4");s.bind(p,()=>s.send("x",5555,"10.48.0.1",()=>s.close()));}`;
    run(...inside(phone, process.execPath, "-e", send));
    await wire.until(
      "three packets",
      (output) => /11784\t34/.test(output) && /5060\t26/.test(output) && /40000\t0/.test(output),
      20_000,
    );

    run("ip", "-n", far, "link", "set", "sw0", "down");
    await desk.reported("the loss of the link", ({ carrier }) => !carrier);
    run("ip", "-n", far, "link", "set", "sw0", "up");
    await desk.reported("the link and a lease", ({ carrier, address }) => carrier && address !== "");

    desk.want('{"version":1,"vlan":{"manual":{"id":5000,"priority":0}}}');
    await desk.helper.until("refuses", (output) => output.includes("the network stays as it is"), 20_000);
    expect(run("ip", "-n", phone, "address", "show", "dev", "eth0")).toContain("10.48.0.");

    const address = {
      type: "static",
      address: "10.48.0.99",
      prefixLength: 24,
      gateway: "10.48.0.1",
      dns: { servers: [] },
    } as const;
    desk.want({ ...wanted, lldp: undefined, address });
    await desk.reported("a static address", (report) => report.address === "10.48.0.99/24");
    const shown = run("ip", "-n", phone, "address", "show", "dev", "eth0");
    expect(shown).toContain("inet 10.48.0.99/24");
    expect(shown).not.toContain(leased.address);
    expect(run("ip", "-n", phone, "route")).toContain("default via 10.48.0.1 dev eth0");
    expect(await desk.helper.stop()).toBe(0);
  }, 150_000);
});
