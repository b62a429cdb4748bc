/** Line keys: which account and which call each stands for. */
import { describe, expect, it } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { lineKeysOf } from "../../../src/ui/line-keys.ts";
import { account, answers, type Desk, PhoneRig } from "./rig.ts";

const address = "10.0.0.1";

function second(user: string) {
  return Object.fromEntries(Object.entries(account(user)).map(([name, value]) => [name.replace(".1.", ".2."), value]));
}

async function desk(more: Record<string, string | number>) {
  const rig = new PhoneRig();
  const server = await rig.server();
  for (const number of ["600", "601", "602"]) server.numbers.set(number, answers);
  const made = await rig.desk(address, { ...account("101"), ...more });
  const dial = async (number: string) => {
    made.press(`${number}#`);
    await rig.run(50);
  };
  return { rig, server, desk: made, dial };
}

/** What stands beside the keys of the first page: "User 101 in-use". */
function keys({ phone }: Desk, model = "t46g"): string[] {
  return lineKeysOf(phone.view, modelById(model), 0)
    .filter((key) => key.kind === "line")
    .map((key) => `${key.label} ${key.use}`);
}

const three = { "features.auto_linekeys.enable": 1, "account.1.number_of_linekey": 3 };

describe("line keys", () => {
  it("ACC-30: an account has one key unless keys are given out; then as many as it says, the next account behind them", async () => {
    const { rig, desk: one } = await desk({ "account.1.number_of_linekey": 3, ...second("102") });
    expect(keys(one)).toEqual(["User 101 idle", "User 102 idle"]);
    one.provision({ "features.auto_linekeys.enable": 1 });
    await rig.run(50);
    expect(keys(one)).toEqual(["User 101 idle", "User 101 idle", "User 101 idle", "User 102 idle"]);
    one.phone.lineKey(4);
    expect(one.phone.view.dial?.account).toBe(2);
    one.phone.cancel();
    one.phone.lineKey(3);
    expect(one.phone.view.dial?.account).toBe(1);
    one.phone.cancel();
    one.phone.lineKey(5);
    expect(one.phone.view.dial).toBeUndefined();
    one.provision({ "account.1.number_of_linekey": 1 });
    expect(keys(one)).toEqual(["User 101 idle", "User 102 idle"]);
  });

  it("ACC-30: a second account's key is its own also where the first account is off", async () => {
    const { desk: one } = await desk({ ...second("102"), "account.1.enable": 0 });
    expect(keys(one)).toEqual(["User 102 idle"]);
    one.phone.lineKey(1);
    expect(one.phone.view.dial?.account).toBe(2);
  });

  it("ACC-30: each call takes a key: the one that was pressed, else the first free one; the key resumes its own call", async () => {
    const { rig, desk: one, dial } = await desk(three);
    one.phone.lineKey(2);
    await dial("600");
    expect(keys(one)).toEqual(["User 101 idle", "User 101 in-use", "User 101 idle"]);
    one.phone.lineKey(3);
    await dial("601");
    expect(keys(one)).toEqual(["User 101 idle", "User 101 held", "User 101 in-use"]);
    one.phone.newCall();
    await dial("602");
    expect(keys(one)).toEqual(["User 101 in-use", "User 101 held", "User 101 held"]);
    one.phone.lineKey(2);
    await rig.run(50);
    expect(keys(one)).toEqual(["User 101 held", "User 101 in-use", "User 101 held"]);
    expect(one.phone.view.calls.find((call) => call.current)?.remote.number).toBe("600");
    expect(one.errors).toEqual([]);
  });

  it("ACC-30: a call that comes rings at a free key, and that key answers it", async () => {
    const { rig, server, desk: one, dial } = await desk(three);
    await dial("600");
    server.call(`sip:101@${address}`);
    await rig.run(50);
    expect(keys(one)).toEqual(["User 101 in-use", "User 101 ringing", "User 101 idle"]);
    one.phone.lineKey(2);
    await rig.run(50);
    expect(keys(one)).toEqual(["User 101 held", "User 101 in-use", "User 101 idle"]);
  });

  it("ACC-30: calls_per_linekey bounds what a key holds: further calls find the phone busy, and none can be made", async () => {
    const {
      rig,
      server,
      desk: one,
      dial,
    } = await desk({
      ...three,
      "account.1.number_of_linekey": 2,
      "phone_setting.call_appearance.calls_per_linekey": 1,
    });
    await dial("600");
    one.phone.newCall();
    await dial("601");
    expect(keys(one)).toEqual(["User 101 held", "User 101 in-use"]);
    const refused = server.call(`sip:101@${address}`);
    await rig.run(50);
    expect(refused.state).toMatchObject({ name: "terminated", status: 486 });
    one.phone.dial("602");
    expect(one.calls.at(-1)).toBe("*out ended failed Too many calls");
    one.provision({ "phone_setting.call_appearance.calls_per_linekey": 2 });
    const rings = server.call(`sip:101@${address}`);
    await rig.run(50);
    expect(rings.state).toMatchObject({ name: "proceeding", status: 180 });
  });

  it.each(["transfer", "conference"] as const)(
    "ACC-30: a second call for a %s takes a key of its own, or that of the first where told so",
    async (purpose) => {
      const name = `phone_setting.call_appearance.${purpose}_via_new_linekey`;
      for (const [more, expected] of [
        [{}, ["User 101 held", "User 101 in-use", "User 101 idle"]],
        [{ [name]: 0 }, ["User 101 in-use", "User 101 idle", "User 101 idle"]],
        [{ [name]: 1, [`account.1.${name}`]: 0 }, ["User 101 in-use", "User 101 idle", "User 101 idle"]],
        [{ [name]: 0, [`account.1.${name}`]: 1 }, ["User 101 held", "User 101 in-use", "User 101 idle"]],
      ] as const) {
        const { rig, desk: one, dial } = await desk({ ...three, ...more });
        await dial("600");
        one.phone[purpose]();
        await rig.run(50);
        await dial("601");
        expect([more, keys(one)]).toEqual([more, expected]);
      }
    },
  );

  it("ACC-29: a free line key begins a call of its own account, or of the default one where that is configured", async () => {
    const { rig, desk: one } = await desk({ ...second("102"), "features.default_account": 2 });
    one.phone.lineKey(1);
    expect(one.phone.view.dial?.account).toBe(1);
    one.phone.cancel();
    one.provision({ "features.linekey_call_with_default_account": 1 });
    await rig.run(50);
    one.phone.lineKey(1);
    expect(one.phone.view.dial?.account).toBe(2);
  });
});
