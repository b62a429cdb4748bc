/** The panel's WebSocket on loopback: pictures, state, keys and sound, as the page has them. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { modelById } from "../../../board/models/index.ts";
import { type Frame, readFrame, saidFrame } from "../../../src/web/page/panel/frames.ts";
import { PanelServer } from "../../../src/web/panel/server.ts";
import { type FakePhone, fakePhone } from "./fake-phone.ts";

const host = "127.0.24.3";
const pageFolder = new URL("../../../src/web/page/panel", import.meta.url).pathname;

let phone: FakePhone;
let server: PanelServer;

class Viewer {
  readonly frames: Frame[] = [];
  readonly messages: Record<string, unknown>[] = [];
  readonly socket: WebSocket;
  readonly opened: Promise<void>;

  constructor(headers: Record<string, string> = {}) {
    this.socket = new WebSocket(`${server.url.replace("http", "ws")}/panel/live`, { headers });
    this.socket.binaryType = "arraybuffer";
    this.socket.on("message", (data, binary) => {
      if (!binary) this.messages.push(JSON.parse(String(data)));
      else if (data instanceof ArrayBuffer) {
        const frame = readFrame(data);
        if (frame !== undefined) this.frames.push(frame);
      }
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once("open", resolve);
      this.socket.once("error", reject);
    });
  }

  get pictures(): Extract<Frame, { kind: "picture" }>[] {
    return this.frames.filter((frame) => frame.kind === "picture");
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }
}

const viewers: Viewer[] = [];
/** A viewer that talks and listens. */
async function talk(): Promise<Viewer> {
  const viewer = await view();
  viewer.send({ type: "listen", on: true });
  await expect.poll(() => phone.media.listening).toBe(true);
  return viewer;
}

async function view(): Promise<Viewer> {
  const viewer = new Viewer();
  viewers.push(viewer);
  await viewer.opened;
  await expect.poll(() => viewer.pictures.length).toBe(1);
  return viewer;
}

beforeEach(async () => {
  phone = fakePhone(modelById("t46g"));
  server = new PanelServer(phone.port, { host, port: 0 }, pageFolder);
  await server.open();
});
afterEach(async () => {
  for (const viewer of viewers.splice(0)) viewer.socket.terminate();
  await server.close();
});

describe("panel live: what is seen", () => {
  test("the whole LCD comes first, then only the rows that changed", async () => {
    const viewer = await view();
    expect(viewer.pictures[0]).toMatchObject({ format: "rgb565", width: 480, height: 272, firstRow: 0, rows: 272 });
    phone.front.press("3");
    await expect.poll(() => viewer.pictures.length).toBe(2);
    const changed = viewer.pictures[1];
    expect(changed?.rows).toBe(68);
    expect(changed?.firstRow).toBe(204);
    const at = (34 + 5) * 2;
    expect((changed?.bytes[at] ?? 0) | ((changed?.bytes[at + 1] ?? 0) << 8)).toBe(0xffe0);
  });

  test("a hundred changes at once are few pictures, the last one complete", async () => {
    const viewer = await view();
    for (let i = 0; i < 100; i++) phone.front.press(i % 2 === 0 ? "cancel" : "1");
    await expect.poll(() => viewer.messages.at(-1)?.["state"]).toMatchObject({ screen: { lines: ["1"] } });
    expect(viewer.pictures.length).toBeLessThanOrEqual(4);
  });

  test("a key is seen within 50 ms", async () => {
    const viewer = await view();
    const seen = new Promise<number>((resolve) => viewer.socket.once("message", () => resolve(performance.now())));
    const pressed = performance.now();
    phone.front.press("7");
    expect((await seen) - pressed).toBeLessThan(50);
  });

  test("lamps come as state, without a picture", async () => {
    const viewer = await view();
    phone.front.light("message", { color: "red", pattern: "slow" });
    await expect
      .poll(() => viewer.messages.at(-1)?.["state"])
      .toMatchObject({ lamps: { message: { color: "red", pattern: "slow" } } });
    expect(viewer.pictures).toHaveLength(1);
  });

  test("figures come at once when wanted, and not before", async () => {
    const viewer = await view();
    expect(viewer.messages.some(({ type }) => type === "media")).toBe(false);
    viewer.send({ type: "media", on: true });
    await expect
      .poll(() => viewer.messages.find(({ type }) => type === "media"))
      .toMatchObject({ media: { underruns: 0 } });
  });
});

