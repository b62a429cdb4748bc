/** Which requests the phone takes from its servers only, and which against a password (feature row ACC-18), out of the configuration. The judge is sip/request-validation.ts. */
import type { RequestValidationOptions } from "../sip/request-validation.ts";
import type { Settings } from "./ports.ts";

/** What is known of an account here. */
export interface CheckedAccount {
  readonly enabled: boolean;
  /** Addresses of its servers and proxies, as resolved last. */
  readonly servers: ReadonlySet<string>;
  /** It registers by TLS: by another transport nobody is its server. */
  readonly tlsOnly: boolean;
  readonly identity: {
    readonly credentials?: { readonly username: string; readonly password: string } | undefined;
  };
}

export const checkNames = /^sip\.request_validation\./;

/** Undefined where nothing is to be checked. `accounts` is asked with each request. */
export function requestChecks(
  settings: Settings,
  accounts: () => readonly CheckedAccount[],
): RequestValidationOptions | undefined {
  const words = (name: string) => settings.list(`sip.request_validation.${name}`);
  const sourceMethods = words("source.list").map((method) => method.toUpperCase());
  const digestMethods = words("digest.list").map((method) => method.toUpperCase());
  if (sourceMethods.length + digestMethods.length === 0) return undefined;
  const enabled = () => accounts().filter((account) => account.enabled);
  return {
    sourceMethods,
    digestMethods,
    events: words("event").map((event) => event.toLowerCase()),
    realm: settings.text("sip.request_validation.digest.realm"),
    trusts: ({ address, transport }) =>
      enabled().some(({ servers, tlsOnly }) => servers.has(address) && (transport === "tls" || !tlsOnly)),
    passwordOf: (username) => {
      const own = enabled().map(({ identity }) => identity.credentials);
      // Whoever has no password has none that somebody could know.
      return own.find((one) => one?.username === username && one.password !== "")?.password;
    },
  };
}
