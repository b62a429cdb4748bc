/** Damaged and random messages at the parsers of SIP and SDP: nothing throws, nothing takes long, what is read is whole. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSdp } from "../../src/sdp/parse.ts";
import { StreamFramer } from "../../src/sip/framing.ts";
import { type SipMessage, SipRequest, SipResponse } from "../../src/sip/message.ts";
import { parseMessage } from "../../src/sip/parse.ts";
import { SipUri } from "../../src/sip/uri.ts";
import { seededRandom } from "../fake/network.ts";
import { Mutator, seedOfRun, torture } from "./mutate.ts";

const messages = 50_000;
const corpus = [...torture().values()];

/** Everything that the phone may ask of a message. */
function readAll(message: SipMessage): void {
  void [message.via, message.vias, message.from, message.to, message.callId, message.cseq];
  void [message.contacts, message.contactIsStar, message.routes, message.recordRoutes];
  void [message.expires, message.maxForwards, message.contentType, message.bodyText, message.problem()];
  for (const name of ["Require", "Supported", "Allow", "Unsupported", "WWW-Authenticate", "Reason"])
    message.values(name);
  for (const address of [message.from, message.to, ...message.contacts, ...message.recordRoutes])
    void [address.parsedUri?.user, address.parsedUri?.params, address.tag, address.toString()];
}

/** What must be the same after writing and reading again. */
function gist(message: SipMessage) {
  return {
    line: message instanceof SipRequest ? [message.method, message.uri] : [(message as SipResponse).status],
    callId: message.callId,
    cseq: message.cseq,
    from: [message.from.uri, message.from.tag],
    to: [message.to.uri, message.to.tag],
    vias: message.vias.map(String),
    contacts: message.contacts.map((c) => c.uri),
    body: Buffer.from(message.body).toString("latin1"),
  };
}

function check(bytes: Uint8Array): "read" | "refused" {
  const parsed = parseMessage(bytes);
  if (parsed.ok) {
    readAll(parsed.message);
    const again = parseMessage(parsed.message.toBytes());
    if (!again.ok) throw new Error(`what was read cannot be read again: ${again.why}`);
    expect(gist(again.message)).toEqual(gist(parsed.message));
    if (parsed.message instanceof SipRequest) {
      const answer = parseMessage(SipResponse.to(parsed.message, 200, undefined, "tag").toBytes());
      if (!answer.ok) throw new Error(`the answer to what was read cannot be read: ${answer.why}`);
    }
    parseSdp(parsed.message.bodyText);
    return "read";
  }
  if (parsed.why === "" || parsed.status < 400) throw new Error(`refused without a reason: ${parsed.status}`);
  if (parsed.message !== undefined) {
    readAll(parsed.message);
    SipResponse.to(parsed.message, parsed.status, parsed.why, "tag").toBytes();
  }
  return "refused";
}

