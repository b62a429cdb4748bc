/**
 * Keeps one network port of a device as the phone wants it: link, LLDP, VLAN, address, marks (feature rows NET-01, -02, -03,
 * -08, -11, -13, -15, -16, -17, -21, -39). By iproute2, dhclient, lldpd, nftables and ethtool; needs the right to
 * administer the network. What cannot be done is reported and keeps nothing else from being done.
 */
import type { Timer } from "../../clock.ts";
import type { NetworkReport, NetworkWanted } from "../../network-setup.ts";
import type { Child } from "../os/process.ts";
import { Daemon, type OnExit } from "./daemon.ts";
import { dhclientConf, type Lease, LeaseReader, leaseScript } from "./dhclient.ts";
import type { KeeperParts } from "./keeper-parts.ts";
import { lldpCommands, type VoicePolicy, voicePolicyIn } from "./lldp.ts";
import { markingRules } from "./marking.ts";
import { reportOf, resolvText } from "./report.ts";
import { type ChosenVlan, chooseVlan, vlanInLease } from "./vlan-choice.ts";

/** The name of the VLAN device; one phone, one VLAN. */
const vlanDevice = "voice";
/** A switch that knows LLDP-MED answers our first packets within this; DHCP waits for it, so as not to ask in the wrong VLAN. */
const lldpWaitMs = 4000;
/** How often the neighbour is asked after between its news, ms. */
const lldpPollMs = 5000;
/** Changes of links come in bursts, ms. */
const settleMs = 200;

export class NetworkKeeper {
  readonly #parts: KeeperParts;
  readonly #troubles = new Map<string, string>();
  readonly #timers = new Set<Timer>();
  #wanted: NetworkWanted | undefined;
  #policy: VoicePolicy | undefined;
  #dhcpVlan: { id: number; priority: number } | undefined;
  #vlan: ChosenVlan | undefined;
  #lease: Lease | undefined;
  #carrier = false;
  #closed = false;
  #lldpd: Daemon | undefined;
  #dhclient: Daemon | undefined;
  #monitor: Daemon | undefined;
  #patience: Timer | undefined;
  #forcedSpeed = false;
  #told = "";
  /** One step after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Makes the port so. Settles when it was tried; a lease may come later. */
  want(wanted: NetworkWanted): Promise<void> {
    return this.#step(async () => {
      if (JSON.stringify(wanted) === JSON.stringify(this.#wanted)) return;
      const before = this.#wanted;
      this.#wanted = wanted;
      this.#monitor ??= this.#keepMonitor();
      await this.#run("link", "ip", ["link", "set", "dev", this.#parts.port, "up"]);
      this.#carrier = await this.#hasCarrier();
      await this.#setSpeed(wanted);
      if (JSON.stringify(before?.lldp) !== JSON.stringify(wanted.lldp)) await this.#setLldp(wanted);
      if (wanted.vlan.dhcpOptions.length === 0) this.#dhcpVlan = undefined;
      await this.#connect();
    });
  }

