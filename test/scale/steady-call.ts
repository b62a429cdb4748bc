/**
 * A worker that holds one call of ten minutes in fast clock: the media engine with a card and a network that are loops, echoing
 * what it sends with a loss now and then. Posts what the engine cost, how long garbage collections took and how the heap grew.
 */
import { openSync, readSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { getHeapCodeStatistics, getHeapStatistics } from "node:v8";
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
  /** How long each garbage collection took, less the time for which this thread wanted the core and had it not, ms. */
  readonly pausesMs: readonly number[];
  /** Heap that is in use after full collections, end against beginning, bytes; only with --expose-gc. */
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

/** Time and waiting for a core at the beginning of each frame, ms; entered while `watching`. */
const beganMs = new Float64Array(6000 * minutes + 1);
const waitedMs = new Float64Array(6000 * minutes + 1);
const schedule = openSchedule();
const scheduleText = Buffer.alloc(80);

/** Linux counts for each thread how long it ran and how long it was ready and waited for a core. */
function openSchedule(): number {
  try {
    return openSync("/proc/thread-self/schedstat", "r");
  } catch {
    return -1;
  }
}

/** How long this thread has waited for a core so far, ms; 0 where the system does not tell. */
function waited(): number {
  if (schedule < 0) return 0;
  const size = readSync(schedule, scheduleText, 0, scheduleText.length, 0);
  const from = scheduleText.indexOf(32) + 1;
  let ns = 0;
  for (let i = from; i < size; i++) {
    const digit = (scheduleText[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    ns = 10 * ns + digit;
  }
  return ns / 1e6;
}

/** What of a collection was its own: a collection lies within one frame, and so does what it waited. */
function own({ startTime, duration }: { readonly startTime: number; readonly duration: number }): number {
  let low = 0;
  let high = beganMs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((beganMs[middle] ?? 0) <= startTime) low = middle;
    else high = middle - 1;
  }
  const inFrame = (waitedMs[low + 1] ?? waitedMs[low] ?? 0) - (waitedMs[low] ?? 0);
  return Math.max(0, duration - inFrame);
}

function frames(count: number, watching = false): void {
  for (let i = 0; i < count; i++) {
    if (watching) {
      waitedMs[i] = waited();
      beganMs[i] = performance.now();
    }
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

const pauses: { readonly startTime: number; readonly duration: number }[] = [];
const observer = new PerformanceObserver((list) => {
  for (const { startTime, duration } of list.getEntries()) pauses.push({ startTime, duration });
});
observer.observe({ entryTypes: ["gc"] });
const turn = () => new Promise((resolve) => setTimeout(resolve, 30));

const codeBytes = () => getHeapCodeStatistics().code_and_metadata_size;

/** V8 drops bytecode that did not run for several collections: what the start left is gone after these. */
async function usedBytes(): Promise<number> {
  for (let i = 0; i < 8; i++) {
    globalThis.gc?.();
    await turn();
  }
  return getHeapStatistics().used_heap_size;
}

/**
 * V8 goes on compiling what is hot for minutes, in threads that have to wait for a core, too: no frame leaves that behind. A
 * minute that brings next to no code ends the warm-up.
 */
async function warmUp(): Promise<void> {
  for (let minute = 0, before = 0; minute < 10; minute++) {
    frames(6000);
    await turn();
    const now = codeBytes();
    if (now - before < 20_000) return;
    before = now;
  }
}

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
await warmUp();
const before = await usedBytes();
await turn();
pauses.length = 0;
const begun = performance.now();
frames(6000 * minutes, true);
const tookMs = performance.now() - begun;
waitedMs[6000 * minutes] = waited();
beganMs[6000 * minutes] = performance.now();
await turn();
const counted = pauses.slice();
const result: SteadyCall = {
  minutes,
  usPerFrame: (1000 * tookMs) / (6000 * minutes),
  pausesMs: counted.map(own),
  grownBytes: (await usedBytes()) - before,
  packets: engine.statistics().streams[0]?.packetsReceived ?? 0,
};
parentPort?.postMessage(result);
observer.disconnect();
await engine.close();
