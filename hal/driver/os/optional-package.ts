/** Packages of npm that a phone may lack: native ones, loaded when a board first needs them. Main thread or child process only. */
import { HalError } from "../../error.ts";

/**
 * What `require(name)` would give. Rejects with HalError in plain words where it is not installed, or was not built for
 * this machine.
 * @param device the part that is not to be had without it
 */
export async function loadOptionalPackage(name: string, device: string): Promise<unknown> {
  try {
    const module: unknown = await import(name);
    return typeof module === "object" && module !== null && "default" in module ? module.default : module;
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    const why = missing ? "is not installed" : "cannot be loaded on this machine";
    const text = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new HalError(device, "absent", `the package "${name}" ${why}; run "npm install ${name}" (${text})`, {
      cause,
    });
  }
}
