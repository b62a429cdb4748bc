/** Digits as telephone-events: what is sent, and what is heard of it whatever the network does (RFC 4733 §2.5). */
import { describe, expect, test } from "vitest";
import { EventReceiver } from "../../../src/rtp/event-receiver.ts";
import { EventSender, eventOfDigit, writeEvent } from "../../../src/rtp/event-sender.ts";
import { seeded } from "../media/sound.ts";

interface Sent {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
}

/** Presses digits one after another and gives all event packets and audio timestamps, in slots of 20 ms. */
function press(digits: string, durationMs: number, endPackets = 3, rateHz = 8000, start = 1000): (Sent | number)[] {
  const sender = new EventSender();
  for (const digit of digits) sender.press(eventOfDigit(digit) ?? -1, durationMs);
  const out: (Sent | number)[] = [];
  const slotTicks = rateHz / 50;
  for (let slot = 0; slot < 3000 && (sender.busy || slot < 2); slot++) {
    const timestamp = (start + slot * slotTicks) >>> 0;
    if (sender.slot(timestamp, slotTicks, rateHz, endPackets)) {
      const bytes = new Uint8Array(4);
      writeEvent(new DataView(bytes.buffer), 0, sender.packet, -10);
      out.push({ sequence: slot, timestamp: sender.packet.timestamp, marker: sender.packet.marker, payload: bytes });
    } else out.push(timestamp);
  }
  out.push((start + 4000 * slotTicks) >>> 0);
  return out;
}

function events(sent: readonly (Sent | number)[]): Sent[] {
  return sent.filter((s) => typeof s !== "number");
}

function hear(sent: readonly (Sent | number)[], rateHz = 8000): { digits: string; durations: number[] } {
  const receiver = new EventReceiver(rateHz);
  const heard = sent.flatMap((s, i) =>
    typeof s === "number" ? receiver.audio(s) : receiver.take(s.payload, s.timestamp, s.marker, i * 20),
  );
  return { digits: heard.map((h) => h.digit).join(""), durations: heard.map((h) => h.durationMs) };
}

describe("RFC 4733 §2.5.1: sending", () => {
  test("one timestamp, a growing duration, the marker on the first only, the end three times with one duration", () => {
    const sent = events(press("5", 100));
    expect(sent.map((s) => s.timestamp)).toEqual(Array(7).fill(1000));
    expect(sent.map((s) => s.marker)).toEqual([true, false, false, false, false, false, false]);
    const durations = sent.map((s) => ((s.payload[2] ?? 0) << 8) | (s.payload[3] ?? 0));
    expect(durations).toEqual([160, 320, 480, 640, 800, 800, 800]);
    expect(sent.map((s) => (s.payload[1] ?? 0) >> 7)).toEqual([0, 0, 0, 0, 1, 1, 1]);
    expect(sent[0]?.payload[0]).toBe(5);
    expect((sent[0]?.payload[1] ?? 0) & 0x3f).toBe(10);
  });

  test("the end is sent as often as it is configured", () => {
    expect(events(press("5", 100, 1)).length).toBe(5);
    expect(events(press("5", 100, 2)).length).toBe(6);
  });

  test("digits in a row are apart by a pause of audio, each with its own timestamp", () => {
    const sent = press("12", 60);
    const timestamps = [...new Set(events(sent).map((s) => s.timestamp))];
    expect(timestamps.length).toBe(2);
    const firstOfTwo = sent.findIndex((s) => typeof s !== "number" && s.timestamp === timestamps[1]);
    expect(sent.slice(firstOfTwo - 3, firstOfTwo).every((s) => typeof s === "number")).toBe(true);
  });

  test("what lasts longer than 16 bits goes on in a new segment without marker and without end", () => {
    const sent = events(press("9", 10_000));
    const second = sent.filter((s) => s.timestamp !== 1000);
    expect(second[0]?.timestamp).toBe(1000 + 0xffff);
    expect(second.every((s) => !s.marker)).toBe(true);
    expect(sent.filter((s) => (s.payload[1] ?? 0) >> 7 === 1).length).toBe(3);
  });

  test("all sixteen digits have their numbers, others none", () => {
    expect([..."0123456789*#ABCDabcd"].map(eventOfDigit)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 12, 13, 14, 15,
    ]);
    expect([eventOfDigit("E"), eventOfDigit(""), eventOfDigit("12")]).toEqual([undefined, undefined, undefined]);
  });
});

describe("RFC 4733 §2.5.2: hearing", () => {
  test("each of all digits once, with its duration", () => {
    expect(hear(press("0123456789*#ABCD", 100))).toEqual({
      digits: "0123456789*#ABCD",
      durations: Array(16).fill(100),
    });
  });

  test("the same key twice is two digits, also when every end packet of the first is lost", () => {
    expect(hear(press("77", 80)).digits).toBe("77");
    const endless = press("77", 80).filter((s) => typeof s === "number" || (s.payload[1] ?? 0) >> 7 === 0);
    expect(hear(endless).digits).toBe("77");
  });

  test("a long digit is one digit of its whole length, at 8000 and at 16000 Hz", () => {
    expect(hear(press("4", 20_000))).toEqual({ digits: "4", durations: [20_000] });
    expect(hear(press("4", 9000, 3, 16_000), 16_000)).toEqual({ digits: "4", durations: [9000] });
  });

  test("repeated packets and ones that come late, even after the next digit, are no new digits", () => {
    const sent = press("12", 80);
    const doubled = sent.flatMap((s) => [s, s]);
    expect(hear(doubled).digits).toBe("12");
    const late = [...sent, ...events(sent)];
    expect(hear(late).digits).toBe("12");
  });

  test("a timestamp that wraps within a digit changes nothing", () => {
    expect(hear(press("63", 100, 3, 8000, 0xffffffff - 300)).digits).toBe("63");
  });

  test("with 5 % loss (seeds 1 to 50) every digit is heard exactly once", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seeded(seed);
      const left = press("0123456789*#ABCD", 100).filter(() => random() >= 0.05);
      expect(`${seed} ${hear(left).digits}`).toBe(`${seed} 0123456789*#ABCD`);
    }
  });

  test("with 30 % loss and every packet doubled at random (seeds 1 to 50) nothing is heard that was not pressed", () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seeded(seed);
      const left = press("1212121212", 100)
        .filter(() => random() >= 0.3)
        .flatMap((s) => (random() < 0.5 ? [s, s] : [s]));
      const { digits } = hear(left);
      expect(digits.length).toBeLessThanOrEqual(10);
      expect(digits).toMatch(/^[12]+$/);
    }
  });

  test("an end that never comes is found by silence", () => {
    const receiver = new EventReceiver(8000);
    receiver.take(Uint8Array.of(3, 10, 0, 160), 500, true, 0);
    expect(receiver.tick(200)).toEqual([]);
    expect(receiver.tick(251)).toEqual([{ digit: "3", durationMs: 20 }]);
    expect(receiver.tick(300)).toEqual([]);
  });

  test("short payloads and events that are no digits are nothing", () => {
    const receiver = new EventReceiver(8000);
    for (const payload of [Uint8Array.of(), Uint8Array.of(1, 2, 3), Uint8Array.of(36, 0x80, 1, 0)])
      expect(receiver.take(payload, 1, true, 0)).toEqual([]);
  });
});
