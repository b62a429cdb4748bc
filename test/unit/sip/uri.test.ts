import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NameAddress } from "../../../src/sip/address.ts";
import { escapeUser, SipUri } from "../../../src/sip/uri.ts";
import { Via } from "../../../src/sip/via.ts";

const seed = Math.floor(Math.random() * 2 ** 31);

function uri(text: string): SipUri {
  const parsed = SipUri.parse(text);
  if (parsed === undefined) throw new Error(`${text} is no URI`);
  return parsed;
}

describe("RFC 3261 §19.1: URIs", () => {
  test("all parts are read, and the text is kept", () => {
    const text =
      "sip:alice;day=tuesday:se%20cret@[2001:DB8::1]:5080;Transport=TCP;lr;x=%41?Subject=a%26b&route=%3Csip:p%3E";
    const u = uri(text);
    expect(u.text).toBe(text);
    expect(u).toMatchObject({
      scheme: "sip",
      user: "alice;day=tuesday",
      password: "se cret",
      host: "2001:DB8::1",
      port: 5080,
    });
    expect([...u.params]).toEqual([
      ["transport", "TCP"],
      ["lr", ""],
      ["x", "A"],
    ]);
    expect(u.headers).toEqual([
      ["subject", "a&b"],
      ["route", "<sip:p>"],
    ]);
    expect(u.transport).toBe("tcp");
    expect(u.isLooseRouter).toBe(true);
  });

  test("a bare host, a SIPS URI, tel and foreign schemes", () => {
    expect(uri("SIP:example.com")).toMatchObject({ scheme: "sip", user: "", host: "example.com", port: undefined });
    expect(uri("sips:a@b").transport).toBe("tls");
    expect(uri("sip:a@b").transport).toBeUndefined();
    expect(uri("sip:a@b;transport=sctp").transport).toBeUndefined();
    const tel = uri("tel:+1-(201)-555.0123;phone-context=example.com");
    expect(tel).toMatchObject({ scheme: "tel", user: "+1-(201)-555.0123", host: "" });
    expect(tel.params.get("phone-context")).toBe("example.com");
    expect(uri("mailto:a@b").scheme).toBe("mailto");
  });

  test.each([
    "",
    "sip",
    "sip:",
    ":a@b",
    "sip:@b",
    "sip:a@",
    "sip:a@b:",
    "sip:a@b:99999",
    "sip:a@b:5060x",
    "sip:a@b@c",
    "sip:a b@c",
    "sip:a@[::1",
    "sip:a@[nonsense]",
    "sip:a@b/c",
    "sip:a%zz@b",
    "<sip:a@b>",
    'sip:"a"@b',
    "tel:abc-xyz",
    "alan@jasomi.com",
  ])("%j is none", (text) => expect(SipUri.parse(text)).toBeUndefined());

  test("escapes that are no UTF-8 decode byte by byte", () => {
    expect(uri("sip:%ff%00@b").user).toBe("\u00ff\0");
    expect(uri("sip:%D0%B0@b").user).toBe("а");
  });

  test("a user part that needs escapes gets them, and no others", () => {
    expect(escapeUser("+49 30;x=1/#*é")).toBe("+49%2030;x=1/%23*%C3%A9");
    expect(uri(`sip:${escapeUser("a:b@c#?")}@host`).user).toBe("a:b@c#?");
  });
});

