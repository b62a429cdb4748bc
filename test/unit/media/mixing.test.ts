/** Who hears whom where several are joined, pages without signalling, and what a recording holds: engines on a simulated network. */
import { describe, expect, test } from "vitest";
import type { PageChoice, StreamSettings } from "../../../src/media/protocol.ts";
import { MediaLab, settings, type TestPhone } from "./phones.ts";
import { amplitudeAt, rms, sine } from "./sound.ts";

/** One phone with four far ends, each with a tone of its own, in G.722. */
async function conference(): Promise<{ lab: MediaLab; hub: TestPhone; parties: TestPhone[] }> {
  const lab = new MediaLab(5);
  const hub = await lab.phone();
  const parties: TestPhone[] = [];
  for (const [i, hz] of partyHz.entries()) {
    const party = await lab.phone();
    await lab.connect(hub, i + 1, party, 1, { codec: "g722", payloadType: 9 });
    party.engine.setFocus([1]);
    party.audio.setMicrophone(sine(hz, 1, 0.15), true);
    parties.push(party);
  }
  hub.engine.setFocus([1, 2, 3, 4]);
  hub.audio.setMicrophone(sine(hubHz, 1, 0.15), true);
  return { lab, hub, parties };
}

const partyHz = [500, 1300, 3900, 5700];
const hubHz = 800;

const group: PageChoice["group"] = { address: "239.50.1.1", port: 10_008 };

async function listen(phone: TestPhone, stream: number, to = group, channel = 0): Promise<void> {
  const page: PageChoice = { role: "listen", group: to, channel };
  await phone.engine.openStream(stream, { address: phone.address, portMin: 0, portMax: 0, page });
  const heard: StreamSettings = { ...settings("", 0, "g722"), direction: "recvonly", quietMs: 1000, dtmf: undefined };
  phone.engine.configureStream(stream, { ...heard, remote: { address: "", port: 0, rtcpPort: 0 } });
}

async function page(phone: TestPhone, stream: number, to = group, channel = 0): Promise<void> {
  const choice: PageChoice = { role: "send", group: to, channel, callerId: "Reception" };
  await phone.engine.openStream(stream, { address: phone.address, portMin: 0, portMax: 0, page: choice });
  const sent: StreamSettings = { ...settings(to.address, to.port, "g722"), direction: "sendonly", dtmf: undefined };
  phone.engine.configureStream(stream, { ...sent, remote: { ...to, rtcpPort: 0 } });
  phone.engine.setFocus([stream]);
}

function figures(phone: TestPhone): { received: number; lost: number } {
  const { packetsReceived, lost } = phone.stream(1);
  return { received: packetsReceived, lost };
}

test("CAL-85: when a recording begins both sides hear the announcement once, the muted one too, and it is in the recording", async () => {
  const lab = new MediaLab(9);
  const [a, b] = [await lab.phone(), await lab.phone()];
  await lab.connect(a, 1, b, 1);
  a.engine.setFocus([1]);
  b.engine.setFocus([1]);
  a.engine.setAnnouncement(sine(900, 1));
  a.engine.setMute(true);
  lab.clock.advance(2000);
  expect(rms(b.audio.heard(1))).toBeLessThan(0.001);
  a.engine.record(true);
  lab.clock.advance(1000);
  expect(amplitudeAt(a.audio.heard(0.8), 900)).toBeGreaterThan(0.22);
  expect(amplitudeAt(b.audio.heard(0.7), 900)).toBeGreaterThan(0.22);
  lab.clock.advance(1500);
  expect(rms(a.audio.heard(1))).toBeLessThan(0.001);
  expect(rms(b.audio.heard(1))).toBeLessThan(0.001);
  a.engine.record(false);
  const recorded = a.events.flatMap((event) => (event.type === "recorded" ? [event.samples] : []));
  expect(amplitudeAt(recorded[0] ?? new Int16Array(0), 900)).toBeCloseTo(0.25, 1);
});

