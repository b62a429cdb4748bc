/** USB HID devices of Linux: found and described by sysfs, read and written by the package `node-hid` over hidraw. Main thread only. */
import { HalError } from "../error.ts";
import { loadOptionalPackage } from "./os/optional-package.ts";
import { halErrorOf, listFolder, readBytes, readTextIfThere } from "./os/system-files.ts";

export interface HidFound {
  /** Of the node: "/dev/hidraw0". */
  readonly path: string;
  readonly vendorId: number;
  readonly productId: number;
  /** As the device calls itself. */
  readonly product: string;
}

export interface HidConnection {
  /** The first byte is the report's number, 0 where they have none. Rejects with HalError. */
  write(report: Uint8Array): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface HidListener {
  /** Begins with the report's number where they have one. */
  report(bytes: Uint8Array): void;
  failed(error: HalError): void;
}

export interface HidSystem {
  list(): readonly HidFound[];
  /** @throws HalError */
  descriptor(path: string): Uint8Array;
  /** Rejects with HalError. */
  open(path: string, listener: HidListener): Promise<HidConnection>;
}

/** @param roots of the folders of Linux: others in tests */
export function nodeHidSystem(roots = { classes: "/sys/class/hidraw", nodes: "/dev" }): HidSystem {
  return {
    list: () =>
      listFolder(roots.classes).flatMap((name) => {
        const facts = readTextIfThere(`${roots.classes}/${name}/device/uevent`) ?? "";
        const id = /^HID_ID=[0-9A-F]+:([0-9A-F]+):([0-9A-F]+)$/im.exec(facts);
        if (id?.[1] === undefined || id[2] === undefined) return [];
        const product = /^HID_NAME=(.*)$/m.exec(facts)?.[1] ?? "";
        const [vendorId, productId] = [Number.parseInt(id[1], 16), Number.parseInt(id[2], 16)];
        return [{ path: `${roots.nodes}/${name}`, vendorId, productId, product }];
      }),
    descriptor: (path) =>
      readBytes(`${roots.classes}/${path.slice(path.lastIndexOf("/") + 1)}/device/report_descriptor`, path),
    open: openNode,
  };
}

/** The part of `node-hid` that is used. */
interface NodeHid {
  setDriverType?(type: "hidraw"): void;
  readonly HIDAsync: { open(path: string): Promise<NodeHidDevice> };
}

interface NodeHidDevice {
  on(event: "data", listener: (bytes: Uint8Array) => void): unknown;
  on(event: "error", listener: (error: unknown) => void): unknown;
  write(report: readonly number[]): Promise<number>;
  close(): Promise<void>;
}

async function openNode(path: string, { report, failed }: HidListener): Promise<HidConnection> {
  const loaded = await loadOptionalPackage("node-hid", path);
  if (!isNodeHid(loaded)) throw new HalError(path, "broken", 'the package "node-hid" is not the one that is needed');
  let device: NodeHidDevice;
  try {
    loaded.setDriverType?.("hidraw");
    device = await loaded.HIDAsync.open(path);
  } catch (error) {
    throw halErrorOf(path, error);
  }
  let open = true;
  device.on("error", (error) => {
    // What is told here when a plug is pulled is often undefined.
    if (open) failed(new HalError(path, "lost", "it was unplugged, or fails to be read", { cause: error }));
  });
  device.on("data", (bytes) => {
    if (open) report(bytes);
  });
  return {
    async write(bytes) {
      if (!open) return;
      try {
        await device.write([...bytes]);
      } catch (error) {
        throw new HalError(path, "lost", "it takes no report", { cause: error });
      }
    },
    async close() {
      if (!open) return;
      open = false;
      // A device that is gone cannot be closed, and needs not be.
      await device.close().catch(() => undefined);
    },
  };
}

function isNodeHid(loaded: unknown): loaded is NodeHid {
  return typeof loaded === "object" && loaded !== null && "HIDAsync" in loaded;
}
