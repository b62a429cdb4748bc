/**
 * A worker that holds one call of ten minutes in fast clock: the media engine with a card and a network that are loops, echoing
 * what it sends with a loss now and then. Posts what the engine cost, how long garbage collections took and how the heap grew.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import type { AudioDevice } from "../../hal/audio.ts";
import { ManualClock } from "../../hal/driver/sim/clock.ts";
import { Engine } from "../../src/media/engine.ts";
import type { CodecName } from "../../src/media/protocol.ts";
import type { MediaSocket } from "../../src/media/socket.ts";
import { formatOf } from "../../src/sdp/format.ts";

export interface SteadyCall {
  readonly minutes: number;
  readonly usPerFrame: number;
  /** How long each garbage collection took, ms. */
  readonly pausesMs: readonly number[];
  /** Heap that is in use after a full collection, end against beginning, bytes; only with --expose-gc. */
  readonly grownBytes: number;
  readonly packets: number;
}

const { codec, minutes, handsFree } = workerData as { codec: CodecName; minutes: number; handsFree: boolean };
const peer = "127.48.1.2";
const clock = new ManualClock();
const captured = Int16Array.from({ length: 160 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * i) / 32)));
const played = new Int16Array(160);
const device: AudioDevice = {
  rateHz: 16_000,
  frameSamples: 160,
  paths: ["handset", "speaker"],
  // Its microphone hears a tone that comes back later as an echo, over and over: all of voice processing has work.
  acoustics: { speaker: { echo: "room", noise: true } },
  figures: { playDelayMs: 0, captureDelayMs: 10, underruns: 0, overruns: 0, frames: 0, worstLatenessMs: 0 },
  onFrame: undefined,
  onTrouble: undefined,
  open: async () => {},
  setPath: () => {},
  close: async () => {},
};
const sockets: MediaSocket[] = [];
const echo = new Uint8Array(2048);
const header = new DataView(echo.buffer);
let waiting = 0;

const engine = new Engine({
  clock,
  random: () => 0.5,
  bind: async (local) => {
    const socket: MediaSocket = {
      local,
      sendFailures: 0,
      onMessage: undefined,
      send: (bytes, size, _address, port) => {
        if (port !== 4000) return;
        for (let i = 0; i < size; i++) echo[i] = bytes[i] ?? 0;
        waiting = size;
      },
      shield: () => {},
      close: () => {},
    };
    sockets.push(socket);
    return socket;
  },
  device,
  emit: () => {},
  loopDelayMs: () => ({ median: 0, worst: 0 }),
});

function frames(count: number): void {
  for (let i = 0; i < count; i++) {
    clock.advance(10);
    device.onFrame?.(captured, played);
    if (waiting === 0) continue;
    const size = waiting;
    waiting = 0;
    // Our own SSRC would be a collision; one in 200 is lost.
    header.setUint32(8, 77);
    if (header.getUint16(2) % 200 !== 0) sockets[0]?.onMessage?.(echo.subarray(0, size), peer, 4000);
  }
}

const pauses: number[] = [];
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) pauses.push(entry.duration);
});
observer.observe({ entryTypes: ["gc"] });
const turn = () => new Promise((resolve) => setTimeout(resolve, 30));

const range = { portMin: 11_780, portMax: 11_800 };
await engine.openStream(1, { address: "127.48.1.1", ...range });
const payloadType = formatOf(codec).staticType ?? 96;
engine.configureStream(1, {
  remote: { address: peer, port: 4000, rtcpPort: 4001 },
  direction: "sendrecv",
  codec,
  payloadType,
  ptimeMs: 20,
  receive: [{ payloadType, codec }],
  dtmf: undefined,
});
engine.setFocus([1]);
engine.setPath(handsFree ? "speaker" : "handset");
frames(6000);
await turn();
globalThis.gc?.();
const before = getHeapStatistics().used_heap_size;
await turn();
pauses.length = 0;
const begun = performance.now();
frames(6000 * minutes);
const tookMs = performance.now() - begun;
await turn();
const counted = pauses.slice();
globalThis.gc?.();
const result: SteadyCall = {
  minutes,
  usPerFrame: (1000 * tookMs) / (6000 * minutes),
  pausesMs: counted,
  grownBytes: getHeapStatistics().used_heap_size - before,
  packets: engine.statistics().streams[0]?.packetsReceived ?? 0,
};
parentPort?.postMessage(result);
observer.disconnect();
await engine.close();
