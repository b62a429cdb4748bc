/** The panel's page in Chromium, against a phone that is only a front: what is clicked arrives, what changes is seen. */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { PanelServer } from "../../../src/web/panel/server.ts";
import { needs } from "../../lab/needs.ts";
import { buildPages } from "../../lab/pages.mjs";
import { type Browser, openBrowser } from "./browser.ts";
import { type FakePhone, fakePhone } from "./fake-phone.ts";

const host = "127.0.24.2";
const out = new URL("../../out/panel", import.meta.url).pathname;

let browser: Browser;
let phone: FakePhone;
let server: PanelServer;
let page: Page;
const complaints: string[] = [];

/** A page of a fresh phone, from the first picture on. */
async function open(model: string): Promise<void> {
  phone = fakePhone(modelById(model));
  server = new PanelServer(phone.port, { host, port: 0 }, `${out}/page/panel`);
  await server.open();
  page = await browser.context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(server.url);
  await page.getByRole("img", { name: /^LCD/ }).waitFor();
}

const done = (...expected: string[]) => expect.poll(() => phone.front.done.slice(-expected.length)).toEqual(expected);
const key = (name: string) => page.getByRole("button", { name, exact: true });

/** The colour of an LCD pixel as the canvas has it, "r,g,b". */
function pixel(x: number, y: number): Promise<string> {
  return page.evaluate(
    `[...document.querySelector("canvas").getContext("2d").getImageData(${x}, ${y}, 1, 1).data].slice(0, 3).join()`,
  );
}

