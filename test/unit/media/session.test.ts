/** RTP sessions of the engine: sources, strangers, ports, reports and figures. */
import { describe, expect, test } from "vitest";
import { defaultTuning } from "../../../src/media/engine.ts";
import { parseRtcp } from "../../../src/rtp/rtcp.ts";
import { MediaLab, settings, type TestPhone } from "./phones.ts";
import { amplitudeAt, seeded, sine } from "./sound.ts";

async function call(seed = 1): Promise<{ lab: MediaLab; a: TestPhone; b: TestPhone }> {
  const lab = new MediaLab(seed);
  const [a, b] = [await lab.phone(), await lab.phone()];
  await lab.connect(a, 1, b, 1);
  a.engine.setFocus([1]);
  b.engine.setFocus([1]);
  a.audio.setMicrophone(sine(700, 1), true);
  b.audio.setMicrophone(sine(1100, 1), true);
  return { lab, a, b };
}

function rtp(sequence: number, ssrc: number, payloadType = 0, bytes = 160): Uint8Array {
  const packet = new Uint8Array(12 + bytes).fill(0x80, 12);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, payloadType);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, (sequence * 160) >>> 0);
  view.setUint32(8, ssrc);
  return packet;
}

describe("strangers and noise", () => {
  test("packets from another address are counted, and nothing of them is heard or changes a figure", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    for (let i = 0; i < 200; i++) {
      lab.wire.carry({
        from: { address: "127.33.0.99", port: 11_780 },
        to: { address: b.address, port: 11_780 },
        bytes: rtp(i, 5),
        atMs: 0,
      });
      lab.clock.advance(10);
    }
    const figures = b.stream(1);
    expect(figures.rejected).toBe(200);
    expect([figures.lost, figures.concealedFrames]).toEqual([0, 0]);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(a.stream(1).rejected).toBe(0);
  });

  test("RFC 3264 §5.1: with the offer out and no answer yet whoever sends is heard, not where a rule of NET-31 forbids it", async () => {
    for (const [symmetricRtp, heard] of [
      [0, true],
      [3, false],
    ] as const) {
      const lab = new MediaLab(2);
      const [a, b] = [await lab.phone(), await lab.phone()];
      await lab.connect(a, 1, b, 1);
      a.engine.setFocus([1]);
      b.engine.setFocus([1]);
      a.audio.setMicrophone(sine(700, 1), true);
      b.engine.tune({ ...defaultTuning, symmetricRtp });
      const offered = settings(a.address, 11_780);
      b.engine.configureStream(1, { ...offered, direction: "recvonly", remote: { address: "", port: 0, rtcpPort: 0 } });
      lab.clock.advance(2500);
      expect(amplitudeAt(b.audio.heard(1), 700) > 0.2).toBe(heard);
    }
  });

  test("garbage, RTCP and unknown payload types from the peer itself are counted and dropped", async () => {
    const { lab, a, b } = await call();
    const random = seeded(5);
    lab.clock.advance(500);
    const junk = [
      new Uint8Array(0),
      new Uint8Array(3),
      Uint8Array.of(0x80, 200, 0, 6, ...new Uint8Array(24)),
      rtp(1, 77, 33),
      ...Array.from({ length: 200 }, () => Uint8Array.from({ length: 40 }, () => Math.floor(random() * 128))),
    ];
    for (const bytes of junk)
      lab.wire.carry({
        from: { address: a.address, port: 11_780 },
        to: { address: b.address, port: 11_780 },
        bytes,
        atMs: 0,
      });
    lab.clock.advance(1500);
    expect(b.stream(1).rejected).toBe(junk.length);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
  });

  test("a flood of strangers is shut out by the system for a while, and that is said", async () => {
    const { lab, b } = await call();
    lab.clock.advance(3000);
    for (let i = 0; i < 60; i++) {
      for (let n = 0; n < 200; n++)
        lab.wire.socketAt(b.address, 11_780)?.deliver({
          from: { address: "127.33.0.98", port: 9 },
          to: b.audio === undefined ? { address: "", port: 0 } : { address: b.address, port: 11_780 },
          bytes: rtp(n, 1),
          atMs: 0,
        });
      lab.clock.advance(50);
    }
    expect(lab.wire.socketAt(b.address, 11_780)?.shielded).toBe(true);
    expect(b.events.some((e) => e.type === "log" && e.message.includes("flood"))).toBe(true);
    lab.clock.advance(12_000);
    expect(lab.wire.socketAt(b.address, 11_780)?.shielded).toBe(false);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(b.stream(1).lost).toBe(0);
  });
});

