/** ICE in descriptions: candidate lines, offers and answers with and without it, restarts, what is left alone. */
import { describe, expect, test } from "vitest";
import { candidateText, isIceMismatch, parseCandidate, parseRemoteCandidates, readIce } from "../../../src/ice/sdp.ts";
import type { IceCandidate, IceLocal } from "../../../src/media/protocol.ts";
import type { LocalMedia } from "../../../src/sdp/media.ts";
import {
  acceptAnswer,
  acceptOffer,
  createOffer,
  startNegotiation,
  withdrawOffer,
} from "../../../src/sdp/negotiation.ts";
import { seededRandom } from "../../fake/network.ts";

const host: IceCandidate = {
  foundation: "1",
  component: 1,
  priority: 2130706431,
  address: "10.0.1.1",
  port: 8998,
  type: "host",
  related: undefined,
};

function ice(name: string, address: string): IceLocal {
  const at = (component: number, type: IceCandidate["type"]): IceCandidate => ({
    ...host,
    component,
    type,
    priority: 1000 * component,
    address,
    port: 11_779 + component,
    related: type === "host" ? undefined : { address: "10.0.1.1", port: 11_779 + component },
  });
  const pwd = (g: number) => `${name}${g}password0123456789012`;
  return {
    credentials: [0, 1, 2].map((g) => ({ ufrag: `${name}${g}uf`, pwd: pwd(g) })),
    candidates: [at(1, "host"), at(2, "host"), at(1, "srflx"), at(2, "srflx")],
  };
}

function local(address: string, own?: IceLocal): LocalMedia {
  return {
    address,
    port: 11_780,
    codecs: [{ name: "pcmu", payloadType: 0 }],
    dtmfType: 101,
    ptimeMs: 20,
    hold: false,
    ice: own,
  };
}

const fresh = () => startNegotiation((length) => new Uint8Array(length).fill(7));
const a = local("192.0.2.1", ice("a", "192.0.2.1"));
const b = local("192.0.2.2", ice("b", "192.0.2.2"));

describe("RFC 8839 §5.1: candidate lines", () => {
  test.each([
    "1 1 UDP 2130706431 10.0.1.1 8998 typ host",
    "2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 10.0.1.1 rport 8998",
    "H2 2 UDP 2130706430 2001:db8:8101:3a55:4858:a2a9:22ff:99b9 9000 typ host",
    "abc+/ 1 UDP 1 198.51.100.1 49152 typ relay raddr 192.0.2.3 rport 45664",
  ])("%s is read and written the same", (text) => {
    const candidate = parseCandidate(text);
    expect(candidate === undefined ? "" : candidateText(candidate)).toBe(text);
  });

  test("extensions behind it are passed over, the transport's case does not matter", () => {
    const text = "1 1 udp 2130706431 10.0.1.1 8998 typ host generation 0 network-id 1 ufrag abcd";
    expect(parseCandidate(text)).toEqual(host);
  });

  test.each([
    ["mDNS name", "1 1 udp 2113937151 0e1cc9b5-3d4e-4c5a-9d1a-000000000000.local 54400 typ host"],
    ["TCP", "1 1 tcp 1518280447 10.0.1.1 9 typ host tcptype active"],
    ["unknown type", "1 1 udp 1 10.0.1.1 9000 typ magic"],
    ["port 0", "1 1 udp 1 10.0.1.1 0 typ host"],
    ["port too high", "1 1 udp 1 10.0.1.1 65536 typ host"],
    ["component 0", "1 0 udp 1 10.0.1.1 9000 typ host"],
    ["priority too high", "1 1 udp 4294967296 10.0.1.1 9000 typ host"],
    ["multicast", "1 1 udp 1 224.0.0.1 9000 typ host"],
    ["unspecified", "1 1 udp 1 0.0.0.0 9000 typ host"],
    ["IPv6 unspecified", "1 1 udp 1 :: 9000 typ host"],
    ["bad foundation", "a:b 1 udp 1 10.0.1.1 9000 typ host"],
    ["cut off", "1 1 udp 1 10.0.1.1"],
    ["nothing", ""],
    ["too long", `1 1 udp 1 10.0.1.1 9000 typ host ${"x ".repeat(400)}`],
  ])("%s is left out", (_, text) => {
    expect(parseCandidate(text)).toBeUndefined();
  });

  test("random text never throws", () => {
    const seed = 8839;
    const random = seededRandom(seed);
    const words = ["1", "udp", "typ", "host", "10.0.0.1", "::1", "raddr", "rport", "99999999999", "\u00e9", "-1", ""];
    for (let i = 0; i < 20_000; i++) {
      const text = Array.from({ length: 12 * random() }, () => words[Math.floor(random() * words.length)]).join(" ");
      parseCandidate(text);
      parseRemoteCandidates(text);
    }
    expect(parseRemoteCandidates("1 192.0.2.3 45664 2 192.0.2.3 45665")).toEqual([
      { component: 1, at: { address: "192.0.2.3", port: 45664 } },
      { component: 2, at: { address: "192.0.2.3", port: 45665 } },
    ]);
  });
});

