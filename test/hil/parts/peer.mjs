/** Debian's baresip for the guest's architecture in a folder of its own: the phone's figures are told beside it. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unpack } from "./debian.mjs";
import { cache, step } from "./steps.mjs";

/** Where it runs these are there, and must be of one kind. */
const there = /^(libc6|libgcc-s1|gcc-\d+-base|libstdc\+\+6|libasound2|libasound2-data)=/;

/** Folder with usr/bin/baresip, its modules and its libraries. */
export function makePeer(debian) {
  const closure = debian.closure(["baresip-core"]).filter((name) => !there.test(name));
  const inputs = [...closure, readFileSync(new URL(import.meta.url), "utf8")];
  return step(`baresip of ${closure.length} Debian packages`, join(cache, `peer-${debian.arch}`), inputs, (made) => {
    const debs = join(made, "debs");
    debian.download(closure, debs);
    unpack(debs, made);
    rmSync(debs, { recursive: true });
    for (const name of ["etc", "var", "usr/share", "usr/sbin"])
      rmSync(join(made, name), { recursive: true, force: true });
  });
}
