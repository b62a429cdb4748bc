/** Who a certificate stands for: RFC 5922 §7.1, §7.2; and who may begin a handshake. */
import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { selfSigned } from "../../../src/net/self-signed.ts";
import { refusalText } from "../../../src/net/tls-error.ts";
import { HandshakeGate } from "../../../src/net/tls-gate.ts";
import { identityText, speaksFor } from "../../../src/net/tls-identity.ts";

const of = (subjectAltName: string | undefined, subject = "CN=cn.test") => ({ subject, subjectAltName });

describe("RFC 5922 §7", () => {
  test.each([
    ["SEC-03: a host name", "DNS:sip.test", "sip.test", true],
    ["in any case, with a dot at its end", "DNS:SIP.Test", "sip.tEST.", true],
    ["not a name below it", "DNS:sip.test", "a.sip.test", false],
    ["not a name above it", "DNS:a.sip.test", "sip.test", false],
    ["no wildcard (§7.2)", "DNS:*.sip.test", "a.sip.test", false],
    ["a URI of SIP names a domain", "URI:sip:sip.test", "sip.test", true],
    ["and then host names count no more", "DNS:www.test, URI:sip:sip.test", "www.test", false],
    ["a URI of a person names no domain", "URI:sip:alice@sip.test, DNS:x.test", "sip.test", false],
    ["a URI of a person leaves the host names", "URI:sip:alice@sip.test, DNS:x.test", "x.test", true],
    ["a URI of another scheme counts not", "URI:https://sip.test", "sip.test", false],
    ["sips is another scheme", "URI:sips:sip.test", "sip.test", false],
    ["an address", "IP Address:192.0.2.1", "192.0.2.1", true],
    ["another address", "IP Address:192.0.2.1", "192.0.2.10", false],
    ["IPv6 in any spelling", "IP Address:2001:DB8:0:0:0:0:0:1", "2001:db8::1", true],
    ["an address beside a URI", "URI:sip:sip.test, IP Address:192.0.2.1", "192.0.2.1", true],
    ["an address written as a name", "DNS:192.0.2.1", "192.0.2.1", false],
    ["a comma in quotes divides nothing", 'DNS:"a.test, DNS:b.test"', "b.test", false],
    ["the common name, only without alternative names", undefined, "cn.test", true],
    ["not beside alternative names", "DNS:other.test", "cn.test", false],
    ["not beside an e-mail address either", "email:a@b.test", "cn.test", false],
  ])("%s", (_title, names, asked, expected) => {
    expect(speaksFor(of(names), asked)).toBe(expected);
  });

  test("for people: what it is for, shortened, and nothing that moves a terminal", () => {
    expect(identityText(of("DNS:a.test, DNS:b.test"))).toBe("a.test, b.test");
    expect(identityText(of("DNS:a, DNS:b, DNS:c, DNS:d, DNS:e, DNS:f"))).toBe("a, b, c, d and 2 more");
    expect(identityText(of("DNS:*.a.test"))).toBe("*.a.test (SIP allows no wildcards)");
    expect(identityText(of('DNS:"a\\u001b[2J.test"'))).toBe("a?[2J.test");
    expect(identityText(of(undefined, "O=somebody"))).toBe("nobody");
  });
});

test("SEC-04: the phone's own certificate is one that OpenSSL reads, valid whatever its clock says", () => {
  const { certificate, key } = selfSigned("T46G 00:15:65:00:00:01");
  const read = new X509Certificate(certificate);
  expect([read.subject, read.issuer]).toEqual(["CN=T46G 00:15:65:00:00:01", "CN=T46G 00:15:65:00:00:01"]);
  expect([read.validFrom, read.validTo]).toEqual(["Jan  1 00:00:00 2000 GMT", "Dec 31 23:59:59 9999 GMT"]);
  expect([read.ca, read.verify(read.publicKey), key.includes("PRIVATE KEY")]).toEqual([false, true, true]);
  const serials = Array.from({ length: 20 }, () => new X509Certificate(selfSigned("x").certificate).serialNumber);
  expect(new Set(serials).size).toBe(20);
});

test("SEC-02: a refusal says why: not yet valid, expired, or an authority that has expired", () => {
  const certificate = new X509Certificate(selfSigned("x").certificate);
  const now = 1_800_000_000_000;
  expect(refusalText("CERT_NOT_YET_VALID", certificate, 0)).toBe(
    "is not valid before 2000-01-01; is the phone's clock right?",
  );
  expect(refusalText("CERT_HAS_EXPIRED", certificate, now)).toBe("was issued by one that has expired");
  expect(refusalText("CERT_HAS_EXPIRED", certificate, 253_402_300_799_001)).toBe("expired on 9999-12-31");
  expect(refusalText("CERT_HAS_EXPIRED", certificate, 253_402_300_799_000)).toBe("was issued by one that has expired");
  expect(refusalText("PATH_LENGTH_EXCEEDED", certificate, now)).toBe("cannot be verified (path length exceeded)");
});

describe("HandshakeGate", () => {
  const limits = { most: 6, mostOfSource: 3, perSecond: 2, burst: 4 };

  test("bounds the handshakes under way, of one source and of all", () => {
    const gate = new HandshakeGate(new ManualClock(), limits);
    const first = [gate.enter("a"), gate.enter("a"), gate.enter("a")];
    expect(first.every((leave) => leave !== undefined)).toBe(true);
    expect(gate.enter("a")).toBeUndefined();
    for (const source of ["b", "c", "d"]) expect(gate.enter(source)).toBeDefined();
    expect(gate.enter("e")).toBeUndefined();
    first[0]?.();
    first[0]?.();
    expect(gate.pending).toBe(5);
    expect(gate.enter("e")).toBeDefined();
  });

  test("where all places are taken, a new source gets the place of another; one that has had its share does not", () => {
    const gate = new HandshakeGate(new ManualClock(), limits);
    const entered = ["a", "a", "a", "b", "b", "b"].map((source) => gate.enter(source));
    let ended = 0;
    const makeRoom = () => {
      entered[ended]?.();
      ended++;
    };
    expect(gate.enter("a", makeRoom)).toBeUndefined();
    expect(ended).toBe(0);
    expect(gate.enter("c", makeRoom)).toBeDefined();
    expect([ended, gate.pending]).toEqual([1, 6]);
  });

  test("bounds how often one source begins, and lets it begin again in time", () => {
    const clock = new ManualClock();
    const gate = new HandshakeGate(clock, limits);
    const tries = (count: number) => {
      let entered = 0;
      for (let n = 0; n < count; n++) {
        const leave = gate.enter("a");
        if (leave !== undefined) entered++;
        leave?.();
      }
      return entered;
    };
    expect(tries(10)).toBe(4);
    clock.advance(1000);
    expect(tries(10)).toBe(2);
    clock.advance(60_000);
    expect(tries(10)).toBe(4);
  });

  test("remembers a bounded number of sources", () => {
    const gate = new HandshakeGate(new ManualClock(), { ...limits, most: 5000 });
    for (let n = 0; n < 5000; n++) gate.enter(`source ${n}`)?.();
    expect(gate.pending).toBe(0);
    expect(gate.enter("last")).toBeDefined();
  });
});
