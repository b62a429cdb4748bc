/**
 * A certificate of this phone's own, signed by itself (X.509 v3, RFC 5280, ECDSA on P-256): what it shows where nobody
 * has loaded one. It proves to nobody who the phone is; it encrypts, and a server may be told to trust it.
 */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface OwnCertificate {
  /** Both PEM. */
  readonly certificate: string;
  readonly key: string;
}

/** @param name common name, printable ASCII */
export function selfSigned(name: string): OwnCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = sequence(set(sequence(oid(commonName), der(tag.utf8String, Buffer.from(name, "utf8")))));
  // A clock that stands at its factory date must find it valid, and nobody renews it: RFC 5280 §4.1.2.5 gives devices
  // that last date.
  const validity = sequence(
    der(tag.utcTime, Buffer.from("000101000000Z")),
    der(tag.generalizedTime, Buffer.from("99991231235959Z")),
  );
  const algorithm = sequence(oid(ecdsaWithSha256));
  const extensions = sequence(
    extension(basicConstraints, true, sequence()),
    // digitalSignature is bit 0 of 8, the other 7 are unused.
    extension(keyUsage, true, der(tag.bitString, Buffer.from([7, 0x80]))),
    extension(extendedKeyUsage, false, sequence(oid(serverAuth), oid(clientAuth))),
  );
  const body = sequence(
    der(tag.explicit0, der(tag.integer, Buffer.from([2]))),
    der(tag.integer, serialNumber()),
    algorithm,
    subject,
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(tag.explicit3, extensions),
  );
  const signature = sign("sha256", body, privateKey);
  const whole = sequence(body, algorithm, der(tag.bitString, Buffer.concat([Buffer.from([0]), signature])));
  return { certificate: pem("CERTIFICATE", whole), key: String(privateKey.export({ type: "pkcs8", format: "pem" })) };
}

const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  explicit0: 0xa0,
  explicit3: 0xa3,
} as const;

const commonName = [2, 5, 4, 3];
const basicConstraints = [2, 5, 29, 19];
const keyUsage = [2, 5, 29, 15];
const extendedKeyUsage = [2, 5, 29, 37];
const serverAuth = [1, 3, 6, 1, 5, 5, 7, 3, 1];
const clientAuth = [1, 3, 6, 1, 5, 5, 7, 3, 2];
const ecdsaWithSha256 = [1, 2, 840, 10045, 4, 3, 2];

/** Tag, length, content (X.690 §8.1). */
function der(of: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([of, ...head]), content]);
}

function sequence(...contents: readonly Uint8Array[]): Buffer {
  return der(tag.sequence, ...contents);
}

function set(...contents: readonly Uint8Array[]): Buffer {
  return der(tag.set, ...contents);
}

/** The first two numbers share a byte; the others are in base 128, most significant first (X.690 §8.19). */
function oid([first = 0, second = 0, ...others]: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const number of others) {
    const digits = [number & 0x7f];
    for (let rest = number >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
    bytes.push(...digits);
  }
  return der(tag.oid, Buffer.from(bytes));
}

function extension(id: readonly number[], critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [der(tag.boolean, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...flag, der(tag.octetString, value));
}

/** Positive, and without a leading byte of zero: between 2^120 and 2^127. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01;
  return bytes;
}

function pem(what: string, bytes: Buffer): string {
  const lines = bytes.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${what}-----\n${lines}-----END ${what}-----\n`;
}
