import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import {
  type Challenge,
  type DigestAlgorithm,
  DigestSession,
  digestAlgorithms,
  digestHa1,
  digestResponse,
  parseAuthHeaders,
  parseChallenges,
  strongestChallenges,
} from "../../../src/sip/digest.ts";
import { DigestServer, type DigestServerOptions } from "../../../src/sip/digest-server.ts";

const noBody = new Uint8Array(0);
const paramOf = (value: string, name: string) => parseAuthHeaders([value])[0]?.params.get(name);

function only(lines: readonly string[]): Challenge {
  const [first] = parseChallenges(lines);
  if (first === undefined) throw new Error("no challenge");
  return first;
}

describe("RFC 7616 §3.9: examples of the RFC", () => {
  const mufasa = {
    username: "Mufasa",
    password: "Circle of Life",
    realm: "http-auth@example.org",
    nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  };
  test.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ] as const)("§3.9.1: %s with auth", (algorithm, response) => {
    const ha1 = digestHa1(algorithm, mufasa);
    const request = { method: "GET", uri: "/dir/index.html", body: noBody };
    expect(digestResponse(algorithm, ha1, { ...request, ...mufasa, nc: "00000001", qop: "auth" })).toBe(response);
  });

  test("§3.9.1: the client writes what the RFC writes", () => {
    const challenge = only([
      'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    ]);
    const value = new DigestSession(challenge, mufasa, mufasa.cnonce).authorize({
      method: "GET",
      uri: "/dir/index.html",
      body: noBody,
    });
    expect(value).toBe(
      'Digest username="Mufasa", realm="http-auth@example.org", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", uri="/dir/index.html", response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1", algorithm=SHA-256, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, nc=00000001, opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    );
  });

  test("RFC 2617 §3.5", () => {
    const challenge = only([
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
    ]);
    const session = new DigestSession(challenge, { username: "Mufasa", password: "Circle Of Life" }, "0a4f113b");
    const value = session.authorize({ method: "GET", uri: "/dir/index.html", body: noBody });
    expect(paramOf(value, "response")).toBe("6629fae49393a05397450978507c4ef1");
    // Not named in the challenge, so not in the answer.
    expect(paramOf(value, "algorithm")).toBeUndefined();
  });

  test("RFC 2069: without qop there are no nc and cnonce", () => {
    const challenge = only(['Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"']);
    const session = new DigestSession(challenge, { username: "Mufasa", password: "CircleOfLife" }, "x");
    const value = session.authorize({ method: "GET", uri: "/dir/index.html", body: noBody });
    expect(paramOf(value, "response")).toBe("1949323746fe6a43ef61f9606e7febea");
    expect(value).not.toMatch(/nc=|cnonce=|qop=/);
  });

  test("auth-int covers the body, -sess the first nonce and cnonce", () => {
    const md5 = (text: string) => createHash("md5").update(text).digest("hex");
    const challenge = only(['Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth-int"']);
    const session = new DigestSession(challenge, { username: "u", password: "p" }, "c");
    const body = Buffer.from("v=0\r\n");
    const value = session.authorize({ method: "INVITE", uri: "sip:a@b", body });
    const ha1 = md5(`${md5("u:r:p")}:n:c`);
    const ha2 = md5(`INVITE:sip:a@b:${md5("v=0\r\n")}`);
    expect(paramOf(value, "response")).toBe(md5(`${ha1}:n:00000001:c:auth-int:${ha2}`));
    expect(value).toContain("qop=auth-int");
  });
});

describe("RFC 8760: reading and choosing challenges", () => {
  test("the strongest of a realm is taken, each realm is answered, in their order", () => {
    const challenges = parseChallenges([
      'Digest realm="a", nonce="1", algorithm=MD5, qop="auth"',
      'Digest realm="b", nonce="2", qop="auth"',
      'Digest realm="a", nonce="3", algorithm=SHA-256, qop="auth"',
    ]);
    expect(strongestChallenges(challenges).map((c) => [c.realm, c.nonce, c.algorithm])).toEqual([
      ["a", "3", "SHA-256"],
      ["b", "2", "MD5"],
    ]);
    const all = digestAlgorithms.map((a, i) => `Digest realm="a", nonce="${i}", algorithm=${a}`).reverse();
    expect(strongestChallenges(parseChallenges(all)).map((c) => c.algorithm)).toEqual(["SHA-512-256"]);
  });

  test("several challenges on one line, names in any case, white space, unknown parameters, userhash", () => {
    const challenges = parseChallenges([
      'DIGEST  Realm = "a, b" ,NONCE="x",Algorithm=sha-256,userhash=true, foo=bar, stale=TRUE, Qop="auth-int, auth" , Digest realm="c",nonce="y"',
    ]);
    expect(challenges).toEqual([
      {
        realm: "a, b",
        nonce: "x",
        opaque: undefined,
        algorithm: "SHA-256",
        algorithmNamed: true,
        qop: ["auth-int", "auth"],
        stale: true,
      },
      {
        realm: "c",
        nonce: "y",
        opaque: undefined,
        algorithm: "MD5",
        algorithmNamed: false,
        qop: undefined,
        stale: false,
      },
    ]);
  });

  test("schemes, algorithms and qop that we do not know are left out", () => {
    expect(
      parseChallenges([
        'Basic realm="a"',
        "NoOneKnowsThisScheme opaque-data=here",
        'Digest realm="a", nonce="1", algorithm=SHA3-512',
        'Digest realm="a", nonce="1", qop="auth-conf"',
        'Digest realm="a"',
        'Digest nonce="1"',
        'Digest realm="unfinished',
        "",
        ",,,",
      ]),
    ).toEqual([]);
  });

  test("escapes in quoted strings are resolved for the hash and written again", () => {
    const challenge = only(['Digest realm="say \\"hi\\" \\\\", nonce="a\\"b", qop="auth"']);
    expect(challenge.realm).toBe('say "hi" \\');
    const value = new DigestSession(challenge, { username: 'o"brien', password: "p" }, "c").authorize({
      method: "REGISTER",
      uri: "sip:example.com",
      body: noBody,
    });
    expect(value).toContain('username="o\\"brien", realm="say \\"hi\\" \\\\", nonce="a\\"b"');
    expect(paramOf(value, "username")).toBe('o"brien');
  });

  test("the nonce count grows with each request, in eight hexadecimal digits", () => {
    const session = new DigestSession(
      only(['Digest realm="r", nonce="n", qop="auth"']),
      { username: "u", password: "p" },
      "c",
    );
    const request = { method: "REGISTER", uri: "sip:r", body: noBody };
    const counts = Array.from({ length: 17 }, () => paramOf(session.authorize(request), "nc"));
    expect(counts.at(0)).toBe("00000001");
    expect(counts.at(16)).toBe("00000011");
    expect(session.nonceCount).toBe(17);
  });
});

describe("RFC 7616 §3.3: the server", () => {
  const request = { method: "REGISTER", uri: "sip:pbx.example", body: noBody };
  const users = (name: string) => (name === "100" ? "secret" : undefined);
  const alice = { username: "100", password: "secret" };

  function setUp(options: Partial<DigestServerOptions> = {}) {
    const clock = new ManualClock();
    let n = 0;
    const random = (length: number) => new Uint8Array(length).map(() => n++ % 256);
    return { clock, random, server: new DigestServer({ clock, random }, { realm: "pbx", ...options }) };
  }
  const client = (lines: readonly string[], credentials = alice) => {
    const [challenge] = strongestChallenges(parseChallenges(lines));
    if (challenge === undefined) throw new Error("no challenge");
    return new DigestSession(challenge, credentials, "cnonce");
  };

  test("offers SHA-256 and MD5, and takes the right answer to either", () => {
    const { server } = setUp();
    const lines = server.challenges();
    expect(parseChallenges(lines).map((c) => c.algorithm)).toEqual(["SHA-256", "MD5"]);
    for (const line of lines)
      expect(server.check([client([line]).authorize(request)], request, users)).toEqual({ ok: true, username: "100" });
  });

  test.each(
    digestAlgorithms.flatMap((a): [DigestAlgorithm, "auth" | "auth-int"][] => [
      [a, "auth"],
      [a, "auth-int"],
    ]),
  )("client and server agree on %s with %s", (algorithm, qop) => {
    const { server } = setUp({ algorithms: [algorithm], qop: [qop] });
    const session = client(server.challenges());
    const sent = { ...request, body: Buffer.from("body") };
    for (let i = 0; i < 3; i++) expect(server.check([session.authorize(sent)], sent, users).ok).toBe(true);
    const changed = server.check([session.authorize(sent)], { ...sent, body: Buffer.from("evil") }, users);
    expect(changed.ok).toBe(qop === "auth");
  });

  test("a wrong password and an unknown user are told apart from nothing", () => {
    const { server } = setUp();
    const wrong = { ...alice, password: "guess" };
    expect(server.check([client(server.challenges(), wrong).authorize(request)], request, users)).toMatchObject({
      ok: false,
      reason: "wrong",
    });
    const unknown = { username: "999", password: "" };
    expect(server.check([client(server.challenges(), unknown).authorize(request)], request, users)).toMatchObject({
      reason: "wrong",
    });
    expect(server.check([], request, users)).toMatchObject({ reason: "absent" });
    expect(server.check(['Digest realm="other", username="100"'], request, users)).toMatchObject({ reason: "absent" });
  });

  test("the answer is for this method and this URI alone", () => {
    const { server } = setUp();
    const value = client(server.challenges()).authorize(request);
    expect(server.check([value], { ...request, method: "INVITE" }, users)).toMatchObject({ reason: "wrong" });
    expect(server.check([value], { ...request, uri: "sip:other.example" }, users)).toMatchObject({
      reason: "malformed",
    });
    expect(server.check([value], { ...request, uri: "sip:PBX.example" }, users).ok).toBe(true);
  });

  test("a count that was used is stale, one that was overtaken is not", () => {
    const { server } = setUp();
    const session = client(server.challenges());
    const [one = "", two = "", three = ""] = [1, 2, 3].map(() => session.authorize(request));
    expect(server.check([two], request, users).ok).toBe(true);
    expect(server.check([two], request, users)).toMatchObject({ reason: "stale" });
    expect(server.check([one], request, users).ok).toBe(true);
    expect(server.check([one], request, users)).toMatchObject({ reason: "stale" });
    expect(server.check([three], request, users).ok).toBe(true);
    for (let i = 0; i < 40; i++) session.authorize(request);
    expect(server.check([session.authorize(request)], request, users).ok).toBe(true);
    expect(server.check([three], request, users)).toMatchObject({ reason: "stale" });
  });

  test("a nonce lives as long as it is told, and another server's is stale", () => {
    const { server, clock } = setUp({ nonceLifetimeMs: 10_000 });
    const session = client(server.challenges());
    clock.advance(10_000);
    expect(server.check([session.authorize(request)], request, users).ok).toBe(true);
    clock.advance(1);
    expect(server.check([session.authorize(request)], request, users)).toMatchObject({ reason: "stale" });
    expect(server.challenges(true)[0]).toContain("stale=true");
    const other = new DigestServer({ clock, random: (n) => new Uint8Array(n).fill(9) }, { realm: "pbx" });
    expect(server.check([client(other.challenges()).authorize(request)], request, users)).toMatchObject({
      reason: "stale",
    });
  });

  test("qop and algorithms that were not offered, and missing parts, are malformed", () => {
    const { server } = setUp({ algorithms: ["SHA-256"] });
    const md5 = setUp({ algorithms: ["MD5"] }).server;
    expect(server.check([client(md5.challenges()).authorize(request)], request, users)).toMatchObject({
      reason: "malformed",
    });
    const plain = setUp({ algorithms: ["SHA-256"], qop: [] }).server;
    const old = client(plain.challenges()).authorize(request);
    expect(plain.check([old], request, users).ok).toBe(true);
    expect(server.check([old], request, users)).toMatchObject({ reason: "malformed" });
    const good = client(server.challenges()).authorize(request);
    for (const name of ["username", "nonce", "uri", "response", "nc", "cnonce"])
      expect(server.check([good.replace(`${name}=`, "x=")], request, users)).toMatchObject({ reason: "malformed" });
    expect(server.check([good.replace("nc=00000001", "nc=1")], request, users)).toMatchObject({ reason: "malformed" });
  });
});
