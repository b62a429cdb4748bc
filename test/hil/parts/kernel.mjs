/** Debian's kernel, its modules, and gpio-sim, which Debian leaves out, built from Debian's own source beside it. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Debian, unpack } from "./debian.mjs";
import { cache, run, shell, step } from "./steps.mjs";

/** The simulated chip, and the simulated interrupts it stands on. */
const sources = ["drivers/gpio/gpio-sim.c", "drivers/gpio/gpiolib.h", "kernel/irq/irq_sim.c"];

/** Folder with boot/vmlinuz-VERSION, lib/modules/VERSION and extra/*.ko, and the version. */
export function makeKernel(debian, cross) {
  const image = debian.dependency(`linux-image-${debian.arch}`);
  const version = image.replace("linux-image-", "");
  const folder = step(
    `kernel ${version}`,
    join(cache, `kernel-${debian.arch}`),
    [image, debian.version(image), readFileSync(new URL(import.meta.url), "utf8")],
    (made) => build(debian, cross, version, made),
  );
  return { folder, version };
}

function build(debian, cross, version, made) {
  const series = version.split(".").slice(0, 2).join(".");
  const common = `linux-headers-${version.replace(`-${debian.arch}`, "")}-common`;
  const [image, headers] = [join(made, "deb-image"), join(made, "deb-headers")];
  debian.download([`linux-image-${version}`], image);
  debian.download([`linux-headers-${version}`, common, `linux-source-${series}`], headers);
  // The kernel's own build programs run here, on this machine's architecture.
  const host = new Debian(run("dpkg", ["--print-architecture"]).trim());
  host.update();
  host.download([`linux-kbuild-${series}`], headers);
  unpack(image, made);
  const tree = join(made, "headers");
  unpack(headers, tree);
  const source = join(made, "source");
  mkdirSync(source);
  const names = sources.map((name) => `linux-source-${series}/${name}`).join(" ");
  // tar stops reading when it has them all, so that xz ends by a broken pipe.
  shell(
    `set +o pipefail; tar -xJf '${tree}/usr/src/linux-source-${series}.tar.xz' --occurrence=1 -C '${source}' ${names}`,
  );
  const configured = join(tree, "usr/src", `linux-headers-${version}`);
  // Debian's headers name /usr/src; ours lie elsewhere.
  const makefile = join(configured, "Makefile");
  writeFileSync(makefile, readFileSync(makefile, "utf8").replaceAll("/usr/src/", `${tree}/usr/src/`));
  for (const base of [configured, join(tree, "usr/src", common)])
    for (const part of ["scripts", "tools"]) {
      rmSync(join(base, part), { recursive: true, force: true });
      symlinkSync(join(tree, "usr/lib", `linux-kbuild-${series}`, part), join(base, part));
    }
  const extra = join(made, "extra");
  mkdirSync(extra);
  for (const name of sources) cpSync(join(source, `linux-source-${series}`, name), join(extra, name.split("/").pop()));
  asModule(join(extra, "irq_sim.c"));
  writeFileSync(join(extra, "Kbuild"), "obj-m += irq_sim.o gpio-sim.o\nccflags-y += -DCONFIG_IRQ_SIM=1\n");
  const arch = debian.arch === "amd64" ? "x86_64" : debian.arch;
  run("make", [
    "-C",
    configured,
    `M=${extra}`,
    `ARCH=${arch}`,
    ...(cross ? [`CROSS_COMPILE=${cross}`] : []),
    "modules",
  ]);
  for (const name of readdirSync(extra)) if (!name.endsWith(".ko")) rmSync(join(extra, name), { recursive: true });
  run(`${cross}strip`, ["--strip-debug", join(extra, "irq_sim.ko"), join(extra, "gpio-sim.ko")]);
  for (const folder of [image, headers, tree, source]) rmSync(folder, { recursive: true });
}

/** Debian builds without CONFIG_IRQ_SIM; as a module it lacks a licence, and a function that is not exported. */
function asModule(file) {
  const text = readFileSync(file, "utf8");
  const exported = text.replace("handle_simple_irq(irq_to_desc(irqnum));", "generic_handle_irq(irqnum);");
  writeFileSync(file, `#include <linux/module.h>\n${exported}`);
  appendFileSync(file, '\nMODULE_LICENSE("GPL");\n');
}
