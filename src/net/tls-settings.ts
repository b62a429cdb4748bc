/** Who we are and whom we believe, and what node's TLS makes of it. Reads no file: that is `thread/certificates.ts`. */
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocket,
} from "node:tls";
import type { Log } from "../base/log.ts";

/** Who we are and whom we believe. Certificates and keys are PEM. */
export interface TlsSettings {
  /** Our own, with what leads from it to its authority. */
  readonly certificate: string;
  readonly key: string;
  /** Authorities whose servers we believe. */
  readonly authorities: readonly string[];
  /** Authorities whose clients may connect to us; nobody is asked for a certificate where there is none. */
  readonly clientAuthorities: readonly string[];
  /** A client without a certificate is refused. */
  readonly clientMustShow: boolean;
  readonly least: SecureVersion;
  /** Of OpenSSL: "ECDHE-RSA-AES256-GCM-SHA384:..."; undefined for node's own choice. */
  readonly ciphers: string | undefined;
  /** A certificate has to lead to an authority. */
  readonly checkTrust: boolean;
  /** It has to carry the name that was asked for; only where `checkTrust`, because untrusted names prove nothing. */
  readonly checkName: boolean;
}

/** Both sides' contexts: authorities of servers and of clients are not the same. */
export interface TlsContext {
  readonly settings: TlsSettings;
  readonly client: SecureContext;
  /** Good for a server of node, which makes its own context of it. */
  readonly server: SecureContextOptions;
}

/** Throws what OpenSSL says of a certificate or a key that cannot be used. */
export function makeContext(settings: TlsSettings, log: Log): TlsContext {
  const { certificate: cert, key, least } = settings;
  const own = { cert, key, minVersion: least };
  const client = { ...own, ca: [...settings.authorities] };
  const server = { ...own, ca: [...settings.clientAuthorities], honorCipherOrder: true };
  const make = (chosen: { ciphers?: string }): TlsContext => ({
    settings,
    client: createSecureContext({ ...client, ...chosen }),
    server: { ...server, ...chosen },
  });
  const { ciphers } = settings;
  if (ciphers === undefined) return make({});
  try {
    return make({ ciphers });
  } catch (error) {
    // It is the list that is wrong only if the rest is right.
    const context = make({});
    log.warn(
      { reason: String(error) },
      "security.tls_cipher_list names no cipher that can be used: the built-in ones are offered",
    );
    return context;
  }
}

/** Node says it as a text where its types promise an Error. */
export function verificationCode(socket: TLSSocket): string {
  const error: unknown = socket.authorizationError;
  if (error instanceof Error) return "code" in error && typeof error.code === "string" ? error.code : error.message;
  return String(error);
}
