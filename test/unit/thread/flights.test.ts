/** Recordings of the flight recorder in the data folder, and the program that plays them again. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ManualClock } from "../../../hal/driver/sim/clock.ts";
import { Event } from "../../../src/base/event.ts";
import { silentLog } from "../../../src/base/log.ts";
import { FlightRecorder } from "../../../src/media/flight-recorder.ts";
import { noFigures } from "../../../src/media/playout-figures.ts";
import type { FlightRecording, MediaEvent, MediaReply } from "../../../src/media/protocol.ts";
import { Flights } from "../../../src/thread/flights.ts";
import { main } from "../../lab/replay.ts";

const made: string[] = [];
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function flights(recording: FlightRecording | undefined) {
  const data = mkdtempSync(join(tmpdir(), "flights-"));
  made.push(data);
  const folder = join(data, "flights");
  const clock = new ManualClock();
  const onEvent = new Event<MediaEvent>(() => {});
  let seen = 0;
  const kept = new Flights({
    ...{ clock, folder, log: silentLog },
    media: { onEvent, request: async (): Promise<MediaReply> => ({ type: "flight", recording }) },
    changed: () => seen++,
  });
  kept.open();
  return { kept, folder, clock, onEvent, seen: () => seen };
}

function recordingOf(stream: number, sound = true): FlightRecording {
  const flight = new FlightRecorder({ sound, jitter: { adaptive: true, minMs: 0, maxMs: 300, normalMs: 120 } });
  flight.setReceive([{ payloadType: 0, codec: "pcmu" }]);
  const figures = noFigures();
  for (let frame = 0; frame < 300; frame++) {
    if (frame % 2 === 0)
      flight.packet(frame / 2, 80 * frame, 0, false, new Uint8Array(160).fill(frame & 255), 10 * frame);
    flight.frame(10 * frame);
    figures.played += frame % 2;
    flight.figures(figures);
  }
  return { stream, bytes: flight.take({ stream, epochMs: 0, nowMs: 3000 }) };
}

describe("recordings of the flight recorder", () => {
  test("on request one is written for its owner's eyes, and the menu says when", async () => {
    const { kept, folder, clock, seen } = flights(recordingOf(4));
    const path = await kept.keep();
    expect(path).toMatch(/flight-\d{8}T\d{6}Z-call4\.bin$/);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(seen()).toBe(1);
    clock.advance(60_000);
    const item = kept.item(() => true);
    expect(item.value()).toMatch(/^Kept \d\d:\d\d UTC$/);
    item.change(1);
    // The request's answer, then the writing.
    await new Promise((resolve) => setImmediate(resolve));
    await kept.close();
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("a bad call is kept by itself, and the oldest of more than eight make way", async () => {
    const { kept, folder, clock, onEvent } = flights(undefined);
    for (let call = 1; call <= 11; call++) {
      onEvent.emit({ type: "flight", recording: recordingOf(call), worstMosLq: 2.1 });
      await kept.close();
      clock.advance(1000);
    }
    expect(readdirSync(folder).map((name) => /call(\d+)/.exec(name)?.[1])).toEqual(
      ["4", "5", "6", "7", "8", "9", "10", "11"].map((call) => call),
    );
  });

  test("with nothing to keep it says why", async () => {
    await expect(flights(undefined).kept.keep()).rejects.toThrow("no call had sound since the start");
  });
});

describe("npm run replay", () => {
  function run(...args: string[]) {
    const said: string[] = [];
    return { status: main(args, (line) => said.push(line)), said: said.join("\n") };
  }

  test("it writes what was heard, and tells of each second", () => {
    const folder = mkdtempSync(join(tmpdir(), "flights-"));
    made.push(folder);
    const file = join(folder, "flight-x.bin");
    writeFileSync(file, recordingOf(2).bytes);
    const { status, said } = run(file);
    expect(status).toBe(0);
    expect(said).toContain("call 2, taken at 1970-01-01T00:00:00.000Z, from its beginning");
    expect(said).toMatch(/second {2}came {2}played {2}lost/);
    expect(said).toContain("2 s: 100 packets, 0 of them never heard (0.0 %");
    const wav = readFileSync(join(folder, "flight-x.wav"));
    expect(wav.subarray(0, 4).toString()).toBe("RIFF");
    expect(wav.length).toBe(44 + 2 * 160 * 300);
  });

  test("without sound it tells and writes nothing; a wrong file is named; no file: how to use it", () => {
    const folder = mkdtempSync(join(tmpdir(), "flights-"));
    made.push(folder);
    const file = join(folder, "quiet.bin");
    writeFileSync(file, recordingOf(2, false).bytes);
    expect(run(file)).toMatchObject({ status: 0, said: expect.stringContaining("there is nothing to hear") });
    expect(readdirSync(folder)).toEqual(["quiet.bin"]);
    writeFileSync(file, "RIFFxxxx");
    expect(run(file).status).toBe(1);
    expect(run(file).said).toContain(`${file}: this is no recording of the flight recorder`);
    expect(run().status).toBe(2);
  });
});
