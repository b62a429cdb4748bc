/** Starts the media worker as a thread, in the form that the media client wants. Main side; the entry is media-worker.ts. */
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import type { AudioChoice } from "../../board/board.ts";
import type { WorkerPort } from "../media/client-port.ts";
import type { FromWorker } from "../media/protocol.ts";

/** What the thread is told. */
export interface MediaWorkerData {
  readonly board: string;
  readonly choice: AudioChoice;
  readonly model: string;
}

/**
 * Set before the first worker is made, for all of the process: code that runs a hundred times a second is optimised
 * sooner (about a tenth less processor in a call, measured side by side), and no collection for the sake of a smaller
 * heap stops the sound (one took 111 ms). A version of V8 that knows them no more says so and goes on.
 */
function tuneEngine(): void {
  setFlagsFromString("--interrupt-budget=10000");
  setFlagsFromString("--no-memory-reducer");
}

/** @param entry another file to run: tests bundle the entry from source */
export function startMediaWorker(data: MediaWorkerData, entry?: URL): WorkerPort {
  tuneEngine();
  // The compiler does not rewrite this name: in dist it is a .js file.
  const worker = new Worker(entry ?? new URL("./media-worker.js", import.meta.url), {
    workerData: data,
    name: "media",
  });
  let why = "";
  const port: WorkerPort = {
    onMessage: undefined,
    onExit: undefined,
    post: (message) => worker.postMessage(message),
    terminate: async () => {
      await worker.terminate();
    },
  };
  worker.on("message", (message: FromWorker) => port.onMessage?.(message));
  worker.on("error", (error) => {
    why = error instanceof Error ? (error.stack ?? error.message) : String(error);
  });
  worker.on("exit", (code) => port.onExit?.(why === "" ? `it ended with status ${code}` : why));
  return port;
}
