/** The panel's calls over real HTTP on loopback, against a phone that is only a front. */
import { request } from "node:http";
import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { PanelServer } from "../../../src/web/panel/server.ts";
import { readWav, writeWav } from "../../../src/web/panel/wav.ts";
import { type FakePhone, fakePhone } from "./fake-phone.ts";

const host = "127.0.24.1";
const pageFolder = new URL("../../../src/web/page/panel", import.meta.url).pathname;

let phone: FakePhone;
let server: PanelServer;

async function start(model: string): Promise<void> {
  phone = fakePhone(modelById(model));
  server = new PanelServer(phone.port, { host, port: 0 }, pageFolder);
  await server.open();
}

beforeEach(() => start("t46g"));
afterEach(() => server.close());

const get = (path: string): Promise<Response> => fetch(`${server.url}${path}`);
const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Response> => fetch(`${server.url}${path}`, { method: "POST", body, headers });
const postJson = (path: string, body: unknown): Promise<Response> => post(path, JSON.stringify(body));
const why = async (response: Response): Promise<string> => ((await response.json()) as { error: string }).error;

/** fetch sets Host and Origin by itself; this does not. */
function raw(method: string, path: string, headers: Record<string, string>): Promise<number> {
  const { port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on("error", reject);
    asked.end(method === "POST" ? '{"off":true}' : undefined);
  });
}

describe("panel: state", () => {
  test("tells what a person could see", async () => {
    phone.front.light("line1", { color: "green", pattern: "on" });
    phone.front.light("power", { color: "red", pattern: "fast" });
    const state = (await (await get("/panel/state")).json()) as { keys: unknown[] };
    expect(state).toMatchObject({
      screen: {
        id: "idle",
        title: "Anna 101",
        lines: [],
        softkeys: ["History", "Directory", "DND", "Menu"],
        icons: [],
      },
      powerLamp: { color: "red", pattern: "fast" },
      hook: "on",
      path: "none",
      mute: false,
      volume: 8,
      backlight: 8,
      jacks: { headset: false, ethernet: true },
    });
    expect(state.keys).toHaveLength(10);
    expect(state.keys[0]).toEqual({ key: "line1", label: "Anna 101", lamp: { color: "green", pattern: "on" } });
  });

  test("an expansion key is told when it is labelled or lit", async () => {
    phone.labels.set("exp2.7", "Door");
    phone.front.light("exp1.40", { color: "red", pattern: "on" });
    const { keys } = (await (await get("/panel/state")).json()) as { keys: { key: string }[] };
    expect(keys.slice(10).map(({ key }) => key)).toEqual(["exp1.40", "exp2.7"]);
  });

  test("the LCD's pixels are a PNG of the LCD's size", async () => {
    const response = await get("/panel/screen.png");
    expect(response.headers.get("content-type")).toBe("image/png");
    const png = new DataView(await response.arrayBuffer());
    expect([png.getUint32(16), png.getUint32(20)]).toEqual([480, 272]);
  });
});

