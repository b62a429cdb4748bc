/** The media engine: two and more phones on a simulated network, judged by what is heard. */
import { describe, expect, test } from "vitest";
import type { Direction } from "../../../src/media/protocol.ts";
import { MediaLab, settings, type TestPhone } from "./phones.ts";
import { amplitudeAt, rms, sine } from "./sound.ts";

/** Two phones in a call: 700 Hz at the first one's microphone, 1100 Hz at the second one's. */
async function call(seed = 1): Promise<{ lab: MediaLab; a: TestPhone; b: TestPhone }> {
  const lab = new MediaLab(seed);
  const [a, b] = [await lab.phone(), await lab.phone()];
  await lab.connect(a, 1, b, 7);
  a.engine.setFocus([1]);
  b.engine.setFocus([7]);
  a.audio.setMicrophone(sine(700, 1), true);
  b.audio.setMicrophone(sine(1100, 1), true);
  return { lab, a, b };
}

function direct(phone: TestPhone, stream: number, direction: Direction, other: TestPhone, port: number): void {
  phone.engine.configureStream(stream, { ...settings(other.address, port), direction });
}

describe("a call", () => {
  for (const [codec, payloadType] of [
    ["pcmu", 0],
    ["pcma", 8],
    ["g722", 9],
  ] as const)
    for (const ptimeMs of [10, 20, 60])
      test(`AUD-01, AUD-03: ${codec} at ${ptimeMs} ms: what is spoken is heard at its level and pitch, both ways`, async () => {
        const lab = new MediaLab();
        const [a, b] = [await lab.phone(), await lab.phone()];
        await lab.connect(a, 1, b, 7, { codec, payloadType, ptimeMs });
        a.engine.setFocus([1]);
        b.engine.setFocus([7]);
        a.audio.setMicrophone(sine(700, 1), true);
        b.audio.setMicrophone(sine(1100, 1), true);
        lab.clock.advance(3000);
        const atB = b.audio.heard(1);
        expect(amplitudeAt(atB, 700)).toBeGreaterThan(0.225);
        expect(amplitudeAt(atB, 700)).toBeLessThan(0.275);
        expect(amplitudeAt(atB, 1100)).toBeLessThan(0.005);
        expect(amplitudeAt(a.audio.heard(1), 1100)).toBeGreaterThan(0.225);
        expect(b.stream(7).packetsReceived).toBeGreaterThan((3000 / ptimeMs) * 0.95);
      });

  test("AUD-04: hold by them: nothing is sent and nothing heard, reports go on; resumed, both hear again", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(2000);
    direct(a, 1, "inactive", b, 11_780);
    direct(b, 7, "inactive", a, 11_780);
    lab.clock.advance(200);
    const sent = a.stream(1).packetsSent;
    lab.wire.log.length = 0;
    lab.clock.advance(15_000);
    expect(a.stream(1).packetsSent).toBe(sent);
    expect(rms(b.audio.heard(5))).toBe(0);
    const ports = new Set(lab.wire.log.map((d) => d.to.port));
    expect([...ports]).toEqual([11_781]);
    expect(lab.wire.log.length).toBeGreaterThanOrEqual(4);
    direct(a, 1, "sendrecv", b, 11_780);
    direct(b, 7, "sendrecv", a, 11_780);
    lab.clock.advance(2000);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(b.stream(7).lost).toBe(0);
  });

  test("AUD-04: on hold by us, what they still send is counted and not heard", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    a.engine.setFocus([]);
    direct(a, 1, "sendonly", b, 11_780);
    lab.clock.advance(100);
    const { packetsReceived, packetsSent } = a.stream(1);
    lab.clock.advance(2000);
    expect(rms(a.audio.heard(1.5))).toBe(0);
    expect(a.stream(1).packetsReceived).toBeGreaterThan(packetsReceived + 90);
    expect(a.stream(1).packetsSent).toBe(packetsSent);
  });

  test("CAL-46: on hold by us, they hear the phone's own music in a loop, not our microphone, and nobody else does", async () => {
    const { lab, a, b } = await call();
    const c = await lab.phone();
    await lab.connect(a, 2, c, 1);
    c.engine.setFocus([1]);
    a.engine.setHoldMusic(sine(400, 0.5));
    lab.clock.advance(1000);
    a.engine.setFocus([2]);
    direct(a, 1, "sendonly", b, 11_780);
    direct(b, 7, "recvonly", a, 11_780);
    lab.clock.advance(3000);
    expect(amplitudeAt(b.audio.heard(2), 400)).toBeGreaterThan(0.22);
    expect(amplitudeAt(b.audio.heard(2), 700)).toBeLessThan(0.01);
    expect(amplitudeAt(c.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(amplitudeAt(c.audio.heard(1), 400)).toBeLessThan(0.01);
    a.engine.setHoldMusic(undefined);
    lab.clock.advance(1000);
    expect(rms(b.audio.heard(0.5))).toBeLessThan(0.001);
    a.engine.setHoldMusic(sine(400, 0.5));
    a.engine.configureStream(1, { ...settings(b.address, 11_780), direction: "sendonly", holdMusic: false });
    lab.clock.advance(1000);
    expect(rms(b.audio.heard(0.5))).toBeLessThan(0.001);
    direct(a, 1, "sendrecv", b, 11_780);
    direct(b, 7, "sendrecv", a, 11_780);
    a.engine.setFocus([1]);
    lab.clock.advance(1500);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(amplitudeAt(b.audio.heard(1), 400)).toBeLessThan(0.01);
  });

  test("CAL-90: mute: they hear silence, packets go on, we hear them", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    a.engine.setMute(true);
    lab.clock.advance(2000);
    expect(rms(b.audio.heard(1))).toBeLessThan(0.001);
    expect(amplitudeAt(a.audio.heard(1), 1100)).toBeGreaterThan(0.22);
    expect(b.stream(7).packetsReceived).toBeGreaterThan(140);
    a.engine.setMute(false);
    lab.clock.advance(1000);
    expect(amplitudeAt(b.audio.heard(0.5), 700)).toBeGreaterThan(0.22);
  });

  test("AUD-19: the source is another one after a pause or towards another address, the same where nothing begins anew", async () => {
    const { lab, a, b } = await call();
    const sources = (): number[] => {
      const sent = lab.wire.log.filter((d) => d.from.address === a.address && d.to.port % 2 === 0).map((d) => d.bytes);
      lab.wire.log.length = 0;
      return [...new Set(sent.map((bytes) => new DataView(bytes.buffer).getUint32(8)))];
    };
    lab.clock.advance(1000);
    const first = sources();
    expect(first.length).toBe(1);
    direct(a, 1, "sendrecv", b, 11_780);
    lab.clock.advance(500);
    expect(sources()).toEqual(first);
    direct(a, 1, "sendonly", b, 11_780);
    a.engine.setFocus([]);
    lab.clock.advance(500);
    sources();
    direct(a, 1, "sendrecv", b, 11_780);
    a.engine.setFocus([1]);
    lab.clock.advance(2000);
    const resumed = sources();
    expect(resumed.length).toBe(1);
    expect(resumed).not.toEqual(first);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(b.stream(7).lost).toBe(0);
    direct(a, 1, "sendrecv", b, 11_790);
    lab.clock.advance(500);
    expect(sources()).not.toContain(resumed[0]);
  });

  test("a change of codec and packet time in mid-call is followed by both, on one source and one scale of time", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(2000);
    a.engine.configureStream(1, { ...settings(b.address, 11_780, "g722"), ptimeMs: 30 });
    lab.clock.advance(2000);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(b.stream(7).lost).toBe(0);
    const rtp = lab.wire.log.filter((d) => d.from.address === a.address && d.to.port === 11_780).map((d) => d.bytes);
    const views = rtp.map((bytes) => new DataView(bytes.buffer));
    expect(new Set(views.map((v) => v.getUint32(8))).size).toBe(1);
    expect(new Set(views.map((v) => v.getUint8(1) & 0x7f))).toEqual(new Set([0, 9]));
    const first = views[0]?.getUint32(4) ?? 0;
    const last = views.at(-1)?.getUint32(4) ?? 0;
    expect((last - first) >>> 0).toBeGreaterThan(8 * 3900);
    expect((last - first) >>> 0).toBeLessThan(8 * 4000);
  });

  test("volume: a step is 3 dB for what is heard here only", async () => {
    const { lab, a, b } = await call();
    b.engine.setVolume("ear", 4);
    lab.clock.advance(2000);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeCloseTo(0.25 * 10 ** (-12 / 20), 2);
    expect(amplitudeAt(a.audio.heard(1), 1100)).toBeGreaterThan(0.22);
  });

  test("AUD-21: path none is silent both ways, and the call goes on", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(1000);
    a.engine.setPath("none");
    lab.clock.advance(1500);
    expect(rms(a.audio.heard(1))).toBe(0);
    expect(rms(b.audio.heard(1))).toBeLessThan(0.001);
    expect(b.stream(7).packetsReceived).toBeGreaterThan(115);
    a.engine.setPath("speaker");
    lab.clock.advance(1000);
    expect(amplitudeAt(b.audio.heard(0.5), 700)).toBeGreaterThan(0.22);
  });
});

