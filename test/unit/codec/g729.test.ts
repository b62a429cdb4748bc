/** The optional G.729: what the phone says without it, and how frames make packets, by a stand-in for the file that is not ours to ship. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { g729From } from "../../../src/codec/g729/g729.ts";
import { CodecMissingError } from "../../../src/codec/missing.ts";

/**
 * A WebAssembly file with the functions of glue.c: `encode` returns the first sample as its size and the second as its first byte,
 * `decode` gives the size and the first byte back as samples.
 */
const STAND_IN = [
  "AGFzbQEAAAABDANgAABgAAF/YAF/AAMIBwABAQIAAQIEBQFwAQEBBQMBAAEGBwF/AUGwEQsHWQgGbWVtb3J5AgALX2luaXRpYWxpemUAAAVwY2",
  "1BdAABBmJpdHNBdAACDHN0YXJ0RW5jb2RlcgADDHN0YXJ0RGVjb2RlcgAEBmVuY29kZQAFBmRlY29kZQAGCloHAgALCABBgIiAgAALCABBoImA",
  "gAALAgALAgALHQBBAEEALQCCiICAADoAoImAgABBAC4BgIiAgAALHwBBACAAOwGAiICAAEEAQQAtAKCJgIAAOwGCiICAAAs=",
].join("");

function fileWith(bytes: Uint8Array): URL {
  const file = join(mkdtempSync(join(tmpdir(), "g729-")), "g729.wasm");
  writeFileSync(file, bytes);
  return pathToFileURL(file);
}

/** Sound of frames that code to these sizes, each with its number as first byte. */
function frames(...sizes: readonly number[]): Int16Array {
  const pcm = new Int16Array(80 * sizes.length);
  for (const [n, size] of sizes.entries()) pcm.set([size, n + 1], n * 80);
  return pcm;
}

describe("G.729", () => {
  it("AUD-01: without its file the phone says that G.729 is not installed, and which file it looked for", () => {
    const codec = g729From(new URL("file:///nowhere/g729.wasm"));
    expect(codec.missing).toContain("not installed");
    expect(codec.missing).toContain("/nowhere/g729.wasm");
    expect(() => codec.createEncoder()).toThrow(CodecMissingError);
    expect(() => codec.createDecoder()).toThrow(CodecMissingError);
  });

  it("AUD-01: a damaged file is no G.729 either, and nothing else is harmed", () => {
    expect(g729From(fileWith(Uint8Array.of(1, 2, 3, 4))).missing).toContain("not installed");
    expect(g729From(fileWith(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0))).missing).toContain("not installed");
  });

  const codec = g729From(fileWith(Buffer.from(STAND_IN, "base64")));

  it("RFC 3551 §4.5.6: packets hold frames of ten bytes and at most one of noise, at their end", () => {
    expect(codec.missing).toBeUndefined();
    const encoder = codec.createEncoder();
    const out = new Uint8Array(60);
    expect(encoder.encode(frames(10, 10, 10), out)).toBe(30);
    expect([out[0], out[10], out[20]]).toEqual([1, 2, 3]);
    expect(encoder.encode(frames(10, 2, 0), out)).toBe(12);
    expect([out[0], out[10]]).toEqual([1, 2]);
    expect(encoder.encode(frames(2, 0), out)).toBe(2);
    expect(encoder.encode(frames(0, 0), out)).toBe(0);
    // Speech that begins in the packet's middle.
    expect(encoder.encode(frames(0, 10), out)).toBe(20);
    expect([out[0], out[10]]).toEqual([2, 2]);
  });

  it("RFC 3551 §4.5.6: packets are taken apart the same way; other sizes are no packets", () => {
    const decoder = codec.createDecoder();
    const out = new Int16Array(480);
    const packet = new Uint8Array(22);
    packet.set([7], 0);
    packet.set([8], 10);
    packet.set([9], 20);
    expect(decoder.packetSamples(packet)).toBe(240);
    expect(decoder.decode(packet, out)).toBe(240);
    expect([out[0], out[1], out[80], out[81], out[160], out[161]]).toEqual([10, 7, 10, 8, 2, 9]);
    for (const size of [1, 5, 11, 13, 19]) expect(decoder.decode(new Uint8Array(size), out)).toBe(0);
    expect(decoder.conceal?.(out, 170)).toBe(160);
    expect([out[0], out[80]]).toEqual([0, 0]);
  });

  it("G.729: a decoder takes over another one's state", () => {
    const [first, second] = [codec.createDecoder(), codec.createDecoder()];
    const out = new Int16Array(80);
    first.decode(new Uint8Array(10).fill(42), out);
    second.copyFrom(first);
    second.conceal?.(out, 80);
    expect(out[1]).toBe(42);
  });
});
