/** The media client with engines in the same thread: requests, time limits, and what happens when a worker dies. */
import { describe, expect, test } from "vitest";
import { silentLog } from "../../../src/base/log.ts";
import { MediaClient } from "../../../src/media/client.ts";
import type { WorkerPort } from "../../../src/media/client-port.ts";
import type { FromWorker, MediaEvent, ToWorker } from "../../../src/media/protocol.ts";
import { MediaService } from "../../../src/media/service.ts";
import { MediaLab, settings, TestPhone } from "./phones.ts";
import { amplitudeAt, sine } from "./sound.ts";

/** A worker in the same thread: a phone's engine behind a port that can be made to die or to be deaf. */
class FakeWorker implements WorkerPort {
  onMessage: ((message: FromWorker) => void) | undefined;
  onExit: ((why: string) => void) | undefined;
  readonly phone: TestPhone;
  deaf = false;
  terminated = false;
  #service: MediaService;

  constructor(lab: MediaLab, ready: boolean) {
    this.phone = new TestPhone(lab, "127.33.0.50", Math.floor(lab.clock.now()) + 1);
    this.#service = new MediaService({
      engine: this.phone.engine,
      device: this.phone.audio,
      post: (message) => this.onMessage?.(message),
      closed: () => this.onExit?.("it was closed"),
    });
    if (ready) void this.phone.audio.open().then(() => this.onMessage?.({ ready: true, rateHz: 16_000 }));
  }

  post(message: ToWorker): void {
    if (!this.deaf) void this.#service.take(structuredClone(message));
  }

  emit(event: MediaEvent): void {
    this.onMessage?.({ event });
  }

  die(why: string): void {
    void this.phone.engine.close();
    this.onExit?.(why);
  }

  async terminate(): Promise<void> {
    this.terminated = true;
    await this.phone.engine.close();
  }
}

interface Bench {
  readonly lab: MediaLab;
  readonly client: MediaClient;
  readonly workers: FakeWorker[];
  readonly told: string[];
}

async function open(): Promise<Bench> {
  const lab = new MediaLab();
  const workers: FakeWorker[] = [];
  const client = await MediaClient.open({
    clock: lab.clock,
    log: silentLog,
    errors: (error) => {
      throw error;
    },
    startWorker: () => {
      const worker = new FakeWorker(lab, true);
      workers.push(worker);
      return worker;
    },
  });
  const told: string[] = [];
  client.onDied.on(({ why, restartInMs }) => told.push(`died: ${why}, again in ${restartInMs} ms`));
  client.onRestored.on(({ lost }) => told.push(`restored, lost: ${lost.join()}`));
  return { lab, client, workers, told };
}

function last(workers: readonly FakeWorker[]): FakeWorker {
  const worker = workers.at(-1);
  if (worker === undefined) throw new Error("no worker");
  return worker;
}

const range = { address: "127.33.0.50", portMin: 12_000, portMax: 12_010 };

describe("requests", () => {
  test("each gets its own reply, and a failure is an error with the worker's code and words", async () => {
    const { client } = await open();
    const [port, statistics] = await Promise.all([client.openStream(1, range), client.statistics()]);
    expect(port).toBe(12_000);
    expect(statistics.streams.length).toBeLessThanOrEqual(1);
    await expect(client.configureStream(9, settings("127.33.0.1", 4000))).rejects.toMatchObject({
      code: "no-stream",
      message: "there is no media stream 9",
    });
    await expect(client.openStream(2, { ...range, portMax: 12_001 })).rejects.toMatchObject({ code: "no-port" });
    await client.close();
    await expect(client.statistics()).rejects.toMatchObject({ code: "closed" });
  });

  test("a worker that does not answer is an error after five seconds that names the request", async () => {
    const { lab, client, workers } = await open();
    last(workers).deaf = true;
    const asked = expect(client.setPath("handset")).rejects.toMatchObject({
      code: "timeout",
      message: 'the media worker did not answer "path" within 5 s',
    });
    await lab.clock.advanceAsync(5001);
    await asked;
  });

  test("a person at simulated sound can be played at, heard, and listened to live", async () => {
    const { lab, client } = await open();
    const heard: number[] = [];
    client.onEvent.on((event) => {
      if (event.type === "heard") heard.push(event.samples.length);
    });
    await client.setPath("handset");
    await client.personSay(sine(700, 0.5, 0.25, 8000), 8000);
    await client.personListen(true);
    await client.playTone("ear", { parts: [{ hz: [1000], ms: 0 }], repeat: 0 });
    await lab.clock.advanceAsync(1000);
    const { samples, rateHz } = await client.personHeard(0.5);
    expect([samples.length, rateHz]).toEqual([8000, 16_000]);
    expect(amplitudeAt(samples, 1000)).toBeGreaterThan(0.05);
    expect(heard.length).toBe(50);
    await client.personListen(false);
    await lab.clock.advanceAsync(100);
    expect(heard.length).toBe(50);
  });

  test("events come to listeners", async () => {
    const { client, workers } = await open();
    const events: string[] = [];
    client.onEvent.on((event) => events.push(event.type));
    last(workers).emit({ type: "digit", stream: 1, digit: "5", durationMs: 100 });
    last(workers).emit({ type: "log", level: "info", facts: {}, message: "goes to the log" });
    expect(events).toEqual(["digit"]);
  });
});

