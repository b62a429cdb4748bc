/** When people are told that the network's settings wait for a restart. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { openNetworkSetup } from "../../../src/thread/network-setup.ts";

const data = mkdtempSync(join(tmpdir(), "network-setup-"));
afterAll(() => rmSync(data, { recursive: true }));

it("NET-39: edited settings ask for a restart, edited back they do not, and others never", async () => {
  const settings = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  const load = (text: string) => settings.load("mac", "phone.cfg", `#!version:1.0.0.1\n${text}`);
  const notices = new Map<string, string | undefined>();
  const reportFile = join(data, "report.json");
  writeFileSync(reportFile, "{}");
  const setup = await openNetworkSetup({
    ...{ clock: new ManualClock(), log: silentLog, settings, data, reportFile, firmware: "0.1.0" },
    ...{ model: { name: "SIP-T46G", accounts: 16 }, mac: "00:15:65:aa:bb:cc" },
    notice: (key, text) => notices.set(key, text),
    changed: () => {},
  });
  setup.open();
  expect(notices.get("network settings")).toBeUndefined();
  load("static.network.vlan.internet_port_enable = 1\nstatic.network.vlan.internet_port_vid = 30\n");
  expect(notices.get("network settings")).toBe("Network settings changed: restart the phone");
  load("static.network.vlan.internet_port_enable = 0\n");
  expect(notices.get("network settings")).toBeUndefined();
  load("features.dnd.enable = 1\n");
  expect(notices.get("network settings")).toBeUndefined();
  setup.close();
});
