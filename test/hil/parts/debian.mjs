/** Debian packages of another architecture: found by apt in a state of its own, unpacked without their maintainer scripts. */
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, run, shell } from "./steps.mjs";

/** Lists older than this are fetched anew. ms */
const staleMs = 6 * 3600 * 1000;

/** apt as this machine configures it (mirror, keys, proxy), but with its own state and for `arch`. */
export class Debian {
  constructor(arch) {
    this.arch = arch;
    this.state = join(cache, `apt-${arch}`);
    for (const folder of ["lists/partial", "archives/partial"])
      mkdirSync(join(this.state, folder), { recursive: true });
    writeFileSync(join(this.state, "status"), "", { flag: "a" });
  }

  #apt(program, args, options = {}) {
    const set = {
      "Dir::State": this.state,
      "Dir::State::status": join(this.state, "status"),
      "Dir::State::lists": join(this.state, "lists"),
      "Dir::Cache": this.state,
      "Dir::Cache::archives": join(this.state, "archives"),
      "APT::Architecture": this.arch,
      "APT::Architectures": this.arch,
      "APT::Sandbox::User": "root",
      "Acquire::Retries": "3",
      "Acquire::Languages": "none",
    };
    const settings = Object.entries(set).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return run(program, [...settings, ...args], options);
  }

  update() {
    const lists = join(this.state, "lists");
    const known = readdirSync(lists).filter((name) => name.endsWith("Packages") || name.includes("_Packages"));
    if (known.length > 0 && Date.now() - statSync(lists).mtimeMs < staleMs) return;
    this.#apt("apt-get", ["-qq", "update"]);
  }

  /** The name of the first package that `name` depends on: of the kernel that linux-image-arm64 stands for. */
  dependency(name) {
    const found = /Depends: (\S+)/.exec(this.#apt("apt-cache", ["depends", name]));
    if (found === null) throw new Error(`apt knows no package ${name} for ${this.arch}`);
    return found[1];
  }

  /** Names and versions of `names` and all they depend on. */
  closure(names) {
    const planned = this.#apt("apt-get", ["-qq", "-s", "--no-install-recommends", "install", ...names]);
    return [...planned.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => `${name}=${version}`).sort();
  }

  version(name) {
    return /^Version: (\S+)/m.exec(this.#apt("apt-cache", ["--no-all-versions", "show", name]))?.[1] ?? "";
  }

  /** Downloads `names` without their dependencies into `folder`. */
  download(names, folder) {
    mkdirSync(folder, { recursive: true });
    this.#apt("apt-get", ["-qq", "download", ...names], { cwd: folder });
  }
}

/** Unpacks every .deb of `from` over `to`; what only people read is left out. */
export function unpack(from, to) {
  mkdirSync(to, { recursive: true });
  const without = ["doc", "man", "locale", "info", "lintian", "sounds"].map((name) => `--exclude=./usr/share/${name}`);
  shell(
    `for deb in "$1"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$2" --keep-directory-symlink ${without.join(" ")}; done`
      .replaceAll('"$1"', `'${from}'`)
      .replaceAll('"$2"', `'${to}'`),
  );
}
