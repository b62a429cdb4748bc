/** Accounts as few have them: names in UTF-8 with quotes, passwords of all signs, a domain that only the outbound proxy knows, IPv6; and other peers of the same server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { convertRate } from "../../hal/driver/rate-converter.ts";
import { toMono } from "../../hal/driver/wav.ts";
import { needs } from "../lab/needs.ts";
import { Baresip } from "./kit/baresip.ts";
import { Kamailio } from "./kit/kamailio.ts";
import { Linphone } from "./kit/linphone.ts";
import { account, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { findWords, speech } from "./kit/sound.ts";

const server = "127.52.5.1";
const password = "p@ss: w%rd;#<é>,'&=+$ß€|x";
/** A user for each phone of each test: what the server remembers of one is no news of another. */
const users = { "1001": password, "1002": "a", "1003": "b", "1004": "c", baresip: "d", linphone: "e" };
const name = `Zoë "Zed" O'Brien \\ <boss>, 1st`;

describe.runIf(needs("kamailio", "baresip", "linphonec"))("unusual accounts", () => {
  endAllPrograms();
  let kamailio: Kamailio;
  const phones: PhoneProcess[] = [];
  beforeAll(async () => {
    kamailio = await Kamailio.start({ address: server, users });
  });
  afterEach(async () => {
    for (const phone of phones.splice(0)) expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
    expect(kamailio.log).not.toContain("INSANE");
  });
  afterAll(() => kamailio.stop());

  async function start(host: number, config: Record<string, string | number>, address?: string): Promise<PhoneProcess> {
    const options = { address: address ?? `127.52.5.${host}`, panelPort: 7650 + host, config };
    const phone = await PhoneProcess.start(options);
    phones.push(phone);
    await phone.program.until("registered", (output) => output.includes("): registered"), 8000);
    return phone;
  }

  async function talk(from: PhoneProcess, to: PhoneProcess, number: string): Promise<readonly string[]> {
    await from.dial(number);
    const { screen } = await to.screen("incoming");
    await to.keys("ok");
    await Promise.all([from.screen("talking"), to.screen("talking")]);
    return screen.lines;
  }

  it("ACC-02: a name with quotes, backslash, comma and UTF-8 and a password of all signs: it registers, calls and is shown as it is", async () => {
    const odd = await start(11, account(server, "1001", password, { display_name: name, "sip_server.1.expires": 60 }));
    const plain = await start(12, account(server, "1002", "a"));
    await kamailio.seen(/bound 1001 by udp 60/);
    expect(await talk(odd, plain, "1002")).toContain(name);
  });

  it("ACC-05: a domain that only the outbound proxy knows", async () => {
    const way = { outbound_proxy_enable: 1, "outbound_proxy.1.address": server };
    const far = await start(11, account("nowhere.invalid", "1003", "b", way));
    const near = await start(12, account(server, "1004", "c"));
    await talk(far, near, "1004");
    await Promise.all([far.endCalls(), near.endCalls()]);
    await talk(near, far, "1003");
  });

  it("AUD-01: baresip and Linphone, registered at the same server under names in UTF-8, call the phone and are called", async () => {
    const phone = await start(11, account(server, "1001", password, { display_name: name }));
    const words = speech(["Front_Center"]);
    const narrow = convertRate(convertRate(words, 16_000, 8000), 8000, 16_000);
    const baresip = await Baresip.start({
      address: "127.52.5.21",
      codec: "PCMU",
      says: convertRate(words, 16_000, 8000),
      rateHz: 8000,
      answers: true,
      account: `"Bäré Süp" <sip:baresip@${server}>;auth_pass=d;regint=60`,
    });
    const linphone = await Linphone.start({ address: "127.52.5.31", says: words });
    await kamailio.seen(/bound baresip/);
    await phone.dial("baresip");
    await phone.screen("talking");
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(findWords(narrow, toMono(await phone.heard(5))).likeness, "what the phone heard").toBeGreaterThan(0.8);
    await phone.endCalls();
    await baresip.command("dial", `sip:1001@${server}`);
    expect((await phone.screen("incoming")).screen.lines).toContain("Bäré Süp");
    await phone.keys("ok");
    await phone.screen("talking");
    await phone.endCalls();
    await baresip.stop();

    linphone.say(`register sip:linphone@${server} sip:${server} e`);
    await kamailio.seen(/bound linphone/);
    linphone.say(`call sip:1001@${server}`);
    await phone.screen("incoming");
    await phone.keys("ok");
    await phone.screen("talking");
    await phone.endCalls();
    // It is busy until it has heard of the end.
    await linphone.program.until("the end of its call", (output) => /Call \d+ with .* ended/.test(output));
    await phone.dial("linphone");
    await phone.screen("talking");
    await phone.endCalls();
    await linphone.stop();
  });

  it("NET-05: a server and two phones that have IPv6 addresses only", async () => {
    const six = await Kamailio.start({ address: "[::1]", users });
    const ports = (sip: number, rtp: number) => ({
      "sip.listen_port": sip,
      "sip.tls_listen_port": sip + 1,
      "account.1.sip_listen_port": sip,
      "static.network.port.min_rtpport": rtp,
      "static.network.port.max_rtpport": rtp + 100,
    });
    const one = await start(14, { ...account("[::1]", "1003", "b"), ...ports(5090, 30_000) }, "::1");
    const other = await start(15, { ...account("[::1]", "1004", "c"), ...ports(5092, 30_200) }, "::1");
    await talk(one, other, "1004");
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const phone of [one, other]) expect((await phone.media()).calls[0]?.packetsReceived).toBeGreaterThan(10);
    await one.endCalls();
    expect(six.log).not.toContain("INSANE");
    await six.stop();
  });
});
