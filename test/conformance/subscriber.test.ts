import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, PhoneProcess } from "../interop/kit/phone.ts";
import { endAllPrograms } from "../interop/kit/process.ts";
import { tagOf, value } from "../interop/kit/raw-sip.ts";
import { Notifier } from "./notifier.ts";
import { subscriberRows } from "./table-subscriber.ts";

const addressOf = (at: number) => `127.52.1.${at + 10}`;
/** No model has more. */
const accountsOfPhone = 16;

function accounts(addresses: readonly string[]): Record<string, string | number> {
  const config: Record<string, string | number> = {};
  for (const [at, address] of addresses.entries()) {
    const one = account(address, `u${at + 1}`, "secret", { "sip_server.1.port": 5060, subscribe_mwi: 1 });
    for (const [name, value] of Object.entries(one)) config[name.replace(".1.", `.${at + 1}.`)] = value;
  }
  return config;
}

describe("conformance: the phone subscribes", () => {
  endAllPrograms();
  const phones: PhoneProcess[] = [];
  const notifiers: Notifier[] = [];
  /** All rows at once, since they mostly wait; "" or why it failed. */
  const outcomes: Promise<Error | undefined>[] = [];

  beforeAll(async () => {
    for (let first = 0; first < subscriberRows.length; first += accountsOfPhone) {
      const address = `127.52.1.${phones.length + 1}`;
      const rows = subscriberRows.slice(first, first + accountsOfPhone);
      const own: Notifier[] = [];
      for (const at of rows.keys()) own.push(await Notifier.open(addressOf(first + at), address));
      const config = accounts(own.map((notifier) => notifier.address));
      phones.push(await PhoneProcess.start({ address, panelPort: 7801 + phones.length, model: "t48g", config }));
      rows.forEach((row, at) => {
        const notifier = own[at];
        if (notifier === undefined) return;
        notifiers.push(notifier);
        outcomes.push(
          row.run(notifier).then(
            () => undefined,
            (error: Error) => error,
          ),
        );
      });
    }
  });
  afterAll(() => {
    for (const notifier of notifiers) notifier.close();
  });

  subscriberRows.forEach(({ section, must }, at) => {
    it(`${section}: ${must}`, async () => {
      const failure = await outcomes[at];
      if (failure !== undefined) throw failure;
    });
  });

  it("RFC 6665 §4.1.2.3: a phone that ends unsubscribes inside the dialog, with Expires 0, and takes the last NOTIFY", async () => {
    const [notifier] = notifiers;
    if (notifier === undefined) throw new Error("no notifier");
    const before = notifier.subscribes.length;
    const first = await notifier.subscribe(1);
    const ended = Promise.all(phones.map((phone) => phone.stop()));
    const last = await notifier.subscribe(before + 1);
    expect(value(last, "Expires")).toBe("0");
    expect(value(last, "Call-ID")).toBe(value(first, "Call-ID"));
    expect(tagOf(value(last, "To"))).toBe(notifier.tag);
    await notifier.answer(last, 200, { Expires: "0" });
    expect((await notifier.notify(last, { state: "terminated;reason=timeout" })).status).toBe(200);
    expect(await ended, phones[0]?.program.output.slice(-3000)).toEqual(phones.map(() => 0));
  });
});
