import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionDescription } from "../../../src/sdp/description.ts";
import { parseSdp } from "../../../src/sdp/parse.ts";

/** The oracle: npm's sdp-transform, which has no types and is right about what is compared here. */
interface Oracle {
  parse(text: string): {
    origin: { username: string; sessionId: number; sessionVersion: number; address: string };
    connection?: { ip: string };
    media: {
      type: string;
      port: number;
      protocol: string;
      payloads: string | number;
      direction?: string;
      ptime?: number;
      connection?: { ip: string };
      rtp: { payload: number; codec: string; rate: number }[];
      fmtp: { payload: number; config: string }[];
    }[];
  };
}
const oracle = createRequire(import.meta.url)("sdp-transform") as Oracle;
const seed = Math.floor(Math.random() * 2 ** 31);

function parsed(text: string | Uint8Array): SessionDescription {
  const result = parseSdp(text);
  if (!result.ok) throw new Error(result.why);
  return result.description;
}

const full = [
  "v=0",
  "o=jdoe 3724394400 18446744073709551615 IN IP4 host.example.com",
  "s=Call to John Smith",
  "i=SDP Offer #1",
  "u=http://www.example.com/home.html",
  "e=Jane Doe <jane@example.com>",
  "p=+1 617 555-6011",
  "c=IN IP4 198.51.100.1",
  "b=AS:128",
  "t=0 0",
  "r=7d 1h 0 25h",
  "k=clear:password",
  "a=tool:unknown thing",
  "a=sendonly",
  "m=audio 49170/2 RTP/AVP 0 97",
  "i=the voice",
  "c=IN IP4 233.252.0.1/127/3",
  "c=IN IP4 233.252.0.2/127",
  "k=prompt",
  "a=rtpmap:97 iLBC/8000/1",
  "a=fmtp:97 mode=20;x=:=;",
  "a=x-odd::value",
  "a=recvonly",
  "m=video 0 RTP/AVPF 98",
  "z=kept anywhere",
  "",
].join("\r\n");

describe("RFC 8866: reading and writing", () => {
  test("every line is kept in its order, whatever it is", () => {
    expect(parsed(full).toString()).toBe(full);
    expect(parsed(new TextEncoder().encode(full)).toString()).toBe(full);
  });

  test("typed access: origin, media, ports, connections, maps, parameters, directions", () => {
    const description = parsed(full);
    expect(description.origin).toEqual({
      username: "jdoe",
      sessionId: "3724394400",
      // More digits than a number keeps.
      sessionVersion: "18446744073709551615",
      netType: "IN",
      addressType: "IP4",
      address: "host.example.com",
    });
    const [audio, video] = description.media;
    if (audio === undefined || video === undefined) throw new Error("two media expected");
    expect(audio).toMatchObject({
      kind: "audio",
      port: 49170,
      portCount: 2,
      protocol: "RTP/AVP",
      formats: ["0", "97"],
    });
    expect(audio.connections.map((c) => [c.address, c.suffix])).toEqual([
      ["233.252.0.1", "/127/3"],
      ["233.252.0.2", "/127"],
    ]);
    expect(audio.values("k")).toEqual(["prompt"]);
    expect(audio.rtpMaps.get(97)).toEqual({ payloadType: 97, encoding: "iLBC", rateHz: 8000, channels: 1 });
    expect(audio.formatParameters(97)).toBe("mode=20;x=:=;");
    expect(audio.formatParameters(9)).toBeUndefined();
    expect(audio.attribute("x-odd")).toBe(":value");
    expect(audio.attribute("x")).toBeUndefined();
    expect(description.directionOf(audio)).toBe("recvonly");
    expect(description.directionOf(video)).toBe("sendonly");
    expect(description.connectionOf(video)?.address).toBe("198.51.100.1");
    expect(video).toMatchObject({ port: 0, protocol: "RTP/AVPF" });
    expect(description.session.value("b")).toBe("AS:128");
  });

  test("line ends of LF alone and empty lines at the end are forgiven", () => {
    const text = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 4000 RTP/AVP 0\n\n\r\n";
    expect(parsed(text).media[0]?.port).toBe(4000);
    expect(parsed("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP 0").media.length).toBe(1);
  });

  test.each([
    ["", /empty/],
    ["hello", /no type=value/],
    ["v=1\r\n", /v=0/],
    ["o=- 1 1 IN IP4 192.0.2.1\r\n", /v=0/],
    ["v=0\r\ns=-\r\n", /no o=/],
    ["v=0\r\no=- 1 IN IP4 192.0.2.1\r\n", /line 2 .* o=- 1 IN/],
    ["v=0\r\no=- x y IN IP4 192.0.2.1\r\n", /line 2/],
    ["v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4\r\n", /line 3 .* c=IN IP4/],
    ["v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 70000 RTP/AVP 0\r\n", /line 3/],
    ["v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio -1 RTP/AVP 0\r\n", /line 3/],
    ["v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000/0 RTP/AVP 0\r\n", /line 3/],
    ["v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 4000 RTP/AVP\r\n", /line 3/],
    ["v=0\r\n\r\no=- 1 1 IN IP4 192.0.2.1\r\n", /line 2 is empty/],
    [`v=0\r\n${"a=x\r\n".repeat(3000)}`, /lines/],
    [`v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n${"m=audio 1 RTP/AVP 0\r\n".repeat(100)}`, /media/],
    ["v=0\r\n".repeat(20_000), /too long/],
  ])("%j is refused with the line that is wrong", (text, why) => {
    const result = parseSdp(text);
    expect(result.ok ? "" : result.why).toMatch(why);
  });
});

