/** The phone and its network helper's files: what it orders, what it shows of the report, and what it says when the settings change. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { NetworkReport } from "../../../hal/network-setup.ts";
import { PhoneProcess } from "../../interop/kit/phone.ts";
import { endAllPrograms, eventually, temporaryFolder } from "../../interop/kit/process.ts";

const address = "127.42.7.1";
const configured = {
  "static.network.internet_port.type": 2,
  "static.network.internet_port.ip": "192.0.2.7",
  "static.network.internet_port.mask": "255.255.255.0",
  "static.network.internet_port.gateway": "192.0.2.1",
  "static.network.vlan.internet_port_enable": 1,
  "static.network.vlan.internet_port_vid": 30,
  "static.network.qos.audiotos": 40,
};
const report: NetworkReport = {
  ...{ version: 1, carrier: true, address: "192.0.2.7/24", addressFrom: "static", gateway: "192.0.2.1", dns: [] },
  ...{ vlan: { id: 30, priority: 5, from: "manual" }, audioDscp: 40, dhcpOptions: {} },
  troubles: ["VLAN 30: the switch is silent"],
};

endAllPrograms();

it("NET-02, NET-13, NET-39: the helper is told what is configured, and its report stands on the LCD", async () => {
  const folder = temporaryFolder("network");
  const file = join(folder, "report.json");
  const options = { address, panelPort: 7429, config: configured, data: folder, args: ["--network", file] };
  const phone = await PhoneProcess.start(options);
  const order = () => JSON.parse(readFileSync(join(folder, "data/network.json"), "utf8")) as Record<string, unknown>;
  expect(order()).toMatchObject({
    address: { type: "static", address: "192.0.2.7", prefixLength: 24, gateway: "192.0.2.1" },
    vlan: { manual: { id: 30 } },
    marking: { audioDscp: 40 },
  });
  writeFileSync(file, JSON.stringify(report));
  await phone.seen("the trouble", (s) => s.screen.lines.join().includes("VLAN 30: the switch is silent"));
  await phone.keys("soft4");
  await phone.screen("menu");
  await phone.keys("ok");
  const rows = new Set<string>();
  for (let n = 0; n < 16; n++) {
    for (const line of (await phone.state()).screen.lines) rows.add(line);
    await phone.keys("down");
  }
  expect([...rows].join("\n")).toMatch(/VLAN.*30, priority 5, by set by hand/);
  expect([...rows].join("\n")).toMatch(/Address by.*static/);
  await phone.stop();
  // A setting that cannot be: the order before it stands.
  const wrong = { ...configured, "static.network.internet_port.mask": "255.0.255.0" };
  const again = await PhoneProcess.start({ ...options, config: wrong });
  expect(order()).toMatchObject({ address: { prefixLength: 24 } });
  await eventually("the log names it", () =>
    again.program.output.includes("network.internet_port.mask: 255.0.255.0 is no mask") ? true : undefined,
  );
  expect(await again.stop()).toBe(0);
});
