/** Call quality seen from outside: a collector played by SIPp, RTCP read by tshark, the LCD, and a recording kept on request. */
import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defaultTuning } from "../../src/media/engine.ts";
import { needs } from "../lab/needs.ts";
import { MediaLab } from "../unit/media/phones.ts";
import { writePcap } from "./kit/pcap.ts";
import { account, openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms, Program, temporaryFolder } from "./kit/process.ts";
import { sipp } from "./kit/sipp.ts";

const server = "127.51.1.1";
const address = "127.51.1.2";
const collector = "127.51.1.3";
const panelPort = 7451;

const config = {
  ...openToAll,
  ...account(server, "1001", "s3cret pass"),
  "account.1.vq_rtcpxr.collector_name": "quality",
  "account.1.vq_rtcpxr.collector_server_host": collector,
  "phone_setting.vq_rtcpxr.session_report.enable": 1,
  "phone_setting.vq_rtcpxr.states_show_on_gui.enable": 1,
  "voice.rtcp_xr.enable": 1,
};

describe.runIf(needs("sipp"))("call quality", () => {
  endAllPrograms();

  it("VQM-02: a collector asks for digest, and gets the report of the call that ended", async () => {
    const collecting = sipp({ scenario: "vq-collector", address: collector, rtpPort: 6100 });
    const callee = sipp({ scenario: "answer-at-registrar", address: server, echo: true, calls: 2 });
    const phone = await PhoneProcess.start({ address, panelPort, config });
    try {
      await phone.dial("77");
      await phone.screen("talking");
      await new Promise((resolve) => setTimeout(resolve, 4000));
      const kept = await fetch(`http://127.0.0.1:${panelPort}/panel/flight`, { method: "POST" });
      const { file } = (await kept.json()) as { file: string };
      expect(file.startsWith(join(phone.data, "data", "flights"))).toBe(true);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await phone.keys("cancel");
      expect(await callee.ended, callee.output.slice(-2000)).toBe(0);
      expect(await collecting.ended, `${collecting.output.slice(-3000)}${phone.program.output.slice(-3000)}`).toBe(0);
      expect(phone.program.output).toMatch(/call 1: sound: PCMU; \d+ packets heard, 0 lost/);
      await phone.seen("idle", (s) => s.screen.id === "idle");
      await phone.keys("ok");
      const lines: string[] = [];
      for (let i = 0; i < 25; i++) {
        const { screen } = await phone.state();
        for (const line of screen.lines) if (!lines.includes(line)) lines.push(line);
        await phone.keys("down");
      }
      const shown = lines.join("\n");
      expect(shown).toMatch(/RTP status.*Last call/);
      expect(shown).toMatch(/Local codec.*PCMU/);
      expect(shown).toMatch(/MOS-LQ.*4\.\d/);
    } finally {
      expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    }
  });
});

describe.runIf(needs("tshark"))("RTCP as others read it", () => {
  endAllPrograms();

  it("VQM-01: tshark reads our extended reports, and finds nothing malformed", async () => {
    const lab = new MediaLab(51);
    const phones = [await lab.phone(), await lab.phone()] as const;
    for (const phone of phones) phone.engine.tune({ ...defaultTuning, rtcpXr: true });
    Object.assign(lab.wire.conditions, { delayMs: 30, loss: 0.05 });
    await lab.connect(phones[0], 1, phones[1], 1);
    await lab.run(30_000);
    for (const phone of phones) phone.engine.closeStream(1);
    const rtcp = lab.wire.log.filter(({ to }) => to.port % 2 === 1);
    expect(rtcp.length).toBeGreaterThan(10);
    const file = join(temporaryFolder("pcap"), "rtcp.pcap");
    writePcap(file, rtcp);
    const ports = [...new Set(rtcp.flatMap(({ from, to }) => [from.port, to.port]))];
    const decode = ports.flatMap((port) => ["-d", `udp.port==${port},rtcp`]);
    const tshark = new Program("tshark", ["-r", file, ...decode, "-V"]);
    expect(await tshark.ended, tshark.output.slice(-2000)).toBe(0);
    const { output } = tshark;
    expect(output).not.toMatch(/malformed/i);
    expect(output).not.toMatch(/Expert Info \((Error|Warn)/);
    expect(output.match(/Packet type: Extended report \(RFC 3611\) \(207\)/g)?.length).toBeGreaterThanOrEqual(
      rtcp.length,
    );
    for (const block of ["VoIP Metrics Report Block", "Receiver Reference Time Report Block", "DLRR Report Block"])
      expect(output).toContain(block);
    expect(output).toMatch(/Fraction lost: \d+ \/ 256/);
    expect(output).toMatch(/MOS - Listening Quality: [34]\.\d/);
    expect(output).toMatch(/Gmin: 16/);
  });
});
