/** Answers the requests of the main thread for an engine; the worker's entry gives it a port, tests give it a pair of functions. */
import type { AudioDevice, PersonAtAudio } from "../../hal/audio.ts";
import { PhoneError, reasonOf } from "../base/error.ts";
import { Resampler } from "../dsp/resampler.ts";
import type { Engine } from "./engine.ts";
import type { FromWorker, MediaReply, MediaRequest, ToWorker } from "./protocol.ts";

/** Live frames of what is heard are sent in blocks of this many. */
const heardFrames = 2;

const engineRateHz = 16_000;

export interface ServiceOptions {
  readonly engine: Engine;
  readonly device: AudioDevice | undefined;
  readonly post: (message: FromWorker) => void;
  /** After the engine was closed on request. */
  readonly closed: () => void;
}

export class MediaService {
  #options: ServiceOptions;
  #block: Int16Array;
  #filled = 0;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#block = new Int16Array((options.device?.frameSamples ?? 160) * heardFrames);
  }

  /** Never rejects: what fails is a reply. */
  async take(message: ToWorker): Promise<void> {
    let reply: MediaReply;
    try {
      reply = await this.#answer(message.request);
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error;
      reply = { type: "failed", code: error.code, message: reasonOf(error) };
    }
    this.#options.post({ id: message.id, reply });
    if (message.request.type === "close") this.#options.closed();
  }

  async #answer(request: MediaRequest): Promise<MediaReply> {
    const { engine } = this.#options;
    switch (request.type) {
      case "open-stream":
        return { type: "opened", port: await engine.openStream(request.stream, request) };
      case "gather":
        return { type: "gathered", nat: await engine.gather(request.stream, request.nat) };
      case "configure-stream":
        engine.configureStream(request.stream, request.settings);
        break;
      case "close-stream":
        engine.closeStream(request.stream);
        break;
      case "level":
        engine.setLevel(request.stream, request.db);
        break;
      case "record":
        engine.record(request.on);
        break;
      case "focus":
        engine.setFocus(request.streams);
        break;
      case "path":
        engine.setPath(request.path);
        break;
      case "second":
        engine.setSecond(request.path);
        break;
      case "mute":
        engine.setMute(request.on);
        break;
      case "volume":
        engine.setVolume(request.target, request.step);
        break;
      case "tone":
        engine.playTone(request.target, request.tone);
        break;
      case "hold-music":
        engine.setHoldMusic(atEngineRate(request.sound));
        break;
      case "announcement":
        engine.setAnnouncement(atEngineRate(request.sound));
        break;
      case "dtmf":
        engine.sendDtmf(request.stream, request.digit, request.durationMs);
        break;
      case "tune":
        engine.tune(request.tuning);
        break;
      case "statistics":
        return { type: "statistics", statistics: engine.statistics() };
      case "flight":
        return { type: "flight", recording: engine.flight(request.stream) };
      case "person-say":
      case "person-heard":
      case "person-listen":
        return this.#person(request);
      case "close":
        await engine.close();
        break;
      default:
        request satisfies never;
    }
    return { type: "done" };
  }

  #person(request: Extract<MediaRequest, { type: "person-say" | "person-heard" | "person-listen" }>): MediaReply {
    const { device, post } = this.#options;
    const person = device?.person;
    if (device === undefined || person === undefined)
      return {
        type: "failed",
        code: "no-person",
        message: "this sound device is a real one: nobody can be played at it",
      };
    switch (request.type) {
      case "person-say":
        person.say(resampled(request.samples, request.rateHz, device.rateHz));
        return { type: "done" };
      case "person-heard":
        return { type: "heard", samples: heardBy(person, request), rateHz: device.rateHz };
      case "person-listen":
        this.#filled = 0;
        person.onHeard = request.on
          ? (frame) => {
              this.#block.set(frame, this.#filled);
              this.#filled += frame.length;
              if (this.#filled < this.#block.length) return;
              this.#filled = 0;
              post({ event: { type: "heard", samples: this.#block.slice(), rateHz: device.rateHz } });
            }
          : undefined;
        return { type: "done" };
      default:
        return request satisfies never;
    }
  }
}

function heardBy(
  person: PersonAtAudio,
  { seconds, second }: { readonly seconds: number; readonly second?: boolean },
): Int16Array {
  return second === true ? (person.heardBeside?.(seconds) ?? new Int16Array(0)) : person.heard(seconds);
}

function atEngineRate(
  sound: { readonly samples: Int16Array; readonly rateHz: number } | undefined,
): Int16Array | undefined {
  return sound === undefined ? undefined : resampled(sound.samples, sound.rateHz, engineRateHz);
}

/** A whole sound at the device's rate, the filter's delay taken off. */
function resampled(samples: Int16Array, fromHz: number, toHz: number): Int16Array {
  if (fromHz === toHz) return samples;
  const flush = new Int16Array(Math.ceil(fromHz / 50));
  const resampler = new Resampler(fromHz, toHz, Math.max(samples.length, flush.length));
  const out = new Int16Array(resampler.maxOutput(samples.length) + resampler.maxOutput(flush.length));
  const body = resampler.process(samples, out);
  const tail = new Int16Array(resampler.maxOutput(flush.length));
  const rest = resampler.process(flush, tail);
  out.set(tail.subarray(0, rest), body);
  const delay = Math.round((resampler.delayMs * toHz) / 1000);
  return out.slice(delay, delay + Math.round((samples.length * toHz) / fromHz));
}