describe("RFC 3550 §8: sources", () => {
  test("a new source of the far end is followed after two packets, and loss is not invented by it", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    const port = 11_780;
    a.engine.closeStream(1);
    await a.engine.openStream(1, { address: a.address, portMin: port, portMax: port + 1, port });
    a.engine.configureStream(1, settings(b.address, port));
    lab.clock.advance(2000);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(b.stream(1).lost).toBe(0);
    expect(b.events.some((e) => e.type === "log" && e.message.includes("new RTP source"))).toBe(true);
  });

  test("one stray packet of another source changes nothing", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    lab.wire.carry({
      from: { address: a.address, port: 11_780 },
      to: { address: b.address, port: 11_780 },
      bytes: rtp(7, 0x1234),
      atMs: 0,
    });
    lab.clock.advance(1000);
    expect(b.stream(1).rejected).toBe(1);
    expect(b.stream(1).lost).toBe(0);
  });

  test("our own number coming back makes us change ours, with a goodbye for the old one", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    const own =
      lab.wire.log.find((d) => d.from.address === b.address && d.to.port === 11_780)?.bytes ?? new Uint8Array(12);
    const before = new DataView(own.buffer).getUint32(8);
    lab.wire.log.length = 0;
    lab.wire.carry({
      from: { address: a.address, port: 11_780 },
      to: { address: b.address, port: 11_780 },
      bytes: rtp(1, before),
      atMs: 0,
    });
    lab.clock.advance(100);
    const after = lab.wire.log.filter((d) => d.from.address === b.address && d.to.port === 11_780).at(-1)?.bytes;
    expect(new DataView((after ?? own).buffer).getUint32(8)).not.toBe(before);
    const goodbye = lab.wire.log.find((d) => d.from.address === b.address && d.to.port === 11_781)?.bytes ?? own;
    expect(parseRtcp(goodbye)).toMatchObject({
      ok: true,
      items: expect.arrayContaining([{ type: "bye", ssrcs: [before], reason: "" }]),
    });
    lab.clock.advance(1000);
    expect(amplitudeAt(a.audio.heard(0.5), 1100)).toBeGreaterThan(0.22);
  });
});

test("an echo that sends our own packets back unchanged is heard all the same", async () => {
  const lab = new MediaLab();
  const a = await lab.phone();
  await a.engine.openStream(1, { address: a.address, portMin: 11_780, portMax: 11_790 });
  const echo = await lab.wire.bind({ address: "127.33.0.60", port: 600 });
  echo.onMessage = (bytes, address, port) => echo.send(bytes, bytes.length, address, port);
  a.engine.configureStream(1, settings("127.33.0.60", 600));
  a.engine.setFocus([1]);
  a.audio.setMicrophone(sine(700, 1), true);
  lab.clock.advance(3000);
  expect(amplitudeAt(a.audio.heard(1), 700)).toBeGreaterThan(0.22);
  expect(a.events.filter((e) => e.type === "log" && e.level === "warn").length).toBe(1);
  expect(a.stream(1).packetsSent).toBeGreaterThan(145);
});

