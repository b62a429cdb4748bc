/** How a phone ends: by SIGTERM in the middle of a call, by a power cut in the middle of writing. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, openToAll, PhoneProcess } from "../../interop/kit/phone.ts";
import { endAllPrograms, eventually, temporaryFolder } from "../../interop/kit/process.ts";
import { DemoPbx } from "../../lab/demo-pbx.ts";

describe("SIGTERM", () => {
  endAllPrograms();
  const pbxAddress = "127.42.2.9";
  const pbx = new DemoPbx({ address: pbxAddress, port: 5060, users: { "1001": "secret" } });
  beforeAll(() => pbx.open());
  afterAll(() => pbx.close());

  it("design: two phones side by side talk; the one that is stopped says BYE, unregisters and exits with 0", async () => {
    const [alice, bob] = await Promise.all([
      PhoneProcess.start({
        address: "127.42.2.1",
        panelPort: 7424,
        config: {
          ...account(pbxAddress, "1001", "secret", { unregister_on_reboot: 1 }),
          "features.direct_ip_call_enable": 1,
        },
      }),
      PhoneProcess.start({ address: "127.42.2.2", panelPort: 7425, config: openToAll }),
    ]);
    await eventually("registered", () => pbx.contacts("1001").length === 1 || undefined);
    await alice.dial(bob.uri);
    await bob.screen("incoming");
    await bob.hook(true);
    await Promise.all([alice.screen("talking"), bob.screen("talking")]);
    await eventually("sound", async () => ((await bob.media()).calls[0]?.packetsReceived ?? 0) > 10 || undefined);
    expect(await alice.stop()).toBe(0);
    expect(pbx.contacts("1001")).toEqual([]);
    await bob.seen("the end of the call", (s) => !s.screen.id.startsWith("talking"), 2000);
    // Nothing is lost by it: the call is in the list when the phone starts again.
    const log = JSON.parse(readFileSync(join(alice.data, "data", "call-log.json"), "utf8"));
    expect(log.calls.length).toBe(1);
    expect(log.calls[0]).toMatchObject({ kind: "placed" });
    expect(await bob.stop()).toBe(0);
  });

  it("design: a second signal does not wait for a server that is silent", async () => {
    const phone = await PhoneProcess.start({
      address: "127.42.2.3",
      panelPort: 7424,
      config: account("127.42.2.250", "1001", "secret"),
    });
    phone.program.kill("SIGINT");
    await phone.program.until("stopping", (output) => output.includes("SIGINT: stopping"));
    const begun = performance.now();
    phone.program.kill("SIGTERM");
    expect([0, 1]).toContain(await phone.program.ended);
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});

describe("a power cut", () => {
  endAllPrograms();

  it("PRV-06: in the middle of writing settings loses nothing that was kept, and damages nothing", async () => {
    const data = temporaryFolder("power");
    const options = {
      address: "127.42.2.4",
      panelPort: 7424,
      config: openToAll,
      data,
      args: ["--mac", "00:15:65:42:00:02"],
    };
    const local = join(data, "data", "001565420002-local.cfg");
    let known = 8;
    for (let cut = 0; cut < 5; cut++) {
      const phone = await PhoneProcess.start(options);
      expect(phone.program.output).not.toMatch(/ warn | error /);
      const found = (await phone.state()).volume;
      // What was on the medium before the keys were pressed, or one of those that were pressed since.
      expect([known, known - 1, known + 1]).toContain(found);
      await phone.keys("volume_up");
      const expected = `voice.ring_vol = ${found + 1}\n`;
      await eventually(
        "kept",
        () => (existsSync(local) && readFileSync(local, "utf8").includes(expected)) || undefined,
      );
      known = found + 1;
      const pressed = phone.keys("volume_down", "volume_up", "volume_down", "volume_up").catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 3 * cut));
      phone.program.kill("SIGKILL");
      await phone.program.ended;
      await pressed;
    }
    expect(existsSync(`${local}.bad`)).toBe(false);
  });
});
