/** What the configuration wants of the network port, and what of it is refused. */
import { describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { readWanted } from "../../../hal/driver/network/wanted-file.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { networkRows, reportIn } from "../../../src/device/network-rows.ts";
import { touchesNetwork, wantedNetwork } from "../../../src/device/wanted-network.ts";

function from(lines: Readonly<Record<string, string | number>>) {
  const config = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  const text = Object.entries(lines).map(([name, value]) => `${name} = ${value}\n`);
  const problems = config.load("mac", "phone.cfg", `#!version:1.0.0.1\n${text.join("")}`);
  const facts = { model: "SIP-T46G", accounts: 16, firmware: "0.1.0", mac: "00:15:65:aa:bb:cc" };
  return { ...wantedNetwork(config, facts), refused: problems.length };
}

const fixed = {
  "static.network.internet_port.type": 2,
  "static.network.internet_port.ip": "192.0.2.7",
  "static.network.internet_port.mask": "255.255.255.0",
  "static.network.internet_port.gateway": "192.0.2.1",
  "static.network.primary_dns": "192.0.2.53",
};

describe("what the configuration wants of the network port", () => {
  test("NET-01: DHCP is wanted unless told otherwise, with LLDP and option 132, and the helper takes the order", () => {
    const { wanted, problems } = from({});
    expect(problems).toEqual([]);
    expect(wanted?.address).toEqual({
      type: "dhcp",
      hostName: "SIP-T46G",
      vendorClass: "yealink",
      dns: { servers: [] },
    });
    expect(wanted?.vlan).toEqual({ manual: undefined, dhcpOptions: [132], fallBack: false });
    expect(wanted?.lldp).toMatchObject({ intervalSeconds: 60, model: "SIP-T46G", serial: "001565aabbcc" });
    expect(readWanted(JSON.stringify(wanted))).toEqual({ ok: true, wanted });
  });

  test("NET-02: a static address comes with its mask as prefix, gateway and DNS servers", () => {
    const { wanted, problems } = from(fixed);
    expect(problems).toEqual([]);
    expect(wanted?.address).toEqual({
      type: "static",
      address: "192.0.2.7",
      prefixLength: 24,
      gateway: "192.0.2.1",
      dns: { servers: ["192.0.2.53"] },
    });
    expect(readWanted(JSON.stringify(wanted))).toEqual({ ok: true, wanted });
  });

  test.each([
    ["ip", "", "needs an IPv4 address"],
    ["ip", "192.0.2.255", "is no address of one device"],
    ["ip", "224.0.0.7", "is no address of one device"],
    ["mask", "255.0.255.0", "255.0.255.0 is no mask"],
    ["mask", "", "nothing is no mask"],
    ["gateway", "198.51.100.1", "is not another device of the network"],
    ["gateway", "192.0.2.7", "is not another device of the network"],
  ])('NET-02: static %s "%s" is refused as a whole and named: %s', (part, value, why) => {
    const name = `static.network.internet_port.${part}`;
    const { wanted, problems } = from({ ...fixed, [name]: value });
    expect(wanted).toBeUndefined();
    expect(problems.join("; ")).toContain(`${name.slice(7)}: `);
    expect(problems.join("; ")).toContain(why);
  });

  test("NET-03: with static DNS under DHCP the configured servers are wanted, without it they are not", () => {
    const servers = { "static.network.primary_dns": "192.0.2.53", "static.network.secondary_dns": "192.0.2.54" };
    expect(from(servers).wanted?.address.dns.servers).toEqual([]);
    expect(from({ ...servers, "static.network.static_dns_enable": 1 }).wanted?.address.dns.servers).toEqual([
      "192.0.2.53",
      "192.0.2.54",
    ]);
  });

  test("NET-08: the host name for DHCP is the configured one; what a name cannot have is replaced and named", () => {
    expect(from({ "static.network.dhcp_host_name": "desk-7" }).wanted?.address).toMatchObject({ hostName: "desk-7" });
    const { wanted, problems } = from({ "static.network.dhcp_host_name": 'my"desk' });
    expect(wanted?.address).toMatchObject({ hostName: "my-desk" });
    expect(problems).toEqual([expect.stringContaining("network.dhcp_host_name")]);
  });

  test("NET-13: a VLAN by hand has number and priority; 5000 is refused, and the VLAN before stays", () => {
    const on = { "static.network.vlan.internet_port_enable": 1, "static.network.vlan.internet_port_priority": 5 };
    expect(from({ ...on, "static.network.vlan.internet_port_vid": 20 }).wanted?.vlan.manual).toEqual({
      id: 20,
      priority: 5,
    });
    const bad = from({ ...on, "static.network.vlan.internet_port_vid": 5000 });
    expect(bad.refused).toBe(1);
    expect(bad.wanted?.vlan.manual).toEqual({ id: 1, priority: 5 });
  });

  test("NET-15: options that cannot tell a VLAN are left out and named; switched off there are none", () => {
    const { wanted, problems } = from({ "static.network.vlan.dhcp_option": "132,x,6,128" });
    expect(wanted?.vlan.dhcpOptions).toEqual([132, 128]);
    expect(problems).toHaveLength(2);
    expect(from({ "static.network.vlan.dhcp_enable": 0 }).wanted?.vlan.dhcpOptions).toEqual([]);
  });

  test("NET-17: the marks have the configured values, the ports of SIP, of the accounts' servers and of sound", () => {
    const { wanted } = from({
      "static.network.qos.rtptos": 40,
      "static.network.qos.signaltos": 24,
      "account.2.enable": 1,
      "account.2.sip_server.1.port": 5080,
      "static.network.port.min_rtpport": 20000,
      "static.network.port.max_rtpport": 20100,
    });
    expect(wanted?.marking).toMatchObject({ audioDscp: 40, signalDscp: 24, audioPortMin: 20000, audioPortMax: 20100 });
    expect(wanted?.marking.signalPorts).toEqual([5060, 5061, 5080]);
  });

  test("NET-21: speed and duplex by the guide's numbers", () => {
    const speeds = [0, 1, 2, 3, 4, 5].map(
      (value) => from({ "static.network.internet_port.speed_duplex": value }).wanted?.speed,
    );
    expect(speeds).toEqual(["auto", "10-full", "100-full", "10-half", "100-half", "1000-full"]);
  });

  test("NET-39: DHCP's patience is a number of seconds or the built-in 60", () => {
    expect(from({ "static.network.attempt_expired_time": 15 }).wanted?.dhcpPatienceSeconds).toBe(15);
    const bad = from({ "static.network.attempt_expired_time": "soon" });
    expect([bad.wanted?.dhcpPatienceSeconds, bad.problems.length]).toEqual([60, 1]);
  });

  test("NET-39: only settings of the network port ask for a restart", () => {
    expect(touchesNetwork("network.internet_port.ip")).toBe(true);
    expect(touchesNetwork("network.vlan.dhcp_option")).toBe(true);
    expect(touchesNetwork("network.port.http")).toBe(false);
    expect(touchesNetwork("account.1.label")).toBe(false);
  });
});

describe("the report on the LCD", () => {
  test("NET-16: the status page says which VLAN and by whom, and where the address is from", () => {
    const report = reportIn(
      JSON.stringify({
        version: 1,
        carrier: true,
        address: "192.0.2.7/24",
        addressFrom: "dhcp",
        gateway: "192.0.2.1",
        dns: ["192.0.2.53"],
        vlan: { id: 500, priority: 5, from: "lldp" },
        audioDscp: 34,
        dhcpOptions: {},
        troubles: [],
      }),
    );
    const rows = new Map(networkRows(report));
    expect(rows.get("VLAN")).toBe("500, priority 5, by LLDP");
    expect(rows.get("Address by")).toBe("DHCP");
    expect(rows.get("Network")).toBe("192.0.2.7/24");
  });

  test("NET-16: what is no report gives no rows", () => {
    for (const text of ["", "{", "null", '{"version":2,"troubles":[]}', '{"version":1}'])
      expect(networkRows(reportIn(text))).toEqual([]);
  });
});
