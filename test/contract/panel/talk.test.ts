/** Talking through the page in Chromium: its fake microphone reaches the phone, what the phone plays reaches the page. */
import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { PanelServer } from "../../../src/web/panel/server.ts";
import { writeWav } from "../../../src/web/panel/wav.ts";
import { needs } from "../../lab/needs.ts";
import { buildPages } from "../../lab/pages.mjs";
import { type Browser, openBrowser } from "./browser.ts";
import { type FakePhone, fakePhone } from "./fake-phone.ts";
import { shareAt, tone } from "./tone.ts";

const out = new URL("../../out/panel-talk", import.meta.url).pathname;
const toneHz = 700;

describe.runIf(needs("chromium"))("panel page: talking through this computer", () => {
  let browser: Browser;
  let phone: FakePhone;
  let server: PanelServer;

  beforeAll(async () => {
    mkdirSync(out, { recursive: true });
    writeFileSync(`${out}/microphone.wav`, writeWav(tone(toneHz, 48_000, 4), 48_000));
    await buildPages(`${out}/page`);
    browser = await openBrowser({
      extra: [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-audio-capture=${out}/microphone.wav`,
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
    phone = fakePhone(modelById("t46g"));
    server = new PanelServer(phone.port, { host: "127.0.0.1", port: 0 }, `${out}/page/panel`);
    await server.open();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test("the microphone is not touched before the click; then its tone arrives, and the phone's sound is heard", async () => {
    const page = await browser.context.newPage();
    await page.addInitScript(
      `const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
       window.asked = 0;
       if (ask) navigator.mediaDevices.getUserMedia = (what) => { window.asked += 1; return ask(what); };`,
    );
    await page.goto(server.url);
    const talk = page.getByRole("button", { name: "Talk through this computer" });
    await talk.waitFor();
    await expect.poll(() => page.locator("main:not(.away)").count()).toBe(1);
    expect(await page.evaluate("window.asked")).toBe(0);
    expect(phone.media.said).toEqual([]);

    await talk.click();
    await expect.poll(() => phone.media.listening, { timeout: 10_000 }).toBe(true);
    await expect.poll(() => phone.media.said.length, { timeout: 10_000 }).toBeGreaterThan(120);
    expect(await page.evaluate("window.asked")).toBe(1);
    const said = Int16Array.from(phone.media.said.slice(40, 120).flatMap(({ samples }) => [...samples]));
    expect(phone.media.said[60]?.rateHz).toBe(16_000);
    expect(shareAt(toneHz, said, 16_000)).toBeGreaterThan(0.8);

    const heard = tone(toneHz, 16_000, 1);
    let at = 0;
    const playing = setInterval(() => {
      phone.media.onHeardFrame?.(heard.slice(at, at + 160), 16_000);
      at = (at + 160) % (heard.length - 160);
    }, 10);
    await expect
      .poll(() => page.getByRole("meter", { name: "Phone level", exact: true }).getAttribute("value").then(Number), {
        timeout: 10_000,
      })
      .toBeGreaterThan(0.6);
    clearInterval(playing);

    await page.getByRole("button", { name: "Stop talking here" }).click();
    await expect.poll(() => phone.media.listening).toBe(false);
    const stopped = phone.media.said.length;
    await page.waitForTimeout(300);
    expect(phone.media.said.length).toBeLessThanOrEqual(stopped + 2);
    await page.close();
  });
});