describe("RFC 3261 §19.1.4: equality", () => {
  test.each([
    ["sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"],
    [
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ],
    [
      "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ],
    ["tel:+1-201-555-0123", "tel:+12015550123"],
  ])("%s = %s", (a, b) => {
    expect(uri(a).equals(uri(b))).toBe(true);
    expect(uri(b).equals(uri(a))).toBe(true);
  });

  test.each([
    ["SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"],
    ["sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"],
    ["sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"],
    ["sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"],
    ["sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"],
    ["sip:bob@biloxi.com", "sips:bob@biloxi.com"],
    ["sip:a%2Fb@c", "sip:a/b@c"],
    ["sip:bob@b;maddr=1.2.3.4", "sip:bob@b"],
    ["sip:bob:one@b", "sip:bob@b"],
    ["tel:+1201", "tel:+1202"],
    ["urn:a", "urn:b"],
  ])("%s is not %s", (a, b) => {
    expect(uri(a).equals(uri(b))).toBe(false);
    expect(uri(b).equals(uri(a))).toBe(false);
  });
});

describe("RFC 3261 §20.10, §25.1: addresses", () => {
  test("parameters behind angle brackets and without them belong to the header", () => {
    const quoted = NameAddress.parse('"A \\"B\\" <c>, \\\\" <sip:a@b;x=1>;tag=t;expires=60;note="a;b"');
    expect(quoted).toMatchObject({ displayName: 'A "B" <c>, \\', uri: "sip:a@b;x=1", tag: "t" });
    expect([...(quoted?.params ?? [])]).toEqual([
      ["tag", "t"],
      ["expires", "60"],
      ["note", "a;b"],
    ]);
    expect(NameAddress.parse("sip:a@b;tag=t")).toMatchObject({ displayName: "", uri: "sip:a@b", tag: "t" });
    expect(NameAddress.parse('sip:a@b;x="<y>"')?.params.get("x")).toBe("<y>");
    expect(NameAddress.parse("Bob Smith<sip:a@b>")?.displayName).toBe("Bob Smith");
    expect(NameAddress.parse("José Müller <sip:a@b>")?.displayName).toBe("José Müller");
    expect(NameAddress.parse("<sip:a@b>;TAG=x")?.tag).toBe("x");
  });

  test("what was read is written as it was; what is made is quoted as needed", () => {
    const text = '"A"<sip:a@b>  ; Tag = x';
    expect(NameAddress.parse(text)?.toString()).toBe(text);
    const made = NameAddress.of("sip:a@b", 'Say "hi"\\\r\n', { Tag: "x", lr: "", q: "a b" });
    expect(made.toString()).toBe('"Say \\"hi\\"\\\\ " <sip:a@b>;tag=x;lr;q="a b"');
    expect(made.tag).toBe("x");
    expect(made.with("tag", "y").toString()).toBe(
      '"Say \\"hi\\"\\\\\r\n" <sip:a@b>;tag=y;lr;q="a b"'.replace("\r\n", " "),
    );
    expect(made.with("tag", undefined).tag).toBeUndefined();
    expect(NameAddress.of("tel:100").toString()).toBe("<tel:100>");
  });

  test.each([
    "",
    "a",
    "<>",
    "<sip:a@b",
    '"a <sip:a@b>',
    '"a" sip:a@b',
    "a, b <sip:a@b>",
    "< sip:a@b >",
    "<sip:a@b> x",
    "<sip:a@b>;",
    "<sip:a@b>;;x",
    "<sip:a@b>;x=",
    '<sip:a@b>;x="y',
    "sip:a@b?x=y",
    "sip:a@b,sip:c@d",
  ])("%j is none", (text) => expect(NameAddress.parse(text)).toBeUndefined());

  test(`whatever name it has, an address that is made is read again (seed ${seed})`, () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }), (name, value) => {
        const clean = name.replace(/[\r\n]/g, "");
        const again = NameAddress.parse(
          NameAddress.of("sip:a@b", clean, { x: value.replace(/[\r\n]/g, "") }).toString(),
        );
        return again?.displayName === clean && again.params.get("x") === value.replace(/[\r\n]/g, "");
      }),
      { seed, numRuns: 300 },
    );
  });
});

