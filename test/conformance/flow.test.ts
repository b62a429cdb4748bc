import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { flowRows } from "./table-flow.ts";
import { TcpRegistrar } from "./tcp-registrar.ts";

describe("conformance: the phone keeps its flows", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  const registrars: TcpRegistrar[] = [];
  /** All rows at once, since they mostly wait. */
  const outcomes: Promise<Error | undefined>[] = [];

  beforeAll(async () => {
    const config: Record<string, string | number> = {};
    for (const at of flowRows.keys()) {
      const registrar = await TcpRegistrar.open(`127.52.2.${at + 10}`);
      registrars.push(registrar);
      const way = { "sip_server.1.port": 5060, "sip_server.1.transport_type": 1, reg_fail_retry_interval: 1 };
      const one = account(registrar.address, `u${at + 1}`, "secret", way);
      for (const [name, value] of Object.entries(one)) config[name.replace(".1.", `.${at + 1}.`)] = value;
    }
    for (const [at, row] of flowRows.entries()) {
      const registrar = registrars[at];
      if (registrar !== undefined)
        outcomes.push(
          row.run(registrar).then(
            () => undefined,
            (error: Error) => error,
          ),
        );
    }
    phone = await PhoneProcess.start({ address: "127.52.2.1", panelPort: 7823, model: "t48g", config });
  });
  afterAll(async () => {
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    for (const registrar of registrars) registrar.close();
  });

  flowRows.forEach(({ section, must }, at) => {
    it(`${section}: ${must}`, async () => {
      const failure = await outcomes[at];
      if (failure !== undefined) throw failure;
    });
  });
});
