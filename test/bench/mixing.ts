/** What mixing five people costs: the sum alone, and all that a phone in the middle of four wide-band calls does in 10 ms. */
import { Mixer } from "../../src/dsp/mixer.ts";
import { MediaLab, type TestPhone } from "../unit/media/phones.ts";
import { speechLike } from "../unit/playout/speech-like.ts";
import type { Row } from "./row.ts";

const people = 5;
const frameSamples = 160;
const seconds = 20;

export async function run(): Promise<Row[]> {
  return [
    { what: "mix five people in wide band, 10 ms", ours: mixUs(), unit: "µs", peers: {} },
    {
      what: "conference of five in G.722: all that the middle does in 10 ms",
      ours: await hubUs(),
      unit: "µs",
      peers: {},
    },
  ];
}

/** As the engine does it: everybody added once, then each of the others' ears without their own voice, and our own ear. */
function mixUs(): number {
  const mixer = new Mixer(frameSamples);
  const voices = Array.from({ length: people }, (_, i) => speechLike(2, 16_000, i + 1));
  const out = new Int16Array(frameSamples);
  const times: number[] = [];
  for (let round = 0; round < 10; round++)
    for (let at = 0; at + frameSamples <= 32_000; at += frameSamples) {
      const frames = voices.map((voice) => voice.subarray(at, at + frameSamples));
      const begun = performance.now();
      mixer.clear();
      for (const frame of frames) mixer.add(frame);
      for (const frame of frames) mixer.writeWithout(frame, out);
      times.push(1000 * (performance.now() - begun));
    }
  return median(times);
}

async function hubUs(): Promise<number> {
  const lab = new MediaLab(1);
  const hub = await lab.phone();
  for (let i = 1; i < people; i++) {
    const party = await lab.phone();
    await lab.connect(hub, i, party, 1, { codec: "g722", payloadType: 9 });
    party.engine.setFocus([1]);
    party.audio.setMicrophone(speechLike(4, 16_000, i), true);
  }
  hub.engine.setFocus([1, 2, 3, 4]);
  hub.audio.setMicrophone(speechLike(4, 16_000, people), true);
  const times = timesOf(hub);
  lab.clock.advance(1000 * seconds);
  return median(times.slice(times.length / 4));
}

function timesOf({ audio }: TestPhone): number[] {
  const times: number[] = [];
  const frame = audio.onFrame;
  audio.onFrame = (captured, toPlay) => {
    const begun = performance.now();
    frame?.(captured, toPlay);
    times.push(1000 * (performance.now() - begun));
  };
  return times;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
