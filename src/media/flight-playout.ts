/** The playout of a stream with its flight recorder: notes what goes in and what was decided, and passes it on unchanged. */
import type { FlightRecorder } from "./flight-recorder.ts";
import { Playout } from "./playout.ts";
import type { MediaTuning, ReceivedFormat } from "./protocol.ts";

export class RecordedPlayout extends Playout {
  readonly #flight: FlightRecorder;

  constructor(jitter: MediaTuning["jitter"], flight: FlightRecorder) {
    super({ rateHz: 16_000, jitter });
    this.#flight = flight;
  }

  override setReceive(list: readonly ReceivedFormat[]): void {
    this.#flight.setReceive(list);
    super.setReceive(list);
  }

  override tune(jitter: MediaTuning["jitter"]): void {
    this.#flight.tune(jitter);
    super.tune(jitter);
  }

  override put(
    sequence: number,
    timestamp: number,
    payloadType: number,
    marker: boolean,
    payload: Uint8Array,
    arrivalMs: number,
  ): void {
    this.#flight.packet(sequence, timestamp, payloadType, marker, payload, arrivalMs);
    super.put(sequence, timestamp, payloadType, marker, payload, arrivalMs);
  }

  override putNoise(
    sequence: number,
    timestamp: number,
    clockHz: number,
    payload: Uint8Array,
    arrivalMs: number,
  ): void {
    this.#flight.noise(sequence, timestamp, clockHz, payload, arrivalMs);
    super.putNoise(sequence, timestamp, clockHz, payload, arrivalMs);
  }

  override skip(sequence: number): void {
    this.#flight.soundless(sequence);
    super.skip(sequence);
  }

  override pull(out: Int16Array, nowMs: number): void {
    this.#flight.frame(nowMs);
    super.pull(out, nowMs);
    this.#flight.figures(this.figures);
  }

  override reset(): void {
    this.#flight.reset();
    super.reset();
  }
}
