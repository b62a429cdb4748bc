/** A peer that says anything at any time: every request is answered, nothing throws, nothing is left (RFC 3261 §8.2, §12.2.2). */
import { expect, test } from "vitest";
import type { SipResponse } from "../../../src/sip/message.ts";
import { seededRandom } from "../../fake/network.ts";
import { media, Rig, sdp } from "./rig.ts";

const a = "10.0.0.1";
const p = "10.0.0.9";
const seeds = [11, 13, 14, 16];

const bodies = [
  undefined,
  sdp(p),
  sdp(p, "sendonly"),
  sdp(p, "inactive"),
  "v=0",
  sdp(p).replace("m=audio 5004", "m=audio 0"),
];
const methods = [
  "INVITE",
  "ACK",
  "BYE",
  "OPTIONS",
  "INFO",
  "UPDATE",
  "PRACK",
  "NOTIFY",
  "REFER",
  "CANCEL",
  "XYZ",
  "INVITE",
];
const headers: [string, string][] = [
  ["Contact", "<sip:>"],
  ["Contact", `<sip:x@${p}>, <sip:y@${p}>`],
  ["Reason", "SIP;cause="],
  ["Reason", 'SIP;cause=200;text="x'],
  ["Record-Route", "<sip:broken"],
  ["Record-Route", `<sip:${p}>`],
  ["Require", ""],
  ["Content-Disposition", "render;handling=optional"],
  ["Expires", "1"],
  ["Retry-After", "-1"],
  ["WWW-Authenticate", "Digest"],
  ["Proxy-Authenticate", 'Digest realm="x", nonce="y", algorithm=ROT13'],
  ["Min-Expires", "x"],
];

for (const seed of seeds)
  test(`RFC 3261 §8.2, §12.2.2: messages in any order, seed ${seed}`, async () => {
    const rig = new Rig(seed, { delayMs: 3, jitterMs: 10 });
    const peer = await rig.peer(p);
    const alice = await rig.phone(a, "alice", { identity: { credentials: { username: "u", password: "p" } } });
    const chance = seededRandom(seed);
    const pick = <T>(of: readonly T[]): T => of[Math.floor(chance() * of.length)] as T;
    alice.act = (session) => {
      const roll = chance();
      if (roll < 0.4) session.answer(media(a));
      else if (roll < 0.6) session.ring(183, media(a));
      else if (roll < 0.8) session.ring();
      else if (roll < 0.9) session.reject(486);
    };
    const registration = alice.userAgent.register({
      identity: alice.identity,
      registrar: `sip:${p}`,
      expiresSeconds: 60,
      retryMs: 1000,
    });
    const mine = new Set<string>();
    let asked = 0;
    for (let i = 0; i < 800; i++) {
      const roll = chance();
      if (roll < 0.1)
        mine.add(
          alice.userAgent.invite({
            identity: alice.identity,
            to: `sip:c${i}@${p}`,
            media: media(a),
            earlyOffer: chance() < 0.7,
          }).request.callId,
        );
      else if (roll < 0.4) {
        const known = peer.requests.filter((r) => r.method !== "ACK");
        if (known.length > 0) {
          const request = pick(known.slice(-5));
          const status = pick([
            100, 180, 183, 200, 200, 202, 302, 401, 407, 404, 408, 423, 481, 486, 491, 500, 503, 600,
          ]);
          const body = pick(bodies);
          peer.respond(request, status, {
            tag: pick(["one", "two", ""]),
            ...(body === undefined ? {} : { sdp: body }),
            ...(chance() < 0.3 ? { headers: [pick(headers)] } : {}),
          });
        }
      } else if (roll < 0.8) {
        const method = pick(methods);
        const body = pick(bodies);
        const inside = pick([...peer.requests, undefined]);
        const answer = pick([...peer.responses, undefined]);
        const toTag = chance() < 0.5 ? (inside?.from.tag ?? answer?.to.tag) : answer?.to.tag;
        asked += method === "ACK" ? 0 : 1;
        peer.request(method, a, {
          callId: inside !== undefined && chance() < 0.5 ? inside.callId : (answer?.callId ?? `call-${i}`),
          cseq: Math.floor(chance() * 20) + 1,
          branch: `z9hG4bK-${seed}-${i}`,
          from: pick([`<sip:x@${p}>;tag=one`, `<sip:x@${p}>;tag=two`, `<sip:x@${p}>;tag=from-peer`, `<sip:x@${p}>`]),
          ...(toTag === undefined ? {} : { toTag }),
          ...(body === undefined ? {} : { sdp: body }),
          ...(chance() < 0.3 ? { headers: [pick(headers)] } : {}),
        });
      } else {
        const session = pick([...alice.incoming, undefined]);
        const act = pick(["hold", "resume", "hangUp", "answer", "send", "stop"] as const);
        if (act === "answer") session?.answer(media(a));
        else if (act === "send") void session?.send("INFO");
        else if (act === "stop") registration.refresh();
        else session?.[act]();
      }
      await rig.run(pick([0, 1, 10, 500, 3000]));
    }
    const tried = new Set(peer.responses.map((r: SipResponse) => r.via?.branch));
    // Ringing calls wait for a person; everything else has its final answer.
    for (const session of alice.incoming) session.hangUp();
    const closed = alice.userAgent.close();
    await rig.run(200_000);
    await closed;
    expect(alice.errors).toEqual([]);
    expect(asked).toBeGreaterThan(200);
    expect(tried.size).toBeGreaterThan(asked * 0.9);
    const finals = new Set(peer.responses.filter((r) => r.status >= 200).map((r) => r.via?.branch));
    expect([seed, finals.size]).toEqual([seed, asked]);
    expect(alice.userAgent.sessions).toBe(0);
    expect(alice.transactions.size).toEqual({ client: 0, server: 0, timers: 0 });
    expect(mine.size).toBeGreaterThan(30);
  });
