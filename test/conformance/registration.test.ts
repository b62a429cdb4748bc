import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms, type Program } from "../interop/kit/process.ts";
import { listening } from "../interop/kit/sipp.ts";
import { needs } from "../lab/needs.ts";
import { complaints, startPeer } from "./play.ts";
import { titleOf } from "./table.ts";
import { registrationRows } from "./table-registration.ts";

const addressOf = (at: number) => `127.47.4.${at + 10}`;
/** No model has more. */
const accountsOfPhone = 16;

/** Accounts 1 to 16 of the phone whose rows begin at `first`. */
function accounts(first: number): Record<string, string | number> {
  const config: Record<string, string | number> = {};
  for (let at = first; at < Math.min(first + accountsOfPhone, registrationRows.length); at++) {
    const rows = {
      enable: 1,
      user_name: `u${at + 1}`,
      auth_name: `u${at + 1}`,
      password: "secret",
      reg_fail_retry_interval: 1,
      "sip_server.1.address": addressOf(at),
      "sip_server.1.port": 5060,
    };
    for (const [name, value] of Object.entries(rows)) config[`account.${at - first + 1}.${name}`] = value;
  }
  return config;
}

describe.runIf(needs("sipp"))("conformance: the phone registers", () => {
  endAllPrograms();
  const peers: Program[][] = [];
  const phones: PhoneProcess[] = [];

  // All registrars are there before the phones, which have an account at each.
  beforeAll(async () => {
    for (const [at, row] of registrationRows.entries()) {
      const second = row.second === undefined ? [] : [startPeer(row, row.second, addressOf(at), 5070)];
      peers.push([startPeer(row, row, addressOf(at), 5060), ...second]);
    }
    for (const at of registrationRows.keys()) await listening(addressOf(at), 5060, "udp");
    for (let first = 0; first < registrationRows.length; first += accountsOfPhone) {
      const n = phones.length;
      const address = `127.47.4.${n + 1}`;
      phones.push(
        await PhoneProcess.start({ address, panelPort: 7474 + 10 * n, model: "t48g", config: accounts(first) }),
      );
    }
  });
  afterAll(async () => {
    for (const phone of phones) expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
  });

  registrationRows.forEach((row, at) => {
    it(titleOf(row), async () => {
      for (const peer of peers[at] ?? []) expect(await peer.ended, complaints(peer.output)).toBe(0);
    });
  });
});