describe("NET-27: offer and answer", () => {
  test("an offer names credentials, candidates and rtcp-mux; an answer with ICE leads to settings on both sides", () => {
    const offer = createOffer(fresh(), a);
    expect(offer.sdp).toContain("a=ice-ufrag:a0uf\r\na=ice-pwd:a0password0123456789012\r\na=ice-options:ice2\r\n");
    expect(offer.sdp).toContain("a=candidate:1 1 UDP 1000 192.0.2.1 11780 typ host\r\n");
    expect(offer.sdp).toContain("a=candidate:1 2 UDP 2000 192.0.2.1 11781 typ srflx raddr 10.0.1.1 rport 11781\r\n");
    expect(offer.sdp).toContain("a=rtcp-mux\r\n");
    const answer = acceptOffer(fresh(), b, offer.sdp);
    if (!answer.ok) throw new Error(answer.why);
    expect(answer.sdp).toContain("a=rtcp-mux\r\n");
    expect(answer.sdp).not.toContain("a=candidate:1 2");
    expect(answer.media).toMatchObject({
      rtcpMux: true,
      ice: {
        local: b.ice?.credentials[0],
        controlling: false,
        remote: { credentials: a.ice?.credentials[0], candidates: a.ice?.candidates, lite: false },
      },
    });
    const done = acceptAnswer(offer.state, answer.sdp);
    if (!done.ok) throw new Error(done.why);
    expect(done.media.ice).toMatchObject({
      local: a.ice?.credentials[0],
      controlling: true,
      remote: { credentials: b.ice?.credentials[0] },
    });
    expect(done.media.rtcpMux).toBe(true);
  });

  test("a far end without ICE gets none, and is called as before", () => {
    const offer = createOffer(fresh(), local("192.0.2.1"));
    expect(offer.sdp).not.toMatch(/ice|candidate|rtcp/);
    const answer = acceptOffer(fresh(), b, offer.sdp);
    if (!answer.ok) throw new Error(answer.why);
    expect(answer.sdp).not.toMatch(/ice|candidate|rtcp/);
    expect(answer.media.ice).toBeUndefined();
    const withIce = createOffer(fresh(), a);
    const plain = acceptOffer(fresh(), local("192.0.2.2"), withIce.sdp);
    if (!plain.ok) throw new Error(plain.why);
    expect(plain.sdp).not.toMatch(/ice|candidate|rtcp/);
    expect(acceptAnswer(withIce.state, plain.sdp)).toMatchObject({ ok: true, media: { rtcpMux: false } });
  });

  test("RFC 8839 §4.2.5: a server in between moved c= and m=: no ICE, and the answer says why", () => {
    const offer = createOffer(fresh(), a).sdp.replace("c=IN IP4 192.0.2.1", "c=IN IP4 198.51.100.7");
    const answer = acceptOffer(fresh(), b, offer);
    if (!answer.ok) throw new Error(answer.why);
    expect(answer.sdp).toContain("a=ice-mismatch\r\n");
    expect(answer.sdp).not.toContain("candidate");
    expect(answer.media).toMatchObject({ remote: { address: "198.51.100.7" } });
    expect(answer.media.ice).toBeUndefined();
  });

  test("RFC 8839 §4.4: a hold keeps the credentials, new ones of the far end are a restart that ours follow", () => {
    const first = acceptOffer(fresh(), b, createOffer(fresh(), a).sdp);
    if (!first.ok) throw new Error(first.why);
    const held = acceptOffer(first.state, b, createOffer(fresh(), { ...a, hold: true }).sdp);
    if (!held.ok) throw new Error(held.why);
    expect(held.media.ice?.local).toEqual(b.ice?.credentials[0]);
    const restarted = acceptOffer(held.state, b, createOffer(fresh(), local("192.0.2.1", ice("c", "192.0.2.1"))).sdp);
    if (!restarted.ok) throw new Error(restarted.why);
    expect(restarted.media.ice).toMatchObject({
      local: b.ice?.credentials[1],
      remote: { credentials: { ufrag: "c0uf" } },
    });
    expect(restarted.sdp).toContain("a=ice-ufrag:b1uf");
    expect(createOffer(restarted.state, b).sdp).toContain("a=ice-ufrag:b1uf");
  });

  test("RFC 8839 §4.4.1, §4.4.2: an offer after the checks names the chosen pairs alone, its answer the same, until a restart", () => {
    const answer = acceptOffer(fresh(), b, createOffer(fresh(), a).sdp);
    if (!answer.ok) throw new Error(answer.why);
    const chosen = {
      ufrag: "a0uf",
      pairs: [
        {
          component: 1,
          local: { address: "203.0.113.9", port: 40_000 },
          remote: { address: "192.0.2.2", port: 11_780 },
        },
        { component: 2, local: { address: "192.0.2.1", port: 11_781 }, remote: { address: "192.0.2.2", port: 11_781 } },
      ],
    };
    const told = (more: object) => ({ ...a, ice: { candidates: [], credentials: [], ...a.ice, chosen, ...more } });
    const offer = createOffer(fresh(), told({})).sdp;
    expect(offer).toContain("c=IN IP4 203.0.113.9\r\n");
    expect(offer).toContain("m=audio 40000 RTP/AVP");
    expect(offer).toContain("a=rtcp:11781 IN IP4 192.0.2.1\r\n");
    expect(offer.match(/a=candidate:.*/g)).toEqual([
      expect.stringMatching(/^a=candidate:p 1 UDP \d+ 203\.0\.113\.9 40000 typ prflx raddr 192\.0\.2\.1 rport 11780/),
      "a=candidate:1 2 UDP 2000 192.0.2.1 11781 typ host",
    ]);
    expect(offer).toContain("a=remote-candidates:1 192.0.2.2 11780 2 192.0.2.2 11781\r\n");
    const second = acceptOffer(answer.state, b, offer);
    if (!second.ok) throw new Error(second.why);
    expect(second.sdp).toContain("c=IN IP4 192.0.2.2\r\n");
    expect(second.sdp.match(/a=candidate:.*/g)).toHaveLength(1);
    expect(second.sdp).not.toContain("remote-candidates");
    // Of somebody else's candidates nothing is believed.
    const foreign = acceptOffer(answer.state, b, offer.replace(/1 192.0.2.2 11780/, "1 198.51.100.1 11780"));
    expect(foreign.ok && foreign.sdp).toContain("c=IN IP4 192.0.2.2\r\n");

    const restart = createOffer(fresh(), told({ restarts: 1 }));
    expect(restart.sdp).toContain("a=ice-ufrag:a1uf");
    expect(restart.sdp).toContain("c=IN IP4 192.0.2.1\r\n");
    expect(restart.sdp).not.toContain("remote-candidates");
    const followed = acceptOffer(second.state, b, restart.sdp);
    if (!followed.ok) throw new Error(followed.why);
    expect(followed.media.ice?.local).toEqual(b.ice?.credentials[1]);
    // Asked for once, a restart is not made again with each further offer; refused, it is.
    const taken = acceptAnswer(restart.state, followed.sdp);
    if (!taken.ok) throw new Error(taken.why);
    expect(createOffer(taken.state, told({ restarts: 1 })).sdp).toContain("a=ice-ufrag:a1uf");
    expect(createOffer(withdrawOffer(restart.state), told({ restarts: 1 })).sdp).toContain("a=ice-ufrag:a1uf");
  });

  test("NET-26: RTCP of a NAT that moved it is named (RFC 3605), one at the port above is not", () => {
    const at = (port: number) =>
      createOffer(fresh(), { ...local("203.0.113.1"), rtcp: { address: "203.0.113.1", port } });
    expect(at(40_002).sdp).toContain("a=rtcp:40002 IN IP4 203.0.113.1\r\n");
    expect(at(11_781).sdp).not.toContain("a=rtcp");
  });

  test("RFC 8445 §2.5: a lite peer is told apart; credentials for all media may stand in the session", () => {
    const source = (values: Record<string, string[]>) => ({
      attribute: (name: string) => values[name]?.[0],
      attributes: (name: string) => values[name] ?? [],
    });
    const session = source({ "ice-lite": [""], "ice-ufrag": ["abcd"], "ice-pwd": ["0123456789012345678901"] });
    const media = source({ candidate: ["1 1 UDP 1 192.0.2.9 4000 typ host"] });
    expect(readIce(session, media, { address: "192.0.2.9", port: 4000 })).toMatchObject({ lite: true });
    expect(readIce(source({}), media, { address: "192.0.2.9", port: 4000 })).toBeUndefined();
    expect(isIceMismatch(source({}), media, { address: "192.0.2.9", port: 4001 })).toBe(false);
    const short = source({ "ice-ufrag": ["abc"], "ice-pwd": ["short"] });
    expect(readIce(short, media, { address: "192.0.2.9", port: 4000 })).toBeUndefined();
    const many = source({
      candidate: Array.from({ length: 500 }, (_, i) => `1 1 UDP 1 192.0.2.9 ${4000 + i} typ host`),
    });
    expect(readIce(session, many, { address: "192.0.2.9", port: 4000 })?.candidates).toHaveLength(32);
  });
});
