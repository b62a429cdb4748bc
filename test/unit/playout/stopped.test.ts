/** Playout when nothing comes any more: what stands for a gap ends, what the far end said of its pause does not. */
import { expect, it } from "vitest";
import { newPlayout, type Packet, send } from "./network.ts";
import { random, speechLike } from "./speech-like.ts";

const LAST_MS = 3000;

/** Speech in a room whose noise, about -55 dBov, is heard in each pause. */
function noisy(): Int16Array {
  const noise = random(8);
  return speechLike(LAST_MS / 1000, 8000, 7).map((value) => value + Math.round(200 * (noise() - 0.5)));
}

/** What is heard of `packets` within five seconds; behind the last one the far end may say that it pauses (RFC 3389). */
function hear(packets: readonly Packet[], pause?: Uint8Array): Int16Array {
  const playout = newPlayout("pcmu");
  const heard = new Int16Array(16 * 5000);
  const frame = new Int16Array(160);
  let at = 0;
  for (let nowMs = 0; nowMs < 5000; nowMs += 10) {
    for (let packet = packets[at]; packet !== undefined && packet.arrivalMs <= nowMs; packet = packets[++at]) {
      playout.put(packet.sequence, packet.timestamp, 96, false, packet.payload, packet.arrivalMs);
      if (at < packets.length - 1 || pause === undefined) continue;
      playout.putNoise((packet.sequence + 1) & 0xffff, (packet.timestamp + 160) >>> 0, 8000, pause, nowMs);
    }
    playout.pull(frame, nowMs);
    heard.set(frame, 16 * nowMs);
  }
  return heard;
}

function rms(pcm: Int16Array, fromMs: number, toMs: number): number {
  let sum = 0;
  for (let i = 16 * fromMs; i < 16 * toMs; i++) sum += (pcm[i] ?? 0) ** 2;
  return Math.sqrt(sum / (16 * (toMs - fromMs)));
}

it("CAL-42: a stream that stops falls to silence: noise that nobody described ends", () => {
  for (const seed of [1, 2, 3]) {
    const heard = hear(send(noisy(), "pcmu", 20, {}, seed));
    // The last sample is due with the last packet's arrival, at most 40 ms later; the noise falls from 200 to 400 ms after it.
    expect(rms(heard, LAST_MS + 160, LAST_MS + 200)).toBeGreaterThan(10);
    expect(heard.subarray(16 * (LAST_MS + 450)).every((value) => value === 0)).toBe(true);
  }
});

it("CAL-42: after the silence of a stream that stopped, the next sound is heard whole and the next gap has its noise again", () => {
  const packets = send(noisy(), "pcmu", 20, {}, 4);
  const later = packets.slice(0, 20).map((packet, n) => ({
    ...packet,
    sequence: ((packets.at(-1)?.sequence ?? 0) + 1 + n) & 0xffff,
    timestamp: ((packets.at(-1)?.timestamp ?? 0) + 8000 + 160 * (n + 1)) >>> 0,
    arrivalMs: LAST_MS + 1000 + 20 * (n + 1),
  }));
  const heard = hear([...packets, ...later]);
  expect(heard.subarray(16 * (LAST_MS + 450), 16 * (LAST_MS + 1000)).every((value) => value === 0)).toBe(true);
  expect(rms(heard, LAST_MS + 1050, LAST_MS + 1400)).toBeGreaterThan(30);
  expect(rms(heard, LAST_MS + 1560, LAST_MS + 1600)).toBeGreaterThan(10);
  expect(heard.subarray(16 * (LAST_MS + 1850)).every((value) => value === 0)).toBe(true);
});

it("RFC 3389 §4: noise that the far end described lasts as long as its pause", () => {
  const heard = hear(send(noisy(), "pcmu", 20, {}, 5), Uint8Array.of(55));
  expect(rms(heard, LAST_MS + 1000, LAST_MS + 1900)).toBeGreaterThan(20);
});
