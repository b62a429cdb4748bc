/**
 * Measures how long sound is under way from one PCM of the loopback card to another: `node delay.js PLAY RECORD SECONDS`
 * plays clicks and prints, as one line of JSON, after how many ms each was heard. Both are counted in samples of the card, so
 * that no clock is asked; what aplay, arecord and this program add is told by measuring a piece of wire.
 */
import { spawn } from "node:child_process";

const rateHz = 16_000;
const frameBytes = (2 * rateHz) / 100;
/** Every so many frames a click: no multiple of a packet. */
const everyFrames = 67;
/** Fraction of full scale above which a sample is a click. */
const heardLevel = 4000;
/** Frames that are in aplay's buffer before the first is recorded. */
const ahead = 4;

const [play = "", record = "", seconds = "10"] = process.argv.slice(2);
const format = ["-q", "-t", "raw", "-f", "S16_LE", "-r", String(rateHz), "-c", "1", "--period-time=10000"];
const player = spawn("aplay", [...format, "--buffer-time=60000", "-D", play], { stdio: ["pipe", "ignore", "inherit"] });
const recorder = spawn("arecord", [...format, "--buffer-time=200000", "-D", record], {
  stdio: ["ignore", "pipe", "inherit"],
});

const silence = Buffer.alloc(frameBytes);
const click = Buffer.alloc(frameBytes);
for (let i = 0; i < frameBytes / 2; i++)
  click.writeInt16LE(Math.round(20_000 * Math.sin((2 * Math.PI * 1000 * i) / rateHz)), 2 * i);

let frames = 0;
let waits: number | undefined;
const heardMs: number[] = [];
let rest = Buffer.alloc(0);

recorder.stdout.on("data", (bytes: Buffer) => {
  rest = Buffer.concat([rest, bytes]);
  for (; rest.length >= frameBytes; rest = rest.subarray(frameBytes)) {
    for (let i = 0; i < frameBytes && waits !== undefined; i += 2) {
      if (Math.abs(rest.readInt16LE(i)) < heardLevel) continue;
      heardMs.push((frames - waits) * 10 + (1000 * (i / 2)) / rateHz);
      waits = undefined;
    }
    const speaks = frames > 0 && frames % everyFrames === 0;
    // One that was not heard until the next is lost.
    if (speaks) waits = frames;
    if (frames === 0) for (let i = 0; i < ahead; i++) player.stdin.write(silence);
    player.stdin.write(speaks ? click : silence);
    frames++;
  }
  if (frames < Number(seconds) * 100) return;
  recorder.kill();
  player.kill();
  console.log(JSON.stringify({ heardMs, spoken: Math.floor((frames - 1) / everyFrames) }));
  process.exit(0);
});
