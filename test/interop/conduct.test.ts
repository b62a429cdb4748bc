/** What the phone says out of calls to a peer that knows only the wire: RFC 3261 and RFC 3581 seen from outside. */
import { describe, expect, it } from "vitest";
import { PhoneProcess } from "./kit/phone.ts";
import { fresh, RawUdp, tagOf, value } from "./kit/raw-sip.ts";
import { compose, offer, onTheWire, ourAddress, ownAddress, pause, phoneAddress } from "./kit/wire.ts";

const closedAddress = ownAddress(3);

describe("conduct on the wire", () => {
  const wire = onTheWire();
  const { ask, final } = wire;

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
      const text = compose("OPTIONS", wire.udp.port, { callId, fields: { Timestamp: "54" } }).replace(
        "\r\nMax-Forwards",
        "\r\nVia: SIP/2.0/TCP far.example;branch=z9hG4bKfar, SIP/2.0/UDP 192.0.2.1:7;branch=z9hG4bKfurther\r\nMax-Forwards",
      );
      await wire.udp.send(text, phoneAddress);
      const answer = await final(callId, "1 OPTIONS");
      const vias = (answer.headers.get("via") ?? []).join(",").split(/,\s*/);
      expect(vias[0]).toContain(`received=${ourAddress}`);
      expect(vias[0]).toContain(`rport=${wire.udp.port}`);
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
      expect(wire.udp.heard.filter((m) => m.status === 180 && value(m, "Call-ID") === callId)).toHaveLength(0);
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
      await wire.udp.send(compose("ACK", wire.udp.port, { callId, toTag: "nobody" }), phoneAddress);
      expect((await ask("OPTIONS")).status).toBe(200);
      expect(wire.udp.heard.filter((m) => value(m, "Call-ID") === callId)).toHaveLength(0);
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
      await wire.udp.send(
        compose("OPTIONS", wire.udp.port, { callId }).replace(" SIP/2.0\r\n", " SIP/7.0\r\n"),
        phoneAddress,
      );
      expect((await final(callId, "1 OPTIONS")).status).toBe(505);
    });

    it("RFC 3261 §7.3.1: names in any case, compact, folded, with blanks", async () => {
      const callId = fresh();
      const text = compose("OPTIONS", wire.udp.port, { callId })
        .replace("Via:", "v :")
        .replace("From: ", "f:\r\n\t ")
        .replace("To:", "t:")
        .replace("Call-ID:", "i:")
        .replace("CSeq:", "cSEQ  :   ")
        .replace("Content-Length:", "l:");
      await wire.udp.send(text, phoneAddress);
      expect((await final(callId, "1 OPTIONS")).status).toBe(200);
    });
  });

  describe("where responses go", () => {
    it("RFC 3581 §4: with rport back to where the request came from, whatever Via says", async () => {
      const callId = fresh();
      await wire.udp.send(compose("OPTIONS", 9, { callId }), phoneAddress);
      const answer = await final(callId, "1 OPTIONS");
      expect(value(answer, "Via")).toContain(`rport=${wire.udp.port}`);
    });

    it("RFC 3261 §18.2.2: without rport to the port of Via, at the address that it came from", async () => {
      const other = await RawUdp.open(ourAddress);
      const callId = fresh();
      const via = `SIP/2.0/UDP nowhere.invalid:${other.port};branch=z9hG4bK${fresh()}`;
      await wire.udp.send(compose("OPTIONS", wire.udp.port, { callId, fields: { Via: via } }), phoneAddress);
      const answer = await other.next("200", (m) => m.status === 200);
      expect(value(answer, "Via")).toContain(`received=${ourAddress}`);
      expect(value(answer, "Call-ID")).toBe(callId);
      expect(wire.udp.heard.filter((m) => value(m, "Call-ID") === callId)).toHaveLength(0);
      other.close();
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
        await wire.udp.send(compose("INVITE", 5060).replace(/^.*\r\n/, `SIP/2.0 ${status}\r\n`), phoneAddress);
      expect((await ask("OPTIONS")).status).toBe(200);
      expect((await wire.phone.state()).screen.id).toBe("idle");
    });

    it("ACC-17: a stranger's call is refused with 403: nothing rings, nothing is shown, nothing is kept", async () => {
      const closed = await PhoneProcess.start({
        address: closedAddress,
        panelPort: 7444,
        config: { "account.1.enable": 1, "account.1.user_name": "1001", "account.1.sip_server.1.address": ourAddress },
      });
      const stranger = await RawUdp.open(ownAddress(99));
      try {
        const idle = (await closed.state()).screen;
        for (const user of ["1001", "100", "phone", ""]) {
          const uri = `sip:${user === "" ? "" : `${user}@`}${closedAddress}`;
          const callId = fresh();
          const via = `SIP/2.0/UDP ${ownAddress(99)}:${stranger.port};branch=z9hG4bK${fresh()};rport`;
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
});
