/** Entry of the media worker: opens the board's sound card and runs the engine for the main thread. Nothing else touches audio. */
import { randomBytes } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import type { AudioChoice } from "../../board/board.ts";
import { loadBoard } from "../../board/index.ts";
import type { AudioDevice } from "../../hal/audio.ts";
import type { Clock } from "../../hal/clock.ts";
import { raiseThreadPriority } from "../../hal/driver/os/thread-priority.ts";
import { HalError } from "../../hal/error.ts";
import { bug, reasonOf } from "../base/error.ts";
import { Engine } from "../media/engine.ts";
import type { FromWorker, MediaEvent, ToWorker } from "../media/protocol.ts";
import { MediaService } from "../media/service.ts";
import { bindMediaSocket } from "../net/media-socket.ts";
import { LoopDelayClock } from "./loop-delay.ts";
import { connectRelays } from "./relay-connection.ts";
import type { MediaWorkerData } from "./start-media-worker.ts";

/** A card that was absent is looked for again this often, ms. */
const retryMs = 5000;
/** Above everything that has no real-time priority, below the kernel's threads of interrupts, which have 50. */
const soundPriority = 20;

const port = parentPort ?? bug("the media worker was not started as a worker");

function post(message: FromWorker): void {
  port.postMessage(message);
}

function emit(event: MediaEvent): void {
  post({ event });
}

/** The card, not opened; undefined when the board cannot even make one. */
async function findDevice(clock: Clock, board: string, choice: AudioChoice): Promise<AudioDevice | undefined> {
  try {
    return await (await loadBoard(board)).openAudio(clock, choice);
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    emit({ type: "audio-trouble", device: error.device, lost: true, why: error.message });
    return undefined;
  }
}

/** Opens it, now and again until it works; the phone goes on without sound meanwhile. */
async function openDevice(clock: Clock, device: AudioDevice, failed: string | undefined): Promise<void> {
  try {
    await device.open();
    if (failed !== undefined) emit({ type: "audio-trouble", device: failed, lost: false, why: "" });
  } catch (error) {
    if (!(error instanceof HalError)) throw error;
    if (failed === undefined) emit({ type: "audio-trouble", device: error.device, lost: true, why: error.message });
    if (!stopping) clock.after(retryMs, () => void openDevice(clock, device, failed ?? error.device));
  }
}

let stopping = false;

/** Before the card is opened: the programs that the card is driven by then have it too. */
async function rise(): Promise<void> {
  const priority = await raiseThreadPriority({ priority: soundPriority });
  if (priority.type === "set")
    emit({
      type: "log",
      level: "info",
      facts: { priority: priority.priority },
      message: "sound has real-time priority",
    });
  else if (priority.type === "failed")
    emit({ type: "log", level: "warn", facts: {}, message: `sound has no real-time priority: ${priority.why}` });
}

async function run(data: MediaWorkerData): Promise<void> {
  await rise();
  const clock = new LoopDelayClock((await loadBoard(data.board)).clock());
  const device = await findDevice(clock, data.board, data.choice);
  const engine = new Engine({
    clock,
    random: () => randomBytes(4).readUInt32BE() / 0x1_0000_0000,
    bind: bindMediaSocket,
    connect: connectRelays(clock, emit),
    device,
    emit,
    loopDelayMs: () => clock.take(),
  });
  const service = new MediaService({
    engine,
    device,
    post,
    closed: () => {
      stopping = true;
      port.close();
    },
  });
  port.on("message", (message: ToWorker) => void service.take(message));
  if (device !== undefined) await openDevice(clock, device, undefined);
  post({ ready: true, rateHz: device?.rateHz ?? 16_000, ...(device?.together ? { together: device.together } : {}) });
}

run(workerData as MediaWorkerData).catch((error: unknown) => {
  // A promise's rejection would not end the thread by itself in every setting: a bug must.
  setImmediate(() => {
    throw error instanceof Error ? error : new Error(reasonOf(error));
  });
});
