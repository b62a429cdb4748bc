/** Certificates of the data folder with the parameters of feature rows SEC-01 to SEC-04. */
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { beforeAll, expect, test } from "vitest";
import { modelById } from "../../../board/models/index.ts";
import { Configuration } from "../../../src/config/configuration.ts";
import { loadTlsSettings, touchesTls } from "../../../src/thread/certificates.ts";
import { Authority } from "../../interop/kit/certificates.ts";
import { temporaryFolder } from "../../interop/kit/process.ts";
import { LoudLog } from "../sip/transaction-peers.ts";

let authority: Authority;
beforeAll(() => {
  authority = new Authority("Loaded Authority");
});

function setup(values: Readonly<Record<string, string>> = {}, folder = join(temporaryFolder("certs"), "certificates")) {
  const settings = new Configuration({
    model: modelById("t46g"),
    onError: (error) => {
      throw error;
    },
  });
  settings.set(
    "mac",
    Object.entries(values).map(([name, value]) => ({ name, value })),
  );
  const log = new LoudLog();
  mkdirSync(join(folder, "trusted"), { recursive: true });
  return { folder, log, load: () => loadTlsSettings({ folder, name: "T46G 00:15:65:00:00:01", settings, log }) };
}

const subject = (pem: string) => new X509Certificate(pem).subject;

test("SEC-02: the built-in authorities, the loaded ones or both are trusted, in PEM and DER", async () => {
  const both = setup();
  writeFileSync(join(both.folder, "trusted", "a.pem"), `some words\n${authority.own.certificate}`);
  const other = new Authority("DER Authority");
  writeFileSync(join(both.folder, "trusted", "b.der"), new X509Certificate(other.own.certificate).raw);
  const loaded = ["CN=Loaded Authority", "CN=DER Authority"];
  const trusted = (await both.load()).authorities;
  expect(trusted.slice(-2).map(subject)).toEqual(loaded);
  expect(trusted.length).toBeGreaterThanOrEqual(rootCertificates.length + 2);
  const custom = await setup({ "static.security.ca_cert": "1" }, both.folder).load();
  expect(custom.authorities.map(subject)).toEqual(loaded);
  expect(custom.clientAuthorities.map(subject)).toEqual(loaded);
  const builtIn = await setup({ "static.security.ca_cert": "0" }, both.folder).load();
  expect([builtIn.authorities.length, builtIn.clientAuthorities]).toEqual([trusted.length - 2, []]);
});

test("SEC-02: a file that is no certificate is named and left out", async () => {
  const { folder, load, log } = setup({ "static.security.ca_cert": "1" });
  writeFileSync(join(folder, "trusted", "bad.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  writeFileSync(join(folder, "trusted", "empty.crt"), "");
  writeFileSync(join(folder, "trusted", "good.pem"), authority.own.certificate);
  writeFileSync(join(folder, "trusted", "notes.txt"), "not looked at");
  expect((await load()).authorities.length).toBe(1);
  const warnings = log.lines.filter((line) => line.startsWith("warn"));
  expect(warnings.length).toBe(2);
  for (const name of ["bad.pem", "empty.crt"]) expect(warnings.join()).toContain(`${name} is left out`);
});

test("SEC-04: the phone makes itself a certificate once, keeps it, and nobody else reads its key", async () => {
  const { folder, load } = setup();
  const first = await load();
  expect(subject(first.certificate)).toBe("CN=T46G 00:15:65:00:00:01");
  const path = join(folder, "built-in.pem");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect((await setup({}, folder).load()).certificate.trim()).toBe(first.certificate.trim());
  writeFileSync(path, readFileSync(path, "utf8").slice(0, 100));
  const again = setup({}, folder);
  const second = await again.load();
  expect(second.certificate).not.toBe(first.certificate);
  expect(again.log.lines.join()).toMatch(/built-in\.pem cannot be used: it holds no certificate; another one is made/);
});

test("SEC-04: with dev_cert 1 the loaded certificate is shown; what is wrong with it is said, and the built-in one shown", async () => {
  const { folder, load, log } = setup({ "static.security.dev_cert": "1" });
  expect(subject((await load()).certificate)).toBe("CN=T46G 00:15:65:00:00:01");
  expect(log.lines.join()).toMatch(/security\.dev_cert = 1, but .*device\.pem cannot be used/);
  const device = authority.issue({ commonName: "device" });
  const path = join(folder, "device.pem");
  writeFileSync(path, device.key + device.certificate + authority.own.certificate);
  const shown = await load();
  expect(shown.certificate.match(/BEGIN CERTIFICATE/g)?.length).toBe(2);
  expect(subject(shown.certificate)).toBe("CN=device");
  const foreign = authority.issue({ commonName: "other" });
  writeFileSync(path, device.certificate + foreign.key);
  expect(subject((await load()).certificate)).toBe("CN=T46G 00:15:65:00:00:01");
  expect(log.lines.at(-1)).toMatch(/its private key is not the certificate's/);
});

test("SEC-01: the lowest version is 1.2 unless the configuration insists, which is said", async () => {
  expect(await setup().load()).toMatchObject({ least: "TLSv1.2", ciphers: undefined });
  expect(await setup({ "static.security.default_ssl_method": "5" }).load()).toMatchObject({ least: "TLSv1.2" });
  const old = setup({ "static.security.default_ssl_method": "4" });
  expect(await old.load()).toMatchObject({ least: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" });
  expect(old.log.lines.join()).toMatch(/accepts TLSv1\.1, which is broken/);
  const list = setup({ "static.security.default_ssl_method": "0", "security.tls_cipher_list": "AES128-SHA" });
  expect(await list.load()).toMatchObject({ least: "TLSv1", ciphers: "AES128-SHA:@SECLEVEL=0" });
});

test("SEC-02, SEC-03: trust and names are checked unless switched off", async () => {
  expect(await setup().load()).toMatchObject({ checkTrust: true, checkName: true, clientMustShow: false });
  const off = { "static.security.trust_certificates": "0", "static.security.cn_validation": "0" };
  expect(await setup(off).load()).toMatchObject({ checkTrust: false, checkName: false });
});

test("SEC-04: a folder that cannot be written costs the memory of the certificate, not TLS", async () => {
  const folder = join(temporaryFolder("certs"), "file");
  writeFileSync(folder, "a file where the folder should be");
  const log = new LoudLog();
  const settings = new Configuration({ model: modelById("t46g"), onError: () => {} });
  const loaded = await loadTlsSettings({ folder, name: "x", settings, log });
  expect(subject(loaded.certificate)).toBe("CN=x");
  expect(log.lines.join()).toMatch(/built-in\.pem cannot be written/);
  expect(existsSync(join(folder, "built-in.pem"))).toBe(false);
});

test("changes of these parameters are looked at again, others not", () => {
  expect(["security.ca_cert", "trusted_certificates.url", "sip.tls_require_client_certificate"].every(touchesTls)).toBe(
    true,
  );
  expect(["sip.listen_port", "account.1.enable"].some(touchesTls)).toBe(false);
});
