/** Makes the guest of the rig: kernel, Node, npm packages, root, and the disk with what is tested. Kept in .cache/hil between runs. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeApp } from "./parts/app.mjs";
import { acceleratorFor, crossOf } from "./parts/architecture.mjs";
import { Debian } from "./parts/debian.mjs";
import { makeImage } from "./parts/image.mjs";
import { makeKernel } from "./parts/kernel.mjs";
import { makeNode, makePackages } from "./parts/node.mjs";
import { makePeer } from "./parts/peer.mjs";
import { cache, say } from "./parts/steps.mjs";

/** The screen is as large as the LCD of the model that the board wears (board/models/t46g.ts). */
const lcd = { width: 480, height: 272 };

/** The short form does without the peer. Gives the folder of Node for the guest. @throws Error that says which step failed and why */
export async function prepareGuest(arch, { short }) {
  const cross = crossOf(arch);
  const started = performance.now();
  const debian = new Debian(arch);
  debian.update();
  const kernel = makeKernel(debian, cross);
  const node = makeNode(arch);
  const packages = makePackages(arch, cross, node);
  const { ramdisk, root } = makeImage(debian, kernel, node);
  const app = await makeApp(arch, cross, packages, short ? undefined : makePeer(debian));
  const image = join(kernel.folder, `boot/vmlinuz-${kernel.version}`);
  const accelerator = await acceleratorFor(arch, { kernel: image, ramdisk });
  const guest = { arch, accelerator, kernel: image, ramdisk, root, app, lcd };
  writeFileSync(join(cache, "guest.json"), `${JSON.stringify(guest, undefined, 2)}\n`);
  say(`guest ready: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return { node };
}
