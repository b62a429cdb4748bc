/** SRTP of one stream: against another implementation's packets, and its own rules over replay, order, wraps, keys and their ends. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { SrtpSuite } from "../../../src/media/protocol.ts";
import { masterKeyOf } from "../../../src/srtp/key-derivation.ts";
import { suites } from "../../../src/srtp/suite.ts";
import {
  keySaltOf,
  openSession,
  pairOf,
  rtcpPacket,
  rtpPacket,
  sealed,
  securityOf,
  seeded,
  seedOfTests,
} from "./packets.ts";

interface Vector {
  readonly suite: SrtpSuite;
  readonly keySalt: string;
  readonly mki: string;
  readonly rtp: readonly { readonly clear: string; readonly sealed: string }[];
  readonly rtcp: readonly { readonly clear: string; readonly sealed: string }[];
}

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "hex"));
const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("../../data/srtp/vectors.json", import.meta.url), "utf8"),
);
const names = suites.map((s) => s.suite);

describe("beside libsrtp", () => {
  it("SEC-05: there are packets of each suite that it has as the RFC has it, with and without MKI", () => {
    const there = new Set(vectors.map((v) => `${v.suite} ${v.mki !== ""}`));
    const wanted = names.filter((name) => !name.startsWith("AES_192")).flatMap((n) => [`${n} false`, `${n} true`]);
    expect([...there].sort()).toEqual(wanted.sort());
  });

  it.each(vectors.map((v) => [v.suite, v.mki === "" ? "without" : "with", v] as const))(
    "SEC-05: %s %s MKI makes and reads the same packets, a wrap, RTCP and header extensions included",
    (suite, _with, vector) => {
      const key = {
        keySalt: hex(vector.keySalt),
        lifetimePackets: undefined,
        mki: vector.mki === "" ? undefined : hex(vector.mki),
      };
      const security = { suite, send: key, receive: [key], plainRtcp: false, windowPackets: 64 };
      const { session } = openSession(security);
      for (const packet of vector.rtp) expect(text(sealed(session, hex(packet.clear)))).toBe(packet.sealed);
      for (const packet of vector.rtp) expect(text(session.unprotectRtp(hex(packet.sealed), 0))).toBe(packet.clear);
      // Theirs begins at index 1.
      session.protectRtcp(rtcpPacket(0xcafebabe), 28);
      for (const packet of vector.rtcp) {
        const clear = hex(packet.clear);
        expect(text(session.protectRtcp(clear, clear.length))).toBe(packet.sealed);
        expect(text(session.unprotectRtcp(hex(packet.sealed), 0))).toBe(packet.clear);
      }
      expect(session.unauthenticated + session.replayed).toBe(0);
    },
  );
});

describe.each(names)("%s", (suite) => {
  it("SEC-05: whatever bit of a packet is changed, it is dropped and counted", () => {
    const random = seeded(seedOfTests);
    const { near, far } = pairOf(suite);
    sealed(near.session, rtpPacket(9));
    const good = sealed(near.session, rtpPacket(10));
    for (let i = 0; i < 60; i++) {
      const bad = good.slice();
      const at = Math.floor(random() * bad.length);
      bad[at] = (bad[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      expect(far.session.unprotectRtp(bad, 0), `seed ${seedOfTests}, byte ${at}`).toBeUndefined();
    }
    expect(far.session.unauthenticated).toBe(60);
    expect(text(far.session.unprotectRtp(good, 0))).toBe(text(rtpPacket(10)));
  });

  it("SEC-05: cut packets, and ones that are no RTP, are dropped and counted", () => {
    const { near, far } = pairOf(suite);
    const good = sealed(near.session, rtpPacket(10));
    for (let size = 0; size < good.length; size++)
      expect(far.session.unprotectRtp(good.slice(0, size), 0), `${size} bytes`).toBeUndefined();
    const report = near.session.protectRtcp(rtcpPacket(), 28) ?? new Uint8Array();
    for (let size = 0; size < report.length; size++)
      expect(far.session.unprotectRtcp(report.slice(0, size), 0), `${size} bytes`).toBeUndefined();
    expect(far.session.unprotectRtp(new Uint8Array(3000).fill(0x80), 0)).toBeUndefined();
    // A STUN request is nobody's forgery.
    expect(far.session.unprotectRtp(Uint8Array.of(0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42), 0)).toBeUndefined();
    expect(far.session.unauthenticated).toBe(good.length + report.length - 1);
  });

  it("RFC 3711 §3.4: RTCP is encrypted, authenticated and taken once; so is what is only authenticated", () => {
    const { near, far } = pairOf(suite);
    const first = near.session.protectRtcp(rtcpPacket(), 28) ?? new Uint8Array();
    expect(text(first)).not.toContain("deadbeef");
    expect(text(far.session.unprotectRtcp(first, 0))).toBe(text(rtcpPacket()));
    expect(far.session.unprotectRtcp(first, 0)).toBeUndefined();
    expect(far.session.replayed).toBe(1);
    const plain = openSession({ ...securityOf(suite, 1, 2), plainRtcp: true });
    plain.session.protectRtcp(rtcpPacket(), 28);
    const second = plain.session.protectRtcp(rtcpPacket(), 28) ?? new Uint8Array();
    expect(text(second)).toContain("deadbeef");
    expect(text(far.session.unprotectRtcp(second, 0))).toBe(text(rtcpPacket()));
    const third = plain.session.protectRtcp(rtcpPacket(), 28) ?? new Uint8Array();
    third[10] = (third[10] ?? 0) ^ 1;
    expect(far.session.unprotectRtcp(third, 0)).toBeUndefined();
  });
});

const suite = "AES_CM_128_HMAC_SHA1_80";

describe("indices", () => {
  it("SEC-05: over wraps, with reordering, loss and copies, each packet is taken exactly once", () => {
    const random = seeded(seedOfTests);
    const { near, far } = pairOf(suite);
    const first = 65_300;
    const count = 131_900;
    let waiting: { at: number; index: number; packet: Uint8Array }[] = [];
    const taken = new Set<number>();
    let copies = 0;
    const give = (index: number, packet: Uint8Array): void => {
      const clear = far.session.unprotectRtp(packet, 0);
      if (clear === undefined) return;
      expect(taken.has(index), `seed ${seedOfTests}, packet ${index}`).toBe(false);
      expect(text(clear.subarray(0, 16))).toBe(text(rtpPacket(first + index).subarray(0, 16)));
      taken.add(index);
    };
    let lost = 0;
    for (let index = 0; index < count; index++) {
      // Only about the wraps does order matter: between them it goes on quickly.
      const near64k = (first + index + 300) % 65_536 < 600;
      if (!near64k && index % 97 !== 0) {
        lost++;
        continue;
      }
      const packet = sealed(near.session, rtpPacket(first + index));
      if (random() < 0.1) lost++;
      else waiting.push({ at: index + Math.floor(random() * 60), index, packet });
      if (random() < 0.1) {
        copies++;
        waiting.push({ at: index + Math.floor(random() * 200), index, packet });
      }
      const due = waiting.filter((w) => w.at <= index);
      waiting = waiting.filter((w) => w.at > index);
      for (const w of due) give(w.index, w.packet);
    }
    for (const w of waiting) give(w.index, w.packet);
    expect(taken.size).toBeGreaterThan(count - lost - 1);
    expect(far.session.unauthenticated).toBe(0);
    expect(far.session.replayed).toBeGreaterThan(0);
    expect(far.session.replayed).toBeLessThanOrEqual(copies);
    expect(far.told.rollovers).toEqual([
      [0x1234_5678, 1],
      [0x1234_5678, 2],
      [0x1234_5678, 3],
    ]);
  });

  it("RFC 3711 §3.3.2: a packet older than the list is dropped as if it had come before", () => {
    const { near, far } = pairOf(suite);
    const old = sealed(near.session, rtpPacket(0));
    for (let i = 1; i < 400; i++) far.session.unprotectRtp(sealed(near.session, rtpPacket(i)), 0);
    expect(far.session.unprotectRtp(old, 0)).toBeUndefined();
    expect(far.session.replayed).toBe(1);
  });

  it("RFC 3711 §3.3.1: a far end whose first packets were lost at the wrap is heard", () => {
    const { near, far } = pairOf(suite);
    sealed(near.session, rtpPacket(65_535));
    expect(far.session.unprotectRtp(sealed(near.session, rtpPacket(65_536)), 0)).toBeDefined();
  });

  it("SEC-05: a wrap in a silence of many minutes is found out", () => {
    const { near, far } = pairOf(suite);
    far.session.unprotectRtp(sealed(near.session, rtpPacket(60_000)), 0);
    for (let sequence = 60_001; sequence < 60_000 + 64_000; sequence += 1000) sealed(near.session, rtpPacket(sequence));
    let heard = 0;
    for (let i = 0; i < 40; i++)
      if (far.session.unprotectRtp(sealed(near.session, rtpPacket(124_000 + i)), 0) !== undefined) heard++;
    expect(heard).toBeGreaterThan(25);
  });

  it("RFC 3711 §3.2.3: each source has its own count, and a stranger's packets make none", () => {
    const { near, far } = pairOf(suite);
    const stranger = openSession(securityOf(suite, 77, 78)).session;
    for (let i = 0; i < 100; i++) far.session.unprotectRtp(sealed(stranger, rtpPacket(5, i)), 0);
    expect(far.session.unauthenticated).toBe(100);
    for (const ssrc of [1, 2, 3])
      for (const sequence of [65_535, 65_536, 65_537])
        expect(far.session.unprotectRtp(sealed(near.session, rtpPacket(sequence, ssrc)), 0)).toBeDefined();
  });

  it("SEC-05: a new worker goes on where the far end's sequence numbers had wrapped", () => {
    const { near, far } = pairOf(suite);
    for (let sequence = 65_000; sequence < 65_536 + 100; sequence++)
      far.session.unprotectRtp(sealed(near.session, rtpPacket(sequence)), 0);
    const [last] = far.told.rollovers;
    expect(last).toEqual([0x1234_5678, 1]);
    for (let sequence = 65_636; sequence < 3 * 65_536; sequence += 20_000) sealed(near.session, rtpPacket(sequence));
    const restarted = openSession({ ...securityOf(suite, 2, 1), resume: { ssrc: 0x1234_5678, rollovers: 2 } });
    for (let sequence = 3 * 65_536 - 10; sequence < 3 * 65_536 + 10; sequence++)
      expect(restarted.session.unprotectRtp(sealed(near.session, rtpPacket(sequence)), 0), `${sequence}`).toBeDefined();
  });
});

describe("keys", () => {
  it("SEC-05: the same keys once more leave everything as it is", () => {
    const { near, far } = pairOf(suite);
    for (let sequence = 65_530; sequence < 65_540; sequence++)
      far.session.unprotectRtp(sealed(near.session, rtpPacket(sequence)), 0);
    const late = sealed(near.session, rtpPacket(65_540));
    far.session.unprotectRtp(late, 0);
    expect(near.session.change(securityOf(suite, 1, 2), 0)).toBe(false);
    far.session.change(securityOf(suite, 2, 1), 0);
    expect(far.session.unprotectRtp(sealed(near.session, rtpPacket(65_541)), 0)).toBeDefined();
    expect(far.session.unprotectRtp(late, 0)).toBeUndefined();
    expect(far.session.replayed).toBe(1);
  });

  it("SEC-05: after a change what is under way by the old keys is taken for two seconds, and then no more", () => {
    const { near, far } = pairOf(suite);
    const under = (sequence: number): Uint8Array => sealed(near.session, rtpPacket(sequence));
    far.session.unprotectRtp(under(1), 0);
    const [before, stray, late] = [under(2), under(3), under(4)];
    far.session.change(securityOf(suite, 2, 51), 1000);
    expect(far.session.unprotectRtp(before, 20_000)).toBeDefined();
    expect(near.session.change(securityOf(suite, 51, 2), 1000)).toBe(false);
    expect(far.session.unprotectRtp(under(5), 21_000)).toBeDefined();
    expect(far.session.unprotectRtp(stray, 22_900)).toBeDefined();
    expect(far.session.unprotectRtp(late, 23_100)).toBeUndefined();
    expect(far.session.unauthenticated).toBe(1);
  });

  it("SEC-05: keys that were replaced end after 32 s even where none of the new ones came", () => {
    const { near, far } = pairOf(suite);
    far.session.change(securityOf(suite, 2, 51), 1000);
    expect(far.session.unprotectRtp(sealed(near.session, rtpPacket(1)), 32_900)).toBeDefined();
    expect(far.session.unprotectRtp(sealed(near.session, rtpPacket(2)), 33_000)).toBeUndefined();
  });

  it("SEC-05: another suite may follow, and a far end that keeps its count of wraps or begins anew is understood", () => {
    for (const keeps of [true, false]) {
      const { near, far } = pairOf(suite);
      for (let sequence = 65_530; sequence < 65_540; sequence++)
        far.session.unprotectRtp(sealed(near.session, rtpPacket(sequence)), 0);
      const next = "AEAD_AES_256_GCM";
      far.session.change(securityOf(next, 2, 51), 0);
      // A sender of ours with a count asks for a new source; here it is a far end's, which goes on with the old one.
      const fresh = openSession(securityOf(next, 51, 2)).session;
      const theirs = keeps ? near.session : fresh;
      expect(near.session.change(securityOf(next, 51, 2), 0)).toBe(true);
      expect(far.session.unprotectRtp(sealed(theirs, rtpPacket(65_540)), 0), `keeps: ${keeps}`).toBeDefined();
    }
  });

  it("RFC 3711 §3.1: of several keys the MKI says which, whichever is used", () => {
    const key = (id: number) => ({
      keySalt: keySaltOf(suite, id),
      lifetimePackets: undefined,
      mki: Uint8Array.of(0, id),
    });
    const receiver = openSession({ ...securityOf(suite, 1, 1), receive: [key(4), key(5)] }).session;
    for (const id of [4, 5]) {
      const sender = openSession({ ...securityOf(suite, 1, 1), send: key(id) }).session;
      expect(receiver.unprotectRtp(sealed(sender, rtpPacket(10 * id)), 0)).toBeDefined();
      expect(receiver.unprotectRtcp(sender.protectRtcp(rtcpPacket(id), 28) ?? new Uint8Array(), 0)).toBeDefined();
    }
    const other = openSession({ ...securityOf(suite, 1, 1), send: key(6) }).session;
    expect(receiver.unprotectRtp(sealed(other, rtpPacket(99)), 0)).toBeUndefined();
    expect(receiver.unauthenticated).toBe(1);
  });

  it("RFC 3711 §9.2: new keys are asked for before the life of one ends, and past it nothing is sent", () => {
    const limited = { ...securityOf(suite, 1, 2) };
    const { session, told } = openSession({ ...limited, send: { ...limited.send, lifetimePackets: 160 } });
    for (let i = 0; i < 149; i++) sealed(session, rtpPacket(i));
    expect(told.ending).toEqual([]);
    for (let i = 149; i < 160; i++) expect(sealed(session, rtpPacket(i)).length).toBe(182);
    expect(told.ending).toEqual(["ours"]);
    expect(sealed(session, rtpPacket(160)).length).toBe(0);
    expect(session.protectRtcp(rtcpPacket(), 28)).toBeUndefined();
    session.change({ ...limited, send: { ...limited.send, keySalt: keySaltOf(suite, 9) } }, 0);
    expect(sealed(session, rtpPacket(161)).length).toBe(182);
  });

  it("SEC-05: the far end's key is said to be ending too, and is heard past its end", () => {
    const { near } = pairOf(suite);
    const theirs = securityOf(suite, 2, 1);
    const { session, told } = openSession({
      ...theirs,
      receive: theirs.receive.map((key) => ({ ...key, lifetimePackets: 32 })),
    });
    for (let i = 0; i < 40; i++) expect(session.unprotectRtp(sealed(near.session, rtpPacket(i)), 0)).toBeDefined();
    expect(told.ending).toEqual(["theirs"]);
  });

  it("RFC 4568 §6.1: keys of one seed differ by suite and generation, and have the length of their suite", () => {
    const seed = new Uint8Array(32).fill(7);
    const keys = suites.flatMap(({ suite: name, keyBytes, saltBytes }) =>
      [0, 1, 2].map((generation) => {
        const key = masterKeyOf(seed, name, generation);
        expect(key.length).toBe(keyBytes + saltBytes);
        return text(key).slice(0, 32);
      }),
    );
    expect(new Set(keys).size).toBe(keys.length);
    expect(masterKeyOf(seed, suite, 1)).toEqual(masterKeyOf(seed, suite, 1));
  });
});