describe("panel: keys", () => {
  test("are pressed and released in order", async () => {
    expect((await postJson("/panel/keys", { keys: ["1", "#", "line10", "soft4", "exp6.40"] })).status).toBe(200);
    expect(phone.front.done).toEqual([
      "+1",
      "-1",
      "+#",
      "-#",
      "+line10",
      "-line10",
      "+soft4",
      "-soft4",
      "+exp6.40",
      "-exp6.40",
    ]);
  });

  test("of two requests at once do not mingle", async () => {
    await Promise.all([
      postJson("/panel/keys", { keys: ["1", "2"], holdMs: 30 }),
      postJson("/panel/keys", { keys: ["3", "4"], holdMs: 0 }),
    ]);
    expect(phone.front.digits).toMatch(/^(?:1234|3412)$/);
  });

  test("are held for holdMs", async () => {
    const started = performance.now();
    await postJson("/panel/keys", { keys: ["1", "2"], holdMs: 60 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(118);
  });

  test("a key that no phone has is named, and none is pressed", async () => {
    const response = await postJson("/panel/keys", { keys: ["1", "enter"] });
    expect([response.status, await why(response)]).toEqual([400, 'there is no key called "enter"']);
    expect(phone.front.done).toEqual([]);
  });

  test.each([
    ["t46g", "line11"],
    ["t46g", "conference"],
    ["t19p_e2", "line1"],
    ["t19p_e2", "exp1.1"],
    ["cp860", "headset"],
  ])("%s lacks %s and says so", async (model, key) => {
    await server.close();
    await start(model);
    const response = await postJson("/panel/keys", { keys: [key] });
    expect([response.status, await why(response)]).toEqual([400, `the ${modelById(model).name} has no key "${key}"`]);
  });

  test.each([
    ["no JSON", "keys=1", "the body is no JSON"],
    ["no body", "", "the request has no body; JSON is expected"],
    ["keys that are no list", '{"keys":"12"}', "keys: "],
    ["a negative hold", '{"keys":["1"],"holdMs":-1}', "holdMs: "],
    ["an hour's hold", '{"keys":["1"],"holdMs":3600000}', "holdMs: "],
    ["no keys at all", '{"keys":[]}', "keys: "],
    ["a member that is not known", '{"keys":["1"],"hold":1}', "hold: "],
  ])("%s is refused with the reason", async (_, body, reason) => {
    const response = await post("/panel/keys", body);
    expect(response.status).toBe(400);
    expect(await why(response)).toContain(reason);
  });

  test("a body larger than a request can be is refused", async () => {
    expect((await post("/panel/keys", "x".repeat(70_000))).status).toBe(413);
  });
});

describe("panel: what a person does", () => {
  test("dials a number, or a URI by an account", async () => {
    await postJson("/panel/dial", { to: "600" });
    await postJson("/panel/dial", { to: "sip:b@127.0.24.9", account: 1 });
    expect(phone.dialled).toEqual(["600", "sip:b@127.0.24.9 by 1"]);
  });

  test("an account that is not there is refused", async () => {
    const response = await postJson("/panel/dial", { to: "600", account: 9 });
    expect([response.status, await why(response)]).toEqual([400, "there is no account 9"]);
  });

  test("lifts and replaces the handset", async () => {
    await postJson("/panel/hook", { off: true });
    expect(await (await get("/panel/state")).json()).toMatchObject({ hook: "off", path: "handset" });
    await postJson("/panel/hook", { off: false });
    expect(phone.front.done).toEqual(["lifted", "replaced"]);
  });

  test("a phone without a handset says so", async () => {
    await server.close();
    await start("cp860");
    const response = await postJson("/panel/hook", { off: true });
    expect([response.status, await why(response)]).toEqual([400, "the CP860 has no handset"]);
  });

  test("plugs and unplugs", async () => {
    await postJson("/panel/plug", { headset: true, ethernet: false });
    expect(await (await get("/panel/state")).json()).toMatchObject({ jacks: { headset: true, ethernet: false } });
    const response = await postJson("/panel/plug", { usb: true });
    expect([response.status, (await why(response)).startsWith("usb: ")]).toEqual([400, true]);
  });
});

describe("panel: sound", () => {
  test("a WAV goes into the microphone, two channels as one", async () => {
    const stereo = writeWav(Int16Array.of(100, 300, -100, -300), 44_100);
    stereo[22] = 2;
    expect((await post("/panel/mic", stereo as Uint8Array<ArrayBuffer>, { "content-type": "audio/wav" })).status).toBe(
      200,
    );
    expect(phone.media.said).toEqual([{ samples: Int16Array.of(200, -200), rateHz: 44_100 }]);
  });

  test("what is no WAV is refused with the reason", async () => {
    const response = await post("/panel/mic", "hello, hello, hello");
    expect([response.status, await why(response)]).toEqual([
      400,
      "the sound cannot be used: it is no WAV file (no RIFF/WAVE header)",
    ]);
    expect(phone.media.said).toEqual([]);
  });

  test("speaker.wav is the last seconds that were heard", async () => {
    const response = await get("/panel/speaker.wav?seconds=1.5");
    expect(response.headers.get("content-type")).toBe("audio/wav");
    const wav = readWav(new Uint8Array(await response.arrayBuffer()));
    expect(wav.ok && [wav.rateHz, wav.samples.length, wav.samples[7]]).toEqual([16_000, 24_000, 1000]);
  });

  test.each(["0", "-1", "121", "ten", ""])("speaker.wav?seconds=%s is refused", async (seconds) => {
    const response = await get(`/panel/speaker.wav?seconds=${seconds}`);
    expect([response.status, (await why(response)).startsWith("seconds: ")]).toEqual([400, true]);
  });

  test("media statistics name each call's codec and loss, and the card's underruns", async () => {
    const media = (await (await get("/panel/media")).json()) as { calls: unknown[] };
    expect(media.calls[0]).toMatchObject({ codec: "g722", lossPercent: 0.8, mos: 4.21, bufferDelayMs: 41.5 });
    expect(media).toMatchObject({ underruns: 0, device: { path: "handset" }, loopDelayMs: { worst: 2.1 } });
  });

  test("a media worker that does not answer is a 503 that says so", async () => {
    phone.media.dead = true;
    expect((await post("/panel/mic", writeWav(Int16Array.of(1), 8000) as Uint8Array<ArrayBuffer>)).status).toBe(503);
    expect((await get("/panel/speaker.wav?seconds=1")).status).toBe(503);
    expect(phone.media.said).toEqual([]);
    const response = await get("/panel/media");
    expect([response.status, await why(response)]).toEqual([
      503,
      "the phone's sound cannot be had: no reply within 1000 ms",
    ]);
  });
});

describe("panel: who may ask", () => {
  const own = (): string => new URL(server.url).host;

  test("a program without Origin may", async () => {
    expect(await raw("POST", "/panel/hook", { host: own() })).toBe(200);
  });

  test("its own page may", async () => {
    expect(await raw("POST", "/panel/hook", { host: own(), origin: `http://${own()}` })).toBe(200);
  });

  test.each(["http://evil.example", "null", "http://127.0.24.1:1", "file://", "nonsense"])(
    "a page of origin %s may not",
    async (origin) => {
      expect(await raw("POST", "/panel/hook", { host: own(), origin })).toBe(403);
      expect(phone.front.done).toEqual([]);
    },
  );

  test.each(["evil.example", "evil.example:80", "127.0.24.1.evil.example", "a@127.0.24.1"])(
    "RFC 9110 §7.2: a request for host %j is refused, even to read",
    async (name) => {
      expect(await raw("GET", "/panel/state", { host: name })).toBeGreaterThanOrEqual(400);
    },
  );

  test.each(["localhost", "localhost:7080", "[::1]:7080", "127.0.0.1"])("%s is a name of ours", async (name) => {
    expect(await raw("GET", "/panel/state", { host: name })).toBe(200);
  });
});

describe("panel: server", () => {
  test("a port in use is an error that names it", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, host, resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const second = new PanelServer(phone.port, { host, port }, pageFolder);
    await expect(second.open()).rejects.toThrow(
      `panel: port ${port} of ${host} is in use by another program; choose another with --panel HOST:PORT`,
    );
    await second.close();
    taken.close();
  });

  test("an address that this machine lacks is an error that names it", async () => {
    const second = new PanelServer(phone.port, { host: "192.0.2.1", port: 7080 }, pageFolder);
    await expect(second.open()).rejects.toThrow("panel: cannot listen on 192.0.2.1 port 7080: ");
    await second.close();
  });

  test("an unknown call is a 404 that names it", async () => {
    const response = await get("/panel/nothing");
    expect([response.status, await why(response)]).toEqual([404, "the panel has no GET /panel/nothing"]);
  });
});
