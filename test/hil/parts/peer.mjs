/** Debian's baresip for the guest's architecture in a folder of its own: the phone's figures are told beside it. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unpack } from "./debian.mjs";
import { cache, step } from "./steps.mjs";

/** What a call by a sound card needs; its other modules would bring hundreds of MB of libraries. */
const packages = ["baresip-core", "libre0", "librem0", "libssl3", "zlib1g"];

/** Folder with usr/bin/baresip, its modules and its libraries. */
export function makePeer(debian) {
  const inputs = [...packages.map((name) => debian.version(name)), readFileSync(new URL(import.meta.url), "utf8")];
  return step("baresip", join(cache, `peer-${debian.arch}`), inputs, (made) => {
    const debs = join(made, "debs");
    debian.download(packages, debs);
    unpack(debs, made);
    rmSync(debs, { recursive: true });
    for (const name of ["etc", "var", "usr/share", "usr/sbin"])
      rmSync(join(made, name), { recursive: true, force: true });
  });
}