describe("panel live: what is done", () => {
  test("keys go down and up", async () => {
    const viewer = await view();
    for (const down of [true, true, false]) viewer.send({ type: "key", key: "line10", down });
    await expect.poll(() => phone.front.done).toEqual(["+line10", "-line10"]);
  });

  test("a page that goes away lets go of its keys", async () => {
    const viewer = await view();
    viewer.send({ type: "key", key: "5", down: true });
    await expect.poll(() => phone.front.done).toEqual(["+5"]);
    viewer.socket.terminate();
    await expect.poll(() => phone.front.done).toEqual(["+5", "-5"]);
  });

  test.each([
    [{ type: "key", key: "conference", down: true }, 'the SIP-T46G has no key "conference"'],
    [{ type: "key", key: "enter", down: true }, 'there is no key called "enter"'],
    [{ type: "reboot" }, "type: "],
    ["no JSON", "the message is no JSON"],
  ])("%j is answered with the reason, and the line stays", async (message, reason) => {
    const viewer = await view();
    if (typeof message === "string") viewer.socket.send(message);
    else viewer.send(message);
    await expect.poll(() => String(viewer.messages.at(-1)?.["error"])).toContain(reason);
    viewer.send({ type: "key", key: "1", down: true });
    await expect.poll(() => phone.front.done).toEqual(["+1"]);
  });
});

describe("panel live: sound", () => {
  const frame = (value: number): Int16Array => new Int16Array(320).fill(value);

  test("what the person says goes into the microphone, behind a cushion of silence", async () => {
    const viewer = await talk();
    viewer.socket.send(saidFrame(frame(7), 16_000));
    viewer.socket.send(saidFrame(frame(8), 16_000));
    await expect.poll(() => phone.media.said.length).toBe(3);
    expect(phone.media.said.map(({ samples, rateHz }) => [samples[0], samples.length, rateHz])).toEqual([
      [0, 640, 16_000],
      [7, 320, 16_000],
      [8, 320, 16_000],
    ]);
  });

  test("a second of speech that comes at once does not become a second of delay", async () => {
    const viewer = await talk();
    for (let i = 0; i < 50; i++) viewer.socket.send(saidFrame(frame(i), 16_000));
    viewer.send({ type: "key", key: "1", down: true });
    await expect.poll(() => phone.front.done).toEqual(["+1"]);
    const queuedMs = phone.media.said.reduce((sum, { samples }) => sum + samples.length / 16, 0);
    expect(queuedMs).toBeLessThan(320);
    expect(queuedMs).toBeGreaterThan(150);
  });

  test("a page that does not talk is not heard", async () => {
    const viewer = await view();
    viewer.socket.send(saidFrame(frame(7), 16_000));
    viewer.send({ type: "key", key: "1", down: true });
    await expect.poll(() => phone.front.done).toEqual(["+1"]);
    expect(phone.media.said).toEqual([]);
  });

  test("who wants to talk where there is no simulated sound is told why", async () => {
    const viewer = await view();
    phone.media.dead = true;
    viewer.send({ type: "listen", on: true });
    await expect.poll(() => viewer.messages.at(-1)).toEqual({ type: "unheard", why: "no reply within 1000 ms" });
    expect(phone.media.listening).toBe(false);
  });

  test("what the phone plays is heard by who listens, and by nobody else", async () => {
    const [listener, other] = [await view(), await view()];
    listener.send({ type: "listen", on: true });
    await expect.poll(() => phone.media.listening).toBe(true);
    phone.media.onHeardFrame?.(Int16Array.of(1, -2, 32_767), 16_000);
    await expect
      .poll(() => listener.frames.at(-1))
      .toEqual({ kind: "heard", rateHz: 16_000, samples: Int16Array.of(1, -2, 32_767) });
    expect(other.frames.some(({ kind }) => kind === "heard")).toBe(false);
    listener.socket.terminate();
    await expect.poll(() => phone.media.listening).toBe(false);
  });

  test.each([
    ["an odd length", Uint8Array.of(3, 0, 160, 0, 1)],
    ["an unknown kind", Uint8Array.of(9, 0, 160, 0, 1, 1)],
    ["no rate", Uint8Array.of(3, 0, 0, 0, 1, 1)],
    ["nothing", new Uint8Array(0)],
  ])("a frame of %s is dropped", async (_, bytes) => {
    const viewer = await talk();
    viewer.socket.send(bytes);
    viewer.send({ type: "key", key: "1", down: true });
    await expect.poll(() => phone.front.done).toEqual(["+1"]);
    expect(phone.media.said).toEqual([]);
  });
});

describe("panel live: who may look", () => {
  test.each([
    [{ origin: "http://evil.example" }, "403"],
    [{ origin: "null" }, "403"],
    [{ host: "evil.example" }, "403"],
  ])("%j is refused", async (headers, status) => {
    await expect(new Viewer(headers).opened).rejects.toThrow(status);
  });

  test("its own page may", async () => {
    const viewer = new Viewer({ origin: server.url });
    viewers.push(viewer);
    await viewer.opened;
  });

  test("another path is no WebSocket", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/panel/other`);
    await expect(new Promise((_, reject) => socket.once("error", reject))).rejects.toThrow("404");
  });
});