describe("a worker that dies", () => {
  test("rejects what was asked, comes back with the call as it was: same port, settings, focus, path, volume, tone", async () => {
    const { lab, client, workers, told } = await open();
    const other = await lab.phone();
    const farPort = await other.engine.openStream(1, { address: other.address, portMin: 13_000, portMax: 13_010 });
    const port = await client.openStream(1, range);
    await client.configureStream(1, settings(other.address, farPort));
    other.engine.configureStream(1, settings(range.address, port));
    other.engine.setFocus([1]);
    other.audio.setMicrophone(sine(700, 1), true);
    await client.setFocus([1]);
    await client.setPath("handset");
    await client.setVolume("ear", 6);
    await client.playTone("ear", { parts: [{ hz: [1500], ms: 0 }], repeat: 0 });
    await lab.clock.advanceAsync(500);
    last(workers).deaf = true;
    const asked = expect(client.statistics()).rejects.toMatchObject({
      code: "worker-died",
      message: "the media worker died: a bug",
    });
    last(workers).die("a bug");
    await asked;
    expect(told).toEqual(["died: a bug, again in 50 ms"]);
    await lab.clock.advanceAsync(2000);
    expect(told[1]).toBe("restored, lost: ");
    expect(workers.length).toBe(2);
    expect(workers[0]?.terminated).toBe(true);
    const [stream] = (await client.statistics()).streams;
    expect(stream).toMatchObject({ stream: 1, remote: `${other.address}:${farPort}`, direction: "sendrecv" });
    const heard = last(workers).phone.audio.heard(1);
    expect(amplitudeAt(heard, 700)).toBeCloseTo(0.25 * 10 ** (-6 / 20), 1);
    expect(amplitudeAt(heard, 1500)).toBeGreaterThan(0.02);
    await client.closeStream(1);
    expect(await client.openStream(2, { ...range, port })).toBe(port);
  });

  test("what is asked while there is none waits for the next one", async () => {
    const { lab, client, workers } = await open();
    last(workers).die("a bug");
    const opening = client.openStream(4, range);
    await lab.clock.advanceAsync(200);
    expect(await opening).toBe(12_000);
    expect(workers.length).toBe(2);
  });

  test("a stream whose port was taken meanwhile is told as lost, the others live", async () => {
    const { lab, client, workers, told } = await open();
    await client.openStream(1, range);
    await client.openStream(2, range);
    last(workers).die("a bug");
    await lab.wire.bind({ address: range.address, port: 12_000 });
    await lab.clock.advanceAsync(500);
    expect(told.at(-1)).toBe("restored, lost: 1");
    expect((await client.statistics()).streams.map((s) => s.stream)).toEqual([2]);
  });

  test("at most five new ones in a minute, then it waits until the minute is over", async () => {
    const { lab, workers, told } = await open();
    for (let i = 0; i < 6; i++) {
      last(workers).die("again");
      await lab.clock.advanceAsync(1000);
    }
    expect(workers.length).toBe(6);
    expect(told.at(-1)).toBe("died: again, again in 55000 ms");
    await lab.clock.advanceAsync(53_000);
    expect(workers.length).toBe(6);
    await lab.clock.advanceAsync(2000);
    expect(workers.length).toBe(7);
    expect(told.at(-1)).toBe("restored, lost: ");
  });

  test("the first one that does not come up is an error of opening, with the reason", async () => {
    const lab = new MediaLab();
    const worker = new FakeWorker(lab, false);
    const opening = expect(
      MediaClient.open({ clock: lab.clock, log: silentLog, errors: () => {}, startWorker: () => worker }),
    ).rejects.toMatchObject({ code: "worker-died", message: 'the media worker died: board "x" does not exist' });
    worker.die('board "x" does not exist');
    await opening;
  });

  test("one that hangs at its start counts as dead after 45 seconds", async () => {
    const lab = new MediaLab();
    const worker = new FakeWorker(lab, false);
    const opening = expect(
      MediaClient.open({ clock: lab.clock, log: silentLog, errors: () => {}, startWorker: () => worker }),
    ).rejects.toThrow("it was not ready after 45 s");
    await lab.clock.advanceAsync(45_001);
    await opening;
    expect(worker.terminated).toBe(true);
  });

  test("closing ends the worker, twice is once, and nothing is started again", async () => {
    const { lab, client, workers } = await open();
    await client.openStream(1, range);
    await Promise.all([client.close(), client.close()]);
    expect(last(workers).terminated).toBe(true);
    await lab.clock.advanceAsync(1000);
    expect(workers.length).toBe(1);
  });
});
