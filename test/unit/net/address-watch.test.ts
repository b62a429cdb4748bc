/** The watch over the machine's own addresses: what it takes for a change, and how it finds out (NET-39, NET-42). */
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { silentLog } from "../../../src/base/log.ts";
import { AddressWatch, type StartProgram, systemFacts } from "../../../src/net/address-watch.ts";
import { type AddressState, type NetworkFacts, nextAddress, ownAddress } from "../../../src/net/address-watch-state.ts";

const a = "192.168.1.5";
const b = "10.0.0.7";
const up: AddressState = { name: "up", address: a };
const down: AddressState = { name: "down", address: a };
const facts = (addresses: readonly string[], outward?: string): NetworkFacts => ({ addresses, outward });

describe("what a change means", () => {
  const cases: [string, AddressState, NetworkFacts, string[]][] = [
    ["nothing has changed", up, facts([a], a), ["up"]],
    ["the default route is gone, the address is not", up, facts([a]), ["up"]],
    ["the link is down", up, facts([]), ["down", "lost"]],
    ["it stays down", down, facts([]), ["down"]],
    ["it comes back as it was", down, facts([a], a), ["up", "back"]],
    ["it comes back with another address", down, facts([b], b), ["up", `moved ${a} ${b}`, "back"]],
    ["another lease", up, facts([b], b), ["up", `moved ${a} ${b}`]],
    ["the way out leads over another interface", up, facts([a, b], b), ["up", `moved ${a} ${b}`]],
    ["another address on a network without a way out", up, facts([b]), ["up", `moved ${a} ${b}`]],
    ["an address of the other family is none", up, facts(["2001:db8::5"]), ["down", "lost"]],
  ];
  it.each(cases)("NET-42: %s", (_, state, now, expected) => {
    const [after, effects] = nextAddress(state, now);
    const told = effects.map((e) => (e.type === "moved" ? `moved ${e.from} ${e.to}` : e.type));
    expect([after.name, ...told]).toEqual(expected);
  });

  it("NET-42: a phone that began without any network moves to the first there is", () => {
    const alone: AddressState = { name: "up", address: "127.0.0.1" };
    expect(nextAddress(alone, facts([]))).toEqual([alone, []]);
    expect(nextAddress(alone, facts([b], b))[1]).toEqual([{ type: "moved", from: "127.0.0.1", to: b }]);
  });

  it("NET-05: the phone's own address is that of the way out, else of any network, else the loopback", () => {
    expect(ownAddress(facts([a, b], b), false)).toBe(b);
    expect(ownAddress(facts(["2001:db8::5", a]), false)).toBe(a);
    expect([ownAddress(facts([a]), true), ownAddress(facts([]), false)]).toEqual(["::1", "127.0.0.1"]);
  });
});

describe("how it finds out", () => {
  function watching(end?: "exit" | "absent") {
    const clock = new ManualClock();
    let now = facts([a], a);
    const monitors: Parameters<StartProgram>[0][] = [];
    let killed = 0;
    const start: StartProgram = (options) => {
      monitors.push(options);
      if (end !== undefined) options.onExit({ type: end, why: "no such program" });
      return { kill: () => void killed++ };
    };
    let looks = 0;
    const look = async () => {
      looks++;
      return now;
    };
    const errors: unknown[] = [];
    const watch = new AddressWatch({ clock, log: silentLog, start, look, errors: (e) => errors.push(e) }, a);
    const told: string[] = [];
    watch.onChange.on((effect) => told.push(effect.type));
    watch.open();
    const set = (next: NetworkFacts) => {
      now = next;
    };
    return { clock, set, monitors, told, watch, looks: () => looks, killed: () => killed };
  }

  it("NET-42: what ip monitor says is looked at once, when it has come to rest", async () => {
    const { clock, set, monitors, told, watch, looks, killed } = watching();
    expect(monitors[0]?.args).toEqual(["-o", "monitor", "address", "link", "route"]);
    set(facts([b], b));
    for (let n = 0; n < 5; n++) {
      monitors[0]?.onOutput(Buffer.from("2: eth0 inet\n"));
      await clock.advanceAsync(100);
    }
    expect(looks()).toBe(0);
    await clock.advanceAsync(300);
    expect([looks(), told, watch.state]).toEqual([1, ["moved"], { name: "up", address: b }]);
    watch.close();
    await clock.advanceAsync(60_000);
    expect([looks(), killed()]).toEqual([1, 1]);
  });

  it("NET-42: without ip it looks by itself each five seconds; a monitor that ends is started again", async () => {
    const absent = watching("absent");
    absent.set(facts([]));
    await absent.clock.advanceAsync(5100);
    expect([absent.told, absent.monitors.length]).toEqual([["lost"], 1]);
    const ended = watching("exit");
    await ended.clock.advanceAsync(31_000);
    expect(ended.monitors.length).toBe(2);
  });

  it("NET-42: the system's own facts name no loopback and no link-local address", async () => {
    const { addresses, outward } = await systemFacts(async () => "127.0.0.1", false);
    expect(addresses.filter((one) => /^127\.|^::1$|^fe80:|^169\.254\./i.test(one))).toEqual([]);
    expect(outward).toBeUndefined();
  });
});
