import { describe, expect, it } from "vitest";
import { account, answers, open, PhoneRig, serverAddress } from "./rig.ts";

async function registered(more: Record<string, string | number> = {}) {
  const rig = new PhoneRig();
  const server = await rig.server();
  const desk = await rig.desk("10.0.0.1", account("101", more));
  expect(desk.account).toBe("registered");
  return { rig, server, desk };
}

describe("accounts", () => {
  it("ACC-01: a lost registration is shown with its reason, and the one that comes back too", async () => {
    const { rig, desk } = await registered({ "account.1.reg_fail_retry_interval": 30 });
    rig.network.silence(serverAddress);
    await rig.run(3_600_000);
    expect(desk.account).toBe(`failed: ${serverAddress} does not answer`);
    // Each try takes half a minute, in which the LCD goes on saying why.
    const shown = new Set<string>();
    for (let n = 0; n < 60; n++) {
      await rig.run(2000);
      shown.add(desk.account);
    }
    expect([...shown]).toEqual([`failed: ${serverAddress} does not answer`]);
    rig.network.silence(serverAddress, false);
    await rig.run(600_000);
    expect(desk.account).toBe("registered");
    expect(desk.log.filter((line) => line.startsWith("warn: account 1")).length).toBe(1);
  });

  it("ACC-01: a server that answers nothing is named on the idle screen long before the registration ends", async () => {
    const { rig, desk } = await registered();
    rig.network.silence(serverAddress);
    desk.phone.dial("600");
    await rig.run(40_000);
    expect([desk.account, desk.phone.view.notices]).toEqual([
      "registered",
      [`User 101: ${serverAddress} does not answer`],
    ]);
    rig.network.silence(serverAddress, false);
    await rig.run(60_000);
    expect([desk.account, desk.phone.view.notices]).toEqual(["registered", []]);
  });

  it("ACC-09: a server that is dead at the end costs four seconds in all, calls included", async () => {
    const { rig, server, desk } = await registered({ "account.1.unregister_on_reboot": 1 });
    server.numbers.set("600", answers);
    desk.phone.dial("600");
    await rig.run(100);
    expect(desk.calls).toEqual(["*out talking"]);
    rig.network.silence(serverAddress);
    const before = rig.clock.now();
    let afterMs = 0;
    const closed = desk.close().then(() => {
      afterMs = rig.clock.now() - before;
    });
    await rig.run(10_000);
    await closed;
    expect(afterMs).toBeGreaterThan(3000);
    expect(afterMs).toBeLessThan(4500);
  });

  it("NET-29: OPTIONS without an answer shows the same", async () => {
    const { rig, desk } = await registered({ "account.1.nat.udp_update_enable": 2 });
    rig.network.silence(serverAddress);
    await rig.run(110_000);
    expect(desk.phone.view.notices).toEqual([`User 101: ${serverAddress} does not answer`]);
    rig.network.silence(serverAddress, false);
    await rig.run(100_000);
    expect(desk.phone.view.notices).toEqual([]);
  });

  it("ACC-01: a refusal is shown in words of the server", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    server.refuse = 403;
    const desk = await rig.desk("10.0.0.1", account("101"));
    expect(desk.account).toContain("Forbidden");
  });

  it("ACC-01: an account without a server says so and makes no call", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", account("101", { "account.1.sip_server.1.address": "" }));
    expect(desk.account).toBe("failed: No server");
    desk.phone.dial("600");
    expect(desk.calls).toEqual(["*out ended failed No account"]);
  });

  it("PRV-01: another user name registers anew at once; the old one is taken back", async () => {
    const { rig, server, desk } = await registered();
    desk.provision({ "account.1.user_name": "202" });
    await rig.run(200);
    expect(server.registers.map((r) => [r.user, r.expires])).toEqual([
      ["101", 3600],
      ["101", 0],
      ["202", 3600],
    ]);
    expect([desk.account, desk.phone.view.accounts[0]?.userName]).toEqual(["registered", "202"]);
  });

  it("PRV-01: what no server sees changes without registering anew", async () => {
    const { rig, server, desk } = await registered();
    desk.provision({ "account.1.label": "Reception", "account.1.sip_trust_ctrl": 1 });
    await rig.run(200);
    expect([desk.phone.view.accounts[0]?.label, desk.account, server.registers.length]).toEqual([
      "Reception",
      "registered",
      1,
    ]);
    rig.network.silence(serverAddress);
    await rig.run(3_600_000);
    expect(desk.account).toMatch(/^failed/);
  });

  it("PRV-01: an account that is switched off is taken back and can place no call any more; on again it registers", async () => {
    const { rig, server, desk } = await registered();
    desk.provision({ "account.1.enable": 0 });
    await rig.run(200);
    expect([desk.account, server.registers.at(-1)?.expires]).toEqual(["none", 0]);
    desk.provision({ "account.1.enable": 1 });
    await rig.run(200);
    expect([desk.account, server.registers.length]).toEqual(["registered", 3]);
  });

  it("PRV-01: two changes while the server is silent end in the last one", async () => {
    const { rig, server, desk } = await registered();
    rig.network.silence(serverAddress);
    desk.provision({ "account.1.user_name": "202" });
    await rig.run(1000);
    desk.provision({ "account.1.user_name": "303" });
    await rig.run(10_000);
    rig.network.silence(serverAddress, false);
    await rig.run(120_000);
    expect([desk.account, server.registers.at(-1)?.user]).toEqual(["registered", "303"]);
    expect(server.registers.filter((r) => r.user === "202" && r.expires > 0)).toEqual([]);
    await rig.run(3_600_000);
    expect(new Set(server.registers.slice(-1).map((r) => r.user))).toEqual(new Set(["303"]));
  });

  it("NET-01: the cable comes back: the phone shows its address to the server at once", async () => {
    const { rig, server, desk } = await registered();
    desk.phone.plug("ethernet", true);
    await rig.run(100);
    expect(server.registers.length).toBe(1);
    desk.phone.plug("ethernet", false);
    expect(desk.phone.view.networkUp).toBe(false);
    desk.phone.plug("ethernet", true);
    await rig.run(100);
    expect([desk.phone.view.networkUp, server.registers.length]).toEqual([true, 2]);
  });

  it("ACC-29: with several accounts the configured one is used, and the line key's own where one was pressed", async () => {
    const rig = new PhoneRig();
    const server = await rig.server();
    server.numbers.set("600", answers);
    const second = Object.fromEntries(Object.entries(account("102")).map(([k, v]) => [k.replace(".1.", ".2."), v]));
    const desk = await rig.desk("10.0.0.1", { ...account("101"), ...second, "features.default_account": 2 });
    expect(desk.phone.view.defaultAccount).toBe(2);
    desk.phone.dial("600");
    desk.phone.hangUp();
    desk.phone.lineKey(1);
    expect(desk.phone.view.dial?.account).toBe(1);
    desk.press("600#");
    await rig.run(50);
    expect(desk.phone.view.calls[0]?.account).toBe(1);
    desk.provision({ "account.2.enable": 0 });
    await rig.run(100);
    expect(desk.phone.view.defaultAccount).toBe(1);
  });

  it("XCT-04: a default account beyond the model does not stop anybody from dialling", async () => {
    const rig = new PhoneRig();
    const desk = await rig.desk("10.0.0.1", { ...open, "features.default_account": 16 }, "t19p_e2");
    desk.phone.dial("sip:x@10.0.0.2");
    desk.press("1");
    await rig.run(50);
    expect([desk.calls[0], desk.errors]).toEqual(["*out connecting", []]);
  });
});

describe("closing", () => {
  it("ACC-09, design: ends the calls, takes the registration back and lets nothing in any more", async () => {
    const { rig, server, desk } = await registered({ "account.1.unregister_on_reboot": 1 });
    server.numbers.set("600", answers);
    desk.phone.dial("600");
    await rig.run(50);
    const waiting = server.call("sip:101@10.0.0.1");
    await rig.run(50);
    expect(desk.calls).toEqual(["*out talking", "in incoming"]);
    const closed = desk.close();
    await rig.run(100);
    await closed;
    expect(rig.wire().filter((line) => line === "1>9 BYE").length).toBe(1);
    expect(waiting.state.name).toBe("terminated");
    expect(server.registers.at(-1)).toEqual({ user: "101", expires: 0 });
    expect([desk.media.path, desk.media.streams.size, desk.rings, desk.errors]).toEqual(["none", 0, false, []]);
  });

  it("design: a silent server does not keep the phone from ending", async () => {
    const { rig, desk } = await registered();
    rig.network.silence(serverAddress);
    let over = false;
    void desk.close().then(() => {
      over = true;
    });
    await rig.run(10_000);
    expect(over).toBe(true);
  });
});
