/** The authorities that this system trusts: those that node brings and those of the distribution, where it has any (feature row SEC-02, "built in"). */
import { readFile } from "node:fs/promises";
import { rootCertificates } from "node:tls";

/** Debian's and Alpine's; Fedora's. */
const bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

/** PEM, each once. */
export async function systemAuthorities(): Promise<readonly string[]> {
  const found = new Set(rootCertificates.map((text) => text.trim()));
  for (const path of bundles) {
    const text = await readFile(path, "utf8").catch(() => "");
    for (const certificate of certificatesIn(text)) found.add(certificate);
  }
  return [...found];
}

/** The certificates of a PEM text, without looking into them. */
export function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}
