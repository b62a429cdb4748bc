/** Whether an incoming request may come from where it does, and from whom: an account's servers, and digest asked for by the phone itself (feature rows ACC-18, SEC-19; RFC 3261 §22.2). */
import type { Clock } from "../../hal/clock.ts";
import type { Random } from "../base/network.ts";
import { DigestServer } from "./digest-server.ts";
import type { SipRequest } from "./message.ts";
import type { Refusal } from "./out-of-dialog.ts";
import { eventOf } from "./subscription-headers.ts";
import type { Source } from "./transactions.ts";

export interface RequestValidationOptions {
  /** Methods, upper case, that are taken only from `trusts`. */
  readonly sourceMethods: readonly string[];
  /** Methods, upper case, whose sender must know a password. */
  readonly digestMethods: readonly string[];
  /** Of NOTIFY and SUBSCRIBE only these event packages, lower case, are checked at all; none named: all. */
  readonly events: readonly string[];
  readonly realm: string;
  /** Whether that is one of the servers we deal with. */
  trusts(source: Source, request: SipRequest): boolean;
  /** Undefined for users that do not exist. */
  passwordOf(username: string): string | undefined;
}

export class RequestValidation {
  readonly #options: RequestValidationOptions;
  readonly #digest: DigestServer;

  constructor(parts: { readonly clock: Clock; readonly random: Random }, options: RequestValidationOptions) {
    this.#options = options;
    this.#digest = new DigestServer(parts, { realm: options.realm, anyUri: true });
  }

  /** Undefined: let it in. ACK and CANCEL can be neither challenged nor refused (§22.1). */
  judge(request: SipRequest, source: Source): Refusal | undefined {
    const { method } = request;
    if (method === "ACK" || method === "CANCEL") return undefined;
    const { sourceMethods, digestMethods, events } = this.#options;
    const bySource = sourceMethods.includes(method);
    const byDigest = digestMethods.includes(method);
    if (!bySource && !byDigest) return undefined;
    if ((method === "NOTIFY" || method === "SUBSCRIBE") && events.length > 0 && !events.includes(eventOf(request).name))
      return undefined;
    if (bySource && !this.#options.trusts(source, request)) return { status: 403 };
    return byDigest ? this.#challenge(request) : undefined;
  }

  #challenge(request: SipRequest): Refusal | undefined {
    const answers = request.headers("Authorization");
    const verdict = this.#digest.check(
      answers,
      { method: request.method, uri: request.uri, body: request.body },
      this.#options.passwordOf,
    );
    if (verdict.ok) return undefined;
    // A wrong answer is asked again, a malformed one is told so (RFC 7616 §3.3).
    if (verdict.reason === "malformed") return { status: 400, reason: "Malformed Authorization" };
    const challenges = this.#digest.challenges(verdict.reason === "stale");
    return { status: 401, headers: challenges.map((value) => ["WWW-Authenticate", value] as const) };
  }
}
