/** The phone as a service: what it tells the manager that started it, and whether systemd takes its unit. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PhoneProcess } from "../../interop/kit/phone.ts";
import { endAllPrograms, Program, temporaryFolder } from "../../interop/kit/process.ts";
import { needs } from "../../lab/needs.ts";

const units = fileURLToPath(new URL("../../../systemd/", import.meta.url));

/** Prints each datagram that comes to a Unix socket; closes the descriptors that come with it, as systemd does. */
const receiver = `
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    text, more, flags, who = s.recvmsg(4096, 1024)
    for level, kind, data in more:
        if kind == socket.SCM_RIGHTS:
            for fd in array.array("i", data): os.close(fd)
    print(text.decode().replace("\\n", " "), flush=True)
`;

describe.runIf(needs("systemd-notify"))("as a service", () => {
  endAllPrograms();

  it("MNT-05: it says when it is ready, that it lives, and when it stops", async () => {
    const socket = join(temporaryFolder("notify"), "socket");
    const heard = new Program("python3", ["-c", receiver, socket]);
    const phone = await PhoneProcess.start({
      address: "127.42.5.1",
      panelPort: 7427,
      config: {},
      prefix: ["env", `NOTIFY_SOCKET=${socket}`, "WATCHDOG_USEC=1500000"],
    });
    await heard.until("ready", (text) => /^READY=1 STATUS=SIP-T46G on board sim/m.test(text));
    await heard.until("life", (text) => text.split("WATCHDOG=1").length > 3);
    expect(heard.output).not.toContain("STOPPING");
    expect(await phone.stop()).toBe(0);
    await heard.until("its end", (text) => text.includes("STOPPING=1"));
  });

  it("MNT-05: systemd takes the unit, starts it again by the statuses that the phone documents, and finds it well shut in", () => {
    const copy = join(temporaryFolder("unit"), "offhook.service");
    copyFileSync(join(units, "offhook.service"), copy);
    const unit = readFileSync(copy, "utf8");
    for (const line of [
      "Type=notify",
      "RestartForceExitStatus=3",
      "RestartPreventExitStatus=2",
      "CapabilityBoundingSet=",
    ])
      expect(unit).toContain(`\n${line}\n`);
    const verdict = execFileSync("systemd-analyze", ["security", "--offline=true", "--threshold=25", copy], {
      encoding: "utf8",
    });
    expect(verdict).toMatch(/Overall exposure level for offhook\.service: [0-2]\.\d/);
  });
});
