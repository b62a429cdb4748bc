/** Playout: order, accounting, bounds and hostile input. */
import { describe, expect, it } from "vitest";
import { codecs } from "../../../src/codec/index.ts";
import { Playout } from "../../../src/media/playout.ts";
import type { PlayoutFigures } from "../../../src/media/playout-figures.ts";
import type { CodecName } from "../../../src/media/protocol.ts";
import { newPlayout, type Packet, receive, send } from "./network.ts";
import { random, speechLike } from "./speech-like.ts";

const JITTER = { adaptive: true, minMs: 0, maxMs: 240, normalMs: 60 };

function accounted(figures: PlayoutFigures): number {
  return figures.played + figures.late + figures.duplicates + figures.discarded + figures.skipped + figures.waiting;
}

/** A ramp that a frame can be placed on: the sound at t ms is a sine whose level says the second. */
function sine(hz: number, seconds: number, rateHz: number, amplitude = 8000): Int16Array {
  return Int16Array.from({ length: seconds * rateHz }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rateHz)),
  );
}

function worstStep(pcm: Int16Array, from: number, to: number): number {
  let worst = 0;
  for (let i = from + 1; i < to; i++) worst = Math.max(worst, Math.abs((pcm[i] ?? 0) - (pcm[i - 1] ?? 0)));
  return worst;
}

function rms(pcm: Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (pcm[i] ?? 0) ** 2;
  return Math.sqrt(sum / (to - from));
}