describe("conference", () => {
  test("AUD-21: the card rests on path none for a minute: packets keep their number, and the call is heard when a path opens", async () => {
    const { lab, a, b } = await call();
    lab.clock.advance(2000);
    a.engine.setPath("none");
    lab.clock.advance(2000);
    const before = { sent: a.stream(1).packetsSent, frames: a.audio.figures.frames };
    lab.clock.advance(60_000);
    expect(a.audio.figures.frames).toBe(before.frames);
    expect(Math.abs(a.stream(1).packetsSent - before.sent - 3000)).toBeLessThanOrEqual(2);
    expect(b.stream(7).lost).toBe(0);
    a.engine.setPath("speaker");
    lab.clock.advance(200);
    const sent = a.stream(1).packetsSent;
    lab.clock.advance(2000);
    expect(Math.abs(a.stream(1).packetsSent - sent - 100)).toBeLessThanOrEqual(1);
    expect(amplitudeAt(a.audio.heard(1), 1100)).toBeGreaterThan(0.225);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.225);
  });

  test("CAL-55: three parties each hear the two others and not themselves", async () => {
    const lab = new MediaLab();
    const [a, b, c] = [await lab.phone(), await lab.phone(), await lab.phone()];
    await lab.connect(a, 1, b, 1);
    await lab.connect(a, 2, c, 1);
    a.engine.setFocus([1, 2]);
    b.engine.setFocus([1]);
    c.engine.setFocus([1]);
    for (const [phone, hz] of [
      [a, 500],
      [b, 800],
      [c, 1300],
    ] as const)
      phone.audio.setMicrophone(sine(hz, 1, 0.1), true);
    lab.clock.advance(3000);
    const heard = [a, b, c].map((phone) => [500, 800, 1300].map((hz) => amplitudeAt(phone.audio.heard(1), hz) > 0.08));
    expect(heard).toEqual([
      [false, true, true],
      [true, false, true],
      [true, true, false],
    ]);
  });

  test("two calls, one in focus: the other one hears nothing and is not heard", async () => {
    const lab = new MediaLab();
    const [a, b, c] = [await lab.phone(), await lab.phone(), await lab.phone()];
    await lab.connect(a, 1, b, 1);
    await lab.connect(a, 2, c, 1);
    b.engine.setFocus([1]);
    c.engine.setFocus([1]);
    a.audio.setMicrophone(sine(500, 1), true);
    b.audio.setMicrophone(sine(800, 1), true);
    c.audio.setMicrophone(sine(1300, 1), true);
    a.engine.setFocus([2]);
    lab.clock.advance(2000);
    expect(amplitudeAt(a.audio.heard(1), 1300)).toBeGreaterThan(0.22);
    expect(amplitudeAt(a.audio.heard(1), 800)).toBeLessThan(0.005);
    expect(rms(b.audio.heard(1))).toBeLessThan(0.001);
    expect(amplitudeAt(c.audio.heard(1), 500)).toBeGreaterThan(0.22);
  });
});