describe("a conference", () => {
  test("CP8-02, CAL-55: five hear each other in wide band, and nobody hears himself", async () => {
    const { lab, hub, parties } = await conference();
    lab.clock.advance(3000);
    const atHub = hub.audio.heard(1);
    for (const hz of partyHz) expect(amplitudeAt(atHub, hz)).toBeGreaterThan(0.12);
    expect(amplitudeAt(atHub, hubHz)).toBeLessThan(0.005);
    for (const [i, party] of parties.entries()) {
      const heard = party.audio.heard(1);
      for (const [k, hz] of [...partyHz, hubHz].entries()) {
        if (k === i) expect(amplitudeAt(heard, hz), `party ${i} hears itself`).toBeLessThan(0.005);
        else expect(amplitudeAt(heard, hz), `party ${i} hears ${hz} Hz`).toBeGreaterThan(0.12);
      }
    }
  });

  test("CP8-02: when all shout at once the sum bends and does not wrap around", async () => {
    const { lab, hub, parties } = await conference();
    for (const [i, party] of parties.entries()) party.audio.setMicrophone(sine(200 + 10 * i, 1, 0.7), true);
    lab.clock.advance(3000);
    const heard = hub.audio.heard(1);
    let steepest = 0;
    for (let i = 1; i < heard.length; i++)
      steepest = Math.max(steepest, Math.abs((heard[i] ?? 0) - (heard[i - 1] ?? 0)));
    // Four such sines change by 8,000 at most between two samples; a sum that wraps around jumps by up to 65,535.
    expect(steepest).toBeLessThan(10_000);
    expect(Math.max(...heard)).toBeGreaterThan(30_000);
  });

  test("CP8-02: one party is made softer for everybody else, and no other", async () => {
    const { lab, hub, parties } = await conference();
    hub.engine.setLevel(1, -12);
    lab.clock.advance(3000);
    for (const heard of [hub.audio.heard(1), parties[1]?.audio.heard(1) ?? new Int16Array(0)]) {
      expect(amplitudeAt(heard, 500)).toBeLessThan(0.05);
      expect(amplitudeAt(heard, 500)).toBeGreaterThan(0.025);
      expect(amplitudeAt(heard, 5700)).toBeGreaterThan(0.12);
    }
    hub.engine.setLevel(1, 0);
    lab.clock.advance(2000);
    expect(amplitudeAt(hub.audio.heard(1), 500)).toBeGreaterThan(0.12);
  });

  test("CP8-02: with our microphone mute the others go on hearing each other", async () => {
    const { lab, hub, parties } = await conference();
    hub.engine.setMute(true);
    lab.clock.advance(3000);
    const heard = parties[0]?.audio.heard(1) ?? new Int16Array(0);
    expect(amplitudeAt(heard, hubHz)).toBeLessThan(0.003);
    expect(amplitudeAt(heard, 1300)).toBeGreaterThan(0.12);
  });
});

