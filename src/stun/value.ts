/** Values of attributes that are more than bytes: addresses, error codes, numbers (RFC 8489 §14). */
import type { Endpoint } from "../base/network.ts";
import { addressBytes, addressText } from "./address.ts";
import type { StunAttribute } from "./message.ts";
import { magicCookie } from "./types.ts";

export type { Endpoint } from "../base/network.ts";

export interface StunErrorCode {
  /** 300 to 699. */
  readonly code: number;
  readonly reason: string;
}

/** What an address is XORed with: the cookie and the transaction id. */
function mask(transactionId: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, magicCookie);
  bytes.set(transactionId.subarray(0, 12), 4);
  return bytes;
}

/** @param transactionId of a XORed address; absent for a plain one. Undefined when malformed. */
export function readAddress(value: Uint8Array, transactionId?: Uint8Array): Endpoint | undefined {
  const size = value[1] === 1 ? 4 : value[1] === 2 ? 16 : 0;
  if (size === 0 || value.length !== 4 + size) return undefined;
  const hide = transactionId === undefined ? new Uint8Array(16) : mask(transactionId);
  const port = (((value[2] ?? 0) << 8) | (value[3] ?? 0)) ^ (((hide[0] ?? 0) << 8) | (hide[1] ?? 0));
  const address = Uint8Array.from(value.subarray(4), (byte, i) => byte ^ (hide[i] ?? 0));
  return { address: addressText(address), port };
}

/** @throws TypeError for an address that is not numeric: callers have checked theirs */
export function xorAddress(type: number, { address, port }: Endpoint, transactionId: Uint8Array): StunAttribute {
  const bytes = addressBytes(address);
  if (bytes === undefined) throw new TypeError(`bug: ${JSON.stringify(address)} is not a numeric address`);
  const hide = mask(transactionId);
  const seenPort = port ^ (((hide[0] ?? 0) << 8) | (hide[1] ?? 0));
  const head = [0, bytes.length === 4 ? 1 : 2, seenPort >> 8, seenPort & 0xff];
  return { type, value: Uint8Array.from([...head, ...bytes.map((byte, i) => byte ^ (hide[i] ?? 0))]) };
}

export function readErrorCode(value: Uint8Array): StunErrorCode | undefined {
  const [, , hundreds = 0, rest = 0] = value;
  const code = (hundreds & 7) * 100 + rest;
  if (value.length < 4 || rest > 99 || code < 300 || code > 699) return undefined;
  return { code, reason: Buffer.from(value.subarray(4, 4 + 763)).toString("utf8") };
}

export function errorValue(code: number, reason: string): Uint8Array {
  return Uint8Array.from([0, 0, Math.floor(code / 100), code % 100, ...Buffer.from(reason, "utf8")]);
}

export function uint32Value(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0);
  return bytes;
}

export function uint64Value(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value));
  return bytes;
}

export function textValue(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "utf8"));
}