describe("RTCP", () => {
  test("AUD-18: round trip, loss and jitter as the far end sees them", async () => {
    const { lab, a, b } = await call(3);
    lab.wire.conditions.delayMs = 40;
    lab.wire.conditions.loss = 0.1;
    lab.clock.advance(40_000);
    const figures = a.stream(1);
    expect(figures.roundTripMs).toBeGreaterThan(75);
    expect(figures.roundTripMs).toBeLessThan(90);
    expect(figures.remoteLossPercent).toBeGreaterThan(3);
    expect(figures.remoteLossPercent).toBeLessThan(20);
    expect(figures.remoteJitterMs).toBeLessThan(10);
    expect(b.stream(1).lossPercent).toBeGreaterThan(7);
    expect(b.stream(1).lossPercent).toBeLessThan(13);
  });

  test("RFC 3550 §6.3: reports are between 2 and 7 seconds apart, the first within 3.1", async () => {
    const { lab, a } = await call();
    lab.clock.advance(60_000);
    const times = lab.wire.log.filter((d) => d.from.address === a.address && d.to.port === 11_781).map((d) => d.atMs);
    expect(times[0]).toBeLessThan(3100);
    const gaps = times.slice(1).map((t, i) => t - (times[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThan(2000);
    expect(Math.max(...gaps)).toBeLessThan(6200);
    expect(times.length).toBeGreaterThan(9);
  });

  test("closing a stream says goodbye, and switched off nothing is said at all", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(500);
    lab.wire.log.length = 0;
    a.engine.closeStream(1);
    const last = lab.wire.log.at(-1);
    expect(last?.to.port).toBe(11_781);
    expect(parseRtcp(last?.bytes ?? new Uint8Array(0))).toMatchObject({
      items: [{}, { cname: "offhook" }, { type: "bye" }],
    });
    b.engine.tune({
      jitter: { adaptive: true, minMs: 0, maxMs: 300, normalMs: 120 },
      rtcp: false,
      cname: "b",
      dtmfEndPackets: 3,
      echoCancellation: false,
      dscp: 46,
    });
    lab.wire.log.length = 0;
    lab.clock.advance(20_000);
    expect(lab.wire.log.filter((d) => d.from.address === b.address && d.to.port === 11_781)).toEqual([]);
  });
});

describe("figures", () => {
  test("VQM-05: a clean call has no loss, a MOS over 4.3, levels as spoken; a bad one a MOS under 3.8", async () => {
    const { lab, b } = await call();
    lab.clock.advance(12_000);
    const clean = b.stream(1);
    expect(clean).toMatchObject({ lost: 0, late: 0, duplicates: 0, rejected: 0, concealedFrames: 0, codec: "pcmu" });
    expect(clean.mos).toBeGreaterThan(4.3);
    // A quarter of full scale as a sine: 12 dB and 3 dB under a full-scale square wave.
    expect(clean.levelInDbov).toBeCloseTo(-15, 0);
    expect(clean.levelOutDbov).toBeCloseTo(-15, 0);
    expect(clean.remote).toBe("127.33.0.1:11780");
    lab.wire.conditions.loss = 0.2;
    lab.clock.advance(12_000);
    expect(b.stream(1).mos).toBeLessThan(3.2);
    expect(b.stream(1).concealedFrames).toBeGreaterThan(50);
    lab.wire.conditions.loss = 0;
    lab.clock.advance(15_000);
    expect(b.stream(1).mos).toBeGreaterThan(4.3);
  });

  test("receiving is told at the first packet, after five seconds of nothing, and when it comes back", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    const told = (): unknown[] =>
      b.events.filter((e) => e.type === "receiving").map((e) => e.type === "receiving" && e.on);
    expect(told()).toEqual([true]);
    lab.wire.conditions.loss = 1;
    lab.clock.advance(4500);
    expect(told()).toEqual([true]);
    lab.clock.advance(1000);
    expect(told()).toEqual([true, false]);
    lab.wire.conditions.loss = 0;
    lab.clock.advance(500);
    expect(told()).toEqual([true, false, true]);
    expect(a.events.filter((e) => e.type === "receiving").length).toBe(3);
  });
});

describe("ports", () => {
  test("NET-23: an even port with the odd one above; taken pairs are passed over; none left is said with the range", async () => {
    const lab = new MediaLab();
    const a = await lab.phone();
    const range = { address: a.address, portMin: 5001, portMax: 5007 };
    await lab.wire.bind({ address: a.address, port: 5005 });
    expect(await a.engine.openStream(1, range)).toBe(5002);
    expect(await a.engine.openStream(2, range)).toBe(5006);
    await expect(a.engine.openStream(3, range)).rejects.toThrow(
      "no free pair of RTP ports on 127.33.0.1, port 5001 to 5007: UDP 127.33.0.1:500",
    );
    expect(lab.wire.socketAt(a.address, 5004)).toBeUndefined();
  });

  test("a wanted port is given or refused, and a stream's number is not used twice", async () => {
    const lab = new MediaLab();
    const a = await lab.phone();
    const range = { address: a.address, portMin: 6000, portMax: 6010 };
    expect(await a.engine.openStream(1, { ...range, port: 6004 })).toBe(6004);
    await expect(a.engine.openStream(2, { ...range, port: 6004 })).rejects.toThrow("port 6004");
    await expect(a.engine.openStream(1, range)).rejects.toThrow("media stream 1 is open already");
  });

  test("ports that were just given back are not the next ones", async () => {
    const lab = new MediaLab();
    const a = await lab.phone();
    const range = { address: a.address, portMin: 6000, portMax: 6010 };
    expect(await a.engine.openStream(1, range)).toBe(6000);
    a.engine.closeStream(1);
    expect(await a.engine.openStream(2, range)).toBe(6002);
  });

  test("settings that cannot be are refused and leave the stream as it was", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(500);
    const good = settings(b.address, 11_780);
    for (const [bad, why] of [
      [{ ...good, ptimeMs: 25 }, "a packet time of 25 ms"],
      [{ ...good, payloadType: 128 }, "payload type 128"],
      [{ ...good, remote: { ...good.remote, port: 70_000 } }, "remote ports 70000"],
    ] as const)
      expect(() => a.engine.configureStream(1, bad)).toThrow(why);
    lab.clock.advance(1500);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
  });
});

describe("without a sound card", () => {
  test("a card that gives no frames does not stop the streams: silence is sent, packets are taken and reports go on", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    await a.audio.close();
    const before = a.stream(1);
    lab.clock.advance(3000);
    const after = a.stream(1);
    expect(after.packetsSent - before.packetsSent).toBeGreaterThan(140);
    expect(after.packetsReceived - before.packetsReceived).toBeGreaterThan(140);
    expect(b.stream(1).lost).toBe(0);
    expect(after.bufferDelayMs).toBeLessThan(200);
  });
});
