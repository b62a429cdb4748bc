import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { listening } from "../interop/kit/sipp.ts";
import { needs } from "../lab/needs.ts";
import { play, startPeer } from "./play.ts";
import { type Row, titleOf } from "./table.ts";
import { authenticationRows, serviceRoute } from "./table-authentication.ts";

const server = "127.47.6.10";
const registering: Row = {
  section: "",
  must: "",
  scenario: "registers",
  with: { headers: serviceRoute },
  phone: "client",
};

describe.runIf(needs("sipp"))("conformance: calls by an account", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  beforeAll(async () => {
    const registrar = startPeer(registering, registering, server, 5060);
    await listening(server, 5060, "udp");
    phone = await PhoneProcess.start({
      address: "127.47.6.1",
      panelPort: 7476,
      config: account(server, "u1", "secret", { "100rel_enable": 1, "session_timer.enable": 1 }),
    });
    expect(await registrar.ended, registrar.output).toBe(0);
  });
  afterAll(async () => expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0));

  for (const row of authenticationRows) it(titleOf(row), () => play(phone, row, server));
});
