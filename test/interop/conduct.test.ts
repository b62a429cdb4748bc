/** What the phone says to a peer that knows only the wire: RFC 3261 and RFC 3581 seen from outside, without a stack. */
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openToAll, PhoneProcess } from "./kit/phone.ts";
import { endAllPrograms } from "./kit/process.ts";
import { fresh, type Heard, RawTcp, RawUdp, request, tagOf, value } from "./kit/raw-sip.ts";

const phoneAddress = "127.44.2.2";
const closedAddress = "127.44.2.3";
const ourAddress = "127.44.2.1";
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const offer = (payloads = "0 8", media = "RTP/AVP") =>
  [
    "v=0",
    `o=raw 1 1 IN IP4 ${ourAddress}`,
    "s=-",
    `c=IN IP4 ${ourAddress}`,
    "t=0 0",
    `m=audio 40000 ${media} ${payloads}`,
    "",
  ].join("\r\n");

interface Words {
  readonly transport?: string;
  readonly branch?: string;
  readonly callId?: string;
  readonly from?: string;
  readonly toTag?: string;
  readonly sequence?: number;
  readonly uri?: string;
  /** Headers beyond the usual, and the usual ones otherwise; undefined leaves one out. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** A whole request of ours to the phone. */
function compose(method: string, port: number, words: Words = {}): string {
  const { transport = "UDP", branch = `z9hG4bK${fresh()}`, callId = fresh(), from = fresh() } = words;
  const body = words.body ?? "";
  return request(
    `${method} ${words.uri ?? `sip:phone@${phoneAddress}`}`,
    {
      Via: `SIP/2.0/${transport} ${ourAddress}:${port};branch=${branch};rport`,
      "Max-Forwards": "70",
      From: `<sip:raw@${ourAddress}>;tag=${from}`,
      To: `<sip:phone@${phoneAddress}>${words.toTag === undefined ? "" : `;tag=${words.toTag}`}`,
      "Call-ID": callId,
      CSeq: `${words.sequence ?? 1} ${method}`,
      ...(method === "INVITE" ? { Contact: `<sip:raw@${ourAddress}:${port}>` } : {}),
      ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
      ...words.fields,
    },
    body,
  );
}

/**
 * What RFC 4475 lets a user agent answer to each of its messages, for one that is no registrar and has no extensions;
 * nothing for what must be dropped. 180 is the call that rings.
 */
const rightAnswers: Readonly<Record<string, readonly number[]>> = {
  // §3.1.1: valid.
  wsinv: [481],
  intmeth: [405, 501],
  esc01: [180],
  escnull: [405],
  esc02: [405, 501],
  lwsdisp: [200],
  longreq: [180],
  dblreq: [405],
  semiuri: [200],
  transports: [200],
  mpart01: [405],
  unreason: [],
  noreason: [],
  // §3.1.2: invalid.
  badinv01: [400],
  clerr: [400],
  ncl: [400],
  badcseq: [400],
  scalar02: [400],
  scalarlg: [],
  quotbal: [400],
  ltgtruri: [400],
  lwsruri: [400],
  lwsstart: [400],
  trws: [400],
  escruri: [400],
  baddate: [400],
  regbadct: [400, 405],
  badaspec: [400],
  baddn: [400, 200],
  badvers: [505],
  mismatch01: [400],
  mismatch02: [400, 501],
  bigcode: [],
  // §3.2: transaction layer.
  badbranch: [400, 200],
  // §3.3: application layer.
  insuf: [400],
  unkscm: [416],
  novelsc: [416],
  unksm2: [405],
  bext01: [420],
  invut: [415],
  regaut01: [405],
  multi01: [400],
  mcl01: [400],
  bcast: [],
  zeromf: [200, 483],
  cparam01: [405],
  cparam02: [405],
  regescrt: [405],
  sdp01: [180, 406, 488],
  // §3.4: backward compatibility.
  inv2543: [180],
};

describe("conduct on the wire", () => {
  endAllPrograms();
  let phone: PhoneProcess;
  let udp: RawUdp;

  beforeAll(async () => {
    phone = await PhoneProcess.start({ address: phoneAddress, panelPort: 7443, config: openToAll });
    udp = await RawUdp.open(ourAddress);
  });
  afterAll(async () => {
    udp.close();
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
  });
  afterEach(async () => {
    expect(phone.program.alive, phone.program.output.slice(-3000)).toBe(true);
    await phone.endCalls();
  });

  /** The final response to a request of our own, told by its Call-ID and CSeq. */
  const final = (callId: string, sequence: string, status = 200) =>
    udp.next(
      `final response to ${sequence}`,
      (m) => m.status >= status && value(m, "Call-ID") === callId && value(m, "CSeq") === sequence,
    );

  async function ask(method: string, words: Words = {}): Promise<Heard> {
    const callId = words.callId ?? fresh();
    await udp.send(compose(method, udp.port, { ...words, callId }), phoneAddress);
    return final(callId, `${words.sequence ?? 1} ${method}`);
  }

  /** An INVITE that rings; gives what is needed to go on in its dialog. */
  async function ring(words: Words = {}) {
    const dialog = { callId: fresh(), from: fresh(), branch: `z9hG4bK${fresh()}` };
    const text = compose("INVITE", udp.port, { body: offer(), ...dialog, ...words });
    await udp.send(text, phoneAddress);
    const ringing = await udp.next("180", (m) => m.status === 180 && value(m, "Call-ID") === dialog.callId);
    return { ...dialog, text, ringing, toTag: tagOf(value(ringing, "To")) };
  }

  /** An INVITE that the phone's person answers, acknowledged. */
  async function talk() {
    const dialog = await ring();
    await phone.keys("ok");
    const answer = await udp.next("200", (m) => m.status === 200 && value(m, "Call-ID") === dialog.callId);
    await udp.send(compose("ACK", udp.port, { ...dialog, branch: `z9hG4bK${fresh()}` }), phoneAddress);
    await phone.screen("talking");
    return { ...dialog, answer };
  }

  const inDialog = (dialog: { callId: string; from: string; toTag: string }) => ({
    callId: dialog.callId,
    from: dialog.from,
    toTag: dialog.toTag,
  });

  describe("requests out of dialogs", () => {
    it("RFC 3261 §11.2: OPTIONS gets 200 with Allow, Accept and Supported, and a To tag", async () => {
      const answer = await ask("OPTIONS");
      expect(answer.status).toBe(200);
      for (const method of ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS"])
        expect(value(answer, "Allow")).toContain(method);
      expect(value(answer, "Accept")).toContain("application/sdp");
      expect(answer.headers.has("supported")).toBe(true);
      expect(tagOf(value(answer, "To"))).not.toBe("");
      expect(value(answer, "User-Agent")).toContain("Offhook");
    });

    it("RFC 3261 §8.2.6: a response repeats every Via in order, From, Call-ID, CSeq and Timestamp", async () => {
      const callId = fresh();
      const text = compose("OPTIONS", udp.port, { callId, fields: { Timestamp: "54" } }).replace(
        "\r\nMax-Forwards",
        "\r\nVia: SIP/2.0/TCP far.example;branch=z9hG4bKfar, SIP/2.0/UDP 192.0.2.1:7;branch=z9hG4bKfurther\r\nMax-Forwards",
      );
      await udp.send(text, phoneAddress);
      const answer = await final(callId, "1 OPTIONS");
      const vias = (answer.headers.get("via") ?? []).join(",").split(/,\s*/);
      expect(vias[0]).toContain(`received=${ourAddress}`);
      expect(vias[0]).toContain(`rport=${udp.port}`);
      expect(vias.slice(1)).toEqual([
        "SIP/2.0/TCP far.example;branch=z9hG4bKfar",
        "SIP/2.0/UDP 192.0.2.1:7;branch=z9hG4bKfurther",
      ]);
      expect(value(answer, "Timestamp")).toMatch(/^54/);
      expect(value(answer, "From")).toBe(/From: (.*)\r/.exec(text)?.[1]);
    });

    it.each([
      ["FROBNICATE", [501, 405]],
      ["MESSAGE", [405]],
      ["REGISTER", [405]],
      ["PUBLISH", [405]],
      ["SUBSCRIBE", [405, 489]],
    ] as const)("RFC 3261 §8.2.1: %s is refused, with what would be allowed", async (method, statuses) => {
      const answer = await ask(method);
      expect(statuses).toContain(answer.status);
      if (answer.status === 405 || answer.status === 501) expect(value(answer, "Allow")).toContain("INVITE");
    });

    it("RFC 3261 §8.2.2.3: an extension that is required and unknown gets 420, named", async () => {
      for (const method of ["INVITE", "OPTIONS", "BYE"]) {
        const answer = await ask(method, { fields: { Require: "frobnication, 100rel-of-tomorrow" } });
        expect(answer.status).toBe(420);
        expect(value(answer, "Unsupported")).toContain("frobnication");
        expect(value(answer, "Unsupported")).toContain("100rel-of-tomorrow");
      }
    });

    it("RFC 3261 §8.2.3: a body of a type or encoding that nobody understands gets 415, with what would do", async () => {
      const answer = await ask("INVITE", { body: "hello", fields: { "Content-Type": "text/plain" } });
      expect(answer.status).toBe(415);
      expect(value(answer, "Accept")).toContain("application/sdp");
      const encoded = await ask("INVITE", { body: offer(), fields: { "Content-Encoding": "gzip" } });
      expect(encoded.status).toBe(415);
      expect(encoded.headers.has("accept-encoding")).toBe(true);
    });

    it.each([
      ["no codec in common", offer("99")],
      ["another profile", offer("0", "RTP/SAVP")],
      ["no audio", offer().replace("m=audio", "m=image")],
    ])("RFC 3261 §13.3.1.3: an offer with %s gets 488 without ringing", async (_what, body) => {
      const callId = fresh();
      const answer = await ask("INVITE", { callId, body });
      expect(answer.status).toBe(488);
      expect(udp.heard.filter((m) => m.status === 180 && value(m, "Call-ID") === callId)).toHaveLength(0);
    });

    it("RFC 3261 §20: what is no session description gets 400", async () => {
      expect((await ask("INVITE", { body: "v=0\r\nnonsense" })).status).toBe(400);
    });

    it("RFC 3261 §15.1.2, §12.2.2: a request in a dialog that does not exist gets 481", async () => {
      for (const method of ["BYE", "INVITE", "INFO", "UPDATE", "REFER"])
        expect((await ask(method, { toTag: "nobody" })).status, method).toBe(481);
      expect((await ask("BYE")).status).toBe(481);
      expect((await ask("NOTIFY", { fields: { Event: "presence", "Subscription-State": "active" } })).status).toBe(481);
    });

    it("RFC 3261 §9.2: CANCEL of what does not exist gets 481", async () => {
      expect((await ask("CANCEL")).status).toBe(481);
    });

    it("RFC 3261 §8.2: an ACK that belongs to nothing is never answered", async () => {
      const callId = fresh();
      await udp.send(compose("ACK", udp.port, { callId, toTag: "nobody" }), phoneAddress);
      expect((await ask("OPTIONS")).status).toBe(200);
      expect(udp.heard.filter((m) => value(m, "Call-ID") === callId)).toHaveLength(0);
    });

    it("RFC 3261 §16.3: Max-Forwards is the proxies' affair: 0 or none of it is answered by whom it is for", async () => {
      expect((await ask("OPTIONS", { fields: { "Max-Forwards": "0" } })).status).toBe(200);
      expect((await ask("OPTIONS", { fields: { "Max-Forwards": undefined } })).status).toBe(200);
      expect((await ask("OPTIONS", { fields: { "Max-Forwards": "seventy" } })).status).toBe(400);
    });

    it.each([
      ["From", 400],
      ["To", 400],
      ["Contact", 400],
    ])("RFC 3261 §8.1.1: an INVITE without %s gets %i", async (name, status) => {
      const answer = await ask("INVITE", { body: offer(), fields: { [name]: undefined } });
      expect(answer.status).toBe(status);
    });

    it("RFC 3261 §8.2.2.1: a scheme that nobody knows gets 416", async () => {
      expect((await ask("OPTIONS", { uri: "soap:phone" })).status).toBe(416);
    });

    it("RFC 3261 §21.5.7: another version of SIP gets 505", async () => {
      const callId = fresh();
      await udp.send(compose("OPTIONS", udp.port, { callId }).replace(" SIP/2.0\r\n", " SIP/7.0\r\n"), phoneAddress);
      expect((await final(callId, "1 OPTIONS")).status).toBe(505);
    });

    it("RFC 3261 §7.3.1: names in any case, compact, folded, with blanks", async () => {
      const callId = fresh();
      const text = compose("OPTIONS", udp.port, { callId })
        .replace("Via:", "v :")
        .replace("From: ", "f:\r\n\t ")
        .replace("To:", "t:")
        .replace("Call-ID:", "i:")
        .replace("CSeq:", "cSEQ  :   ")
        .replace("Content-Length:", "l:");
      await udp.send(text, phoneAddress);
      expect((await final(callId, "1 OPTIONS")).status).toBe(200);
    });
  });

  describe("where responses go", () => {
    it("RFC 3581 §4: with rport back to where the request came from, whatever Via says", async () => {
      const callId = fresh();
      await udp.send(compose("OPTIONS", 9, { callId }), phoneAddress);
      const answer = await final(callId, "1 OPTIONS");
      expect(value(answer, "Via")).toContain(`rport=${udp.port}`);
    });

    it("RFC 3261 §18.2.2: without rport to the port of Via, at the address that it came from", async () => {
      const other = await RawUdp.open(ourAddress);
      const callId = fresh();
      const via = `SIP/2.0/UDP nowhere.invalid:${other.port};branch=z9hG4bK${fresh()}`;
      await udp.send(compose("OPTIONS", udp.port, { callId, fields: { Via: via } }), phoneAddress);
      const answer = await other.next("200", (m) => m.status === 200);
      expect(value(answer, "Via")).toContain(`received=${ourAddress}`);
      expect(value(answer, "Call-ID")).toBe(callId);
      expect(udp.heard.filter((m) => value(m, "Call-ID") === callId)).toHaveLength(0);
      other.close();
    });
  });

  describe("calls", () => {
    it("RFC 3261 §17.2.1: a repeated INVITE gets the same response again, and rings once", async () => {
      const dialog = await ring();
      await pause(100);
      const before = udp.heard.filter((m) => m.text === dialog.ringing.text).length;
      await udp.send(dialog.text, phoneAddress);
      await udp.send(dialog.text, phoneAddress);
      await udp.next(
        "the same 180 again",
        () => udp.heard.filter((m) => m.text === dialog.ringing.text).length >= before + 2,
      );
      const tags = udp.heard
        .filter((m) => value(m, "Call-ID") === dialog.callId && m.status > 100)
        .map((m) => tagOf(value(m, "To")));
      expect(new Set(tags)).toEqual(new Set([dialog.toTag]));
      expect((await phone.state()).screen.id).toBe("incoming");
    });

    it("RFC 3261 §8.2.2.2: the same request by another way gets 482", async () => {
      const dialog = await ring();
      const branch = `z9hG4bK${fresh()}`;
      await udp.send(dialog.text.replace(dialog.branch, branch), phoneAddress);
      const merged = await udp.next("482", (m) => m.status >= 200 && value(m, "Via").includes(branch));
      expect(merged.status).toBe(482);
      expect((await phone.state()).screen.id).toBe("incoming");
    });

    it("RFC 3261 §9.2: CANCEL gets 200, the INVITE 487 with the tag of the 180, repeated until ACK", async () => {
      const dialog = await ring();
      const { callId, from, branch } = dialog;
      await udp.send(compose("CANCEL", udp.port, { callId, from, branch }), phoneAddress);
      expect((await final(callId, "1 CANCEL")).status).toBe(200);
      const refused = await final(callId, "1 INVITE");
      expect(refused.status).toBe(487);
      expect(tagOf(value(refused, "To"))).toBe(dialog.toTag);
      const of487 = () => udp.heard.filter((m) => m.status === 487 && value(m, "Call-ID") === callId).length;
      await udp.next("487 again", () => of487() >= 2);
      await udp.send(compose("ACK", udp.port, { callId, from, branch, toTag: dialog.toTag }), phoneAddress);
      await pause(200);
      const then = of487();
      await pause(2500);
      expect(of487()).toBe(then);
      await phone.screen("idle");
    });

    it("RFC 3261 §13.3.1.4: 200 is repeated until the ACK comes, and no more", async () => {
      const dialog = await ring();
      await phone.keys("ok");
      const of200 = () => udp.heard.filter((m) => m.status === 200 && value(m, "Call-ID") === dialog.callId).length;
      await udp.next("200 three times", () => of200() >= 3);
      const ack = { ...inDialog(dialog), branch: `z9hG4bK${fresh()}` };
      await udp.send(compose("ACK", udp.port, ack), phoneAddress);
      await pause(200);
      const then = of200();
      await pause(2500);
      expect(of200()).toBe(then);
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 2 })).status).toBe(200);
      await phone.screen("idle");
    });

    it("RFC 3261 §12.2.2: a lower CSeq than the last gets 500", async () => {
      const dialog = await talk();
      expect((await ask("OPTIONS", { ...inDialog(dialog), sequence: 7 })).status).toBe(200);
      expect((await ask("OPTIONS", { ...inDialog(dialog), sequence: 5 })).status).toBe(500);
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 4 })).status).toBe(500);
      expect((await phone.state()).screen.id).toBe("talking");
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 8 })).status).toBe(200);
    });

    it("RFC 3261 §14.2: an INVITE before the last one is answered gets 500 with Retry-After", async () => {
      const dialog = await ring();
      const answer = await ask("INVITE", { ...inDialog(dialog), sequence: 2, body: offer() });
      expect(answer.status).toBe(500);
      expect(Number(value(answer, "Retry-After"))).toBeLessThanOrEqual(10);
      expect((await phone.state()).screen.id).toBe("incoming");
    });

    it("RFC 3261 §14.2: an INVITE while the phone's own waits for its answer gets 491", async () => {
      const dialog = await talk();
      await phone.keys("hold");
      const own = await udp.next(
        "re-INVITE",
        (m) => m.startLine.startsWith("INVITE") && m.text.includes(dialog.callId),
      );
      expect(own.body).toMatch(/a=(sendonly|inactive)/);
      const answer = await ask("INVITE", { ...inDialog(dialog), sequence: 2, body: offer() });
      expect(answer.status).toBe(491);
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 3 })).status).toBe(200);
    });

    it("RFC 3261 §14.2: an INVITE inside a call that offers what cannot be gets 488, and the call goes on", async () => {
      const dialog = await talk();
      const answer = await ask("INVITE", { ...inDialog(dialog), sequence: 2, body: offer("99") });
      expect(answer.status).toBe(488);
      const ack = {
        ...inDialog(dialog),
        sequence: 2,
        branch: /branch=([^;\s]+)/.exec(value(answer, "Via"))?.[1] ?? "",
      };
      await udp.send(compose("ACK", udp.port, ack), phoneAddress);
      expect((await phone.state()).screen.id).toBe("talking");
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 3 })).status).toBe(200);
    });

    it("RFC 3261 §12.2.2: right Call-ID and To tag, wrong From tag: no dialog", async () => {
      const dialog = await talk();
      expect((await ask("BYE", { ...inDialog(dialog), from: "somebody-else", sequence: 2 })).status).toBe(481);
      expect((await phone.state()).screen.id).toBe("talking");
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 3 })).status).toBe(200);
    });

    it("RFC 3261 §15.1.2: BYE ends the call; a second one finds it gone", async () => {
      const dialog = await talk();
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 2 })).status).toBe(200);
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 3 })).status).toBe(481);
    });
  });

  describe("TCP", () => {
    const options = (port: number, callId: string) => compose("OPTIONS", port, { transport: "TCP", callId });
    const answers = (text: string) => text.split("SIP/2.0 200 OK").length - 1;

    it("RFC 3261 §18.3: two messages in one segment are two", async () => {
      const tcp = await RawTcp.open(ourAddress, phoneAddress);
      await tcp.send(options(tcp.port, fresh()) + options(tcp.port, fresh()));
      await tcp.until("two answers", (text) => answers(text) === 2);
      tcp.close();
    });

    it("RFC 3261 §18.3: one message in 50 segments is one", async () => {
      const tcp = await RawTcp.open(ourAddress, phoneAddress);
      const text = options(tcp.port, fresh());
      const piece = Math.ceil(text.length / 50);
      for (let at = 0; at < text.length; at += piece) {
        await tcp.send(text.slice(at, at + piece));
        await pause(3);
      }
      await tcp.until("one answer", (seen) => answers(seen) === 1);
      tcp.close();
    });

    it("RFC 5626 §3.5.1: CRLF CRLF is answered by CRLF", async () => {
      const tcp = await RawTcp.open(ourAddress, phoneAddress);
      await tcp.send(options(tcp.port, fresh()));
      await tcp.until("an answer", (text) => text.endsWith("\r\n\r\n"));
      const before = tcp.text.length;
      await tcp.send("\r\n\r\n");
      await tcp.until("a pong", (text) => text.length > before);
      await pause(100);
      expect(tcp.text.slice(before)).toBe("\r\n");
      tcp.close();
    });

    it("RFC 3261 §18.3: a request without Content-Length gets 400, and the connection is closed", async () => {
      const tcp = await RawTcp.open(ourAddress, phoneAddress);
      await tcp.send(compose("OPTIONS", tcp.port, { transport: "TCP", fields: { "Content-Length": undefined } }));
      await tcp.until("400 and the end", (text) => text.startsWith("SIP/2.0 400") && tcp.ended);
    });

    it("RFC 3261 §18: what is no SIP closes the connection without a word, and no other", async () => {
      const good = await RawTcp.open(ourAddress, phoneAddress);
      const bad = await RawTcp.open(ourAddress, phoneAddress);
      await bad.send("GET / HTTP/1.1\r\nHost: phone\r\n\r\n\u0000\u0001\u0002\r\n\r\n");
      await bad.until("the end", () => bad.ended);
      expect(bad.text).toBe("");
      await good.send(options(good.port, fresh()));
      await good.until("an answer", (text) => answers(text) === 1);
      good.close();
    });

    it("RFC 3261 §18.2.2: a call over TCP rings and is answered over the same connection", async () => {
      const tcp = await RawTcp.open(ourAddress, phoneAddress);
      const dialog = { callId: fresh(), from: fresh() };
      const contact = { Contact: `<sip:raw@${ourAddress}:${tcp.port};transport=tcp>` };
      await tcp.send(compose("INVITE", tcp.port, { ...dialog, transport: "TCP", body: offer(), fields: contact }));
      await tcp.until("180", (text) => text.includes("SIP/2.0 180"));
      await phone.keys("ok");
      const text = await tcp.until("200", (seen) => seen.includes("SIP/2.0 200") && seen.includes("m=audio"));
      const toTag = /To: [^\r]*;tag=([^;\r]+)/.exec(text)?.[1] ?? "";
      await tcp.send(compose("ACK", tcp.port, { ...dialog, transport: "TCP", toTag }));
      await phone.screen("talking");
      await tcp.send(compose("BYE", tcp.port, { ...dialog, transport: "TCP", toTag, sequence: 2 }));
      await tcp.until("200 to BYE", (seen) => /SIP\/2\.0 200(.|\r\n)*CSeq: 2 BYE/.test(seen));
      tcp.close();
    });
  });

  describe("nonsense and strangers", () => {
    it("RFC 3261 §18: datagrams that are no SIP are never answered", async () => {
      const stranger = await RawUdp.open(ourAddress);
      for (const text of [
        "",
        "\0",
        "\r\n\r\n",
        "hello",
        "SIP/2.0",
        "\xff".repeat(1400),
        "INVITE sip:x SIP/2.0\r\n\r\n",
      ])
        await stranger.send(text, phoneAddress);
      expect((await ask("OPTIONS")).status).toBe(200);
      await pause(300);
      expect(stranger.heard).toEqual([]);
      stranger.close();
    });

    it("RFC 3261 §8.1.3.3: responses that nobody waits for change nothing", async () => {
      for (const status of ["100 Trying", "200 OK", "302 Moved", "401 Unauthorized", "999 Odd"])
        await udp.send(compose("INVITE", 5060).replace(/^.*\r\n/, `SIP/2.0 ${status}\r\n`), phoneAddress);
      expect((await ask("OPTIONS")).status).toBe(200);
      expect((await phone.state()).screen.id).toBe("idle");
    });

    it("ACC-17: a stranger's call is refused with 403: nothing rings, nothing is shown, nothing is kept", async () => {
      const closed = await PhoneProcess.start({
        address: closedAddress,
        panelPort: 7444,
        config: { "account.1.enable": 1, "account.1.user_name": "1001", "account.1.sip_server.1.address": ourAddress },
      });
      const stranger = await RawUdp.open("127.44.2.99");
      try {
        const idle = (await closed.state()).screen;
        for (const user of ["1001", "100", "phone", ""]) {
          const uri = `sip:${user === "" ? "" : `${user}@`}${closedAddress}`;
          const callId = fresh();
          const via = `SIP/2.0/UDP 127.44.2.99:${stranger.port};branch=z9hG4bK${fresh()};rport`;
          await stranger.send(
            compose("INVITE", 0, { uri, callId, body: offer(), fields: { Via: via } }),
            closedAddress,
          );
          const answer = await stranger.next("refusal", (m) => m.status >= 180 && value(m, "Call-ID") === callId);
          expect(answer.status).toBe(403);
          expect((await closed.state()).screen.id).toBe(idle.id);
        }
        expect((await closed.state()).screen.icons).toEqual(idle.icons);
        await closed.keys("soft1");
        expect((await closed.screen("history")).screen.lines.join(" ")).not.toContain("raw");
      } finally {
        stranger.close();
        await closed.stop();
      }
    });
  });

  describe("RFC 4475", () => {
    const folder = new URL("../../node_modules/sip/test/messages/", import.meta.url);
    const names = readdirSync(folder)
      .filter((name) => name.endsWith(".dat"))
      .map((name) => name.slice(0, -4))
      // These two are the package's own.
      .filter((name) => name !== "test" && name !== "baddn_sep");

    it("the corpus is whole", () => expect([...names].sort()).toEqual(Object.keys(rightAnswers).sort()));

    it.each(Object.entries(rightAnswers))("RFC 4475 §3: %s is answered as it says", async (name, right) => {
      // Several of them have the same branch, by which one would be the repetition of another.
      const text = readFileSync(new URL(`${name}.dat`, folder), "latin1").replace(
        /z9hG4bKkdjuw\w*/,
        `z9hG4bK${fresh()}`,
      );
      // Via names an address of documentation: the answer goes to where the message came from, at the port of Via.
      const port = Number(
        /^v(?:ia)?\s*:\s*SIP\s*\/\s*2\.0\s*\/\s*\w+\s+[^\s:;,]+(?::(\d+))?/im.exec(text)?.[1] ?? 5060,
      );
      const peer = await RawUdp.open(`127.44.3.${1 + names.indexOf(name)}`, port);
      try {
        await peer.send(text, phoneAddress);
        if (right.length === 0) {
          expect((await ask("OPTIONS")).status).toBe(200);
          await pause(100);
          expect(peer.heard).toEqual([]);
        } else {
          const answer = await peer.next("an answer", (m) => m.status > 100);
          expect(right).toContain(answer.status);
          expect(answer.headers.has("via")).toBe(true);
          expect((await ask("OPTIONS")).status).toBe(200);
        }
      } finally {
        await phone.endCalls();
        peer.close();
      }
    });
  });
});
