/** The status page over real HTTP. */
import { expect, it } from "vitest";
import { openStatusServer } from "../../../src/web/status/server.ts";
import { account, FakePhoneControl } from "../../fake/phone-control.ts";

const at = { host: "127.42.4.1", port: 7429 };

it("design: --web shows accounts, notices and calls as text and changes nothing; a port in use is named", async () => {
  const phone = new FakePhoneControl({
    accounts: [account(1, "Alice"), account(2, "Bob", { name: "failed", why: "403 Forbidden by pbx.example" })],
    notices: ["No sound: card is absent"],
  });
  const server = await openStatusServer({ phone, model: "SIP-T46G", firmware: "1.2.3" }, at);
  try {
    const reply = await fetch(server.url);
    expect(reply.headers.get("content-type")).toContain("text/plain");
    expect((await reply.text()).split("\n")).toEqual([
      "Offhook SIP-T46G, firmware 1.2.3",
      "account 1 (Alice): registered",
      "account 2 (Bob): failed: 403 Forbidden by pbx.example",
      "notice: No sound: card is absent",
      "calls: 0",
      "",
    ]);
    expect((await fetch(server.url, { method: "POST" })).status).toBe(404);
    expect(phone.told).toEqual([]);
    await expect(openStatusServer({ phone, model: "", firmware: "" }, at)).rejects.toThrow(
      "web: port 7429 of 127.42.4.1 is in use by another program",
    );
  } finally {
    await server.close();
  }
});
