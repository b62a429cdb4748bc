/** A bus of /dev/i2c-N by the package `i2c-bus`. Main thread only. Where the kernel has a driver for the chip, that is to be preferred. */
import { HalError } from "../error.ts";
import { loadOptionalPackage } from "./os/optional-package.ts";
import { ensureReadable, halErrorOf, listFolder, readTextIfThere } from "./os/system-files.ts";

export interface I2cBus {
  /** One transfer; rejects with HalError where nobody answers at the address. */
  write(address: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** Rejects with HalError. @param device what is told of in messages */
export type OpenI2c = (bus: number | { readonly adapter: string }, device: string) => Promise<I2cBus>;

/**
 * The number of the first adapter whose name begins like that: "CP2112 SMBus Bridge on hidraw0" has the rest from where
 * it was plugged in.
 * @throws HalError that names the adapters there are
 */
export function adapterNumber(name: string, device: string, root = "/sys/class/i2c-dev"): number {
  const names: string[] = [];
  for (const folder of listFolder(root)) {
    const adapter = readTextIfThere(`${root}/${folder}/name`) ?? "";
    if (adapter.startsWith(name)) return Number(folder.replace("i2c-", ""));
    names.push(adapter);
  }
  const found = names.length === 0 ? "none" : names.join(", ");
  throw new HalError(device, "absent", `there is no I2C adapter "${name}"; there is ${found}`);
}

interface Promised {
  i2cWrite(address: number, length: number, bytes: Uint8Array): Promise<unknown>;
  close(): Promise<void>;
}

export const openI2c: OpenI2c = async (wanted, device) => {
  const bus = typeof wanted === "number" ? wanted : adapterNumber(wanted.adapter, device);
  const loaded = await loadOptionalPackage("i2c-bus", device);
  if (!isI2cBus(loaded)) throw new HalError(device, "broken", 'the package "i2c-bus" is not the one that is needed');
  const name = `${device} on /dev/i2c-${bus}`;
  // The package opens a bus when it first writes.
  ensureReadable(`/dev/i2c-${bus}`, name);
  let open: Promised;
  try {
    open = await loaded.openPromisified(bus);
  } catch (error) {
    throw halErrorOf(name, error);
  }
  return {
    async write(address, bytes) {
      try {
        await open.i2cWrite(address, bytes.length, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
      } catch (error) {
        const { code, message } = halErrorOf(`${name}, address 0x${address.toString(16)}`, error);
        throw new HalError(device, code, message, { cause: error });
      }
    },
    close: () => open.close(),
  };
};

function isI2cBus(loaded: unknown): loaded is { openPromisified(bus: number): Promise<Promised> } {
  return typeof loaded === "object" && loaded !== null && "openPromisified" in loaded;
}
