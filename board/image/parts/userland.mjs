/** The root of the card: unpacked Debian packages, and by systemd's own tools what their maintainer scripts would have done. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { unpack } from "../../../test/hil/parts/debian.mjs";
import { project, run } from "../../../test/hil/parts/steps.mjs";
import { installModules } from "./modules.mjs";

/** Why each is needed: init and network; updates; the phone's network, sound and keys; programs of the services in device/. */
export const packages = [
  ...["systemd-sysv", "udev", "dbus", "systemd-resolved", "systemd-timesyncd", "tzdata", "base-files", "base-passwd"],
  ...["rauc", "rauc-service", "libubootenv-tool", "curl", "ca-certificates", "e2fsprogs"],
  ...["iproute2", "alsa-utils", "libudev1", "libusb-1.0-0", "libstdc++6", "evtest"],
  ...["mount", "util-linux", "kmod", "dash", "coreutils", "grep", "sed", "findutils"],
];

/** Needed by maintainer scripts only, which are not run. */
const scripted =
  /^(perl|libperl|libgdbm|libdb5|lib.*-perl$|debconf|dpkg$|adduser|usrmerge|tar$|passwd$|init-system-helpers)/;

export const withoutScripted = (closure) => closure.filter((name) => !scripted.test(name.split("=")[0]));

const enabled = [
  ...["offhook.service", "offhook-setup.service", "offhook-good.service", "offhook-deadline.timer"],
  ...["offhook-update.service", "systemd-networkd.service", "systemd-resolved.service", "systemd-timesyncd.service"],
  ...["systemd-networkd-wait-online.service", "tmp.mount"],
];

/** Nobody logs in, nothing is printed on the LCD, and nothing changes the read-only root. */
const masked = [
  ...["getty.target", "getty@.service", "serial-getty@.service", "console-getty.service", "autovt@.service"],
  ...["emergency.service", "rescue.service", "debug-shell.service", "ldconfig.service", "systemd-firstboot.service"],
  ...["systemd-hwdb-update.service", "systemd-journal-catalog-update.service", "systemd-sysusers.service"],
  ...["systemd-update-done.service", "systemd-machine-id-commit.service", "systemd-pcrphase.service"],
  ...["systemd-pcrphase-sysinit.service", "systemd-pcrphase-initrd.service", "systemd-logind.service"],
  ...["apt-daily.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "e2scrub_reap.service", "fstrim.timer"],
  ...["alsa-restore.service", "alsa-state.service", "rauc-mark-good.service", "sys-kernel-debug.mount"],
  ...["sys-kernel-tracing.mount", "dev-mqueue.mount", "dev-hugepages.mount", "proc-sys-fs-binfmt_misc.automount"],
  ...["getty-static.service", "systemd-ask-password-wall.path", "systemd-ask-password-console.path"],
  ...["modprobe@drm.service", "systemd-boot-system-token.service"],
];

/** What a phone does not read. */
const unread = [
  ...["usr/share/zsh", "usr/share/bash-completion", "usr/share/i18n", "usr/share/perl5", "usr/lib/systemd/boot"],
  ...["usr/share/alsa/speaker-test", "usr/share/bug", "usr/share/gcc", "usr/share/gdb", "usr/lib/systemd/catalog"],
  ...["etc/cron.daily", "etc/cron.d", "etc/init.d", "etc/rcS.d", "usr/lib/systemd/system-preset", "etc/skel"],
  ...["etc/systemd/system", "usr/share/pixmaps", "usr/share/menu", "usr/share/applications"],
];

function write(root, path, text, mode = 0o644) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  rmSync(join(root, path), { force: true });
  writeFileSync(join(root, path), text, { mode });
}

function link(root, path, target) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  rmSync(join(root, path), { force: true });
  symlinkSync(target, join(root, path));
}

/** Certificates of the web's authorities in one file, as update-ca-certificates would write them. */
function bundleAuthorities(root) {
  const folder = join(root, "usr/share/ca-certificates/mozilla");
  const all = readdirSync(folder)
    .filter((name) => name.endsWith(".crt"))
    .sort();
  write(
    root,
    "etc/ssl/certs/ca-certificates.crt",
    all.map((name) => readFileSync(join(folder, name), "utf8")).join(""),
  );
}

/** Nobody may log in: no account has a password that fits. */
function lockAccounts(root) {
  const names = readFileSync(join(root, "etc/passwd"), "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(":")[0]);
  write(root, "etc/shadow", names.map((name) => `${name}:!*:19000::::::\n`).join(""), 0o600);
  const passwd = readFileSync(join(root, "etc/passwd"), "utf8").replaceAll(
    /:(\/bin\/(ba|da)?sh|\/bin\/sync)$/gm,
    ":/usr/sbin/nologin",
  );
  write(root, "etc/passwd", passwd);
}

/** Set-user-id programs are for people who log in. */
function dropPrivileged(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) dropPrivileged(path);
    else if (entry.isFile() && lstatSync(path).mode & 0o6000) chmodSync(path, 0o755);
  }
}

