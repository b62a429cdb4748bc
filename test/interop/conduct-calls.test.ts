/** What the phone says inside calls, and over TCP, to a peer that knows only the wire: RFC 3261 seen from outside. */
import { describe, expect, it } from "vitest";
import { fresh, RawTcp, tagOf, value } from "./kit/raw-sip.ts";
import { compose, offer, onTheWire, ourAddress, pause, phoneAddress } from "./kit/wire.ts";

describe("conduct on the wire, in calls", () => {
  const wire = onTheWire();
  const { ask, final, ring, talk, inDialog } = wire;

  describe("calls", () => {
    it("RFC 3261 §17.2.1: a repeated INVITE gets the same response again, and rings once", async () => {
      const dialog = await ring();
      await pause(100);
      const before = wire.udp.heard.filter((m) => m.text === dialog.ringing.text).length;
      await wire.udp.send(dialog.text, phoneAddress);
      await wire.udp.send(dialog.text, phoneAddress);
      await wire.udp.next(
        "the same 180 again",
        () => wire.udp.heard.filter((m) => m.text === dialog.ringing.text).length >= before + 2,
      );
      const tags = wire.udp.heard
        .filter((m) => value(m, "Call-ID") === dialog.callId && m.status > 100)
        .map((m) => tagOf(value(m, "To")));
      expect(new Set(tags)).toEqual(new Set([dialog.toTag]));
      expect((await wire.phone.state()).screen.id).toBe("incoming");
    });

    it("RFC 3261 §8.2.2.2: the same request by another way gets 482", async () => {
      const dialog = await ring();
      const branch = `z9hG4bK${fresh()}`;
      await wire.udp.send(dialog.text.replace(dialog.branch, branch), phoneAddress);
      const merged = await wire.udp.next("482", (m) => m.status >= 200 && value(m, "Via").includes(branch));
      expect(merged.status).toBe(482);
      expect((await wire.phone.state()).screen.id).toBe("incoming");
    });

    it("RFC 3261 §9.2: CANCEL gets 200, the INVITE 487 with the tag of the 180, repeated until ACK", async () => {
      const dialog = await ring();
      const { callId, from, branch } = dialog;
      await wire.udp.send(compose("CANCEL", wire.udp.port, { callId, from, branch }), phoneAddress);
      expect((await final(callId, "1 CANCEL")).status).toBe(200);
      const refused = await final(callId, "1 INVITE");
      expect(refused.status).toBe(487);
      expect(tagOf(value(refused, "To"))).toBe(dialog.toTag);
      const of487 = () => wire.udp.heard.filter((m) => m.status === 487 && value(m, "Call-ID") === callId).length;
      await wire.udp.next("487 again", () => of487() >= 2);
      await wire.udp.send(compose("ACK", wire.udp.port, { callId, from, branch, toTag: dialog.toTag }), phoneAddress);
      await pause(200);
      const then = of487();
      await pause(2500);
      expect(of487()).toBe(then);
      await wire.phone.screen("idle");
    });

    it("RFC 3261 §13.3.1.4: 200 is repeated until the ACK comes, and no more", async () => {
      const dialog = await ring();
      await wire.phone.keys("ok");
      const of200 = () =>
        wire.udp.heard.filter((m) => m.status === 200 && value(m, "Call-ID") === dialog.callId).length;
      await wire.udp.next("200 three times", () => of200() >= 3);
      const ack = { ...inDialog(dialog), branch: `z9hG4bK${fresh()}` };
      await wire.udp.send(compose("ACK", wire.udp.port, ack), phoneAddress);
      await pause(200);
      const then = of200();
      await pause(2500);
      expect(of200()).toBe(then);
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 2 })).status).toBe(200);
      await wire.phone.screen("idle");
    });

    it("RFC 3261 §12.2.2: a lower CSeq than the last gets 500", async () => {
      const dialog = await talk();
      expect((await ask("OPTIONS", { ...inDialog(dialog), sequence: 7 })).status).toBe(200);
      expect((await ask("OPTIONS", { ...inDialog(dialog), sequence: 5 })).status).toBe(500);
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 4 })).status).toBe(500);
      expect((await wire.phone.state()).screen.id).toBe("talking");
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 8 })).status).toBe(200);
    });

    it("RFC 3261 §14.2: an INVITE before the last one is answered gets 500 with Retry-After", async () => {
      const dialog = await ring();
      const answer = await ask("INVITE", { ...inDialog(dialog), sequence: 2, body: offer() });
      expect(answer.status).toBe(500);
      expect(Number(value(answer, "Retry-After"))).toBeLessThanOrEqual(10);
      expect((await wire.phone.state()).screen.id).toBe("incoming");
    });

    it("RFC 3261 §14.2: an INVITE while the phone's own waits for its answer gets 491", async () => {
      const dialog = await talk();
      await wire.phone.keys("hold");
      const own = await wire.udp.next(
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
      await wire.udp.send(compose("ACK", wire.udp.port, ack), phoneAddress);
      expect((await wire.phone.state()).screen.id).toBe("talking");
      expect((await ask("BYE", { ...inDialog(dialog), sequence: 3 })).status).toBe(200);
    });

    it("RFC 3261 §12.2.2: right Call-ID and To tag, wrong From tag: no dialog", async () => {
      const dialog = await talk();
      expect((await ask("BYE", { ...inDialog(dialog), from: "somebody-else", sequence: 2 })).status).toBe(481);
      expect((await wire.phone.state()).screen.id).toBe("talking");
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
      await wire.phone.keys("ok");
      const text = await tcp.until("200", (seen) => seen.includes("SIP/2.0 200") && seen.includes("m=audio"));
      const toTag = /To: [^\r]*;tag=([^;\r]+)/.exec(text)?.[1] ?? "";
      await tcp.send(compose("ACK", tcp.port, { ...dialog, transport: "TCP", toTag }));
      await wire.phone.screen("talking");
      await tcp.send(compose("BYE", tcp.port, { ...dialog, transport: "TCP", toTag, sequence: 2 }));
      await tcp.until("200 to BYE", (seen) => /SIP\/2\.0 200(.|\r\n)*CSeq: 2 BYE/.test(seen));
      tcp.close();
    });
  });
});
