/** Playout among numbers that carry no sound: telephone events take the place of audio for a while (RFC 4733 §2.5). */
import { expect, it } from "vitest";
import { newPlayout, type Packet, send } from "./network.ts";
import { speechLike } from "./speech-like.ts";

/** Plays `packets`, of which those `isEvent` names carry events; what is in `dropped` never comes. */
function play(packets: readonly Packet[], isEvent: (n: number) => boolean, dropped: readonly number[] = []) {
  const playout = newPlayout("pcmu");
  const frame = new Int16Array(160);
  let at = 0;
  let delayMs = 0;
  for (let nowMs = 0; nowMs < 5000; nowMs += 10) {
    for (let packet = packets[at]; packet !== undefined && packet.arrivalMs <= nowMs; packet = packets[++at]) {
      if (dropped.includes(at)) continue;
      if (isEvent(at)) playout.skip(packet.sequence);
      else playout.put(packet.sequence, packet.timestamp, 96, false, packet.payload, packet.arrivalMs);
    }
    playout.pull(frame, nowMs);
    if (nowMs === 3900) delayMs = playout.figures.bufferDelayMs;
  }
  return { ...playout.figures, delayMs };
}

const packets = send(speechLike(4, 8000, 3), "pcmu", 20, {}, 3);

it("RFC 4733 §2.5: packets of events are no loss of sound, and sound goes on behind them", () => {
  const figures = play(packets, (n) => n >= 60 && n < 70);
  expect(figures.lost).toBe(0);
  expect(figures.played).toBe(packets.length - 10);
  expect(figures.delayMs).toBeLessThan(25);
});

it("RFC 4733 §2.5: of events and sound that do not come, the numbers are lost all the same", () => {
  const figures = play(packets, (n) => n >= 60 && n < 70, [64, 120, 121]);
  expect(figures.lost).toBe(3);
  expect(figures.played).toBe(packets.length - 12);
});

it("RFC 4733 §2.5: an event that comes after its turn takes its number back from the lost", () => {
  const playout = newPlayout("pcmu");
  const frame = new Int16Array(160);
  for (const [n, packet] of packets.slice(0, 40).entries()) {
    if (n !== 20) playout.put(packet.sequence, packet.timestamp, 96, false, packet.payload, packet.arrivalMs);
    for (let half = 0; half < 2; half++) playout.pull(frame, packet.arrivalMs + 10 * half);
  }
  expect(playout.figures.lost).toBe(1);
  for (let twice = 0; twice < 2; twice++) playout.skip(packets[20]?.sequence ?? 0);
  expect(playout.figures.lost).toBe(0);
});
