/** What is started before the root: U-Boot's script and its memory, the kernel's partition, the partition of the firmware. */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { run, shell } from "../../../test/hil/parts/steps.mjs";
import { early, installModules } from "./modules.mjs";

/** Size of the memory of the boot loader at the beginning of its partition, as fw_env.config says. */
export const stateBytes = 0x4000;

/** What U-Boot and RAUC remember: which slot is tried first, and how often each may still be tried. */
export function bootState() {
  const body = Buffer.alloc(stateBytes - 4);
  body.write("BOOT_A_LEFT=3\0BOOT_B_LEFT=0\0BOOT_ORDER=A B\0\0", "latin1");
  const head = Buffer.alloc(4);
  head.writeUInt32LE(crc32(body));
  return Buffer.concat([head, body]);
}

/** Chooses the slot, and counts the try before it is made: only a phone that came up takes it back (offhook-good.service). */
const script = `
setenv state_addr \${scriptaddr}
setexpr state_addr \${scriptaddr} + 0x10000
part start \${devtype} \${devnum} 2 state_start
\${devtype} read \${state_addr} \${state_start} 0x20
env import -c \${state_addr} 0x4000 BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
test -n "\${BOOT_ORDER}" || setenv BOOT_ORDER "A B"
test -n "\${BOOT_A_LEFT}" || setenv BOOT_A_LEFT 3
test -n "\${BOOT_B_LEFT}" || setenv BOOT_B_LEFT 3
setenv slot
for candidate in \${BOOT_ORDER}; do
  if test -z "\${slot}"; then
    if test "\${candidate}" = A; then
      if test \${BOOT_A_LEFT} -gt 0; then setexpr BOOT_A_LEFT \${BOOT_A_LEFT} - 1; setenv slot A; fi
    fi
    if test "\${candidate}" = B; then
      if test \${BOOT_B_LEFT} -gt 0; then setexpr BOOT_B_LEFT \${BOOT_B_LEFT} - 1; setenv slot B; fi
    fi
  fi
done
if test -z "\${slot}"; then
  echo "offhook: no slot has a try left: all are given new ones"
  setenv BOOT_A_LEFT 3
  setenv BOOT_B_LEFT 3
fi
env export -c -s 0x4000 \${state_addr} BOOT_ORDER BOOT_A_LEFT BOOT_B_LEFT
\${devtype} write \${state_addr} \${state_start} 0x20
test -n "\${slot}" || reset
if test "\${slot}" = A; then setenv kernel_part 3; setenv root root-a; else setenv kernel_part 4; setenv root root-b; fi
setenv kernel_extra
if load \${devtype} \${devnum}:1 \${state_addr} extra.env; then env import -t \${state_addr} \${filesize} kernel_extra; fi
echo "offhook: slot \${slot}, tries left A \${BOOT_A_LEFT} B \${BOOT_B_LEFT}"
setenv bootargs "offhook.root=\${root} rauc.slot=\${slot} ro quiet loglevel=4 panic=5 \${kernel_extra}"
load \${devtype} \${devnum}:\${kernel_part} \${kernel_addr_r} vmlinuz || reset
load \${devtype} \${devnum}:\${kernel_part} \${ramdisk_addr_r} ramdisk || reset
booti \${kernel_addr_r} \${ramdisk_addr_r}:\${filesize} \${fdt_addr}
reset
`;

/** U-Boot's legacy image of one script: a header of 64 bytes, the length of the text, zero, the text. */
export function scriptImage(text, epoch) {
  const words = Buffer.alloc(8);
  words.writeUInt32BE(Buffer.byteLength(text));
  const data = Buffer.concat([words, Buffer.from(text)]);
  const head = Buffer.alloc(64);
  head.writeUInt32BE(0x27051956, 0);
  head.writeUInt32BE(epoch, 8);
  head.writeUInt32BE(data.length, 12);
  head.writeUInt32BE(crc32(data), 24);
  // Linux, arm64, script, not compressed.
  head.set([5, 22, 6, 0], 28);
  head.write("offhook", 32);
  head.writeUInt32BE(crc32(head), 4);
  return Buffer.concat([head, data]);
}

