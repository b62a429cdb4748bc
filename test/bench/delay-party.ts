/**
 * One end of a call for the delay benchmark, a process of its own: the media engine with a simulated card, as in the
 * phone's media worker. `node dist/test/bench/delay-party.js ADDRESS PORT PEER CODEC` speaks a click now and then and
 * prints, as lines of JSON, when it spoke and heard one, in ms of the machine's monotonic clock. Ends at SIGTERM.
 */
import { systemClock } from "../../hal/driver/os/clock.ts";
import { SimAudio } from "../../hal/driver/sim/audio.ts";
import { Engine } from "../../src/media/engine.ts";
import type { CodecName } from "../../src/media/protocol.ts";
import { bindMediaSocket } from "../../src/net/media-socket.ts";
import { formatOf } from "../../src/sdp/format.ts";

const typeOf = (codec: CodecName): number => formatOf(codec).staticType ?? 96;
const clickLevel = 4000;
const frameMs = 10;
const samplesPerMs = 16;
/** Clicks of the two sides must not meet, and move against the frames. */
const everyMs = 233.3;

const [address = "", portText = "", peer = "", codec = "pcmu"] = process.argv.slice(2);
const port = Number(portText);
const name = codec as CodecName;

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

const audio = new SimAudio(systemClock);
const engine = new Engine({
  clock: systemClock,
  random: Math.random,
  bind: bindMediaSocket,
  device: audio,
  emit: () => {},
  loopDelayMs: () => ({ median: 0, worst: 0 }),
});
await engine.openStream(1, { address, portMin: port, portMax: port + 1 });
engine.configureStream(1, {
  remote: { address: peer, port, rtcpPort: port + 1 },
  direction: "sendrecv",
  codec: name,
  payloadType: typeOf(name),
  ptimeMs: 20,
  receive: [{ payloadType: typeOf(name), codec: name }],
  dtmf: undefined,
});
engine.setFocus([1]);
engine.setPath("handset");
await audio.open();

/** Prints the moment of a click in a frame of which the first sample sounds at `startMs`. */
function watch(what: "spoken" | "heard"): (frame: Int16Array, startMs: number) => void {
  let lastMs = 0;
  return (frame, startMs) => {
    const at = frame.findIndex((sample) => Math.abs(sample) > clickLevel);
    const ms = startMs + at / samplesPerMs;
    if (at < 0 || ms - lastMs < 50) return;
    lastMs = ms;
    process.stdout.write(`${JSON.stringify({ [what]: ms })}\n`);
  };
}
const spoken = watch("spoken");
const heard = watch("heard");
const engineFrame = audio.onFrame;
audio.onFrame = (captured, toPlay) => {
  // What is captured was spoken in the 10 ms before it was given.
  spoken(captured, nowMs() - frameMs);
  engineFrame?.(captured, toPlay);
};
audio.onHeard = (frame) => heard(frame, nowMs());

const click = Int16Array.from({ length: 160 }, (_, i) =>
  Math.round(20_000 * Math.sin((2 * Math.PI * 1000 * i) / (1000 * samplesPerMs))),
);
const speaking = setInterval(() => audio.say(click), everyMs);
process.once("SIGTERM", () => {
  clearInterval(speaking);
  void engine.close().then(() => process.exit(0));
});
console.log(JSON.stringify({ event: "ready" }));