describe.runIf(needs("chromium"))("panel page", () => {
  beforeAll(async () => {
    mkdirSync(out, { recursive: true });
    await buildPages(`${out}/page`);
    browser = await openBrowser();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await page?.close();
    await server?.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  test("every key of the T46G can be pressed", async () => {
    await open("t46g");
    const names = await page.locator("[data-key]").evaluateAll((keys) => keys.map((one) => one.dataset["key"] ?? ""));
    expect(names.sort()).toEqual(
      [
        ..."0123456789*#",
        ...["ok", "cancel", "up", "down", "left", "right", "soft1", "soft2", "soft3", "soft4"],
        ...Array.from({ length: 10 }, (_, at) => `line${at + 1}`),
        ...modelById("t46g").keys,
      ].sort(),
    );
    for (const name of names) {
      await page.locator(`[data-key="${name}"]`).click();
      await done(`+${name}`, `-${name}`);
    }
  });

  test("a key is down as long as the mouse button is", async () => {
    await open("t46g");
    await key("1").hover();
    await page.mouse.down();
    await done("+1");
    await page.mouse.move(5, 5);
    await page.mouse.up();
    await done("+1", "-1");
  });

  test("keys that are held are released when the page goes away", async () => {
    await open("t46g");
    await key("volume up").hover();
    await page.mouse.down();
    await done("+volume_up");
    await page.close();
    await done("+volume_up", "-volume_up");
  });

  test("the LCD shows the phone's pixels, in colour", async () => {
    await open("t46g");
    await expect.poll(() => pixel(40, 270)).toBe("24,60,99");
    await key("5").click();
    await expect.poll(() => pixel(40, 270)).toBe("255,255,0");
    await expect.poll(() => page.getByRole("img", { name: /^LCD/ }).getAttribute("aria-label")).toContain("5");
  });

  test("the LCD shows the phone's pixels, in black and white", async () => {
    await open("t19p_e2");
    const light = (colour: string): number => Number(colour.split(",")[0]);
    await expect.poll(async () => light(await pixel(30, 189))).toBeGreaterThan(180);
    await key("5").click();
    await expect.poll(async () => light(await pixel(30, 189))).toBeLessThan(60);
  });

  test("the computer's keyboard works as the phone's", async () => {
    await open("t46g");
    for (const [typed, expected] of [
      ["7", "7"],
      ["*", "*"],
      ["#", "#"],
      ["Enter", "ok"],
      ["Escape", "cancel"],
      ["ArrowUp", "up"],
      ["F3", "soft3"],
      ["+", "volume_up"],
      ["m", "mute"],
    ] as const) {
      await page.keyboard.press(typed);
      await done(`+${expected}`, `-${expected}`);
    }
    await page.keyboard.press("Space");
    await done("lifted");
    await page.getByRole("button", { name: "replace handset" }).waitFor();
    await page.keyboard.press("Space");
    await done("replaced");
  });

  test("a key that has the focus is pressed by Enter and is not OK", async () => {
    await open("t46g");
    await page.keyboard.press("Tab");
    await key("8").focus();
    await page.keyboard.press("Enter");
    await done("+8", "-8");
    expect(phone.front.done).not.toContain("+ok");
  });

  test("the handset lifts and comes back", async () => {
    await open("t46g");
    await page.getByRole("button", { name: "lift handset" }).click();
    await done("lifted");
    await page.getByRole("button", { name: "replace handset" }).click();
    await done("replaced");
  });

  test("UIX-10: lamps show colour and pattern", async () => {
    await open("t46g");
    const lamp = page.getByRole("img", { name: /^line key 2 lamp/ });
    const rhythm = () =>
      page.evaluate(`getComputedStyle(document.querySelector('[data-key="line2"] .lamp')).animationDuration`);
    expect(await lamp.getAttribute("data-pattern")).toBe("off");
    phone.front.light("line2", { color: "red", pattern: "fast" });
    await page.getByRole("img", { name: "line key 2 lamp: red, flashing fast" }).waitFor();
    expect(await rhythm()).toBe("0.4s");
    phone.front.light("line2", { color: "green", pattern: "slow" });
    await page.getByRole("img", { name: "line key 2 lamp: green, flashing slowly" }).waitFor();
    expect(await rhythm()).toBe("2s");
    phone.front.light("power", { color: "red", pattern: "on" });
    await page.getByRole("img", { name: "power lamp: red" }).waitFor();
  });

  test("plugs are pulled and put in", async () => {
    await open("t46g");
    await page.getByRole("switch", { name: "Network cable" }).click();
    await done("ethernet false");
    await page.getByRole("switch", { name: "Headset" }).click();
    await done("headset true");
    await expect.poll(() => page.getByRole("switch", { name: "Headset" }).getAttribute("aria-checked")).toBe("true");
  });

  test("UIX-08: an expansion module has its labels, lamps and two pages", async () => {
    await open("t46g");
    phone.labels.set("exp1.1", "Reception");
    phone.labels.set("exp1.21", "Workshop");
    phone.front.light("exp1.1", { color: "green", pattern: "on" });
    await key("expansion key 1.1: Reception").click();
    await done("+exp1.1", "-exp1.1");
    await page.getByRole("button", { name: "page 2 of module 1" }).click();
    await key("expansion key 1.21: Workshop").click();
    await done("+exp1.21", "-exp1.21");
  });

  test("call figures can be read", async () => {
    await open("t46g");
    const figure = (name: string) => page.locator(`[data-figure="${name}"]`).textContent();
    await page.getByText("G.722 HD").waitFor();
    expect(await figure("lost")).toBe("0.8 % (24 of 3011)");
    expect(await figure("jitter")).toBe("3.2 ms");
    expect(await figure("buffer-delay")).toBe("42 ms, aims at 40 ms");
    expect(await figure("mos")).toBe("4.2");
    expect(await figure("concealed")).toBe("0.48 s");
  });

  test("the page says that the phone is gone, and finds it again", async () => {
    await open("t46g");
    const { port } = new URL(server.url);
    await server.close();
    await page.getByText("The phone is switched off or cannot be reached").waitFor();
    complaints.length = 0;
    server = new PanelServer(phone.port, { host, port: Number(port) }, `${out}/page/panel`);
    await server.open();
    await page.locator("main:not(.away)").waitFor();
    complaints.length = 0;
    await key("3").click();
    await done("+3", "-3");
  });

  test.each([
    ["cp860", 0],
    ["t19p_e2", 0],
    ["t23g", 3],
    ["t48g", 11],
  ])("%s has its own case, with %i line keys and no key that it lacks", async (model, lines) => {
    await open(model);
    expect(await page.locator(".linekey").count()).toBe(lines);
    expect(await page.getByRole("button", { name: "lift handset" }).count()).toBe(model === "cp860" ? 0 : 1);
    const names = await page.locator(".feature").evaluateAll((keys) => keys.map((one) => one.dataset["key"] ?? ""));
    expect(names.filter((name) => !modelById(model).keys.some((has) => has === name))).toEqual([]);
  });

  test("nothing comes from another machine, and no text is cut off on a small screen", async () => {
    const asked: string[] = [];
    browser.context.on("request", (request) => asked.push(new URL(request.url()).hostname));
    await open("t46g");
    await page.setViewportSize({ width: 390, height: 800 });
    await expect.poll(() => page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    const stage = await page.locator(".case").first().boundingBox();
    expect(stage === null ? 0 : stage.x + stage.width).toBeLessThanOrEqual(390);
    expect(new Set(asked)).toEqual(new Set([host]));
  });
});
