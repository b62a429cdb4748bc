/** The demo as a person meets it: page in Chromium, its microphone, phone, demo PBX. Runs the build in dist/. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readWav, writeWav } from "../../../src/web/panel/wav.ts";
import { needs } from "../../lab/needs.ts";
import { type Browser, openBrowser } from "./browser.ts";
import { shareAt, tone } from "./tone.ts";

const root = new URL("../../..", import.meta.url).pathname;
const toneHz = 700;

/** Resolves with the panel's address when the demo says that it is ready. */
function startDemo(folder: string): Promise<{ demo: ChildProcess; panel: string }> {
  const demo = spawn(process.execPath, [join(root, "dist/test/lab/demo.js"), "--data", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  demo.stderr.on("data", (data) => {
    said += data;
  });
  return new Promise((resolve, reject) => {
    demo.stdout.on("data", (data) => {
      const panel = /"panel":"([^"]+)"/.exec(String(data))?.[1];
      if (panel !== undefined) resolve({ demo, panel });
    });
    demo.once("error", reject);
    demo.once("exit", (status) => reject(new Error(`the demo ended with status ${status}: ${said}`)));
  });
}

describe.runIf(needs("chromium"))("demo, from the page", () => {
  let folder: string;
  let browser: Browser;
  let demo: ChildProcess;
  let panel: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "offhook-demo-"));
    const microphone = join(folder, "microphone.wav");
    writeFileSync(microphone, writeWav(tone(toneHz, 48_000, 4), 48_000));
    ({ demo, panel } = await startDemo(join(folder, "data")));
    browser = await openBrowser({
      extra: [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-audio-capture=${microphone}`,
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
  });
  afterAll(async () => {
    await browser?.close();
    demo?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  test("600, dialled with the mouse, echoes the browser's microphone; the demo ends in order", async () => {
    const page = await browser.context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(panel);
    const key = (name: string) => page.getByRole("button", { name, exact: true });
    const lcd = page.getByRole("img", { name: /^LCD/ });
    await lcd.waitFor();
    await key("Talk through this computer").click();
    for (const name of ["6", "0", "0", "OK"]) await key(name).click();
    await expect.poll(() => lcd.getAttribute("aria-label"), { timeout: 10_000 }).toContain("Talking");
    await page.getByRole("img", { name: "speaker lamp: green" }).waitFor();
    await page.getByText("G.711").waitFor();

    // The page's talking, the call and the echo need a moment to be there all at once.
    await expect
      .poll(
        async () => {
          const wav = readWav(
            new Uint8Array(await (await fetch(`${panel}/panel/speaker.wav?seconds=2`)).arrayBuffer()),
          );
          return wav.ok ? shareAt(toneHz, wav.samples, wav.rateHz) : 0;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBeGreaterThan(0.9);

    await key("cancel").click();
    await expect.poll(() => lcd.getAttribute("aria-label"), { timeout: 10_000 }).not.toContain("Talking");
    expect(complaints).toEqual([]);

    const ended = new Promise((resolve) => demo.once("exit", resolve));
    demo.kill("SIGTERM");
    expect(await ended).toBe(0);
  });
});
