/**
 * A sound card that is not there, for the programs `arecord` and `aplay` beside this file. The PCM's name says how it
 * behaves: `fake:key=value,key=value` with
 *   hz=700        what is captured; amplitude a quarter of full scale
 *   file=PATH     where what is played goes, raw
 *   speed=1.01    how fast its clock runs
 *   rates=48000   the only rate it has
 *   stereo=1      two channels only
 *   dies=500      it is unplugged after so many ms, and is absent while PATH `gone` exists
 *   gone=PATH     absent while that file exists
 *   busy=1  hang=1
 *   stumble=3     so many underruns, one after another
 */
import { appendFileSync, existsSync, writeFileSync, writeSync } from "node:fs";

export function card(program) {
  const args = process.argv.slice(2);
  const value = (flag) => args[args.indexOf(flag) + 1];
  const long = (name) => Number((args.find((a) => a.startsWith(`--${name}=`)) ?? "=0").split("=")[1]);
  const pcm = value("-D");
  const wanted = new Map(
    pcm
      .replace(/^fake:?/, "")
      .split(",")
      .map((pair) => pair.split("=")),
  );
  const fail = (text) => {
    writeSync(2, `${program}: main:831: audio open error: ${text}\n`);
    process.exit(1);
  };
  if (!pcm.startsWith("fake")) fail("No such file or directory");
  if (wanted.get("busy")) fail("Device or resource busy");
  if (wanted.has("gone") && existsSync(wanted.get("gone"))) fail("No such device");
  let rateHz = Number(value("-r"));
  const channels = Number(value("-c"));
  if (wanted.get("stereo") && channels !== 2) {
    writeSync(2, `${program}: set_params:1352: Channels count non available\n`);
    process.exit(1);
  }
  if (wanted.has("rates") && rateHz !== Number(wanted.get("rates"))) {
    writeSync(2, `Warning: rate is not accurate (requested = ${rateHz}Hz, got = ${wanted.get("rates")}Hz)\n`);
    writeSync(2, "         please, try the plug plugin \n");
    rateHz = Number(wanted.get("rates"));
  }
  if (wanted.has("dies"))
    setTimeout(() => {
      if (wanted.has("gone")) writeFileSync(wanted.get("gone"), "");
      writeSync(2, `${program}: pcm_read:2221: read error: No such device\n`);
      process.exit(1);
    }, Number(wanted.get("dies")));
  if (wanted.get("hang")) {
    setInterval(() => {}, 1000);
    return;
  }
  const speed = Number(wanted.get("speed") ?? 1);
  const periodMs = long("period-time") / 1000 || 125;
  const bufferMs = long("buffer-time") / 1000 || 500;
  const started = performance.now();
  const now = () => (performance.now() - started) * speed;
  if (program === "arecord") record(wanted, rateHz, channels, periodMs, now);
  else play(wanted, rateHz, channels, periodMs, bufferMs, now);
}

function record(wanted, rateHz, channels, periodMs, now) {
  const hz = Number(wanted.get("hz") ?? 700);
  const frames = Math.round((rateHz * periodMs) / 1000);
  let periods = 0;
  let at = 0;
  setInterval(() => {
    for (; periods * periodMs < now(); periods++) {
      const bytes = Buffer.alloc(frames * channels * 2);
      for (let i = 0; i < frames; i++, at++)
        for (let c = 0; c < channels; c++)
          bytes.writeInt16LE(Math.round(8192 * Math.sin((2 * Math.PI * hz * at) / rateHz)), (i * channels + c) * 2);
      try {
        writeSync(1, bytes);
      } catch (error) {
        if (error.code !== "EAGAIN") process.exit(0);
      }
    }
  }, 2);
}

function play(wanted, rateHz, channels, periodMs, bufferMs, now) {
  const bytesPerMs = (rateHz * channels * 2) / 1000;
  const room = bufferMs * bytesPerMs;
  let ring = Buffer.alloc(0);
  let running = false;
  let playedMs = 0;
  let stumbles = Number(wanted.get("stumble") ?? 0);
  const chunk = Math.round(periodMs * bytesPerMs);
  process.stdin.on("readable", () => fill());
  process.stdin.on("end", () => process.exit(0));
  const fill = () => {
    while (ring.length + chunk <= room) {
      const bytes = process.stdin.read(chunk);
      if (bytes === null) break;
      ring = Buffer.concat([ring, bytes]);
    }
    if (!running && ring.length + chunk > room) {
      running = true;
      playedMs = now();
    }
  };
  setInterval(() => {
    fill();
    if (!running) return;
    if (stumbles > 0 && now() > 400) {
      stumbles--;
      writeSync(2, "underrun!!! (at least 12.345 ms long)\n");
    }
    const due = now() - playedMs;
    const wantedBytes = Math.floor(due) * bytesPerMs;
    if (wantedBytes > ring.length) {
      writeSync(2, "underrun!!! (at least 1.000 ms long)\n");
      running = false;
    }
    const out = ring.subarray(0, Math.min(ring.length, wantedBytes));
    ring = ring.subarray(out.length);
    playedMs += out.length / bytesPerMs;
    if (out.length > 0 && wanted.has("file")) appendFileSync(wanted.get("file"), out);
    fill();
  }, 2);
}
