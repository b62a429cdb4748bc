/** An account's way of writing and sending its messages, to a stranger: SIPp takes the call through a challenge and checks what it looks like. */
import { describe, expect, it } from "vitest";
import { needs } from "../lab/needs.ts";
import { account, openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { RawUdp, value } from "./kit/raw-sip.ts";
import { sipp } from "./kit/sipp.ts";

const peer = "127.41.3.1";
const address = "127.41.3.2";

/** Grants the registration, which SIPp would take for the call that it waits for. */
async function grant(start: () => Promise<PhoneProcess>): Promise<PhoneProcess> {
  const registrar = await RawUdp.open(peer, 5060);
  const phone = await start();
  const asked = await registrar.next("REGISTER", (message) => message.startLine.startsWith("REGISTER "));
  const copied = ["v", "f", "i", "CSeq"].map((name) => `${name}: ${value(asked, name)}\r\n`).join("");
  const to = `t: ${value(asked, "t")};tag=granted\r\n`;
  const contact = `m: ${value(asked, "m")};expires=3600\r\n`;
  await registrar.send(`SIP/2.0 200 OK\r\n${copied}${to}${contact}l: 0\r\n\r\n`, address, 5082);
  await phone.program.until("registered", (output) => output.includes("registered"));
  registrar.close();
  return phone;
}

describe.runIf(needs("sipp")).each(["udp", "tcp"] as const)("an account's manner over %s", (transport) => {
  endAllPrograms();

  it("ACC-16, ACC-19, NET-24: a call with compact headers, Proxy-Require and a port of the account's own", async () => {
    const options = {
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
    };
    const start = () => PhoneProcess.start(options);
    const phone = await (transport === "udp" ? grant(start) : start());
    // By TCP nobody listens yet: the phone has to have found that out before SIPp does.
    if (transport === "tcp")
      await phone.program.until("refused", (output) => /REGISTER did not reach tcp .*refused/.test(output));
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
