/** What the network helper tells dhclient, lldpd and nftables, and what it makes of their answers. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dhclientConf, LeaseReader } from "../../../hal/driver/network/dhclient.ts";
import { lldpCommands, voicePolicyIn } from "../../../hal/driver/network/lldp.ts";
import { markingRules } from "../../../hal/driver/network/marking.ts";
import { chooseVlan, vlanInOption } from "../../../hal/driver/network/vlan-choice.ts";
import { readWanted } from "../../../hal/driver/network/wanted-file.ts";
import { ipv4Number, prefixLengthOf } from "../../../hal/ipv4.ts";

const bytes = (text: string) => [...new TextEncoder().encode(text)];
const tag = (id: number) => ({ id, priority: 3 });
const none = { lldp: undefined, manual: undefined, dhcp: undefined };

describe("VLAN", () => {
  test("NET-16: LLDP counts before the configuration, that before DHCP", () => {
    const all = { lldp: tag(10), manual: tag(20), dhcp: tag(30) };
    expect(chooseVlan(all, undefined, false)).toEqual({ id: 10, priority: 3, from: "lldp" });
    expect(chooseVlan({ ...all, lldp: undefined }, undefined, false)?.from).toBe("manual");
    expect(chooseVlan({ ...none, dhcp: tag(30) }, undefined, false)?.from).toBe("dhcp");
    expect(chooseVlan(none, undefined, true)).toBeUndefined();
  });

  test("NET-16: a source that falls silent keeps its VLAN, unless a lower one may follow or a higher one speaks", () => {
    const before = { id: 20, priority: 3, from: "manual" as const };
    expect(chooseVlan({ ...none, dhcp: tag(30) }, before, false)).toEqual(before);
    expect(chooseVlan({ ...none, dhcp: tag(30) }, before, true)?.id).toBe(30);
    expect(chooseVlan({ ...none, lldp: tag(10) }, before, false)?.id).toBe(10);
    expect(chooseVlan(none, before, true)).toBeUndefined();
  });

  test.each([
    ["text", bytes("100"), 100],
    ["text with zero at its end", [...bytes("100"), 0], 100],
    ["the maker's form", bytes("VLAN-A=100;"), 100],
    ["hexadecimal text", bytes("0x64"), 100],
    ["one byte", [100], 100],
    ["two bytes", [0x0f, 0xfe], 4094],
    ["four bytes", [0, 0, 1, 0xf4], 500],
    ["zero", bytes("0"), undefined],
    ["5000", bytes("5000"), undefined],
    ["4095 in two bytes", [0x0f, 0xff], undefined],
    ["words", bytes("voice"), undefined],
    ["nothing", [], undefined],
  ])("NET-15: an option with %s", (_, option, id) => {
    expect(vlanInOption(option)).toBe(id);
  });
});

describe("DHCP", () => {
  const conf = dhclientConf({ hostName: "desk-7", vendorClass: "yealink", vlanOptions: [132, 128] });

  test("NET-01: asks for the guide's options and those that tell a VLAN", () => {
    for (const name of ["subnet-mask", "routers", "domain-name-servers", "ntp-servers", "tftp-server-name"])
      expect(conf).toMatch(new RegExp(`request .*\\b${name}\\b`));
    expect(conf).toContain("option offhook-132 code 132 = array of unsigned integer 8;");
    expect(conf).toMatch(/request .*offhook-132, offhook-128;/);
  });

  test("NET-08: sends the host name, and nothing of it is taken for the file's own syntax", () => {
    expect(conf).toContain('send host-name "desk-7";');
    const evil = dhclientConf({ hostName: 'a"; script "/tmp/x', vendorClass: "", vlanOptions: [] });
    expect(evil).toContain('send host-name "a; script /tmp/x";');
    expect(evil).not.toContain("vendor-class");
  });

  const said = (lines: readonly string[]) => `offhook-begin\n${lines.join("\n")}\noffhook-end\n`;
  const bound = [
    "reason=BOUND",
    "PATH=/bin",
    "new_ip_address=192.0.2.9",
    "new_subnet_mask=255.255.255.128",
    "new_routers=192.0.2.1 192.0.2.2",
    "new_domain_name_servers=192.0.2.53",
    "new_dhcp_server_identifier=192.0.2.1",
    "new_offhook_132=49 48 48",
    "new_tftp_server_name=tftp.example.com",
  ];

  test("NET-01: a lease is read from the script's words, however they are cut", () => {
    const text = new TextEncoder().encode(said(["reason=PREINIT"]) + said(bound) + said(["reason=EXPIRE"]));
    const seed = 20261123;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 30 }), (sizes) => {
        const reader = new LeaseReader();
        const events = [];
        for (let at = 0, n = 0; at < text.length; n++) {
          const size = sizes[n % sizes.length] ?? 1;
          events.push(...reader.push(text.subarray(at, at + size)));
          at += size;
        }
        expect(events.map((event) => event.type)).toEqual(["other", "lease", "gone"]);
        const [, lease] = events;
        expect(lease?.type === "lease" && lease.lease).toMatchObject({
          address: "192.0.2.9",
          prefixLength: 25,
          gateway: "192.0.2.1",
          dns: ["192.0.2.53"],
          options: { "tftp-server-name": "tftp.example.com" },
        });
        expect(lease?.type === "lease" && vlanInOption(lease.lease.vlanOptions.get(132) ?? [])).toBe(100);
      }),
      { seed, numRuns: 50 },
    );
  });

  test("NET-01: a lease without an address that is one is none", () => {
    const read = (lines: readonly string[]) => new LeaseReader().push(new TextEncoder().encode(said(lines)));
    expect(read(["reason=BOUND", "new_ip_address=1.2.3.4;reboot"])).toMatchObject([{ type: "gone" }]);
    expect(read(["reason=BOUND"])).toMatchObject([{ type: "gone" }]);
  });

  test("NET-02: masks as lengths of prefixes", () => {
    expect(["255.255.255.0", "255.255.254.0", "255.0.255.0", "255.255.255", "0.0.0.0"].map(prefixLengthOf)).toEqual([
      24,
      23,
      undefined,
      undefined,
      0,
    ]);
    expect(ipv4Number("192.0.2.1")).toBe(0xc0000201);
  });
});

describe("LLDP-MED", () => {
  const neighbour = (policy: object) =>
    JSON.stringify({ lldp: [{ interface: [{ name: "eth0", "lldp-med": [{ policy: [policy] }] }] }] });
  const voice = {
    apptype: "Voice",
    defined: true,
    vlan: [{ vid: "500" }],
    pcp: [{ value: "5" }],
    dscp: [{ value: "34" }],
  };

  test("NET-11: the switch's policy for voice is VLAN, priority and DSCP", () => {
    expect(voicePolicyIn(neighbour(voice))).toEqual({ vlan: { id: 500, priority: 5 }, priority: 5, dscp: 34 });
    expect(voicePolicyIn(neighbour({ ...voice, vlan: [] }))?.vlan).toBeUndefined();
    expect(voicePolicyIn(neighbour({ ...voice, vlan: [{ vid: "0" }] }))?.vlan).toBeUndefined();
  });

  test("NET-11: what says no policy for voice changes nothing", () => {
    for (const other of [
      { ...voice, defined: false },
      { ...voice, apptype: "Video Conferencing" },
    ])
      expect(voicePolicyIn(neighbour(other))).toBeUndefined();
    expect(voicePolicyIn(neighbour({ ...voice, dscp: [{ value: "99" }] }))).toBeUndefined();
    for (const text of ["", "{", "[]", "null", '{"lldp":[{"interface":7}]}'])
      expect(voicePolicyIn(text)).toBeUndefined();
  });

  test("NET-11: the inventory names model, firmware and serial number", () => {
    const commands = lldpCommands({
      intervalSeconds: 30,
      manufacturer: "Offhook",
      model: "SIP-T46G",
      firmware: "0.1.0",
      serial: "001565aabbcc",
    }).map((words) => words.join(" "));
    expect(commands).toContain("configure lldp tx-interval 30");
    expect(commands).toContain("configure inventory serial-number 001565aabbcc");
    expect(commands).toContain("configure inventory model SIP-T46G");
  });
});

describe("marks", () => {
  test("NET-17: sound by its ports, SIP by its own and its servers', over both protocols", () => {
    const rules = markingRules(
      { signalDscp: 26, audioDscp: 46, signalPorts: [5080, 5060], audioPortMin: 11780, audioPortMax: 11800 },
      34,
    );
    for (const family of ["ip", "ip6"]) expect(rules).toContain(`udp sport 11780-11800 counter ${family} dscp set 34`);
    expect(rules).toContain("th dport { 5060, 5080 } counter ip dscp set 26");
  });
});

describe("the phone's order to the helper", () => {
  test("NET-13: an order that asks for what cannot be is refused, and says which field", () => {
    const good = {
      version: 1,
      address: { type: "static", address: "192.0.2.7", prefixLength: 24, gateway: "", dns: { servers: [] } },
      vlan: { manual: { id: 20, priority: 5 }, dhcpOptions: [132], fallBack: false },
      speed: "auto",
      marking: { signalDscp: 26, audioDscp: 46, signalPorts: [5060], audioPortMin: 11780, audioPortMax: 11800 },
      dhcpPatienceSeconds: 60,
    };
    const why = (changed: object) => {
      const read = readWanted(JSON.stringify({ ...good, ...changed }));
      return read.ok ? "taken" : read.why;
    };
    expect(why({})).toBe("taken");
    expect(why({ vlan: { ...good.vlan, manual: { id: 5000, priority: 0 } } })).toBe(
      "vlan.manual.id is to be a number of 1 to 4094",
    );
    expect(why({ address: { ...good.address, address: "192.0.2.7; reboot" } })).toContain("address.address");
    expect(why({ address: { ...good.address, gateway: "-4" } })).toContain("address.gateway");
    expect(why({ address: { type: "dhcp", hostName: "a\nb", vendorClass: "", dns: { servers: [] } } })).toContain(
      "address.hostName",
    );
    expect(why({ speed: "fast" })).toContain("speed is to be one of auto");
    expect(why({ marking: { ...good.marking, audioPortMax: 1 } })).toContain("marking.audioPortMax");
    for (const text of ["", "{", "null", "[]", '{"version":2}']) expect(readWanted(text).ok).toBe(false);
  });
});