describe("Playout", () => {
  it("AUD-05: is silent before the first packet, and fills every frame", () => {
    const playout = newPlayout("pcmu");
    const frame = new Int16Array(160).fill(7);
    playout.pull(frame, 0);
    expect(frame.every((value) => value === 0)).toBe(true);
  });

  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it(`RFC 3550 §6.4.1: every packet ends in exactly one count, every number is played, late or lost (seed ${seed})`, () => {
      const next = random(seed);
      const codec: CodecName = seed % 2 === 0 ? "g722" : "pcma";
      const pcm = speechLike(12, codecs[codec].rateHz, seed);
      const trace = { loss: 0.1 * next(), burst: 1 + 3 * next(), jitterMs: 120 * next() };
      const packets = send(pcm, codec, [10, 20, 30, 40, 60][seed % 5] ?? 20, trace, seed);
      // Some come twice.
      const twice: Packet[] = [];
      for (const packet of packets) {
        twice.push(packet);
        if (next() < 0.05) twice.push({ ...packet, arrivalMs: packet.arrivalMs + 50 * next() });
      }
      twice.sort((a, b) => a.arrivalMs - b.arrivalMs);
      const { figures } = receive(twice, codec, 13_000);
      expect(figures.received).toBe(twice.length);
      expect(accounted(figures)).toBe(twice.length);
      expect(figures.duplicates).toBe(twice.length - packets.length);
      expect(figures.waiting).toBe(0);
      const numbers = packets.map((packet) => (packet.sequence - 65_400) & 0xffff);
      const span = Math.max(...numbers) - Math.min(...numbers) + 1;
      expect(figures.played + figures.late + figures.skipped + figures.lost).toBe(span);
      expect(figures.lost).toBe(span - packets.length);
    });
  }

  it("AUD-05: plays each packet once and in order, whatever the order of arrival", () => {
    // Each packet is a constant of its own value; under A-law these survive coding in order.
    const playout = newPlayout("pcma");
    const encoder = codecs.pcma.createEncoder();
    const next = random(9);
    const arrivals: { n: number; atMs: number }[] = [];
    for (let n = 0; n < 60; n++) arrivals.push({ n, atMs: 20 * n + 45 * next() });
    arrivals.sort((a, b) => a.atMs - b.atMs);
    const heard: number[] = [];
    const frame = new Int16Array(160);
    const payload = new Uint8Array(160);
    let at = 0;
    for (let nowMs = 0; nowMs < 1600; nowMs += 10) {
      for (let packet = arrivals[at]; packet !== undefined && packet.atMs <= nowMs; packet = arrivals[++at]) {
        encoder.encode(new Int16Array(160).fill(1000 + 400 * packet.n), payload);
        playout.put(packet.n, packet.n * 160, 96, false, payload, packet.atMs);
      }
      playout.pull(frame, nowMs);
      heard.push(frame[80] ?? 0);
    }
    expect(playout.figures.played + playout.figures.late).toBe(60);
    expect(playout.figures.late).toBeLessThan(4);
    const loud = heard.slice(
      0,
      heard.findIndex((value) => value > 23_500),
    );
    for (let i = 1; i < loud.length; i++) {
      expect((loud[i] ?? 0) - (loud[i - 1] ?? 0), `frame ${i}`).toBeGreaterThan(-350);
    }
  });

  for (const ptimeMs of [10, 20, 30, 40, 50, 60]) {
    for (const codec of ["pcmu", "g722"] as const) {
      it(`AUD-03: ${codec} in packets of ${ptimeMs} ms on a clean network is heard whole, with little delay`, () => {
        const pcm = sine(400, 4, codecs[codec].rateHz);
        const { pcm: heard, figures, delayMs } = receive(send(pcm, codec, ptimeMs, {}, 4), codec, 3900);
        expect(figures.lost + figures.late + figures.skipped).toBe(0);
        expect(figures.concealedFrames).toBe(0);
        expect(delayMs).toBeLessThan(20);
        // 400 Hz at this level moves by at most 1257 a sample; a hole or a slip would step.
        expect(worstStep(heard, 16_000, 60_000)).toBeLessThan(1700);
        expect(rms(heard, 16_000, 60_000)).toBeGreaterThan(5400);
      });
    }
  }

  it("AUD-05: a clean network is given at most one packet of delay", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const { delayMs } = receive(send(speechLike(8, 8000, seed), "pcmu", 20, {}, seed), "pcmu", 8000);
      expect(delayMs, `seed ${seed}`).toBeLessThan(20);
    }
  });

  it("AUD-05: grows with jitter, stays within its bounds, and is back within 5 s", () => {
    const pcm = speechLike(20, 8000, 3);
    const packets = send(pcm, "pcmu", 20, {}, 3);
    const next = random(8);
    const shaken = packets
      .map((packet) =>
        packet.arrivalMs > 5000 && packet.arrivalMs < 7000
          ? { ...packet, arrivalMs: packet.arrivalMs + 120 * next() }
          : packet,
      )
      .sort((a, b) => a.arrivalMs - b.arrivalMs);
    let before = 0;
    let worst = 0;
    let after = Number.POSITIVE_INFINITY;
    const { figures } = receive(shaken, "pcmu", 20_000, (now, nowMs) => {
      if (nowMs === 4900) before = now.bufferDelayMs;
      worst = Math.max(worst, now.bufferDelayMs);
      if (nowMs === 12_100) after = now.bufferDelayMs;
      expect(now.bufferDelayMs).toBeLessThan(320);
    });
    expect(before).toBeLessThan(20);
    expect(worst).toBeGreaterThan(90);
    expect(after).toBeLessThan(25);
    expect(figures.late).toBeLessThan(25);
  });

  it("AUD-05: an even spike every 3 s is waited for after the second, and nothing is late", () => {
    const packets = send(speechLike(30, 8000, 5), "pcmu", 20, { spike: { periodMs: 3000, heightMs: 200 } }, 5);
    let early = 0;
    const { figures } = receive(packets, "pcmu", 30_000, (now, nowMs) => {
      if (nowMs === 8000) early = now.concealedFrames;
    });
    expect(figures.concealedFrames - early).toBeLessThan(4);
  });

  it("AUD-05: minMs and maxMs bound the target; fixed mode holds its delay", () => {
    const pcm = speechLike(6, 8000, 2);
    const held = receive(
      send(pcm, "pcmu", 20, {}, 2),
      "pcmu",
      6000,
      undefined,
      newPlayout("pcmu", { ...JITTER, minMs: 100 }),
    );
    expect(held.delayMs).toBeGreaterThan(90);
    expect(held.delayMs).toBeLessThan(125);
    const shaken = send(pcm, "pcmu", 20, { jitterMs: 300 }, 2);
    receive(
      shaken,
      "pcmu",
      6000,
      (now) => expect(now.targetMs).toBeLessThanOrEqual(80),
      newPlayout("pcmu", { ...JITTER, maxMs: 80 }),
    );
    const fixed = newPlayout("pcmu", { adaptive: false, minMs: 0, maxMs: 240, normalMs: 120 });
    const still = receive(send(pcm, "pcmu", 20, { jitterMs: 60 }, 2), "pcmu", 6000, undefined, fixed);
    expect(still.delayMs).toBeGreaterThan(85);
    expect(still.delayMs).toBeLessThan(140);
    expect(still.figures.late).toBe(0);
  });

  it("AUD-05: a change of the settings in mid-call moves the delay by stretching", () => {
    const packets = send(speechLike(10, 8000, 2), "pcmu", 20, {}, 2);
    const playout = newPlayout("pcmu");
    let after = 0;
    receive(
      packets,
      "pcmu",
      9900,
      (now, nowMs) => {
        if (nowMs === 3000) playout.tune({ ...JITTER, minMs: 120 });
        if (nowMs === 8000) after = now.bufferDelayMs;
      },
      playout,
    );
    expect(after).toBeGreaterThan(110);
    expect(playout.figures.expansions).toBeGreaterThan(4);
    expect(playout.figures.concealedFrames).toBe(0);
  });

  it("RFC 3550 §5.1: one packet size after another in one stream, without a gap", () => {
    const playout = newPlayout("pcmu");
    const pcm = sine(300, 5, 8000);
    const encoder = codecs.pcmu.createEncoder();
    const packets: Packet[] = [];
    for (let at = 0, n = 0; ; n++) {
      const samples = [80, 160, 240, 480, 320][n % 5] ?? 160;
      if (at + samples > pcm.length) break;
      const payload = new Uint8Array(samples);
      encoder.encode(pcm.subarray(at, at + samples), payload);
      at += samples;
      packets.push({ sequence: n, timestamp: at - samples, payloadType: 96, payload, arrivalMs: at / 8 });
    }
    const { pcm: heard, figures } = receive(packets, "pcmu", 4900, undefined, playout);
    expect(figures.lost + figures.late + figures.skipped).toBe(0);
    expect(worstStep(heard, 32_000, 76_000)).toBeLessThan(1300);
  });

  it("AUD-04: the codec changes in mid-stream, both ways, without a click", () => {
    const playout = new Playout({ rateHz: 16_000, jitter: JITTER });
    playout.setReceive([
      { payloadType: 0, codec: "pcmu" },
      { payloadType: 8, codec: "pcma" },
      { payloadType: 9, codec: "g722" },
    ]);
    const narrow = sine(300, 6, 8000);
    const wide = sine(300, 6, 16_000);
    let wideEncoder = codecs.g722.createEncoder();
    const packets: Packet[] = [];
    for (let n = 0; n < 300; n++) {
      const payload = new Uint8Array(160);
      const kind = Math.floor(n / 50) % 3;
      // A sender that changes begins with a new coder.
      if (n % 50 === 0) wideEncoder = codecs.g722.createEncoder();
      if (kind === 1) wideEncoder.encode(wide.subarray(n * 320, n * 320 + 320), payload);
      else
        codecs[kind === 0 ? "pcmu" : "pcma"].createEncoder().encode(narrow.subarray(n * 160, n * 160 + 160), payload);
      packets.push({
        sequence: n,
        timestamp: n * 160,
        payloadType: [0, 9, 8][kind] ?? 0,
        payload,
        arrivalMs: 20 * (n + 1),
      });
    }
    const { pcm: heard, figures } = receive(packets, "pcmu", 5990, undefined, playout);
    expect(figures.played).toBeGreaterThan(297);
    expect(figures.lost + figures.late + figures.discarded).toBe(0);
    expect(worstStep(heard, 1600, 94_000)).toBeLessThan(1500);
    for (let at = 8000; at < 90_000; at += 800) expect(rms(heard, at, at + 800), `at ${at}`).toBeGreaterThan(4000);
  });

  it("RFC 3550 appendix A.1: a sender that begins anew is followed from its second packet on; one stray packet is not", () => {
    const packets = send(sine(300, 6, 8000), "pcmu", 20, {}, 6);
    const jumped = packets.map((packet, i) =>
      i < 100
        ? packet
        : { ...packet, sequence: (packet.sequence + 20_000) & 0xffff, timestamp: (packet.timestamp + 1e9) >>> 0 },
    );
    const { figures } = receive(jumped, "pcmu", 5900);
    expect(figures.discarded).toBe(1);
    // What waits of the old count is let go: with the 20 ms that a clean network is given, up to one packet more than with less.
    expect(figures.played).toBeGreaterThan(packets.length - 9);
    const strayed = packets.map((packet, i) =>
      i === 100 ? { ...packet, sequence: (packet.sequence + 20_000) & 0xffff } : packet,
    );
    const second = receive(strayed, "pcmu", 5900).figures;
    expect(second.discarded).toBe(1);
    expect(second.lost).toBe(1);
  });

  it("RFC 3550 §5.1: a jump of the timestamps alone is played on without a long gap", () => {
    for (const jump of [1e9, -1e9, 80_000, -80_000, 2 ** 31]) {
      const packets = send(sine(300, 6, 8000), "pcmu", 20, {}, 6).map((packet, i) =>
        i < 100 ? packet : { ...packet, timestamp: (packet.timestamp + jump) >>> 0 },
      );
      const { pcm: heard, figures } = receive(packets, "pcmu", 5900);
      expect(figures.lost + figures.late + figures.skipped, `jump ${jump}`).toBe(0);
      let silent = 0;
      for (let at = 4800; at < 90_000; at += 160) if (rms(heard, at, at + 160) < 500) silent++;
      expect(silent, `jump ${jump}`).toBeLessThan(8);
    }
  });

  it("RFC 3551 §4.1: a pause of the sender is filled with quiet, is no loss, and the next spurt begins in time", () => {
    const packets = send(speechLike(9, 8000, 6), "pcmu", 20, {}, 6).filter(
      (packet) => packet.arrivalMs < 3000 || packet.arrivalMs > 5000,
    );
    const renumbered = packets.map((packet, i) => ({ ...packet, sequence: i }));
    const { pcm: heard, figures, delayMs } = receive(renumbered, "pcmu", 8900);
    expect(figures.lost + figures.late + figures.skipped).toBe(0);
    expect(figures.concealedFrames).toBeLessThan(40);
    expect(rms(heard, 16 * 3300, 16 * 4900)).toBeLessThan(200);
    expect(delayMs).toBeLessThan(60);
  });

  it("AUD-05: after an outage of a second, sound is there again at once and no stale second is played", () => {
    const packets = send(sine(300, 9, 8000), "pcmu", 20, {}, 6).map((packet) =>
      packet.arrivalMs > 3000 && packet.arrivalMs < 4000 ? { ...packet, arrivalMs: 4000 } : packet,
    );
    let worst = 0;
    const { figures } = receive(packets, "pcmu", 8900, (now, nowMs) => {
      if (nowMs > 4300) worst = Math.max(worst, now.bufferDelayMs);
    });
    expect(worst).toBeLessThan(330);
    expect(accounted(figures)).toBe(figures.received);
  });

  it("AUD-05: late packets put the state of G.722 right again", () => {
    const pcm = speechLike(6, 16_000, 11);
    const all = send(pcm, "g722", 20, {}, 11);
    const after = (lateMs: number | undefined): number => {
      const packets = all
        .flatMap((packet, i) =>
          i % 25 !== 20 ? [packet] : lateMs === undefined ? [] : [{ ...packet, arrivalMs: packet.arrivalMs + lateMs }],
        )
        .sort((a, b) => a.arrivalMs - b.arrivalMs);
      // A fixed delay keeps both runs in step with the undisturbed one.
      const fixed = { adaptive: false, minMs: 0, maxMs: 240, normalMs: 45 };
      const clean = receive(all, "g722", 6000, undefined, newPlayout("g722", fixed)).pcm;
      const heard = receive(packets, "g722", 6000, undefined, newPlayout("g722", fixed)).pcm;
      let difference = 0;
      for (let i = 0; i < clean.length; i++) difference += ((clean[i] ?? 0) - (heard[i] ?? 0)) ** 2;
      return difference;
    };
    expect(after(60)).toBeLessThan(0.7 * after(undefined));
  });

  it("AUD-05: whatever arrives, it neither throws nor grows nor leaves 16 bits (seed 77)", () => {
    const next = random(77);
    const playout = new Playout({ rateHz: 16_000, jitter: JITTER });
    playout.setReceive([
      { payloadType: 0, codec: "pcmu" },
      { payloadType: 9, codec: "g722" },
    ]);
    const frame = new Int16Array(160);
    let nowMs = 0;
    let given = 0;
    let sequence = 0;
    let timestamp = 0;
    for (let i = 0; i < 6000; i++) {
      const kind = next();
      sequence = kind < 0.1 ? Math.floor(next() * 65_536) : (sequence + Math.floor(next() * 4) - 1) & 0xffff;
      timestamp = kind > 0.9 ? Math.floor(next() * 2 ** 32) : (timestamp + Math.floor(next() * 500)) >>> 0;
      const payload = new Uint8Array(Math.floor(next() < 0.05 ? next() * 9000 : next() * 480)).fill(
        Math.floor(next() * 256),
      );
      playout.put(sequence, timestamp, [0, 9, 0, 9, 55][Math.floor(next() * 5)] ?? 0, next() < 0.1, payload, nowMs);
      given++;
      if (next() < 0.5) {
        nowMs += next() < 0.01 ? 3000 * next() : 10;
        playout.pull(frame, nowMs);
      }
      const figures = playout.figures;
      expect(figures.waiting).toBeLessThanOrEqual(256);
      expect(accounted(figures)).toBe(given);
      for (const value of [figures.bufferDelayMs, figures.targetMs, figures.jitterMs])
        expect(Number.isFinite(value)).toBe(true);
    }
  });

  it("AUD-05: 100,000 packets at once are counted and leave the call playable", () => {
    const playout = newPlayout("pcmu");
    const payload = new Uint8Array(160).fill(0xff);
    for (let n = 0; n < 100_000; n++) playout.put(n & 0xffff, n * 160, 96, false, payload, 5);
    expect(accounted(playout.figures)).toBe(100_000);
    expect(playout.figures.waiting).toBeLessThanOrEqual(256);
    const frame = new Int16Array(160);
    for (let nowMs = 10; nowMs < 3000; nowMs += 10) playout.pull(frame, nowMs);
    expect(playout.figures.bufferDelayMs).toBeLessThan(400);
  });

  it("AUD-04: after reset it is as new, with its settings", () => {
    const packets = send(speechLike(3, 8000, 1), "pcmu", 20, { loss: 0.1, jitterMs: 50 }, 1);
    const used = newPlayout("pcmu");
    receive(packets, "pcmu", 3000, undefined, used);
    used.reset();
    expect(used.figures.received).toBe(0);
    const again = receive(packets, "pcmu", 3000, undefined, used);
    const fresh = receive(packets, "pcmu", 3000);
    expect(again.figures.played).toBe(fresh.figures.played);
    expect(again.figures.lost).toBe(fresh.figures.lost);
    expect(Math.abs(again.delayMs - fresh.delayMs)).toBeLessThan(1);
  });

  it("AUD-05: the same input gives the same output to the bit", () => {
    const packets = send(speechLike(4, 16_000, 1), "g722", 20, { loss: 0.1, jitterMs: 50 }, 1);
    const a = receive(packets, "g722", 4000).pcm;
    const b = receive(packets, "g722", 4000).pcm;
    expect(Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer))).toBe(0);
  });
});
