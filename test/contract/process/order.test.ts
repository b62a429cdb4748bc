/** What a server and the configuration make the program do to the outside: check-sync (PRV-20) and action URLs (API-06, API-07). */
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "../../interop/kit/phone.ts";
import { endAllPrograms, eventually, temporaryFolder } from "../../interop/kit/process.ts";
import { fresh, request } from "../../interop/kit/raw-sip.ts";

const address = "127.42.5.1";
const peer = "127.42.5.9";
const panelPort = 7452;

/** A NOTIFY check-sync of somebody the account trusts; the answer's status line. */
async function order(user: string, event: string): Promise<string> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, peer, resolve));
  const { port } = socket.address();
  const answer = new Promise<string>((resolve) => {
    socket.once("message", (bytes) => resolve(bytes.toString().split("\r\n")[0] ?? ""));
  });
  const text = request(`NOTIFY sip:${user}@${address}`, {
    Via: `SIP/2.0/UDP ${peer}:${port};branch=z9hG4bK${fresh()}`,
    "Max-Forwards": "70",
    From: `<sip:pbx@${peer}>;tag=${fresh()}`,
    To: `<sip:${user}@${address}>`,
    "Call-ID": fresh(),
    CSeq: "1 NOTIFY",
    Contact: `<sip:pbx@${peer}:${port}>`,
    Event: event,
    "Subscription-State": "terminated",
  });
  socket.send(text, 5060, address);
  const line = await answer;
  socket.close();
  return line;
}

describe("orders and action URLs of the running program", () => {
  endAllPrograms();
  const asked: string[] = [];
  let web: Server;
  beforeAll(async () => {
    web = createServer((incoming, response) => {
      asked.push(incoming.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => web.listen(7453, peer, resolve));
  });
  afterAll(() => void web.close());

  it("PRV-20, API-06, API-07: reboot=false reads the files again, reboot=true ends with 3; what happens is told by HTTP", async () => {
    const data = temporaryFolder("order");
    const config = {
      ...openToAll,
      "account.1.enable": 1,
      "account.1.user_name": "101",
      "account.1.label": "Before",
      "account.1.sip_server.1.address": peer,
      "action_url.setup_completed": `http://${peer}:7453/up?mac=$mac&ip=$ip&user=$active_user`,
      "action_url.dnd_on": `http://${peer}:7453/dnd?model=$model`,
    };
    const phone = await PhoneProcess.start({ address, panelPort, config, data, args: ["--mac", "00:15:65:00:00:42"] });
    await eventually(
      "the first word",
      () => asked.includes(`/up?mac=001565000042&ip=${address}&user=101`) || undefined,
    );
    await phone.seen("the label", (s) => s.keys[0]?.label === "Before");
    const { "account.1.label": _, ...rest } = config;
    const lines = Object.entries({ ...rest, "account.1.display_name": "After", "features.dnd.enable": 1 });
    writeFileSync(
      join(data, "phone.cfg"),
      `#!version:1.0.0.1\n${lines.map(([name, value]) => `${name} = ${value}\n`).join("")}`,
    );
    expect(await order("101", "check-sync;reboot=false")).toBe("SIP/2.0 200 OK");
    await phone.seen("the new label", (s) => s.keys[0]?.label === "After" && s.screen.icons.includes("dnd"));
    await eventually("do not disturb", () => asked.some((url) => url.startsWith("/dnd?model=")) || undefined);
    expect(await order("999", "check-sync;reboot=true")).not.toContain("200");
    expect(await order("101", "check-sync;reboot=true")).toBe("SIP/2.0 200 OK");
    expect(await phone.program.ended).toBe(3);
  });
});
