/** Engines with simulated sound cards on one simulated network and one clock: what the engine's tests stand on. */
import { SimAudio, type SimAudioOptions } from "../../../hal/driver/sim/audio.ts";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { Engine } from "../../../src/media/engine.ts";
import type { CodecName, MediaEvent, StreamSettings, StreamStatistics } from "../../../src/media/protocol.ts";
import { formatOf } from "../../../src/sdp/format.ts";
import { seeded } from "./sound.ts";
import { Wire } from "./wire.ts";

const typeOf = (codec: CodecName): number => formatOf(codec).staticType ?? 96;

export class TestPhone {
  readonly address: string;
  readonly audio: SimAudio;
  readonly engine: Engine;
  readonly events: MediaEvent[] = [];

  constructor(lab: MediaLab, address: string, seed: number, card: SimAudioOptions = {}) {
    this.address = address;
    this.audio = new SimAudio(lab.clock, card);
    this.engine = new Engine({
      clock: lab.clock,
      random: seeded(seed),
      bind: lab.wire.bind,
      device: this.audio,
      emit: (event) => this.events.push(event),
      loopDelayMs: () => ({ median: 0, worst: 0 }),
    });
  }

  async start(): Promise<void> {
    await this.audio.open();
    this.engine.setPath("handset");
  }

  stream(id: number): StreamStatistics {
    const found = this.engine.statistics().streams.find((s) => s.stream === id);
    if (found === undefined) throw new Error(`no stream ${id}`);
    return found;
  }

  get digits(): string {
    return this.events.map((event) => (event.type === "digit" ? event.digit : "")).join("");
  }
}

export class MediaLab {
  readonly clock = new ManualClock();
  readonly wire: Wire;
  #phones = 0;

  constructor(seed = 1) {
    this.wire = new Wire(this.clock, seeded(seed));
  }

  async phone(): Promise<TestPhone> {
    const number = ++this.#phones;
    const phone = new TestPhone(this, `127.33.0.${number}`, 1000 + number);
    await phone.start();
    return phone;
  }

  /** Connects stream `a` of one phone with stream `b` of another. */
  async connect(
    one: TestPhone,
    a: number,
    other: TestPhone,
    b: number,
    change: Partial<StreamSettings> = {},
  ): Promise<void> {
    const range = { portMin: 11_780, portMax: 11_800 };
    const onePort = await one.engine.openStream(a, { address: one.address, ...range });
    const otherPort = await other.engine.openStream(b, { address: other.address, ...range });
    one.engine.configureStream(a, { ...settings(other.address, otherPort), ...change });
    other.engine.configureStream(b, { ...settings(one.address, onePort), ...change });
  }

  async run(ms: number): Promise<void> {
    this.clock.advance(ms);
  }
}

export function settings(address: string, port: number, codec: CodecName = "pcmu"): StreamSettings {
  return {
    remote: { address, port, rtcpPort: port + 1 },
    direction: "sendrecv",
    codec,
    payloadType: typeOf(codec),
    ptimeMs: 20,
    receive: [
      { payloadType: 0, codec: "pcmu" },
      { payloadType: 8, codec: "pcma" },
      { payloadType: 9, codec: "g722" },
    ],
    dtmf: { sendType: 101, receiveType: 101, rateHz: 8000 },
  };
}
