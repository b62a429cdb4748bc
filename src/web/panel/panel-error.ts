/** What the panel refuses or cannot do, with the HTTP status that says so. */
import { PhoneError } from "../../base/error.ts";

export class PanelError extends PhoneError {
  readonly code: "bad-request" | "forbidden" | "port-in-use" | "cannot-listen" | "unavailable";
  constructor(code: PanelError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  get status(): number {
    switch (this.code) {
      case "bad-request":
        return 400;
      case "forbidden":
        return 403;
      case "unavailable":
        return 503;
      case "port-in-use":
      case "cannot-listen":
        return 500;
      default:
        return this.code satisfies never;
    }
  }
}
