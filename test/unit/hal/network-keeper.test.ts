/** The network helper at work: which programs it runs, in which order, and what it reports; the programs are simulated. */
import { describe, expect, test } from "vitest";
import { NetworkKeeper } from "../../../hal/driver/network/keeper.ts";
import type { ChildOptions } from "../../../hal/driver/os/process.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import type { NetworkReport, NetworkWanted } from "../../../hal/network-setup.ts";

const dhcp: NetworkWanted = {
  version: 1,
  address: { type: "dhcp", hostName: "desk-7", vendorClass: "yealink", dns: { servers: [] } },
  vlan: { manual: undefined, dhcpOptions: [132], fallBack: false },
  lldp: undefined,
  speed: "auto",
  marking: { signalDscp: 26, audioDscp: 46, signalPorts: [5060], audioPortMin: 11780, audioPortMax: 11800 },
  dhcpPatienceSeconds: 10,
};

const fixed: NetworkWanted = {
  ...dhcp,
  address: {
    type: "static",
    address: "192.0.2.7",
    prefixLength: 24,
    gateway: "192.0.2.1",
    dns: { servers: ["192.0.2.53"] },
  },
};

class Device {
  readonly clock = new ManualClock();
  readonly ran: string[] = [];
  readonly files = new Map<string, string>();
  readonly said: string[] = [];
  readonly children: (ChildOptions & { killed: boolean })[] = [];
  readonly refuses = new Set<string>();
  carrier = true;
  report: NetworkReport | undefined;

  readonly keeper = new NetworkKeeper({
    clock: this.clock,
    port: "eth0",
    folder: "/run/x",
    resolvConf: "/etc/resolv.conf",
    start: (options) => {
      const child = { ...options, killed: false };
      this.children.push(child);
      const kill = () => {
        child.killed = true;
      };
      return { queuedBytes: 0, write: () => {}, bytesRead: () => undefined, kill };
    },
    run: async (program, args) => {
      const line = `${program} ${args.join(" ")}`;
      this.ran.push(line);
      if ([...this.refuses].some((part) => line.includes(part))) return { ok: false, output: "", why: "refused" };
      return { ok: true, output: this.carrier ? "2: eth0: <UP,LOWER_UP>" : "2: eth0: <UP>", why: "" };
    },
    write: async (path, text) => {
      this.files.set(path, text);
    },
    report: (report) => {
      this.report = report;
    },
    say: (line) => {
      this.said.push(line);
    },
  });

  running(program: string) {
    return this.children.filter((child) => child.program === program && !child.killed);
  }

  async lease(address: string, ...more: string[]): Promise<void> {
    const lines = ["reason=BOUND", `new_ip_address=${address}`, "new_subnet_mask=255.255.255.0", ...more];
    const text = `offhook-begin\n${lines.join("\n")}\noffhook-end\n`;
    this.running("dhclient").at(-1)?.onOutput(new TextEncoder().encode(text));
    await settled();
  }
}

/** Steps of the keeper are chains of promises that are fulfilled already. */
async function settled(): Promise<void> {
  for (let n = 0; n < 200; n++) await Promise.resolve();
}