  /** Ends what it started; the port stays as it is, so that calls live on. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) timer.cancel();
    this.#patience?.cancel();
    for (const daemon of [this.#dhclient, this.#lldpd, this.#monitor]) daemon?.end();
    await this.#last;
  }

  #step(run: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(async () => {
      if (this.#closed) return;
      try {
        await run();
      } catch (error) {
        this.#trouble("network", error instanceof Error ? error.message : String(error));
      }
      this.#tell();
    });
    return this.#last;
  }

  /** VLAN, then address, then marks. What is there already is made anew: only who changes something calls this. */
  async #connect(): Promise<void> {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#stopDhcp();
    this.#vlan = this.#choose(wanted);
    const device = await this.#setVlan();
    if (wanted.address.type === "static") await this.#setStatic(wanted.address, device);
    else await this.#startDhcp(wanted, device);
    await this.#setMarks(wanted);
  }

  #choose(wanted: NetworkWanted): ChosenVlan | undefined {
    const sources = { lldp: this.#policy?.vlan, manual: wanted.vlan.manual, dhcp: this.#dhcpVlan };
    return chooseVlan(sources, this.#vlan, wanted.vlan.fallBack);
  }

  /** The device that has the address. */
  async #setVlan(): Promise<string> {
    const { port, run, say } = this.#parts;
    await run("ip", ["link", "del", "dev", vlanDevice]);
    await run("ip", ["address", "flush", "dev", port, "scope", "global"]);
    this.#trouble("vlan", undefined);
    if (this.#vlan === undefined) return port;
    const { id, priority, from } = this.#vlan;
    // Every packet of the phone has the VLAN's priority, whatever the system thinks of it.
    const map = Array.from({ length: 8 }, (_, own) => `${own}:${priority}`);
    const args = ["link", "add", "link", port, "name", vlanDevice, "type", "vlan", "id", String(id)];
    const made = await run("ip", [...args, "egress-qos-map", ...map]);
    if (!made.ok) {
      this.#trouble(
        "vlan",
        `VLAN ${id} (by ${from}) cannot be made on ${port}: ${made.why}; the phone goes on without`,
      );
      return port;
    }
    await this.#run("vlan", "ip", ["link", "set", "dev", vlanDevice, "up"]);
    say(`VLAN ${id}, priority ${priority}, by ${from}`);
    return vlanDevice;
  }

  async #setStatic(address: Extract<NetworkWanted["address"], { type: "static" }>, device: string): Promise<void> {
    const { resolvConf, write } = this.#parts;
    this.#lease = undefined;
    this.#trouble("dhcp", undefined);
    await this.#run("address", "ip", [
      ...["address", "replace", `${address.address}/${address.prefixLength}`],
      ...["broadcast", "+", "dev", device],
    ]);
    await this.#setGateway(address.gateway, device);
    await write(resolvConf, resolvText(address.dns.servers), 0o644);
  }

  async #setGateway(gateway: string, device: string): Promise<void> {
    if (gateway === "") this.#trouble("gateway", undefined);
    else await this.#run("gateway", "ip", ["route", "replace", "default", "via", gateway, "dev", device]);
  }

  async #startDhcp(wanted: NetworkWanted, device: string): Promise<void> {
    const { clock, folder, write, start } = this.#parts;
    if (wanted.address.type !== "dhcp") return;
    const { hostName, vendorClass } = wanted.address;
    const vlanOptions = wanted.vlan.dhcpOptions;
    const file = (name: string) => `${folder}/dhclient-${name}`;
    await write(file("script"), leaseScript, 0o755);
    await write(file("conf"), dhclientConf({ hostName, vendorClass, vlanOptions }), 0o644);
    const reader = new LeaseReader();
    const args = ["-4", "-d", "-cf", file("conf"), "-lf", file(`${device}.leases`), "-pf", file("pid")];
    this.#dhclient = this.#keep("dhcp", (onExit) =>
      start({
        program: "dhclient",
        args: [...args, "-sf", file("script"), device],
        onOutput: (bytes) => {
          for (const event of reader.push(bytes))
            if (event.type === "lease") void this.#step(() => this.#leased(event.lease, device));
            else if (event.type === "gone") void this.#step(() => this.#leaseGone(device));
        },
        onErrorLine: () => {},
        onExit,
      }),
    );
    this.#patience?.cancel();
    const seconds = wanted.dhcpPatienceSeconds;
    this.#patience = clock.after(seconds * 1000, () => {
      if (this.#lease === undefined)
        void this.#step(async () => this.#trouble("dhcp", `no DHCP server has answered on ${device} for ${seconds} s`));
    });
  }

  async #leased(lease: Lease, device: string): Promise<void> {
    const wanted = this.#wanted;
    if (wanted?.address.type !== "dhcp" || device !== this.#device) return;
    const { run, write, resolvConf, say } = this.#parts;
    this.#patience?.cancel();
    this.#trouble("dhcp", undefined);
    // Inside a VLAN the option says nothing new: two servers that disagree would send the phone round in circles.
    if (this.#vlan === undefined) this.#dhcpVlan = vlanInLease(lease.vlanOptions, wanted.vlan, say);
    if (this.#choose(wanted)?.id !== this.#vlan?.id) {
      await this.#connect();
      return;
    }
    const before = this.#lease;
    this.#lease = lease;
    if (before !== undefined && before.address !== lease.address)
      await run("ip", ["address", "flush", "dev", device, "scope", "global"]);
    await this.#run("address", "ip", [
      ...["address", "replace", `${lease.address}/${lease.prefixLength}`],
      ...["broadcast", "+", "dev", device],
    ]);
    await this.#setGateway(lease.gateway, device);
    const { servers } = wanted.address.dns;
    await write(resolvConf, resolvText(servers.length > 0 ? servers : lease.dns), 0o644);
    if (before?.address !== lease.address)
      say(`DHCP: ${lease.address}/${lease.prefixLength} on ${device} from ${lease.server}`);
  }

  async #leaseGone(device: string): Promise<void> {
    if (this.#lease === undefined || device !== this.#device) return;
    this.#parts.say(`DHCP: the lease of ${this.#lease.address} has ended`);
    this.#lease = undefined;
    await this.#parts.run("ip", ["address", "flush", "dev", device, "scope", "global"]);
    this.#trouble("dhcp", "the lease has ended and no DHCP server gives another");
  }

  #stopDhcp(): void {
    this.#patience?.cancel();
    this.#dhclient?.end();
    this.#dhclient = undefined;
    this.#lease = undefined;
  }

  async #setMarks(wanted: NetworkWanted): Promise<void> {
    await this.#run("marks", "nft", ["-f", "-"], markingRules(wanted.marking, this.#audioDscp(wanted)));
  }

  #audioDscp(wanted: NetworkWanted): number {
    return this.#policy?.dscp ?? wanted.marking.audioDscp;
  }

  async #setSpeed({ speed }: NetworkWanted): Promise<void> {
    // A port that nobody forced negotiates already, and some drivers refuse to be told so.
    if (speed === "auto" && !this.#forcedSpeed) return;
    this.#forcedSpeed = speed !== "auto";
    const [rate = "", duplex = ""] = speed.split("-");
    const how = speed === "auto" ? ["autoneg", "on"] : ["speed", rate, "duplex", duplex, "autoneg", "off"];
    await this.#run("speed", "ethtool", ["-s", this.#parts.port, ...how]);
  }

  // LLDP

  get #lldpSocket(): string {
    return `${this.#parts.folder}/lldpd.socket`;
  }

  async #setLldp({ lldp }: NetworkWanted): Promise<void> {
    const { start, port, folder, clock } = this.#parts;
    this.#lldpd?.end();
    this.#lldpd = undefined;
    this.#policy = undefined;
    this.#trouble("lldp", undefined);
    if (lldp === undefined) return;
    const args = ["-d", "-M", "3", "-I", port, "-u", this.#lldpSocket, "-p", `${folder}/lldpd.pid`];
    this.#lldpd = this.#keep("lldp", (onExit) => {
      this.#after(1000, () => void this.#step(async () => void (await this.#configureLldp())));
      return start({ program: "lldpd", args, onOutput: () => {}, onErrorLine: () => {}, onExit });
    });
    const daemon = this.#lldpd;
    const poll = (): void => {
      if (this.#lldpd !== daemon) return;
      void this.#step(() => this.#askNeighbour(true));
      this.#after(lldpPollMs, poll);
    };
    this.#after(lldpWaitMs + lldpPollMs, poll);
    const until = clock.now() + lldpWaitMs;
    let configured = false;
    while (this.#carrier && this.#policy === undefined && clock.now() < until && !this.#closed) {
      await new Promise<void>((resolve) => {
        clock.after(250, resolve);
      });
      configured ||= await this.#configureLldp();
      if (configured) await this.#askNeighbour(false);
    }
  }

  /** @returns whether the daemon took it; its socket comes a moment after its start */
  async #configureLldp(): Promise<boolean> {
    const lldp = this.#wanted?.lldp;
    if (lldp === undefined || this.#lldpd === undefined) return false;
    for (const command of lldpCommands(lldp)) {
      const done = await this.#parts.run("lldpcli", ["-u", this.#lldpSocket, ...command]);
      if (!done.ok) return false;
    }
    return true;
  }

  async #askNeighbour(follow: boolean): Promise<void> {
    const asked = await this.#parts.run("lldpcli", [
      ...["-u", this.#lldpSocket, "-f", "json0", "show", "neighbors", "details"],
    ]);
    if (!asked.ok) return;
    const policy = voicePolicyIn(asked.output);
    if (JSON.stringify(policy) === JSON.stringify(this.#policy)) return;
    this.#policy = policy;
    const wanted = this.#wanted;
    if (policy !== undefined)
      this.#parts.say(`LLDP: the switch wants voice in VLAN ${policy.vlan?.id ?? "none"}, DSCP ${policy.dscp}`);
    if (!follow || wanted === undefined) return;
    const { id, priority } = this.#choose(wanted) ?? {};
    if (id !== this.#vlan?.id || priority !== this.#vlan?.priority) await this.#connect();
    else await this.#setMarks(wanted);
  }

  // Links

  #keepMonitor(): Daemon {
    let settling: Timer | undefined;
    return this.#keep("monitor", (onExit) =>
      this.#parts.start({
        program: "ip",
        args: ["-o", "monitor", "link"],
        onOutput: () => {
          settling?.cancel();
          settling = this.#after(settleMs, () => void this.#step(() => this.#lookAtLink()));
        },
        onErrorLine: () => {},
        onExit,
      }),
    );
  }

  /** A cable that comes back may lead to another network: the lease is asked for anew (feature row NET-39). */
  async #lookAtLink(): Promise<void> {
    const carrier = await this.#hasCarrier();
    if (carrier === this.#carrier) return;
    this.#carrier = carrier;
    this.#parts.say(carrier ? `${this.#parts.port}: the link is back` : `${this.#parts.port}: the link is gone`);
    if (!carrier) return;
    const wanted = this.#wanted;
    if (wanted?.address.type !== "dhcp") return;
    this.#dhcpVlan = undefined;
    if (this.#vlan?.from === "dhcp") {
      this.#vlan = undefined;
      await this.#connect();
      return;
    }
    this.#dhclient?.end();
    this.#lease = undefined;
    await this.#startDhcp(wanted, this.#device);
  }

  async #hasCarrier(): Promise<boolean> {
    const shown = await this.#parts.run("ip", ["-o", "link", "show", "dev", this.#parts.port]);
    if (!shown.ok) this.#trouble("link", `${this.#parts.port}: ${shown.why}`);
    return shown.ok && /\bLOWER_UP\b/.test(shown.output);
  }

  get #device(): string {
    return this.#vlan === undefined || this.#troubles.has("vlan") ? this.#parts.port : vlanDevice;
  }

  // What runs, and what is told

  #keep(part: string, start: (onExit: OnExit) => Child): Daemon {
    const { clock } = this.#parts;
    const ended = (why: string) => void this.#step(async () => this.#trouble(part, `${part}: ${why}`));
    return new Daemon({ clock, start, ended });
  }

  #after(ms: number, run: () => void): Timer {
    const timer = this.#parts.clock.after(ms, () => {
      this.#timers.delete(timer);
      if (!this.#closed) run();
    });
    this.#timers.add(timer);
    return timer;
  }

  async #run(part: string, program: string, args: readonly string[], input?: string): Promise<void> {
    const done = await this.#parts.run(program, args, input);
    this.#trouble(part, done.ok ? undefined : `${part}: ${program} ${args.join(" ")}: ${done.why}`);
  }

  #trouble(part: string, what: string | undefined): void {
    if (this.#troubles.get(part) === what) return;
    if (what === undefined) this.#troubles.delete(part);
    else {
      this.#troubles.set(part, what);
      this.#parts.say(what);
    }
  }

  #tell(): void {
    const report = this.#report();
    if (report === undefined) return;
    const text = JSON.stringify(report);
    if (text === this.#told) return;
    this.#told = text;
    this.#parts.report(report);
  }

  #report(): NetworkReport | undefined {
    const wanted = this.#wanted;
    if (wanted === undefined) return undefined;
    return reportOf(wanted, {
      ...{ carrier: this.#carrier, lease: this.#lease, audioDscp: this.#audioDscp(wanted) },
      ...{ vlan: this.#troubles.has("vlan") ? undefined : this.#vlan, troubles: [...this.#troubles.values()] },
    });
  }
}
