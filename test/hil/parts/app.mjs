/** The disk of the application: the project's own build, the guest's npm packages, the simulated hardware, the suites. */
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { cache, hil, project, run } from "./steps.mjs";

const programs = ["usb-hid", "usb-i2c", "input-keys"];

/** Made anew in each run: it holds what is being tested. @param peer folder of the peer, where figures are wanted */
export async function makeApp(arch, cross, packages, peer) {
  const tree = join(cache, `app-${arch}`);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(join(tree, "hardware"), { recursive: true });
  for (const name of programs)
    run(`${cross}gcc`, [
      ...["-O2", "-Wall", "-Wextra", "-Werror", "-static", "-o", join(tree, "hardware", name)],
      join(hil, "guest", `${name}.c`),
    ]);
  for (const part of ["src", "hal", "board", "fonts", "test/hil", "test/contract", "test/unit/hal"])
    cpSync(join(project, "dist", part), join(tree, "dist", part), { recursive: true });
  cpSync(join(project, "package.json"), join(tree, "package.json"));
  cpSync(join(packages, "node_modules"), join(tree, "node_modules"), { recursive: true });
  if (peer !== undefined) cpSync(peer, join(tree, "peer"), { recursive: true, verbatimSymlinks: true });
  // The contract suites run in the guest without vitest, which would want its own native parts there.
  await build({
    entryPoints: [join(project, "test/contract/front/nodes.test.ts")],
    outfile: join(tree, "suites.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["onoff", "node-hid", "i2c-bus", "speaker", "mic"],
    alias: { vitest: join(hil, "guest/suite-runner.ts") },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "error",
  });
  const image = join(cache, `app-${arch}.img`);
  rmSync(image, { force: true });
  run("mke2fs", ["-q", "-F", "-t", "ext4", "-O", "^has_journal", "-d", tree, image, "300M"]);
  return image;
}