describe("the network helper", () => {
  test("NET-02: a static address is set with gateway and name servers, without DHCP", async () => {
    const device = new Device();
    await device.keeper.want(fixed);
    expect(device.ran).toContain("ip address replace 192.0.2.7/24 broadcast + dev eth0");
    expect(device.ran).toContain("ip route replace default via 192.0.2.1 dev eth0");
    expect(device.files.get("/etc/resolv.conf")).toContain("nameserver 192.0.2.53\n");
    expect(device.running("dhclient")).toHaveLength(0);
    expect(device.report).toMatchObject({ address: "192.0.2.7/24", addressFrom: "static", troubles: [] });
    await device.keeper.close();
  });

  test("NET-13: with a VLAN by hand the address stands on the tagged device, every packet with its priority", async () => {
    const device = new Device();
    await device.keeper.want({ ...fixed, vlan: { ...fixed.vlan, manual: { id: 20, priority: 5 } } });
    const made = device.ran.find((line) => line.startsWith("ip link add"));
    expect(made).toBe(
      "ip link add link eth0 name voice type vlan id 20 egress-qos-map 0:5 1:5 2:5 3:5 4:5 5:5 6:5 7:5",
    );
    expect(device.ran).toContain("ip address replace 192.0.2.7/24 broadcast + dev voice");
    expect(device.report?.vlan).toEqual({ id: 20, priority: 5, from: "manual" });
    await device.keeper.close();
  });

  test("NET-15: a VLAN in the first lease leads to a second DHCP inside it, and the option there counts no more", async () => {
    const device = new Device();
    await device.keeper.want(dhcp);
    expect(device.running("dhclient")[0]?.args.at(-1)).toBe("eth0");
    await device.lease("192.0.2.9", "new_offhook_132=49 48 48");
    expect(device.ran.some((line) => line.includes("type vlan id 100 "))).toBe(true);
    expect(device.ran).not.toContain("ip address replace 192.0.2.9/24 broadcast + dev eth0");
    expect(device.running("dhclient").map((child) => child.args.at(-1))).toEqual(["voice"]);
    await device.lease("198.51.100.9", "new_offhook_132=50 48 48");
    expect(device.report).toMatchObject({ address: "198.51.100.9/24", vlan: { id: 100, from: "dhcp" } });
    await device.keeper.close();
  });

  test("NET-16: a VLAN by hand is not left for that of DHCP", async () => {
    const device = new Device();
    await device.keeper.want({ ...dhcp, vlan: { ...dhcp.vlan, manual: { id: 20, priority: 0 } } });
    await device.lease("192.0.2.9", "new_offhook_132=100");
    expect(device.report).toMatchObject({ address: "192.0.2.9/24", vlan: { id: 20, from: "manual" } });
    await device.keeper.close();
  });

  test("NET-13: where the VLAN cannot be made the phone goes on without, and says so", async () => {
    const device = new Device();
    device.refuses.add("type vlan");
    await device.keeper.want({ ...fixed, vlan: { ...fixed.vlan, manual: { id: 20, priority: 0 } } });
    expect(device.ran).toContain("ip address replace 192.0.2.7/24 broadcast + dev eth0");
    expect(device.report?.vlan).toBeUndefined();
    expect(device.report?.troubles).toEqual([
      "VLAN 20 (by manual) cannot be made on eth0: refused; the phone goes on without",
    ]);
    await device.keeper.close();
  });

  test("NET-03: with DNS servers of one's own those of the lease are not used", async () => {
    const device = new Device();
    const address = { ...dhcp.address, dns: { servers: ["203.0.113.53"] } };
    await device.keeper.want({ ...dhcp, address });
    await device.lease("192.0.2.9", "new_domain_name_servers=192.0.2.53");
    expect(device.files.get("/etc/resolv.conf")).toContain("203.0.113.53");
    expect(device.files.get("/etc/resolv.conf")).not.toContain("192.0.2.53");
    await device.keeper.close();
  });

  test("NET-21: a forced speed is set without negotiation, and taken back by automatic", async () => {
    const device = new Device();
    await device.keeper.want({ ...fixed, speed: "100-half" });
    expect(device.ran).toContain("ethtool -s eth0 speed 100 duplex half autoneg off");
    await device.keeper.want(fixed);
    expect(device.ran).toContain("ethtool -s eth0 autoneg on");
    await device.keeper.close();
  });

  test("NET-39: a link that comes back has DHCP begin anew; a silent server is told after the time that is set", async () => {
    const device = new Device();
    await device.keeper.want(dhcp);
    await device.lease("192.0.2.9");
    const [first] = device.running("dhclient");
    for (const carrier of [false, true]) {
      device.carrier = carrier;
      device.running("ip")[0]?.onOutput(new Uint8Array(1));
      device.clock.advance(200);
      await settled();
      expect(device.report?.carrier).toBe(carrier);
    }
    expect(first?.killed).toBe(true);
    expect(device.running("dhclient")).toHaveLength(1);
    device.clock.advance(10_000);
    await settled();
    expect(device.report?.troubles).toEqual(["no DHCP server has answered on eth0 for 10 s"]);
    await device.lease("192.0.2.10");
    expect(device.report).toMatchObject({ address: "192.0.2.10/24", troubles: [] });
    await device.keeper.close();
  });

  test("NET-39: dhclient that ends is started again, and its absence is named", async () => {
    const device = new Device();
    await device.keeper.want(dhcp);
    device.running("dhclient")[0]?.onExit({ type: "absent", why: "spawn dhclient ENOENT" });
    await settled();
    expect(device.report?.troubles).toEqual(["dhcp: not installed: spawn dhclient ENOENT"]);
    device.clock.advance(60_000);
    expect(device.children.filter((child) => child.program === "dhclient")).toHaveLength(2);
    await device.keeper.close();
  });
});
