/** GPIO lines of Linux: a chip found by its label, its lines by the package `onoff` over /sys/class/gpio. Main thread only: it crashes workers. */
import { HalError } from "../error.ts";
import { loadOptionalPackage } from "./os/optional-package.ts";
import { halErrorOf, isThere, listFolder, readTextIfThere } from "./os/system-files.ts";

export type Level = 0 | 1;

export interface GpioLine {
  /** @throws HalError */
  read(): Level;
  /** Makes it an output with that level. @throws HalError */
  drive(level: Level): void;
  /** Makes it an input. @throws HalError */
  release(): void;
  /** Calls after each edge that was not missed; what counts is what `read` says then. */
  watch(listener: () => void): void;
  /** Idempotent. */
  close(): void;
}

export interface GpioSystem {
  /**
   * @param chip label of the chip, or labels of which one is there @param offset of the line in its chip, from 0.
   * Rejects with HalError
   */
  open(
    chip: string | readonly string[],
    offset: number,
    options: { activeLow: boolean; output: boolean },
  ): Promise<GpioLine>;
}

/**
 * The global number of a line. Kernels count chips from 512 on since 6.6, others from other bases: only the label of the
 * chip ("pinctrl-bcm2835") is the same everywhere.
 * @throws HalError that names the chips there are
 */
export function globalNumber(chip: string | readonly string[], offset: number, root = "/sys/class/gpio"): number {
  const device = nameOf(chip, offset);
  if (!isThere(root))
    throw new HalError(device, "absent", `${root} is not there: the kernel was built without CONFIG_GPIO_SYSFS`);
  const labels: string[] = [];
  for (const name of listFolder(root)) {
    if (!name.startsWith("gpiochip")) continue;
    const label = readTextIfThere(`${root}/${name}/label`) ?? "";
    const base = Number(readTextIfThere(`${root}/${name}/base`));
    const lines = Number(readTextIfThere(`${root}/${name}/ngpio`));
    labels.push(label);
    if (![chip].flat().includes(label) || !Number.isInteger(base)) continue;
    if (offset >= lines) throw new HalError(device, "absent", `the chip has ${lines} lines`);
    return base + offset;
  }
  const found = labels.length === 0 ? "no chip at all" : labels.join(", ");
  throw new HalError(device, "absent", `there is no chip with this label; there is ${found}`);
}

function nameOf(chip: string | readonly string[], offset: number): string {
  return `GPIO ${[chip].flat().join(" or ")} line ${offset}`;
}

/** The part of `onoff` that is used. */
interface OnoffGpio {
  readSync(): Level;
  writeSync(level: Level): void;
  setDirection(direction: "in" | "high" | "low"): void;
  watch(listener: (error: Error | null | undefined) => void): void;
  unexport(): void;
}
interface Onoff {
  readonly Gpio: new (
    line: number,
    direction: "in" | "low" | "high",
    edge: "both" | "none",
    options: { activeLow: boolean },
  ) => OnoffGpio;
}

export function onoffSystem(root = "/sys/class/gpio"): GpioSystem {
  return {
    async open(chip, offset, { activeLow, output }) {
      const device = nameOf(chip, offset);
      const onoff = await loadOptionalPackage("onoff", device);
      if (!isOnoff(onoff)) throw new HalError(device, "broken", 'the package "onoff" is not the one that is needed');
      const number = globalNumber(chip, offset, root);
      return guarded(device, () => {
        const edge = output ? "none" : "both";
        // "high" and "low" are levels of the pin: an active-low output that shall be off starts high.
        const direction = output ? (activeLow ? "high" : "low") : "in";
        return lineOf(device, new onoff.Gpio(number, direction, edge, { activeLow }), activeLow);
      });
    },
  };
}

function lineOf(device: string, gpio: OnoffGpio, activeLow: boolean): GpioLine {
  let open = true;
  return {
    read: () => guarded(device, () => gpio.readSync()),
    drive: (level) => guarded(device, () => gpio.setDirection((level === 1) === activeLow ? "low" : "high")),
    release: () => guarded(device, () => gpio.setDirection("in")),
    watch: (listener) => gpio.watch(() => listener()),
    close() {
      if (!open) return;
      open = false;
      gpio.unexport();
    },
  };
}

function guarded<Result>(device: string, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    throw halErrorOf(device, error);
  }
}

function isOnoff(loaded: unknown): loaded is Onoff {
  return typeof loaded === "object" && loaded !== null && "Gpio" in loaded && typeof loaded.Gpio === "function";
}
