import { describe, expect, it } from "vitest";
import { decideIncoming, type IncomingAccount, type IncomingRules } from "../../../src/phone/incoming.ts";

const account = (id: number, more: Partial<IncomingAccount> = {}): IncomingAccount => ({
  id,
  enabled: true,
  userName: `100${id}`,
  servers: new Set([`10.0.0.${id}`]),
  serversOnly: true,
  tlsOnly: false,
  ...more,
});
const rules = (more: Partial<IncomingRules> = {}): IncomingRules => ({
  accounts: [account(1), account(2)],
  defaultAccount: 1,
  directIp: true,
  directIpAutoAnswer: false,
  dnd: () => false,
  dndStatus: 480,
  callWaiting: true,
  busyStatus: 486,
  calls: 0,
  mostCalls: 8,
  ...more,
});
const facts = (requestUser: string, source: string, toUser = requestUser) => ({
  requestUser,
  toUser,
  source,
  secure: false,
});

describe("who may ring", () => {
  it("ACC-17: a call from the account's server rings, whatever its Request-URI says", () => {
    expect(decideIncoming(facts("1002", "10.0.0.2"), rules())).toEqual({ type: "ring", account: 2, autoAnswer: false });
    expect(decideIncoming(facts("group7", "10.0.0.2"), rules())).toMatchObject({ type: "ring", account: 2 });
  });

  it("ACC-17: a stranger is refused, and named as one, even with the right user name", () => {
    expect(decideIncoming(facts("1001", "192.0.2.66"), rules())).toEqual({ type: "stranger", status: 403 });
  });

  it("ACC-17: with sip_trust_ctrl off anybody who knows the user name rings", () => {
    const open = rules({ accounts: [account(1, { serversOnly: false })] });
    expect(decideIncoming(facts("1001", "192.0.2.66"), open)).toMatchObject({ type: "ring", account: 1 });
  });

  it("SEC-20: an account that registers by TLS takes no call by UDP or TCP, not even from its server's address", () => {
    const tls = { accounts: [account(1, { tlsOnly: true, serversOnly: false }), account(2)] };
    const call = facts("1001", "10.0.0.1");
    expect(decideIncoming(call, rules(tls))).toEqual({ type: "stranger", status: 403 });
    expect(decideIncoming({ ...call, secure: true }, rules(tls))).toMatchObject({ type: "ring", account: 1 });
    expect(decideIncoming(facts("1002", "10.0.0.2"), rules(tls))).toMatchObject({ type: "ring", account: 2 });
  });

  it("ACC-31: calls to the address need direct IP calls on and the trust check of the default account off", () => {
    const off = account(1, { enabled: false, serversOnly: false });
    const stranger = facts("b", "192.0.2.66");
    expect(decideIncoming(stranger, rules({ accounts: [off] }))).toMatchObject({ type: "ring", account: 1 });
    expect(decideIncoming(stranger, rules({ accounts: [off], directIp: false })).type).toBe("stranger");
    expect(decideIncoming(stranger, rules({ accounts: [account(1, { enabled: false })] })).type).toBe("stranger");
    expect(decideIncoming(stranger, rules({ accounts: [off], directIpAutoAnswer: true }))).toMatchObject({
      autoAnswer: true,
    });
  });

  it("CAL-27: do not disturb refuses with its own code", () => {
    expect(decideIncoming(facts("1002", "10.0.0.2"), rules({ dnd: () => true }))).toMatchObject({
      type: "refuse",
      account: 2,
      status: 480,
    });
  });

  it("CAL-22: without call waiting a second call is refused as busy", () => {
    const second = rules({ calls: 1 });
    expect(decideIncoming(facts("1001", "10.0.0.1"), second).type).toBe("ring");
    expect(decideIncoming(facts("1001", "10.0.0.1"), { ...second, callWaiting: false })).toMatchObject({ status: 486 });
    expect(decideIncoming(facts("1001", "10.0.0.1"), rules({ calls: 8 }))).toMatchObject({ status: 486 });
  });
});