describe("RFC 8866: any input", () => {
  const line = fc.tuple(
    fc.constantFrom(..."vosiuepcbtrzkam"),
    fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom(
        "0",
        "- 1 1 IN IP4 1.2.3.4",
        "IN IP4 1.2.3.4",
        "audio 4000 RTP/AVP 0 8",
        "rtpmap:0 PCMU/8000",
        "sendonly",
      ),
    ),
  );

  test(`is read or refused, never thrown at, and what is read is written as it was (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.boolean(), (pairs, proper) => {
        const start = proper ? ["v=0", "o=- 1 1 IN IP4 1.2.3.4"] : [];
        const text = [...start, ...pairs.map(([t, v]) => `${t}=${v.replace(/[\r\n]/g, "")}`), ""].join("\r\n");
        const result = parseSdp(text);
        if (!result.ok) return result.why.length > 0;
        for (const media of result.description.media) {
          void [media.rtpMaps, media.connections, media.direction, media.formatParameters(0)];
          void [result.description.connectionOf(media), result.description.directionOf(media)];
        }
        return result.description.toString() === text;
      }),
      { seed, numRuns: 500 },
    );
  });

  test(`of bytes is read or refused (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof parseSdp(bytes).ok === "boolean"),
      { seed, numRuns: 300 },
    );
  });

  const address = fc.ipV4();
  const codec = fc.record({
    payload: fc.integer({ min: 0, max: 127 }),
    codec: fc.constantFrom("PCMU", "PCMA", "G722", "telephone-event", "speex"),
    rate: fc.constantFrom(8000, 16000, 48000),
    config: fc.option(fc.constantFrom("0-15", "mode=20", "annexb=no")),
  });
  const medium = fc.record({
    type: fc.constantFrom("audio", "video"),
    port: fc.integer({ min: 0, max: 65535 }),
    protocol: fc.constantFrom("RTP/AVP", "RTP/SAVP", "RTP/AVPF"),
    codecs: fc.uniqueArray(codec, { minLength: 2, maxLength: 6, selector: (c) => c.payload }),
    address: fc.option(address),
    direction: fc.option(fc.constantFrom("sendrecv", "sendonly", "recvonly", "inactive")),
    ptime: fc.option(fc.integer({ min: 1, max: 200 })),
  });

  test(`of a proper description means the same as to a second implementation (seed ${seed})`, () => {
    fc.assert(
      fc.property(address, fc.nat(2 ** 31 - 1), fc.array(medium, { maxLength: 4 }), (at, id, media) => {
        const lines = ["v=0", `o=- ${id} ${id + 1} IN IP4 ${at}`, "s=-", `c=IN IP4 ${at}`, "t=0 0"];
        for (const m of media) {
          lines.push(`m=${m.type} ${m.port} ${m.protocol} ${m.codecs.map((c) => c.payload).join(" ")}`);
          if (m.address !== null) lines.push(`c=IN IP4 ${m.address}`);
          for (const c of m.codecs) {
            lines.push(`a=rtpmap:${c.payload} ${c.codec}/${c.rate}`);
            if (c.config !== null) lines.push(`a=fmtp:${c.payload} ${c.config}`);
          }
          if (m.ptime !== null) lines.push(`a=ptime:${m.ptime}`);
          if (m.direction !== null) lines.push(`a=${m.direction}`);
        }
        const text = `${lines.join("\r\n")}\r\n`;
        const ours = parsed(text);
        const theirs = oracle.parse(text);
        expect({
          username: ours.origin.username,
          sessionId: Number(ours.origin.sessionId),
          sessionVersion: Number(ours.origin.sessionVersion),
          address: ours.origin.address,
        }).toMatchObject({
          username: theirs.origin.username,
          sessionId: theirs.origin.sessionId,
          sessionVersion: theirs.origin.sessionVersion,
          address: theirs.origin.address,
        });
        expect(ours.media.length).toBe(theirs.media.length);
        ours.media.forEach((m, i) => {
          const other = theirs.media[i];
          expect({
            type: m.kind,
            port: m.port,
            protocol: m.protocol,
            payloads: m.formats.join(" "),
            direction: m.direction,
            ptime: m.attribute("ptime"),
            address: ours.connectionOf(m)?.address,
            rtp: [...m.rtpMaps.values()].map((r) => [r.payloadType, r.encoding, r.rateHz]),
            fmtp: [...m.rtpMaps.keys()].flatMap((p) => m.formatParameters(p) ?? []),
          }).toEqual({
            type: other?.type,
            port: other?.port,
            protocol: other?.protocol,
            payloads: String(other?.payloads),
            direction: other?.direction,
            ptime: other?.ptime?.toString(),
            address: other?.connection?.ip ?? theirs.connection?.ip,
            rtp: other?.rtp.map((r) => [r.payload, r.codec, r.rate]),
            fmtp: other?.fmtp.map((f) => f.config),
          });
        });
      }),
      { seed, numRuns: 300 },
    );
  });
});
