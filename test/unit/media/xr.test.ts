/** Extended reports between two engines, and what they know of each other then. */
import { describe, expect, test } from "vitest";
import type { CallQuality } from "../../../src/media/call-quality.ts";
import { defaultTuning } from "../../../src/media/engine.ts";
import { parseRtcp } from "../../../src/rtp/rtcp.ts";
import { MediaLab, type TestPhone } from "./phones.ts";

const tuning = { ...defaultTuning, rtcpXr: true };

function quality(phone: TestPhone): CallQuality {
  const found = phone.stream(1).quality;
  if (found === undefined) throw new Error("the stream has no figures yet");
  return found;
}

async function call(seed: number, loss: number, one = tuning, other = tuning) {
  const lab = new MediaLab(seed);
  const [anna, bert] = [await lab.phone(), await lab.phone()];
  anna.engine.tune(one);
  bert.engine.tune(other);
  Object.assign(lab.wire.conditions, { delayMs: 40, loss });
  await lab.connect(anna, 1, bert, 1);
  for (const phone of [anna, bert]) phone.engine.setFocus([1]);
  await lab.run(60_000);
  return { lab, anna, bert };
}

const extendedIn = (lab: MediaLab) =>
  lab.wire.log.flatMap(({ bytes }) => {
    const parsed = parseRtcp(bytes);
    return parsed.ok ? parsed.items.filter((item) => item.type === "extended-report") : [];
  });

describe("VoIP metrics in a call", () => {
  test("VQM-01: each side learns how the other hears it, and round trip, loss, R and MOS are plausible", async () => {
    const { anna, bert } = await call(3611, 0.05);
    const told = quality(anna).told;
    const measured = quality(bert).heard;
    if (told === undefined || measured === undefined) throw new Error("no extended report came");
    expect(told.lossPercent).toBeGreaterThan(3);
    expect(Math.abs(told.lossPercent - measured.lossPercent)).toBeLessThan(1);
    expect(told.discardPercent).toBeLessThan(1);
    expect(told.roundTripMs).toBeGreaterThan(70);
    expect(told.roundTripMs).toBeLessThan(100);
    expect(told.rating).toBeLessThan(90);
    expect(told.rating).toBeGreaterThan(60);
    expect(told.gapThreshold).toBe(16);
    expect(told.burstDensityPercent + told.gapDensityPercent).toBeGreaterThan(0);
    expect([told.concealment, told.buffer]).toEqual(["enhanced", "adaptive"]);
    expect(told.bufferAbsoluteMaxMs).toBe(300);
    expect(quality(anna).oneWayMs).toBeGreaterThan(40 + told.endSystemMs / 2);
    expect(quality(anna).worstMosLq).toBeLessThan(4.3);
  });

  test("VQM-05: on a clean network nothing is lost, and MOS is that of the codec", async () => {
    const { anna } = await call(1, 0);
    const { heard, lost, discarded, expected, received } = quality(anna);
    expect([lost, discarded]).toEqual([0, 0]);
    expect(expected).toBeGreaterThan(2950);
    expect(received).toEqual({ codec: "pcmu", payloadType: 0, packetMs: 20 });
    expect(heard?.mosLq).toBeCloseTo(4.41, 2);
    expect(heard).toMatchObject({ burstDensityPercent: 0, gapDensityPercent: 0, lossPercent: 0 });
    expect(anna.stream(1).mosCq).toBeLessThanOrEqual(anna.stream(1).mos ?? 0);
  });

  test("VQM-01: voice.rtcp_xr.enable off: nothing of it is sent, and what comes is read all the same", async () => {
    const { lab, anna, bert } = await call(9, 0, { ...tuning, rtcpXr: false });
    expect(new Set(extendedIn(lab).map((item) => ("ssrc" in item ? item.ssrc : 0)))).toEqual(
      new Set([quality(bert).local.ssrc]),
    );
    expect(quality(anna).told?.mosLq).toBeCloseTo(4.4, 1);
    expect(quality(bert).told).toBeUndefined();
  });

  test("RFC 3611 §4.5: who only listens knows the round trip by the answers to its reference times", async () => {
    const lab = new MediaLab(77);
    const [anna, bert] = [await lab.phone(), await lab.phone()];
    for (const phone of [anna, bert]) phone.engine.tune(tuning);
    lab.wire.conditions.delayMs = 60;
    await lab.connect(anna, 1, bert, 1, { direction: "recvonly" });
    await lab.run(40_000);
    expect(anna.stream(1).packetsSent + bert.stream(1).packetsSent).toBe(0);
    for (const phone of [anna, bert]) expect(phone.stream(1).roundTripMs).toBeCloseTo(120, -1);
  });

  test("VQM-05: the figures are told as often as tuned, and for the last time when the stream closes", async () => {
    const { lab, anna } = await call(5, 0, { ...tuning, qualitySeconds: 5 } as typeof tuning);
    const told = () => anna.events.flatMap((event) => (event.type === "quality" ? [event.final] : []));
    expect(told()).toEqual(Array.from({ length: 12 }, () => false));
    anna.engine.closeStream(1);
    await lab.run(20_000);
    expect(told().slice(12)).toEqual([true]);
  });
});
