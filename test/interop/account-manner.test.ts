/** An account's way of writing and sending its messages, to a stranger: SIPp takes the call through a challenge and checks what it looks like. */
import { describe, expect, it } from "vitest";
import { needs } from "../lab/needs.ts";
import { account, openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { sipp } from "./kit/sipp.ts";

const peer = "127.41.3.1";
const address = "127.41.3.2";

describe.runIf(needs("sipp")).each(["udp", "tcp"] as const)("an account's manner over %s", (transport) => {
  endAllPrograms();

  it("ACC-16, ACC-19, NET-24: a call with compact headers, Proxy-Require and a port of the account's own", async () => {
    const phone = await PhoneProcess.start({
      address,
      panelPort: 7413,
      config: {
        ...openToAll,
        ...account(peer, "1001", "s3cret", {
          "sip_server.1.transport_type": transport === "tcp" ? 1 : 0,
          "sip_server.1.port": 5060,
          compact_header_enable: 1,
          proxy_require: "com.example.firewall",
          sip_listen_port: 5082,
        }),
      },
    });
    try {
      const callee = sipp({ address: peer, transport, scenario: "account-manner", args: ["-aa"] });
      await phone.dial("77");
      await phone.screen("talking");
      await phone.keys("cancel");
      expect(await callee.ended, callee.output.slice(-3000)).toBe(0);
    } finally {
      expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    }
  });
});
