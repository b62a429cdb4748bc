/** The guest's disks: a first ramdisk that mounts the root, and the root of unpacked Debian packages with Node in it. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { unpack } from "./debian.mjs";
import { cache, hil, run, shell, step } from "./steps.mjs";

const packages = [
  "busybox-static",
  "kmod",
  "libc6",
  "libstdc++6",
  "libgcc-s1",
  "alsa-utils",
  "libudev1",
  "libusb-1.0-0",
  // To be come in to by ssh.
  "dropbear-bin",
];

/** For finding and mounting the root. */
const early = ["virtio_pci", "virtio_blk", "ext4", "overlay"];
const late = [
  ...["virtio_net", "virtio_rng", "virtio-gpu", "af_packet"],
  ...["configfs", "gpio-sim", "uhid", "hid-generic", "hid-cp2112", "i2c-dev", "uinput", "evdev", "snd-aloop"],
];

/** Puts the modules `names` and what they need into `root`; built-in ones have no file. */
function installModules(kernel, names, root, scratch) {
  const all = join(scratch, "lib/modules", kernel.version);
  if (!existsSync(all)) {
    mkdirSync(dirname(all), { recursive: true });
    cpSync(join(kernel.folder, "lib/modules", kernel.version), all, { recursive: true });
    cpSync(join(kernel.folder, "extra"), join(all, "extra"), { recursive: true });
    run("depmod", ["-b", scratch, kernel.version]);
  }
  const to = join(root, "lib/modules", kernel.version);
  for (const name of names) {
    const steps = run("modprobe", ["-d", scratch, "-S", kernel.version, "--show-depends", name]);
    for (const [, file] of steps.matchAll(/^insmod (\S+)/gm)) {
      const place = join(to, file.slice(file.indexOf(kernel.version) + kernel.version.length + 1));
      mkdirSync(dirname(place), { recursive: true });
      cpSync(file, place);
    }
  }
  for (const name of readdirSync(all))
    if (/^modules\.(builtin|order)/.test(name)) cpSync(join(all, name), join(to, name));
  run("depmod", ["-b", root, kernel.version]);
}

function linkBusybox(root) {
  const places = ["bin", "sbin", "usr/bin", "usr/sbin"];
  // The list comes from this machine's busybox, which is the same version of another architecture.
  for (const name of run("busybox", ["--list"]).trim().split("\n"))
    if (!places.some((place) => existsSync(join(root, place, name)))) symlinkSync("busybox", join(root, "bin", name));
}

/** Gives the ramdisk and the root image. */
export function makeImage(debian, kernel, node) {
  const closure = debian.closure(packages);
  const inputs = [
    ...closure,
    kernel.version,
    readFileSync(join(kernel.folder, ".made-from"), "utf8"),
    readFileSync(join(node, ".made-from"), "utf8"),
    ...["init", "init-ramdisk"].map((name) => readFileSync(join(hil, "guest", name), "utf8")),
    readFileSync(new URL(import.meta.url), "utf8"),
  ];
  const folder = step(
    `root of ${closure.length} Debian packages`,
    join(cache, `image-${debian.arch}`),
    inputs,
    (made) => {
      const [debs, root, ramdisk, scratch] = ["debs", "root", "ramdisk", "scratch"].map((name) => join(made, name));
      debian.download(closure, debs);
      for (const name of ["proc", "sys", "dev", "run", "tmp", "data", "app", "usr/local/bin", "bin"])
        mkdirSync(join(root, name), { recursive: true });
      unpack(debs, root);
      cpSync(join(node, "bin/node"), join(root, "usr/local/bin/node"));
      linkBusybox(root);
      mkdirSync(join(root, "etc"), { recursive: true });
      writeFileSync(join(root, "etc/passwd"), "root:x:0:0:root:/:/bin/sh\n");
      writeFileSync(join(root, "etc/group"), "root:x:0:\naudio:x:29:\n");
      installModules(kernel, late, root, scratch);
      cpSync(join(hil, "guest/init"), join(root, "init"));
      chmodSync(join(root, "init"), 0o755);
      run("mke2fs", ["-q", "-F", "-t", "ext4", "-O", "^has_journal", "-d", root, join(made, "root.img"), "500M"]);
      for (const name of ["bin", "proc", "sys", "dev", "ro", "rw", "new"])
        mkdirSync(join(ramdisk, name), { recursive: true });
      cpSync(join(root, "bin/busybox"), join(ramdisk, "bin/busybox"));
      installModules(kernel, early, ramdisk, scratch);
      cpSync(join(hil, "guest/init-ramdisk"), join(ramdisk, "init"));
      chmodSync(join(ramdisk, "init"), 0o755);
      shell(`cd '${ramdisk}' && find . | cpio -o -H newc --quiet > ../ramdisk.cpio`);
      for (const name of [debs, root, ramdisk, scratch]) rmSync(name, { recursive: true });
    },
  );
  return { ramdisk: join(folder, "ramdisk.cpio"), root: join(folder, "root.img") };
}