describe("tones and ringing", () => {
  const tone = { parts: [{ hz: [425], ms: 0 }], repeat: 0 };

  test("an ear tone sounds on the path, over a call too, until it is stopped", async () => {
    const { lab, a } = await call();
    a.engine.playTone("ear", tone);
    lab.clock.advance(2000);
    expect(amplitudeAt(a.audio.heard(1), 425)).toBeGreaterThan(0.05);
    expect(amplitudeAt(a.audio.heard(1), 1100)).toBeGreaterThan(0.22);
    a.engine.playTone("ear", undefined);
    lab.clock.advance(1500);
    expect(amplitudeAt(a.audio.heard(1), 425)).toBeLessThan(0.001);
  });

  test("the ringer opens the loudspeaker by itself and closes it again; an ear tone does not sound then", async () => {
    const lab = new MediaLab();
    const a = await lab.phone();
    a.engine.setPath("none");
    a.engine.playTone("ear", { parts: [{ hz: [1000], ms: 0 }], repeat: 0 });
    a.engine.playTone("ringer", tone);
    lab.clock.advance(1000);
    expect(a.audio.path).toBe("speaker");
    expect(amplitudeAt(a.audio.heard(0.5), 425)).toBeGreaterThan(0.05);
    expect(amplitudeAt(a.audio.heard(0.5), 1000)).toBeLessThan(0.001);
    a.engine.playTone("ringer", undefined);
    lab.clock.advance(200);
    expect(a.audio.path).toBe("none");
    lab.clock.advance(1000);
    expect(rms(a.audio.heard(0.5))).toBe(0);
  });

  test("a ring wakes a card that has rested for an hour, and sounds at once", async () => {
    const lab = new MediaLab();
    const a = await lab.phone();
    a.engine.setPath("none");
    lab.clock.advance(3_600_000);
    const frames = a.audio.figures.frames;
    expect(frames).toBeLessThan(110);
    a.engine.playTone("ringer", { parts: [{ hz: [600], ms: 0 }], repeat: 0 });
    lab.clock.advance(100);
    expect(a.audio.figures.frames).toBe(frames + 10);
    expect(amplitudeAt(a.audio.heard(0.05), 600)).toBeGreaterThan(0.05);
    a.engine.playTone("ringer", undefined);
    lab.clock.advance(1500);
    expect(rms(a.audio.heard(1))).toBe(0);
    expect(a.audio.path).toBe("none");
  });

  test("a ring that ends by itself closes the loudspeaker too; at the ear it is much softer", async () => {
    const lab = new MediaLab();
    const a = await lab.phone();
    a.engine.playTone("ringer", tone);
    lab.clock.advance(1000);
    const atEar = amplitudeAt(a.audio.heard(0.5), 425);
    a.engine.setPath("none");
    lab.clock.advance(1000);
    expect(amplitudeAt(a.audio.heard(0.5), 425)).toBeGreaterThan(atEar * 6);
    a.engine.playTone("ringer", { parts: [{ hz: [600], ms: 100 }], repeat: 1 });
    lab.clock.advance(500);
    expect(a.audio.path).toBe("none");
  });
});

