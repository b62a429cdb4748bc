/** Kernel modules by name or folder, with all that they need. */
import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { run } from "../../../test/hil/parts/steps.mjs";

/** For finding and mounting the root, on the boards and in QEMU. */
export const early = [
  "virtio_pci",
  "virtio_mmio",
  "virtio_blk",
  "squashfs",
  "crc32c_generic",
  "ext4",
  "mmc_block",
  "sdhci-iproc",
  "bcm2835",
];

/** What a phone may meet: a name, or a folder of kernel/ with a slash at its end. */
export const device = [
  ...early,
  ...["sound/soc/bcm/", "sound/soc/codecs/snd-soc-wm8960", "sound/usb/", "sound/soc/generic/", "snd-aloop"],
  ...["drivers/hid/", "gpio_keys", "matrix_keypad", "evdev", "uinput", "leds-gpio", "gpio_backlight", "pwm_bl"],
  ...["i2c-bcm2835", "i2c-dev", "spi-bcm2835", "spi-bcm2835aux", "pwm-bcm2835", "bcm2835_wdt", "i6300esb"],
  ...["ili9341", "panel-mipi-dbi", "ssd130x-i2c", "vc4", "virtio-gpu"],
  ...["genet", "lan78xx", "smsc95xx", "cdc_ether", "r8152", "ax88179_178a", "virtio_net", "drivers/net/phy/"],
  ...["bcm2835-rng", "iproc-rng200", "virtio-rng", "xhci-pci", "dwc2", "pcie-brcmstb", "raspberrypi-hwmon"],
  ...[
    "loop",
    "dm-mod",
    "dm-verity",
    "vfat",
    "nls_cp437",
    "nls_ascii",
    "nls_iso8859-1",
    "nls_utf8",
    "af_packet",
    "8021q",
  ],
  ...["sch_fq_codel", "sch_prio", "autofs4", "efivarfs"],
];

const nameOf = (path) =>
  path
    .slice(path.lastIndexOf("/") + 1)
    .replace(/\.ko$/, "")
    .replaceAll("-", "_");

/** Copies what `wanted` names, and gives the names that this kernel has neither as module nor built in. */
export function installModules(kernel, wanted, root) {
  const from = join(kernel.folder, "lib/modules", kernel.version);
  const to = join(root, "lib/modules", kernel.version);
  const paths = readdirSync(from, { recursive: true })
    .filter((name) => name.endsWith(".ko"))
    .sort();
  // depmod's table is made by the kernel's maintainer script, which is not run.
  const needs = new Map();
  for (const line of run("depmod", ["-n", "-b", kernel.folder, kernel.version]).split("\n")) {
    const found = /^(kernel\/\S+\.ko): ?(.*)$/.exec(line);
    if (found !== null) needs.set(found[1], found[2].split(" ").filter(Boolean));
  }
  const chosen = new Set();
  const add = (path) => {
    if (chosen.has(path)) return;
    chosen.add(path);
    for (const other of needs.get(path) ?? []) add(other);
  };
  for (const name of wanted) {
    if (name.endsWith("/")) for (const path of paths.filter((path) => path.startsWith(`kernel/${name}`))) add(path);
    else for (const path of paths.filter((path) => nameOf(path) === nameOf(name))) add(path);
  }
  for (const path of [...chosen].sort()) {
    mkdirSync(dirname(join(to, path)), { recursive: true });
    cpSync(join(from, path), join(to, path));
  }
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from))
    if (/^modules\.(builtin|order)/.test(name)) cpSync(join(from, name), join(to, name));
  run("depmod", ["-b", root, kernel.version]);
}