function saying<T>(bytes: Uint8Array, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${JSON.stringify(Buffer.from(bytes).toString("latin1").slice(0, 3000))}: ${error}`);
  }
}

describe("damaged messages", () => {
  it("RFC 4475: 50,000 damaged messages are read or refused, soon and without throwing", { timeout: 120_000 }, () => {
    const mutator = new Mutator(seedOfRun("parser"), corpus);
    const count = { read: 0, refused: 0 };
    let worstMs = 0;
    let worst: Uint8Array = new Uint8Array();
    for (let n = 0; n < messages; n++) {
      const bytes = mutator.next();
      const begin = performance.now();
      count[saying(bytes, () => check(bytes))]++;
      const spentMs = performance.now() - begin;
      if (spentMs > worstMs) [worstMs, worst] = [spentMs, bytes];
    }
    console.log(`${count.read} read, ${count.refused} refused, slowest ${worstMs.toFixed(1)} ms`);
    // Damage that nothing survives, or that damages nothing, would show nothing.
    expect(count.read).toBeGreaterThan(messages / 20);
    expect(count.refused).toBeGreaterThan(messages / 20);
    expect(worstMs, Buffer.from(worst).toString("latin1").slice(0, 500)).toBeLessThan(250);
  });

  it("RFC 3261 §18.3: damaged streams in pieces of any size: whole messages or an end", () => {
    const seed = seedOfRun("framer");
    const mutator = new Mutator(seed, corpus);
    const chance = seededRandom(seed + 1);
    for (let run = 0; run < 500; run++) {
      const stream = Buffer.concat(Array.from({ length: 5 }, () => mutator.next()));
      saying(stream, () => {
        const framer = new StreamFramer();
        let taken = 0;
        for (let at = 0; at < stream.length; ) {
          const size = 1 + Math.floor(chance() ** 3 * 4000);
          for (const frame of framer.push(stream.subarray(at, at + size))) {
            if (frame.type === "broken") return;
            if (frame.type === "message") {
              taken += frame.bytes.length;
              parseMessage(frame.bytes);
            }
          }
          at += size;
        }
        expect(taken).toBeLessThanOrEqual(stream.length);
      });
    }
  });

  it("RFC 8866: damaged session descriptions are read or refused without throwing", () => {
    const bodies = corpus.map((bytes) => bytes.subarray(Math.max(0, bytes.indexOf("\r\n\r\n") + 4)));
    const descriptions = bodies.filter((body) => body.subarray(0, 2).toString() === "v=");
    const mutator = new Mutator(seedOfRun("description"), descriptions);
    let read = 0;
    for (let n = 0; n < 10_000; n++) {
      const bytes = mutator.next();
      saying(bytes, () => {
        if (parseSdp(bytes.toString("utf8")).ok) read++;
      });
    }
    expect(read).toBeGreaterThan(500);
  });
});

describe("random messages", () => {
  const seed = seedOfRun("fast-check");
  const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,20}$/);
  const anything = fc.string({ unit: "binary", maxLength: 60 }).map((text) => text.replace(/[\r\n]/g, " "));
  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  );
  const tag = fc.stringMatching(/^[a-z0-9]{1,12}$/);

  it("RFC 3261 §25: any request of sound parts is read, whatever its unknown headers hold", () => {
    const parts = fc.record({
      method: token,
      user: fc.stringMatching(/^[a-z0-9]{1,10}$/),
      at: host,
      own: tag,
      callId: tag,
      number: fc.nat(2 ** 31 - 1),
      unknown: fc.array(fc.tuple(token, anything), { maxLength: 8 }),
      body: fc.uint8Array({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(parts, ({ method, user, at, own, callId, number, unknown, body }) => {
        const head = [
          `${method} sip:${user}@${at} SIP/2.0`,
          `Via: SIP/2.0/UDP ${at};branch=z9hG4bK${own}`,
          `From: <sip:${user}@${at}>;tag=${own}`,
          `To: <sip:${user}@${at}>`,
          `Call-ID: ${callId}`,
          `CSeq: ${number} ${method}`,
          ...unknown.map(([name, text]) => `X-${name}: ${text}`),
          `Content-Length: ${body.length}`,
        ];
        const bytes = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]);
        const parsed = parseMessage(bytes);
        if (!parsed.ok) throw new Error(parsed.why);
        expect(parsed.message).toBeInstanceOf(SipRequest);
        expect(parsed.message.from.tag).toBe(own);
        expect(Buffer.from(parsed.message.body)).toEqual(Buffer.from(body));
        expect(check(bytes)).toBe("read");
      }),
      { seed, numRuns: 1500 },
    );
  });

  it("RFC 3261 §19.1: any text as a URI is refused, or means the same when it is read again", () => {
    const uri = fc.tuple(fc.constantFrom("sip:", "sips:", "tel:", "SIP:", "x:", ""), anything).map((p) => p.join(""));
    fc.assert(
      fc.property(uri, (text) => {
        const parsed = SipUri.parse(text);
        if (parsed === undefined) return;
        const again = SipUri.parse(parsed.text);
        expect(again?.host).toBe(parsed.host);
        expect(again?.user).toBe(parsed.user);
        expect(again?.equals(parsed)).toBe(true);
      }),
      { seed, numRuns: 5000 },
    );
  });

  it("RFC 3261 §7: any bytes at all are refused or read", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void check(bytes)),
      { seed, numRuns: 5000 },
    );
  });
});
