import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NameAddress } from "../../../src/sip/address.ts";
import { SipRequest, SipResponse } from "../../../src/sip/message.ts";
import { type Parsed, parseMessage } from "../../../src/sip/parse.ts";
import { Via } from "../../../src/sip/via.ts";

const seed = Math.floor(Math.random() * 2 ** 31);
const head = [
  "OPTIONS sip:bob@example.com SIP/2.0",
  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
  "From: <sip:alice@example.com>;tag=a",
  "To: <sip:bob@example.com>",
  "Call-ID: 1@example.com",
  "CSeq: 1 OPTIONS",
];
const bytes = (lines: readonly string[], body: string | Uint8Array = "") =>
  Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`), Buffer.from(body)]);

function accepted(input: Uint8Array): SipRequest | SipResponse {
  const parsed = parseMessage(input);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.message;
}
const request = (...lines: string[]) => accepted(bytes([...head, ...lines]));
const whyNot = (parsed: Parsed) => (parsed.ok ? "accepted" : `${parsed.status} ${parsed.why}`);

describe("RFC 3261 §7.3: headers", () => {
  test("names are found in any case, long or compact", () => {
    const m = request("s: hello", "SUPPORTED: a", "k: b", "x-own: 1", "X-Own: 2");
    expect(m.header("Subject")).toBe("hello");
    expect(m.header("s")).toBe("hello");
    expect(m.values("Supported")).toEqual(["a", "b"]);
    expect(m.headers("X-OWN")).toEqual(["1", "2"]);
    expect(m.header("X-None")).toBeUndefined();
    expect(m.headers("X-None")).toEqual([]);
  });

  test("folded lines are joined by one space, white space around values goes", () => {
    const m = request("Subject:  one\r\n\t two  \r\n   three\t ", "Organization:");
    expect(m.header("Subject")).toBe("one two three");
    expect(m.header("Organization")).toBe("");
  });

  test("commas separate the members of lists, not what is quoted, bracketed or no list", () => {
    const m = request(
      'Contact: "a, b" <sip:a@b;x=1,2>;q=1, sip:c@d ,, <sip:e@f>',
      "Allow: INVITE,ACK,\r\n BYE",
      'WWW-Authenticate: Digest realm="a, b", nonce="c"',
      'WWW-Authenticate: Digest realm="d"',
      "Date: Sat, 13 Nov 2010 23:29:00 GMT",
      'Warning: 399 a "b, c", 399 d "e"',
      "X-Unknown: a, b",
    );
    expect(m.values("m")).toEqual(['"a, b" <sip:a@b;x=1,2>;q=1', "sip:c@d", "<sip:e@f>"]);
    expect(m.contacts.map((c) => c.uri)).toEqual(["sip:a@b;x=1,2", "sip:c@d", "sip:e@f"]);
    expect(m.values("Allow")).toEqual(["INVITE", "ACK", "BYE"]);
    expect(m.values("WWW-Authenticate")).toEqual(['Digest realm="a, b", nonce="c"', 'Digest realm="d"']);
    expect(m.values("Date")).toEqual(["Sat, 13 Nov 2010 23:29:00 GMT"]);
    expect(m.values("Warning")).toEqual(['399 a "b, c"', '399 d "e"']);
    expect(m.values("X-Unknown")).toEqual(["a", "b"]);
    expect(m.headers("X-Unknown")).toEqual(["a, b"]);
  });

  test("setting, adding and removing keep the order of all others", () => {
    const m = new SipRequest("OPTIONS", "sip:a@b")
      .addHeader("A", "1")
      .addHeader("Route", "<sip:r1>, <sip:r2>")
      .addHeader("B", "2")
      .addHeader("Route", "<sip:r3>")
      .prependHeader("Via", "SIP/2.0/UDP h;branch=x");
    expect(m.via?.host).toBe("h");
    m.removeFirst("route");
    expect(m.values("Route")).toEqual(["<sip:r2>", "<sip:r3>"]);
    m.removeFirst("Route");
    expect(m.headers("Route")).toEqual(["<sip:r3>"]);
    m.setHeader("a", "3", "4");
    m.setHeader("C", NameAddress.of("sip:x@y"));
    m.removeHeader("B");
    expect(m.fields.entries()).toEqual([
      ["Via", "SIP/2.0/UDP h;branch=x"],
      ["a", "3"],
      ["a", "4"],
      ["Route", "<sip:r3>"],
      ["C", "<sip:x@y>"],
    ]);
    expect(m.setHeader("A").headers("A")).toEqual([]);
  });

  test("typed values follow changes", () => {
    const m = request("Contact: <sip:a@b>");
    expect([m.cseq.number, m.from.tag, m.to.tag, m.contacts.length, m.vias.length]).toEqual([1, "a", undefined, 1, 1]);
    m.setHeader("CSeq", "2 OPTIONS").setHeader("To", "<sip:bob@example.com>;tag=b").setHeader("Contact", "*");
    m.prependHeader("Via", "SIP/2.0/TCP p;branch=z9hG4bK2");
    expect([m.cseq.number, m.to.tag, m.contacts.length, m.contactIsStar]).toEqual([2, "b", 0, true]);
    expect(m.vias.map((v) => v.host)).toEqual(["p", "192.0.2.1"]);
    expect(m.removeFirst("Via").via?.host).toBe("192.0.2.1");
  });

  test("numbers: leading zeros count, what is too large or no number reads as absent", () => {
    expect(request("Expires: 0060", "Max-Forwards: 070")).toMatchObject({ expires: 60, maxForwards: 70 });
    expect(request("Expires: 4294967295").expires).toBe(4294967295);
    expect(request("Expires: 4294967296").expires).toBeUndefined();
    expect(request("Expires: soon").expires).toBeUndefined();
    expect(request("Max-Forwards: 300").maxForwards).toBeUndefined();
    expect(request().maxForwards).toBeUndefined();
  });

  test("what is absent reads as empty, never as an exception", () => {
    const m = new SipRequest("INVITE", "nonsense");
    expect([m.via, m.vias, m.from.uri, m.to.tag, m.callId, m.cseq, m.contacts, m.routes]).toEqual([
      undefined,
      [],
      "",
      undefined,
      "",
      { number: 0, method: "" },
      [],
      [],
    ]);
    expect(m.requestUri).toBeUndefined();
    expect(m.contentType).toBeUndefined();
    expect(m.problem()).toEqual({ status: 400, why: "no Via" });
  });

  test("a value that is set cannot begin another line", () => {
    const m = new SipRequest("INVITE", "sip:a@b\r\nEvil: 1").addHeader("Subject", "x\r\nEvil: 2");
    m.setHeader("Organization", "y\nEvil: 3").prependHeader("Server", "z\rEvil: 4");
    const lines = Buffer.from(m.toBytes())
      .toString()
      .split(/\r\n|\r|\n/);
    expect(lines.filter((line) => line.startsWith("Evil"))).toEqual([]);
    const response = new SipResponse(200, "OK\r\nEvil: 5");
    expect(Buffer.from(response.toBytes()).toString()).toMatch(/^SIP\/2\.0 200 OK Evil: 5\r\n/);
  });
});

describe("RFC 3261 §20.10, §20.42: the usual form and others are read alike", () => {
  test.each([
    ['"A <b> ;tag=z" <sip:a@b>;tag=1', "A <b> ;tag=z", "sip:a@b", "1"],
    ["Bob <sip:a@b>;x=y;tag=1", "Bob", "sip:a@b", "1"],
    ["<sip:a@b>;TAG=1;tag=2", "", "sip:a@b", "1"],
    ['<sip:a@b>;tag="q"', "", "sip:a@b", '"q"'],
    ['<sip:a@b>;x=">";tag=3', "", "sip:a@b", "3"],
    ["<sip:a@b>", "", "sip:a@b", undefined],
    ["<sip:a@b>;tag", "", "sip:a@b", undefined],
    ["<sip:a@b> ; tag = 4", "", "sip:a@b", "4"],
  ])("address %s", (text, displayName, uri, tag) => {
    const address = NameAddress.parse(text);
    expect([address?.displayName, address?.uri, address?.tag]).toEqual([displayName, uri, tag]);
    expect(String(address)).toBe(text);
  });

  test.each([
    ["SIP/2.0/UDP h:5062;rport;branch=z9", "h", 5062, "z9", ""],
    ["SIP/2.0/UDP h;branch=z9;rport=7", "h", undefined, "z9", 7],
    ["SIP/2.0/UDP h;rportx=1;branch=z9;rport", "h", undefined, "z9", ""],
    ["SIP/2.0/UDP h;branch=z9;xrport", "h", undefined, "z9", undefined],
    ["SIP/2.0/UDP h;x=:5", "h", undefined, undefined, undefined],
    ["SIP / 2.0 / UDP h : 5062 ; RPORT ; Branch=z9", "h", 5062, "z9", ""],
  ])("Via %s", (text, host, port, branch, rport) => {
    const via = Via.parse(text);
    expect([via?.host, via?.port, via?.branch, via?.rport]).toEqual([host, port, branch, rport]);
  });
});

describe("RFC 3261 §7.4, §18.3: bodies", () => {
  test("a body given as text is written in UTF-8 and counted in bytes, also when it is read, replaced or emptied", () => {
    const m = new SipRequest("MESSAGE", "sip:a@b").setBody("text/plain", "Grüße");
    expect(Buffer.from(m.toBytes()).toString()).toBe(
      "MESSAGE sip:a@b SIP/2.0\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nGrüße",
    );
    expect([m.body.length, m.bodyText]).toEqual([7, "Grüße"]);
    m.body = Buffer.from("x");
    expect(Buffer.from(m.toBytes()).toString()).toContain("Content-Length: 1\r\n\r\nx");
    expect(Buffer.from(m.setBody("text/html", "").toBytes()).toString()).toBe(
      "MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n",
    );
  });

  test.each(["", "é"])("the head ends with the first empty line, whatever the body is (%j)", (more) => {
    const body = `${more}a\nb\r\n\r\nSubject: no${more}\r\n`;
    const m = accepted(bytes([...head, "Subject: s\r\n  t"], body));
    expect([m.header("Subject"), m.bodyText]).toEqual(["s t", body]);
    expect(whyNot(parseMessage(Buffer.from(`${head.join("\r\n")}\r\nSubject: ${more}`)))).toBe(
      "400 cut off in the header",
    );
    expect(accepted(Buffer.from(`${head.join("\r\n")}\r\nSubject: ${more}s\r\n`)).bodyText).toBe("");
  });

  test("are bytes, cut at Content-Length", () => {
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    const m = accepted(bytes([...head, "Content-Type: Application/X ; a=b", "l: 250"], body));
    expect(Buffer.from(m.body).equals(Buffer.from(body.subarray(0, 250)))).toBe(true);
    expect(m.contentType).toBe("application/x");
    expect(accepted(bytes([...head], body)).body.length).toBe(256);
    expect(whyNot(parseMessage(bytes([...head, "l: 257"], body)))).toBe("400 Content-Length is not that of the body");
  });

  test("Content-Length written is that of the body, in its place or last, in UTF-8 bytes", () => {
    const m = request("Content-Length: 0", "X: 1").setBody("text/plain", "grüß");
    expect(m.bodyText).toBe("grüß");
    expect(Buffer.from(m.toBytes()).toString()).toBe(
      `${[...head, "Content-Length: 6", "X: 1", "Content-Type: text/plain"].join("\r\n")}\r\n\r\ngrüß`,
    );
    m.setBody("text/plain", "");
    expect(m.header("Content-Type")).toBeUndefined();
    expect(Buffer.from(new SipRequest("A", "b:c").toBytes()).toString()).toBe(
      "A b:c SIP/2.0\r\nContent-Length: 0\r\n\r\n",
    );
  });

  test("compact writing uses the one-letter names", () => {
    const text = Buffer.from(request("Subject: x", "Max-Forwards: 70").toBytes({ compact: true })).toString();
    expect(text).toContain("\r\nv: SIP/2.0/UDP");
    expect(text).toContain("\r\ns: x\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n");
  });
});

describe("RFC 3261 §8.2.6: responses", () => {
  const invite = () =>
    accepted(
      bytes([
        "INVITE sip:bob@example.com SIP/2.0",
        "v: SIP/2.0/UDP p;branch=z9hG4bK2, SIP/2.0/UDP q;branch=z9hG4bK1",
        "Via: SIP/2.0/UDP r;branch=z9hG4bK0",
        "Record-Route: <sip:p;lr>",
        "f: A <sip:alice@example.com>;tag=a",
        "t: sip:bob@example.com",
        "i: 1@example.com",
        "CSeq: 7 INVITE",
        "Timestamp: 54",
        "Subject: not this",
      ]),
    );

  test("copy what belongs to them, with a tag for To where it has none", () => {
    const m = invite();
    if (!(m instanceof SipRequest)) throw new Error("no request");
    expect(SipResponse.to(m, 180, undefined, "t1").fields.entries()).toEqual([
      ["Via", "SIP/2.0/UDP p;branch=z9hG4bK2, SIP/2.0/UDP q;branch=z9hG4bK1"],
      ["Via", "SIP/2.0/UDP r;branch=z9hG4bK0"],
      ["Record-Route", "<sip:p;lr>"],
      ["From", "A <sip:alice@example.com>;tag=a"],
      ["To", "sip:bob@example.com;tag=t1"],
      ["Call-ID", "1@example.com"],
      ["CSeq", "7 INVITE"],
      ["Timestamp", "54"],
    ]);
    expect(SipResponse.to(m, 180).startLine).toBe("SIP/2.0 180 Ringing");
    expect(SipResponse.to(m, 404, "Nobody here").startLine).toBe("SIP/2.0 404 Nobody here");
    expect(SipResponse.to(m, 404).header("Record-Route")).toBeUndefined();
    m.setHeader("To", "<sip:bob@example.com>;tag=mine");
    expect(SipResponse.to(m, 200, undefined, "other").to.tag).toBe("mine");
  });
});

describe("RFC 3261 §7, §25: what is no message", () => {
  test.each([
    ["", "400 empty"],
    ["\r\n\r\n", "400 empty"],
    ["\r\n\r\n\r\n\r\n", "400 empty"],
    ["hello", "400 cut off in the header"],
    ["OPTIONS sip:a@b SIP/2.0\r\nVia: x", "400 cut off in the header"],
    ["OPTIONS sip:a@b SIP/2.0\nVia: x\n\n", "400 cut off in the header"],
    ["hello\r\n\r\n", '400 malformed request line "hello"'],
    ["a b\r\n\r\n", '400 malformed request line "a b"'],
    ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", '400 malformed request line "GET / HTTP/1.1"'],
    ["SIP/2.0 99 Low\r\n\r\n", "400 no response code: 99"],
    ["SIP/2.0 abc\r\n\r\n", '400 malformed status line "SIP/2.0 abc"'],
    ["SIP/3.0 200 OK\r\n\r\n", '400 malformed status line "SIP/3.0 200 OK"'],
    ["IN(ITE sip:a@b SIP/2.0\r\n\r\n", '400 malformed request line "IN(ITE sip:a@b SIP/2.0"'],
  ])("%j: %s", (text, why) => expect(whyNot(parseMessage(Buffer.from(text)))).toBe(why));

  test.each([
    [["Broken"], '400 malformed header line "Broken"'],
    [["Bad Name: x"], '400 malformed header line "Bad Name: x"'],
    [[": x"], '400 malformed header line ": x"'],
    [["Subject: a\nEvil: b"], "400 a line feed without carriage return"],
    [["To: <sip:other@example.com>"], "400 more than one To"],
    [["CSeq: 2 OPTIONS"], "400 more than one CSeq"],
    [["Contact: *, <sip:a@b>"], "400 malformed Contact *"],
    [["Contact: *", "Contact: <sip:a@b>"], "400 Contact * beside another"],
    [["Max-Forwards: many"], "400 malformed Max-Forwards"],
    [["Content-Length: 1e3"], "400 malformed Content-Length"],
  ])("%j: %s", (lines, why) => {
    const parsed = parseMessage(bytes([...head, ...lines]));
    expect(whyNot(parsed)).toBe(why);
    expect(parsed.ok ? undefined : parsed.message?.method).toBe("OPTIONS");
  });

  test("the version is read in any case, method and From tag as they are", () => {
    const m = accepted(bytes(["options sip:a@b sip/2.0", ...head.slice(1, 5), "CSeq: 1 options"]));
    expect(m instanceof SipRequest && m.method).toBe("options");
    expect(whyNot(parseMessage(bytes(["options sip:a@b SIP/2.0", ...head.slice(1)])))).toBe(
      "400 CSeq does not match the method",
    );
  });

  test("empty lines in front are skipped, bytes behind the body dropped", () => {
    const m = accepted(Buffer.concat([Buffer.from("\r\n\r\n"), bytes([...head, "l: 2"], "abcd")]));
    expect(m.bodyText).toBe("ab");
    // A view with an offset, and no Buffer.
    const whole = bytes([...head, "l: 2"], "abcd");
    const padded = new Uint8Array(whole.length + 7);
    padded.set(whole, 7);
    expect(accepted(padded.subarray(7)).bodyText).toBe("ab");
  });

  test("a header that is no UTF-8 is answered byte for byte", () => {
    const raw = Buffer.concat([
      Buffer.from(`${head.slice(0, 2).join("\r\n")}\r\nFrom: "`),
      Buffer.from([0xe9, 0xff, 0xc3]),
      Buffer.from(`" <sip:alice@example.com>;tag=a\r\n${head.slice(3).join("\r\n")}\r\n\r\n`),
    ]);
    const m = accepted(raw);
    expect(m.from.displayName).toBe("\u00e9\u00ff\u00c3");
    if (!(m instanceof SipRequest)) throw new Error("no request");
    expect(Buffer.from(SipResponse.to(m, 200).toBytes()).includes(Buffer.from([0x22, 0xe9, 0xff, 0xc3, 0x22]))).toBe(
      true,
    );
  });

  test("UTF-8, the replacement character included, stays what it is", () => {
    const m = request("Subject: né \ufffd 大", "X-Next: 1");
    expect(m.header("Subject")).toBe("né \ufffd 大");
    expect(m.header("X-Next")).toBe("1");
    expect(Buffer.from(m.toBytes()).toString()).toContain("Subject: né \ufffd 大\r\n");
  });
});