describe("pages", () => {
  test("CAL-81, CAL-82: what is said to a group is heard by all who listen to it, without a word of signalling", async () => {
    const lab = new MediaLab(6);
    const [speaker, near, far, other] = [await lab.phone(), await lab.phone(), await lab.phone(), await lab.phone()];
    await listen(near, 9);
    await listen(far, 4);
    await listen(other, 4, { address: "239.50.1.2", port: group.port });
    lab.clock.advance(1000);
    speaker.audio.setMicrophone(sine(3100, 1), true);
    await page(speaker, 1);
    lab.clock.advance(100);
    expect(near.events).toContainEqual({ type: "receiving", stream: 9, on: true });
    near.engine.setFocus([9]);
    far.engine.setFocus([4]);
    other.engine.setFocus([4]);
    lab.clock.advance(2000);
    expect(amplitudeAt(near.audio.heard(1), 3100)).toBeGreaterThan(0.22);
    expect(amplitudeAt(far.audio.heard(1), 3100)).toBeGreaterThan(0.22);
    expect(rms(other.audio.heard(1))).toBe(0);
    expect(lab.wire.log.every(({ to, from }) => to.address === group.address && from.address === speaker.address)).toBe(
      true,
    );
  });

  test("CAL-81, CAL-82: on a channel only those hear it who listen on that channel, lost packets come again in the next", async () => {
    const lab = new MediaLab(7);
    const [speaker, same, other, plain] = [await lab.phone(), await lab.phone(), await lab.phone(), await lab.phone()];
    await listen(same, 1, group, 26);
    await listen(other, 1, group, 27);
    await listen(plain, 1);
    for (const phone of [same, other, plain]) phone.engine.setFocus([1]);
    lab.wire.conditions.loss = 0.1;
    await page(speaker, 1, group, 26);
    speaker.audio.setMicrophone(sine(700, 1), true);
    lab.clock.advance(4000);
    expect(amplitudeAt(same.audio.heard(2), 700)).toBeGreaterThan(0.22);
    expect(rms(other.audio.heard(2))).toBe(0);
    expect(rms(plain.audio.heard(2))).toBe(0);
    const { received, lost } = figures(same);
    expect(received).toBeGreaterThan(150);
    // One in ten is lost, two in a row one in a hundred.
    expect(lost / (received + lost)).toBeLessThan(0.06);
    const ops = lab.wire.log.map(({ bytes }) => bytes[0]);
    expect(ops.filter((op) => op === 0x0f).length).toBe(31);
    expect(ops.indexOf(0x10)).toBe(31);
    lab.wire.log.length = 0;
    speaker.engine.closeStream(1);
    expect(lab.wire.log.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 12 }, () => 0xff));
    lab.clock.advance(2000);
    expect(rms(same.audio.heard(0.5))).toBe(0);
    // Somebody else, from whatever number his count begins.
    lab.wire.conditions.loss = 0;
    await page(other, 2, group, 26);
    other.audio.setMicrophone(sine(900, 1), true);
    lab.clock.advance(3000);
    expect(amplitudeAt(same.audio.heard(1), 900)).toBeGreaterThan(0.22);
  });

  test("CAL-82: a page ends a second after its last packet, and the next one comes from somebody else", async () => {
    const lab = new MediaLab(7);
    const [one, two, listener] = [await lab.phone(), await lab.phone(), await lab.phone()];
    await listen(listener, 3);
    listener.engine.setFocus([3]);
    one.audio.setMicrophone(sine(700, 1), true);
    two.audio.setMicrophone(sine(1100, 1), true);
    await page(one, 1);
    lab.clock.advance(2000);
    one.engine.closeStream(1);
    lab.clock.advance(900);
    expect(listener.events.filter(({ type }) => type === "receiving")).toHaveLength(1);
    lab.clock.advance(300);
    expect(listener.events).toContainEqual({ type: "receiving", stream: 3, on: false });
    expect(listener.engine.statistics().streams).toEqual([]);
    await page(two, 1);
    lab.clock.advance(2000);
    expect(amplitudeAt(listener.audio.heard(1), 1100)).toBeGreaterThan(0.22);
    expect(listener.events.filter((e) => e.type === "receiving").map((e) => e.on)).toEqual([true, false, true]);
  });

  test("CAL-82: of two who page the same group at once the first is heard to its end", async () => {
    const lab = new MediaLab(8);
    const [one, two, listener] = [await lab.phone(), await lab.phone(), await lab.phone()];
    await listen(listener, 3);
    listener.engine.setFocus([3]);
    one.audio.setMicrophone(sine(700, 1), true);
    two.audio.setMicrophone(sine(1100, 1), true);
    await page(one, 1);
    lab.clock.advance(1000);
    await page(two, 1);
    lab.clock.advance(2000);
    expect(amplitudeAt(listener.audio.heard(1), 700)).toBeGreaterThan(0.22);
    expect(amplitudeAt(listener.audio.heard(1), 1100)).toBeLessThan(0.005);
  });

  test("CAL-82: a phone that only listens makes no frames and sets no timers", async () => {
    const lab = new MediaLab(9);
    const listener = await lab.phone();
    listener.engine.setPath("none");
    for (let i = 0; i < 31; i++) await listen(listener, i + 1, { address: `239.50.2.${i + 1}`, port: 10_000 + i });
    lab.clock.advance(60_000);
    expect(listener.events).toEqual([]);
    expect(lab.wire.log).toEqual([]);
  });
});

describe("a recording", () => {
  test("CAL-85, CP8-04: holds what is said and what is heard, second by second, and nobody hears any difference", async () => {
    const lab = new MediaLab(10);
    const [a, b] = [await lab.phone(), await lab.phone()];
    await lab.connect(a, 1, b, 1, { codec: "g722", payloadType: 9 });
    a.engine.setFocus([1]);
    b.engine.setFocus([1]);
    a.audio.setMicrophone(sine(700, 1), true);
    b.audio.setMicrophone(sine(1100, 1), true);
    lab.clock.advance(1000);
    const before = a.stream(1).bufferDelayMs;
    a.engine.record(true);
    lab.clock.advance(3500);
    expect(Math.abs(a.stream(1).bufferDelayMs - before)).toBeLessThan(2);
    a.engine.record(false);
    const blocks = a.events.flatMap((event) => (event.type === "recorded" ? [event] : []));
    expect(blocks.map(({ samples, last }) => [samples.length, last])).toEqual([
      [16_000, false],
      [16_000, false],
      [16_000, false],
      [8000, true],
    ]);
    const second = blocks[1]?.samples ?? new Int16Array(0);
    expect(amplitudeAt(second, 700)).toBeGreaterThan(0.22);
    expect(amplitudeAt(second, 1100)).toBeGreaterThan(0.22);
    expect(amplitudeAt(b.audio.heard(1), 700)).toBeGreaterThan(0.22);
    lab.clock.advance(2000);
    expect(a.events.filter(({ type }) => type === "recorded")).toHaveLength(4);
  });
});