/** Gives all below `folder` the one time, so that nothing tells when it was made. */
function settle(folder, epoch) {
  for (const name of readdirSync(folder, { recursive: true }).sort()) utimesSync(join(folder, name), epoch, epoch);
}

/** A FAT file system with what lies in `folder`, always the same for the same files. */
export function fatImage(folder, file, { mib, label, serial, epoch }) {
  settle(folder, epoch);
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch), TZ: "UTC", MTOOLS_SKIP_CHECK: "1", LC_ALL: "C" };
  rmSync(file, { force: true });
  run(
    "mformat",
    ["-C", "-i", file, "-T", String(mib * 2048), "-F", "-v", label, "-N", serial, "-h", "64", "-s", "32", "::"],
    { env },
  );
  const names = readdirSync(folder).sort();
  if (names.length > 0)
    run("mcopy", ["-s", "-m", "-Q", "-i", file, ...names.map((name) => join(folder, name)), "::"], { env });
}

/** The first ramdisk: finds the root of the slot and the data, gives the device its identity, hands over to systemd. */
export function makeRamdisk(kernel, busybox, folder, epoch) {
  for (const name of ["bin", "proc", "sys", "dev", "new", "run"]) mkdirSync(join(folder, name), { recursive: true });
  cpSync(busybox, join(folder, "bin/busybox"));
  chmodSync(join(folder, "bin/busybox"), 0o755);
  installModules(kernel, early, folder);
  cpSync(new URL("../device/init-ramdisk", import.meta.url).pathname, join(folder, "init"));
  chmodSync(join(folder, "init"), 0o755);
  settle(folder, epoch);
  shell(
    `cd '${folder}' && find . -mindepth 1 | LC_ALL=C sort | cpio -o -H newc --quiet --reproducible -R 0:0 | gzip -n > ../ramdisk`,
  );
  return `${folder}/../ramdisk`;
}

/** The partition of a kernel: kernel, ramdisk. */
export function makeKernelPartition(kernel, ramdisk, folder, file, epoch) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(kernel.folder, `boot/vmlinuz-${kernel.version}`), join(folder, "vmlinuz"));
  cpSync(ramdisk, join(folder, "ramdisk"));
  fatImage(folder, file, { mib: 64, label: "KERNEL", serial: "0ff00003", epoch });
}

/** For the Raspberry Pi's own loader: U-Boot is its kernel. */
const piConfig = `# Read by the Raspberry Pi's loader. The slots are chosen by boot.scr.
arm_64bit=1
enable_uart=0
kernel=u-boot.bin
dtparam=i2c_arm=on
dtoverlay=spi0-1cs
dtoverlay=wm8960-soundcard
dtoverlay=offhook
`;

/** The first partition: what a Raspberry Pi starts from, and where a person puts phone.cfg. */
export function makeFirmware({ kernel, uboot, firmware, board, version }, folder, file, epoch) {
  mkdirSync(join(folder, "overlays"), { recursive: true });
  writeFileSync(join(folder, "boot.scr"), scriptImage(script, epoch));
  cpSync(join(uboot, "rpi_arm64/u-boot.bin"), join(folder, "u-boot.bin"));
  writeFileSync(join(folder, "config.txt"), piConfig);
  writeFileSync(join(folder, "version.txt"), `${version}\n`);
  const trees = join(kernel.folder, `usr/lib/linux-image-${kernel.version}/broadcom`);
  for (const name of readdirSync(trees)) if (/^bcm27/.test(name)) cpSync(join(trees, name), join(folder, name));
  if (firmware !== undefined)
    for (const name of readdirSync(firmware)) cpSync(join(firmware, name), join(folder, name), { recursive: true });
  for (const name of existsSync(board) ? readdirSync(board) : [])
    if (name.endsWith("-overlay.dts"))
      run("dtc", [
        ...["-@", "-q", "-I", "dts", "-O", "dtb"],
        ...["-o", join(folder, "overlays", basename(name).replace("-overlay.dts", ".dtbo")), join(board, name)],
      ]);
  fatImage(folder, file, { mib: 64, label: "OFFHOOK", serial: "0ff00001", epoch });
}
