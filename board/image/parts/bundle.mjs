/** Keys and signed bundles: the root and the kernel of a version as RAUC installs them into the other slot. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../../test/hil/parts/steps.mjs";

/** A key pair of its own for a development build: whoever ships phones keeps one key (--key, --cert). */
export function makeKeys(folder) {
  mkdirSync(folder, { recursive: true });
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  run("openssl", [
    ...["req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "7300", "-subj", "/O=Offhook/CN=development build"],
    ...["-keyout", key, "-out", cert],
  ]);
  return { key, cert };
}

/** Signs `root` and `kernel` as `file`. @throws Error when the key does not fit the certificate */
export function makeBundle({ root, kernel, compatible, version, key, cert }, scratch, file) {
  const folder = join(scratch, "bundle");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(root, join(folder, "root.img"));
  cpSync(kernel, join(folder, "kernel.img"));
  const images = ["[image.rootfs]\nfilename=root.img", "[image.kernel]\nfilename=kernel.img"];
  writeFileSync(
    join(folder, "manifest.raucm"),
    `[update]\ncompatible=${compatible}\nversion=${version}\n\n[bundle]\nformat=verity\n\n${images.join("\n\n")}\n`,
  );
  rmSync(file, { force: true });
  run("rauc", ["--cert", cert, "--key", key, "bundle", folder, file]);
  rmSync(folder, { recursive: true });
}

export const readCertificate = (path) => readFileSync(path, "utf8");