/** Makes the root below `root`. `facts`: board, version, compatible, kernel, node, npm, closure, certificate. */
export function makeUserland(debian, facts, debs, root) {
  debian.download(facts.closure, debs);
  for (const name of ["bin", "sbin", "lib"]) {
    mkdirSync(join(root, "usr", name), { recursive: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  unpack(debs, root);
  for (const name of unread) rmSync(join(root, name), { recursive: true, force: true });
  for (const name of [
    "dev",
    "proc",
    "sys",
    "run",
    "tmp",
    "var",
    "srv",
    "root",
    "boot/firmware",
    "etc/rauc",
    "opt/offhook",
  ])
    mkdirSync(join(root, name), { recursive: true });
  rmSync(join(root, "var"), { recursive: true });
  mkdirSync(join(root, "var"));

  // What base-files and base-passwd copy; what systemd-sysusers adds to it.
  for (const name of ["passwd", "group"])
    cpSync(join(root, `usr/share/base-passwd/${name}.master`), join(root, "etc", name));
  cpSync(join(project, "systemd/offhook.sysusers"), join(root, "usr/lib/sysusers.d/offhook.conf"));
  // What the scripts of dbus and udev add.
  const groups = ["input", "sgx", "kvm", "render"].map((name) => `g ${name} - -\n`).join("");
  write(root, "usr/lib/sysusers.d/image.conf", `u messagebus - "System message bus" /nonexistent\n${groups}`);
  run("systemd-sysusers", [`--root=${root}`]);
  // Unreadable for whoever builds without root rights, copies, and a lock: the phone needs none of them.
  for (const name of ["gshadow", "gshadow-", "shadow", "shadow-", "passwd-", "group-", ".pwd.lock"])
    rmSync(join(root, "etc", name), { force: true });
  lockAccounts(root);
  dropPrivileged(join(root, "usr"));
  bundleAuthorities(root);

  // The phone.
  cpSync(join(facts.node, "bin/node"), join(root, "usr/bin/node"));
  const app = join(root, "opt/offhook");
  for (const part of ["src", "hal", "board", "fonts"])
    cpSync(join(project, "dist", part), join(app, "dist", part), { recursive: true });
  cpSync(join(project, "package.json"), join(app, "package.json"));
  cpSync(join(facts.npm, "node_modules"), join(app, "node_modules"), { recursive: true });
  mkdirSync(join(app, "systemd"));
  cpSync(join(project, "systemd/README.md"), join(app, "systemd/README.md"));
  const rules = join(root, "usr/lib/udev/rules.d");
  cpSync(join(project, "systemd/70-offhook.rules"), join(rules, "70-offhook.rules"));
  const board = join(project, "board", facts.board);
  for (const name of readdirSync(board)) {
    if (name.endsWith(".rules")) cpSync(join(board, name), join(rules, name));
    if (name === "asound.conf") cpSync(join(board, name), join(root, "etc/asound.conf"));
  }
  installModules(facts.kernel, facts.modules, root);

  // The device: services, network, settings.
  cpSync(new URL("../device/root", import.meta.url).pathname, root, { recursive: true });
  cpSync(join(project, "systemd/offhook.service"), join(root, "usr/lib/systemd/system/offhook.service"));
  for (const name of readdirSync(join(root, "usr/lib/offhook"))) chmodSync(join(root, "usr/lib/offhook", name), 0o755);
  write(
    root,
    "usr/lib/offhook/image.env",
    `BOARD=${facts.board}\nVERSION=${facts.version}\nCOMPATIBLE=${facts.compatible}\n`,
  );
  const release = readFileSync(join(root, "usr/lib/os-release"), "utf8");
  write(root, "usr/lib/os-release", `${release}IMAGE_ID=${facts.compatible}\nIMAGE_VERSION=${facts.version}\n`);
  write(root, "etc/rauc/system.conf", raucConfig(facts.compatible));
  write(root, "etc/rauc/ca.cert.pem", facts.certificate);
  write(root, "etc/fw_env.config", "/dev/disk/by-partlabel/state 0x0 0x4000\n");
  write(root, "etc/machine-id", "");
  write(root, "etc/hostname", "offhook\n");
  write(root, "etc/hosts", "127.0.0.1 localhost offhook\n::1 localhost\n");
  write(root, "etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\n");
  link(root, "etc/resolv.conf", "/run/systemd/resolve/resolv.conf");
  link(root, "etc/mtab", "/proc/self/mounts");
  link(root, "etc/localtime", "/usr/share/zoneinfo/Etc/UTC");
  link(root, "var/run", "/run");
  // systemd does not let the clock be older than this file.
  write(root, "usr/lib/clock-epoch", "");
  if (existsSync(join(root, "usr/share/systemd/tmp.mount")))
    cpSync(join(root, "usr/share/systemd/tmp.mount"), join(root, "usr/lib/systemd/system/tmp.mount"));
  link(root, "usr/lib/systemd/system/default.target", "multi-user.target");
  run("systemctl", [`--root=${root}`, "--quiet", "enable", ...enabled]);
  for (const name of masked) link(root, `etc/systemd/system/${name}`, "/dev/null");
}

const raucConfig = (compatible) => `[system]
compatible=${compatible}
bootloader=uboot
bundle-formats=verity
mountprefix=/run/rauc
statusfile=/var/lib/rauc.status

[keyring]
path=/etc/rauc/ca.cert.pem
use-bundle-signing-time=true

${[0, 1]
  .map((i) => {
    const letter = "ab"[i];
    return `[slot.rootfs.${i}]
device=/dev/disk/by-partlabel/root-${letter}
type=raw
bootname=${letter.toUpperCase()}

[slot.kernel.${i}]
device=/dev/disk/by-partlabel/kernel-${letter}
type=raw
parent=rootfs.${i}
`;
  })
  .join("\n")}`;
