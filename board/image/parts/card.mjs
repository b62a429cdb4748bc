/** The card: a table of partitions and their contents in one sparse file. */
import { closeSync, ftruncateSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { run } from "../../../test/hil/parts/steps.mjs";

const mib = 1 << 20;
const linux = "0FC63DAF-8483-4772-8E79-3D69D8477DE4";
const fat = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
const uuid = (number) => `0ff0000c-0000-4000-8000-${String(number).padStart(12, "0")}`;

/** In the order of their numbers, on which boot.scr relies. MiB */
export const layout = [
  { name: "firmware", type: fat, sizeMib: 64 },
  { name: "state", type: linux, sizeMib: 1 },
  { name: "kernel-a", type: linux, sizeMib: 64 },
  { name: "kernel-b", type: linux, sizeMib: 64 },
  { name: "root-a", type: linux, sizeMib: 256 },
  { name: "root-b", type: linux, sizeMib: 256 },
  { name: "data", type: "4D21B016-B534-45C2-A9FB-5C16E091FD2D", sizeMib: 64 },
];

/** Where each begins in the file. bytes */
export function offsets() {
  const found = {};
  let at = mib;
  for (const { name, sizeMib } of layout) {
    found[name] = at;
    at += sizeMib * mib;
  }
  return { ...found, end: at };
}

/** An empty file system for the data, the same in each build. */
export function makeData(file, epoch) {
  rmSync(file, { force: true });
  const size = `${layout.find(({ name }) => name === "data").sizeMib}M`;
  const env = { ...process.env, E2FSPROGS_FAKE_TIME: String(epoch), SOURCE_DATE_EPOCH: String(epoch) };
  const fixed = `root_owner=0:0,hash_seed=${uuid(8)},lazy_itable_init=0,lazy_journal_init=0`;
  run("mke2fs", ["-q", "-F", "-t", "ext4", "-L", "data", "-U", uuid(7), "-E", fixed, "-m", "0", file, size], { env });
}

/** Writes `contents` (name of the partition: file or bytes) to `card`. @throws Error when one does not fit */
export function writeCard(card, contents) {
  const begin = offsets();
  rmSync(card, { force: true });
  const to = openSync(card, "w");
  ftruncateSync(to, begin.end + mib);
  closeSync(to);
  const rows = layout.map(
    ({ name, type, sizeMib }, i) =>
      `start=${begin[name] / 512}, size=${sizeMib * 2048}, type=${type}, uuid=${uuid(i + 1)}, name=${name}`,
  );
  const head = ["label: gpt", `label-id: ${uuid(0)}`, "unit: sectors", "first-lba: 34"];
  run("sfdisk", ["-q", card], { input: `${[...head, ...rows].join("\n")}\n` });
  for (const { name, sizeMib } of layout) {
    const content = contents[name];
    if (content === undefined) continue;
    const size = typeof content === "string" ? statSync(content).size : content.length;
    if (size > sizeMib * mib)
      throw new Error(`${name} needs ${Math.ceil(size / mib)} MiB; its partition has ${sizeMib}`);
    if (typeof content === "string")
      run("dd", [
        `if=${content}`,
        `of=${card}`,
        "bs=1M",
        `seek=${begin[name] / mib}`,
        "conv=notrunc,sparse",
        "status=none",
      ]);
    else {
      const out = openSync(card, "r+");
      writeSync(out, content, 0, size, begin[name]);
      closeSync(out);
    }
  }
}