describe("digits", () => {
  test("RFC 4733: all digits arrive exactly once and in order under 5 % loss (seeds 1 to 8)", async () => {
    for (let seed = 1; seed <= 8; seed++) {
      const { lab, a, b } = await call(seed);
      lab.wire.conditions.loss = 0.05;
      for (const digit of "0123456789*#ABCD") a.engine.sendDtmf(1, digit, 100);
      lab.clock.advance(6000);
      expect(`seed ${seed}: ${b.digits}`).toBe(`seed ${seed}: 0123456789*#ABCD`);
    }
  });

  test("where the far end has no events, digits go in band and sound for as long as they were pressed", async () => {
    const { lab, a, b } = await call();
    a.engine.configureStream(1, { ...settings(b.address, 11_780), dtmf: undefined });
    a.audio.setMicrophone(new Int16Array(0), true);
    lab.clock.advance(500);
    a.engine.sendDtmf(1, "5", 400);
    lab.clock.advance(350);
    const heard = b.audio.heard(0.2);
    expect(amplitudeAt(heard, 770)).toBeGreaterThan(0.1);
    expect(amplitudeAt(heard, 1336)).toBeGreaterThan(0.1);
    lab.clock.advance(1000);
    expect(rms(b.audio.heard(0.5))).toBeLessThan(0.001);
    expect(b.digits).toBe("");
  });

  test("what is no digit is refused by name", async () => {
    const { a } = await call();
    expect(() => a.engine.sendDtmf(1, "x", 100)).toThrow('media stream 1: "x" is no DTMF digit');
    expect(() => a.engine.sendDtmf(9, "1", 100)).toThrow("there is no media stream 9");
  });
});
