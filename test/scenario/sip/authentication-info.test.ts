/** What a server says behind our answer to its challenge: RFC 7616 §3.5, RFC 7615, RFC 8760. */
import { expect, test } from "vitest";
import type { Log } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/base/log.ts";
import { digestHa1, digestResponse } from "../../../src/sip/digest.ts";
import type { SipRequest } from "../../../src/sip/message.ts";
import { type Peer, Rig } from "./rig.ts";

const a = "10.0.0.1";
const p = "10.0.0.9";
const realm = "pbx";
const algorithm = "SHA-256";
const username = "alice";

/** `rspauth` of somebody who knows that password. */
function proof(request: SipRequest, password: string): string {
  const [, nonce = "", uri = "", cnonce = "", nc = ""] =
    /nonce="([^"]*)".*uri="([^"]*)".*cnonce="([^"]*)".*nc=([0-9a-f]{8})/.exec(request.header("Authorization") ?? "") ??
    [];
  const ha1 = digestHa1(algorithm, { username, password, realm, nonce, cnonce });
  const body = new Uint8Array(0);
  const rspauth = digestResponse(algorithm, ha1, { method: "", uri, body, nonce, nc, cnonce, qop: "auth" });
  return `rspauth="${rspauth}", cnonce="${cnonce}", nc=${nc}, qop=auth`;
}

const parameter = (request: SipRequest, name: string) =>
  new RegExp(`[ ,]${name}="?([^",]*)`).exec(request.header("Authorization") ?? "")?.[1];

async function start(info: (request: SipRequest, nth: number) => string) {
  const rig = new Rig(1);
  const peer: Peer = await rig.peer(p);
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_: unknown, text: string) => void warnings.push(text) };
  const alice = await rig.phone(a, "alice", {
    log,
    identity: { credentials: { username, password: "secret" }, aor: "sip:alice@pbx.example" },
  });
  rig.hosts.set("pbx.example", [p]);
  let granted = 0;
  peer.onRequest = (request) => {
    if (request.header("Authorization") === undefined)
      peer.respond(request, 401, {
        headers: [["WWW-Authenticate", `Digest realm="${realm}", nonce="n0", qop="auth", algorithm=${algorithm}`]],
      });
    else {
      granted += 1;
      const headers: [string, string][] = [["Contact", `${request.header("Contact")};expires=600`]];
      peer.respond(request, 200, { headers: [...headers, ["Authentication-Info", info(request, granted)]] });
    }
  };
  const registration = alice.userAgent.register({
    identity: alice.identity,
    registrar: "sip:pbx.example",
    expiresSeconds: 600,
    retryMs: 30_000,
  });
  return { rig, peer, alice, registration, warnings };
}

test("RFC 7616 §3.5: nextnonce is used for the next request, counting anew", async () => {
  const { rig, peer, registration, warnings } = await start(
    (request, nth) => `nextnonce="n${nth}", ${proof(request, "secret")}`,
  );
  await rig.run(2_000_000);
  const used = peer.requests.filter((r) => r.header("Authorization") !== undefined);
  expect(used.length).toBeGreaterThan(3);
  expect(used.map((r) => parameter(r, "nonce"))).toEqual(used.map((_, i) => `n${i}`));
  expect(new Set(used.map((r) => parameter(r, "nc")))).toEqual(new Set(["00000001"]));
  // Asked once: nothing was challenged after the first.
  expect(peer.requests.length).toBe(used.length + 1);
  expect([registration.state.name, warnings]).toEqual(["registered", []]);
});

test("RFC 7616 §3.5: a proof of another password is told, and its nonces are used no more; the registration counts", async () => {
  const { rig, peer, registration, warnings } = await start(
    (request, nth) => `nextnonce="evil${nth}", ${proof(request, "guessed")}`,
  );
  await rig.run(1_000_000);
  expect(registration.state.name).toBe("registered");
  expect(warnings).toContain("the server does not know the password itself");
  expect(peer.requests.some((r) => (r.header("Authorization") ?? "").includes("evil"))).toBe(false);
});

test("RFC 7616 §3.5: what is malformed, or of another client's nonce, changes nothing", async () => {
  const { rig, peer, registration, warnings } = await start((_, nth) =>
    nth === 1 ? 'rspauth="00", cnonce="other", nc=00000001, qop=auth, nextnonce="other"' : '"=,;garbage',
  );
  await rig.run(2_000_000);
  const used = peer.requests.filter((r) => r.header("Authorization") !== undefined);
  expect(used.map((r) => parameter(r, "nonce"))).toEqual(used.map(() => "n0"));
  expect(used.map((r) => parameter(r, "nc"))).toEqual(used.map((_, i) => (i + 1).toString(16).padStart(8, "0")));
  expect([registration.state.name, warnings]).toEqual(["registered", []]);
});