describe("Hostile messages cost little", () => {
  const started = () => process.cpuUsage();
  const msSince = (from: NodeJS.CpuUsage) => process.cpuUsage(from).user / 1000;

  test("too many lines and too long a head are refused with 513", () => {
    expect(whyNot(parseMessage(bytes([...head, ...Array.from({ length: 500 }, () => "a: b")])))).toBe("513 too large");
    expect(whyNot(parseMessage(bytes([...head, `a: ${"b".repeat(70_000)}`])))).toBe("513 too large");
  });

  test.each([
    ["commas", `Contact: ${",".repeat(60_000)}`],
    ["contacts", `Contact: ${"<sip:a@b>,".repeat(6_000)}`],
    ["quotes", `Contact: ${'"'.repeat(60_000)}`],
    ["backslashes", `Contact: "${"\\".repeat(60_000)}`],
    ["semicolons", `Contact: <sip:a@b>${";a".repeat(30_000)}`],
    ["angle brackets", `Contact: ${"<".repeat(60_000)}`],
    ["folding", `Subject: ${"\r\n ".repeat(20_000)}x`],
    ["white space", `Subject: ${" ".repeat(60_000)}x`],
    ["Vias", `Via: ${"SIP/2.0/UDP h,".repeat(4_000)}`],
    ["escapes", `Contact: <sip:${"%41".repeat(20_000)}@b>`],
  ])("60 kB of %s are done within 250 ms", (_, line) => {
    const input = bytes([...head, line]);
    const from = started();
    const parsed = parseMessage(input);
    const m = parsed.ok ? parsed.message : parsed.message;
    if (m !== undefined) {
      void [m.contacts, m.vias, m.header("Subject"), m.contacts[0]?.params.size, m.contacts[0]?.parsedUri?.user];
      m.toBytes();
    }
    expect(msSince(from)).toBeLessThan(250);
  });

  test(`any bytes are read or refused (seed ${seed})`, () => {
    const line = fc.oneof(
      fc.constantFrom(...head, "", " folded", "a: b", "Contact: *", "l: 5", "Via: SIP/2.0/UDP [::1]:1;rport=;x"),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), fc.uint8Array({ maxLength: 40 }), (lines, tail) => {
        const parsed = parseMessage(Buffer.concat([Buffer.from(lines.join("\r\n")), tail]));
        if (!parsed.ok) return parsed.why.length > 0 && parsed.status >= 400;
        return accepted(parsed.message.toBytes()).startLine === parsed.message.startLine;
      }),
      { seed, numRuns: 1_000 },
    );
  });

  test(`what is made is read with the same values (seed ${seed})`, () => {
    const word = fc.string({ unit: "grapheme", maxLength: 30 }).map((s) => s.replace(/[\r\n\t ]+/g, " ").trim());
    fc.assert(
      fc.property(word, word, fc.uint8Array({ maxLength: 60 }), fc.boolean(), (subject, name, body, compact) => {
        const made = new SipRequest("MESSAGE", "sip:bob@example.com")
          .addHeader("Via", "SIP/2.0/TCP h;branch=z9hG4bK1")
          .addHeader("From", NameAddress.of("sip:a@b", name, { tag: "1" }))
          .addHeader("To", "<sip:bob@example.com>")
          .addHeader("Call-ID", "x")
          .addHeader("CSeq", "1 MESSAGE")
          .addHeader("Subject", subject)
          .setBody("application/octet-stream", body);
        const again = accepted(made.toBytes({ compact }));
        expect(again.header("Subject")).toBe(subject.trim());
        expect(again.from.displayName).toBe(name);
        expect(Buffer.from(again.body).equals(Buffer.from(body))).toBe(true);
      }),
      { seed, numRuns: 300 },
    );
  });
});
