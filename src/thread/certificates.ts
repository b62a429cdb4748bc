/**
 * Certificates of the data folder and what the configuration says of them (feature rows SEC-01 to SEC-04):
 * `certificates/trusted/*` are authorities that were loaded, `certificates/device.pem` is a certificate with its key
 * that was loaded for this phone, `certificates/built-in.pem` the one it made itself.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { readFileIfThere, writeFileAtomic } from "../../hal/driver/os/atomic-file.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { selfSigned } from "../net/self-signed.ts";
import { certificatesIn, systemAuthorities } from "../net/tls-authorities.ts";
import type { TlsSettings } from "../net/tls-settings.ts";
import type { Settings } from "../phone/ports.ts";

export interface CertificateParts {
  /** Of all certificates; made when something is kept in it. */
  readonly folder: string;
  /** Of the phone: common name of the certificate that it makes itself. */
  readonly name: string;
  readonly settings: Settings;
  readonly log: Log;
}

/** As the guide allows. */
const mostBytes = 5 * 1024 * 1024;

/** Names of parameters after whose change the settings have to be read anew. */
export function touchesTls(name: string): boolean {
  return /^security\.|^sip\.tls_require_client|^(?:trusted|server)_certificates\./.test(name);
}

/** Files that cannot be used are named in the log and left out; rejects only where nothing is left to show or to keep. */
export async function loadTlsSettings(parts: CertificateParts): Promise<TlsSettings> {
  const { settings } = parts;
  const loaded = await authoritiesIn(join(parts.folder, "trusted"), parts.log);
  const choice = settings.number("security.ca_cert");
  const ciphers = settings.text("security.tls_cipher_list");
  return {
    ...(await ownCertificate(parts)),
    authorities: [...(choice === 1 ? [] : await systemAuthorities()), ...(choice === 0 ? [] : loaded)],
    // The web's authorities vouch for servers; who may connect to a phone is for those to say that were loaded.
    clientAuthorities: choice === 0 ? [] : loaded,
    clientMustShow: settings.flag("sip.tls_require_client_certificate"),
    ...versions(settings, parts.log, ciphers === "" ? undefined : ciphers),
    checkTrust: settings.flag("security.trust_certificates"),
    checkName: settings.flag("security.cn_validation"),
  };
}

/** TLS 1.0 and 1.1 only where the configuration insists (RFC 8996 forbids them): OpenSSL then has to lower its guard. */
function versions(settings: Settings, log: Log, ciphers: string | undefined): Pick<TlsSettings, "least" | "ciphers"> {
  const method = settings.number("security.default_ssl_method");
  if (method !== 0 && method !== 4) return { least: "TLSv1.2", ciphers };
  const least = method === 0 ? "TLSv1" : "TLSv1.1";
  log.warn({}, `security.default_ssl_method = ${method} accepts ${least}, which is broken: take 3`);
  return { least, ciphers: `${ciphers ?? "DEFAULT"}:@SECLEVEL=0` };
}

async function authoritiesIn(folder: string, log: Log): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const found: string[] = [];
  for (const name of names.filter((each) => /\.(?:pem|crt|cer|der)$/i.test(each)).sort()) {
    const path = join(folder, name);
    try {
      found.push(...certificatesOf(await readSmall(path), path));
    } catch (error) {
      log.warn({}, `authority ${path} is left out: ${reasonOf(error)}`);
    }
  }
  return found;
}

/** PEM, or one certificate in DER. */
function certificatesOf(bytes: Uint8Array, path: string): readonly string[] {
  const text = Buffer.from(bytes).toString("latin1");
  const certificates = text.includes("-----BEGIN") ? certificatesIn(text) : [new X509Certificate(bytes).toString()];
  if (certificates.length === 0) throw new Error(`${path} holds no certificate`);
  for (const certificate of certificates) new X509Certificate(certificate);
  return certificates;
}

async function readSmall(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > mostBytes) throw new Error(`${size} bytes are more than ${mostBytes}`);
  const bytes = await readFileIfThere(path);
  if (bytes === undefined) throw new Error("it is gone");
  return bytes;
}

async function ownCertificate(parts: CertificateParts): Promise<Pick<TlsSettings, "certificate" | "key">> {
  const { folder, settings, log } = parts;
  if (settings.number("security.dev_cert") === 1) {
    const path = join(folder, "device.pem");
    try {
      return pairOf(await readSmall(path));
    } catch (error) {
      log.warn({}, `security.dev_cert = 1, but ${path} cannot be used: ${reasonOf(error)}; the built-in one is shown`);
    }
  }
  return builtIn(parts);
}

/** Made once and kept: whoever has been told to trust it shall find it again. */
async function builtIn({ folder, name, log }: CertificateParts): Promise<Pick<TlsSettings, "certificate" | "key">> {
  const path = join(folder, "built-in.pem");
  const kept = await readFileIfThere(path);
  if (kept !== undefined)
    try {
      return pairOf(kept);
    } catch (error) {
      log.warn({}, `${path} cannot be used: ${reasonOf(error)}; another one is made`);
    }
  const made = selfSigned(name);
  // Without a place to keep it there is TLS all the same.
  await writeFileAtomic(path, Buffer.from(made.certificate + made.key)).catch((error: unknown) =>
    log.error({}, `${path} cannot be written: ${reasonOf(error)}`),
  );
  return made;
}

/** The first certificate is the phone's, the others lead to its authority. */
function pairOf(bytes: Uint8Array): Pick<TlsSettings, "certificate" | "key"> {
  const text = Buffer.from(bytes).toString("latin1");
  const [own, ...chain] = certificatesIn(text);
  const key = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^-]+-----END \1-----/.exec(text)?.[0];
  if (own === undefined) throw new Error("it holds no certificate");
  if (key === undefined) throw new Error("it holds no private key");
  if (!new X509Certificate(own).checkPrivateKey(createPrivateKey(key)))
    throw new Error("its private key is not the certificate's");
  return { certificate: [own, ...chain].join("\n"), key };
}
