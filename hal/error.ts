/** What a driver reports when a device fails: never logged by the driver itself. */
export class HalError extends Error {
  /** What people call the device: "PCM hw:0,0", "/dev/fb0". */
  readonly device: string;
  /** "absent" | "busy" | "lost" | "refused" | "broken": what code looks at. */
  readonly code: HalErrorCode;
  constructor(device: string, code: HalErrorCode, message: string, options?: ErrorOptions) {
    super(`${device}: ${message}`, options);
    this.name = "HalError";
    this.device = device;
    this.code = code;
  }
}

export type HalErrorCode = "absent" | "busy" | "lost" | "refused" | "broken";
