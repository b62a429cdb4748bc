/** Starts the media worker as a thread, in the form that the media client wants. Main side; the entry is media-worker.ts. */
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

/** @param entry another file to run: tests bundle the entry from source */
export function startMediaWorker(data: MediaWorkerData, entry?: URL): WorkerPort {
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
