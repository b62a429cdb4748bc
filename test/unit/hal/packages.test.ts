/** The native packages themselves on a machine without the hardware, and packages that are not installed: words, not exceptions of theirs. */
import { expect, test } from "vitest";
import { onoffSystem } from "../../../hal/driver/gpio-lines.ts";
import { nodeHidSystem } from "../../../hal/driver/hid-node.ts";
import { openI2c } from "../../../hal/driver/i2c-bus.ts";
import { loadOptionalPackage } from "../../../hal/driver/os/optional-package.ts";

test("a package that is not installed is named, with how to get it and the part that lacks it", async () => {
  await expect(loadOptionalPackage("no-such-package-of-ours", "USB handset")).rejects.toMatchObject({
    device: "USB handset",
    code: "absent",
    message: expect.stringMatching(
      /^USB handset: the package "no-such-package-of-ours" is not installed; run "npm install/,
    ),
  });
});

test("node-hid: a node that is not there cannot be opened, and no device is listed without the class of the kernel", async () => {
  const system = nodeHidSystem({ classes: "/nonexistent/hidraw", nodes: "/nonexistent" });
  expect(system.list()).toEqual([]);
  const opening = system.open("/nonexistent/hidraw0", { report: () => {}, failed: () => {} });
  await expect(opening).rejects.toMatchObject({ name: "HalError", device: "/nonexistent/hidraw0" });
});

test("onoff: a chip that is not there is named", async () => {
  const opening = onoffSystem("/nonexistent/gpio").open("pinctrl-bcm2835", 17, { activeLow: true, output: false });
  await expect(opening).rejects.toMatchObject({
    name: "HalError",
    code: "absent",
    message: expect.stringContaining("GPIO pinctrl-bcm2835 line 17"),
  });
});

test("i2c-bus: a bus that is not there is named", async () => {
  await expect(openI2c(99, "OLED")).rejects.toMatchObject({
    name: "HalError",
    code: "absent",
    message: expect.stringContaining("OLED"),
  });
});
