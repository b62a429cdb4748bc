/** How the media client reaches a worker: a thread in the phone, the same engine in the same thread in tests. */
import type { FromWorker, ToWorker } from "./protocol.ts";

export interface WorkerPort {
  post(message: ToWorker): void;
  onMessage: ((message: FromWorker) => void) | undefined;
  /** Once, however it ended; says why. Not before `startWorker` has returned. */
  onExit: ((why: string) => void) | undefined;
  terminate(): Promise<void>;
}