describe("RFC 3261 §20.42, RFC 3581: Via", () => {
  test("is read with white space anywhere and written with what was set", () => {
    const via = Via.parse('SIP / 2.0 / udp  [2001:db8::9]:5070 ; Branch=z9hG4bKx;rport ;ttl=5; x="a b"');
    expect(via).toMatchObject({ transport: "udp", host: "2001:db8::9", port: 5070, branch: "z9hG4bKx", rport: "" });
    if (via === undefined) return;
    via.received = "192.0.2.9";
    via.rport = 40000;
    expect(via.toString()).toBe(
      'SIP/2.0/udp [2001:db8::9]:5070;branch=z9hG4bKx;rport=40000;ttl=5;x="a b";received=192.0.2.9',
    );
    expect(Via.parse("SIP/2.0/TCP h;received=[::1];rport=99999")).toMatchObject({ received: "::1", rport: undefined });
  });

  test("is made from its parts", () => {
    const via = Via.of({
      transport: "tcp",
      host: "192.0.2.1",
      port: 5060,
      branch: "z9hG4bKy",
      rport: "",
      params: { alias: "" },
    });
    expect(via.toString()).toBe("SIP/2.0/TCP 192.0.2.1:5060;alias;branch=z9hG4bKy;rport");
    expect([...via.params.keys()]).toEqual(["alias", "branch", "rport"]);
  });

  test.each([
    "",
    "SIP/2.0/UDP",
    "SIP/2.0 UDP h",
    "HTTP/2.0/UDP h",
    "SIP/2.0/UDP h:99999",
    "SIP/2.0/UDP h:",
    "SIP/2.0/UDP [h",
    "SIP/2.0/UDP ;branch=x",
    "SIP/2.0/UDP h;;",
    "SIP/2.0/UDP h branch=x",
  ])("%j is none", (text) => expect(Via.parse(text)).toBeUndefined());
});

describe("RFC 3261 §25.1: usual spellings are read by a faster way that means the same", () => {
  const piece = (...pieces: string[]) =>
    fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((chosen) => chosen.join(""));
  const same = (text: string, read: (text: string) => unknown, slowed: string) => {
    const fast = JSON.stringify(read(text));
    const slow = JSON.stringify(read(slowed));
    if (fast !== slow) throw new Error(`${text}: ${fast} is not ${slow}`);
  };

  test(`addresses (seed ${seed})`, () => {
    const read = (text: string) => {
      const a = NameAddress.parse(text);
      return a && [a.displayName, a.uri, a.tag, [...a.params]];
    };
    const text = fc
      .tuple(
        fc.constantFrom("", '"A b"', "Bob", '"a\\"b"', "B C", '"', "é"),
        piece("<", "<sip:", "sip:a@b", "a:", ">", " ", "<tel:1>"),
        piece(";", ";tag=x", ";tag", ";TAG=y", ";x=1", ';q="a;tag=z"', "=", " ", ",", "é"),
      )
      .map((parts) => parts.join(""));
    // White space in front is no usual spelling.
    fc.assert(
      fc.property(text, (t) => same(t, read, ` ${t}`)),
      { seed, numRuns: 2_000 },
    );
  });

  test(`Vias (seed ${seed})`, () => {
    const read = (text: string) => {
      const v = Via.parse(text);
      return v && [v.transport, v.host, v.port, v.branch, v.received, v.rport, [...v.params]];
    };
    const text = fc
      .tuple(
        fc.constantFrom("SIP/2.0/UDP", "SIP/2.0/udp", "SIP/2.0/", "SIP/7.0/TCP"),
        fc.constantFrom(" ", "", "  "),
        fc.constantFrom("h", "1.2.3.4", "[::1]", "a_b", ""),
        fc.constantFrom("", ":5060", ":99999", ":", ":0"),
        piece(
          ";",
          ";branch=x",
          ";branch",
          ";Branch=y",
          ";rport",
          ";rport=1",
          ";rportx=2",
          ";received=[::1]",
          '="q"',
          " ",
          "=",
          ",",
        ),
      )
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (t) => same(t, read, ` ${t}`)),
      { seed, numRuns: 2_000 },
    );
  });

  test(`URIs (seed ${seed})`, () => {
    const read = (text: string) => {
      const u = SipUri.parse(text);
      return u && [u.scheme, u.user, u.password, u.host, u.port, [...u.params], u.headers, u.transport];
    };
    const rest = piece(
      "a",
      "b.c",
      "@",
      ":",
      ";",
      "=",
      "?",
      "5060",
      "99999",
      "lr",
      ";transport=tcp",
      "&",
      " ",
      "<",
      "/",
      "[::1]",
      "_",
    );
    // A scheme in capitals is no usual spelling.
    fc.assert(
      fc.property(rest, (t) => same(`sip:${t}`, read, `SIP:${t}`)),
      { seed, numRuns: 3_000 },
    );
  });
});
