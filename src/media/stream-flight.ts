/** The flight recorder of one stream of a call: made with it where tuned so, and told of at its end where quality fell below the mark. The ring is flight-recorder.ts. */
import type { Clock } from "../../hal/clock.ts";
import { FlightRecorder } from "./flight-recorder.ts";
import type { FlightRecording, MediaEvent, MediaTuning } from "./protocol.ts";

export class StreamFlight {
  readonly recorder: FlightRecorder;
  readonly #stream: number;
  readonly #clock: Clock;
  readonly #belowMosLq: number | undefined;

  private constructor(stream: number, clock: Clock, tuning: MediaTuning, flight: NonNullable<MediaTuning["flight"]>) {
    this.#stream = stream;
    this.#clock = clock;
    this.#belowMosLq = flight.belowMosLq;
    this.recorder = new FlightRecorder({ sound: flight.sound, jitter: tuning.jitter });
  }

  static of(stream: number, clock: Clock, tuning: MediaTuning): StreamFlight | undefined {
    return tuning.flight === undefined ? undefined : new StreamFlight(stream, clock, tuning, tuning.flight);
  }

  take(): FlightRecording {
    const facts = { stream: this.#stream, epochMs: this.#clock.epochMs(), nowMs: this.#clock.now() };
    return { stream: this.#stream, bytes: this.recorder.take(facts) };
  }

  /** @param worstMosLq the worst that was heard, undefined where nothing was */
  ended(worstMosLq: number | undefined, emit: (event: MediaEvent) => void): void {
    if (worstMosLq === undefined || this.#belowMosLq === undefined || worstMosLq >= this.#belowMosLq) return;
    emit({ type: "flight", recording: this.take(), worstMosLq });
  }
}
