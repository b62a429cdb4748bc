/** Ogg pages byte by byte: what a player relies on. */
import { describe, expect, it } from "vitest";
import { OggOpusWriter, oggCrc } from "../../../src/codec/opus/ogg.ts";

/** Splits pages and checks their frame. */
function pages(
  bytes: Uint8Array,
): { flags: number; granule: bigint; number: number; sizes: number[]; body: Uint8Array }[] {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at);
    expect(Buffer.from(bytes.subarray(at, at + 4)).toString()).toBe("OggS");
    const segments = view.getUint8(26);
    const sizes = [...bytes.subarray(at + 27, at + 27 + segments)];
    const size = 27 + segments + sizes.reduce((sum, one) => sum + one, 0);
    const page = bytes.slice(at, at + size);
    const crc = new DataView(page.buffer).getUint32(22, true);
    new DataView(page.buffer).setUint32(22, 0);
    expect(oggCrc(page)).toBe(crc);
    found.push({
      flags: view.getUint8(5),
      granule: view.getBigUint64(6, true),
      number: view.getUint32(18, true),
      sizes,
      body: page.subarray(27 + segments),
    });
    at += size;
  }
  return found;
}

describe("RFC 7845: Opus in Ogg", () => {
  it("RFC 3533 §6: the CRC has its check value", () => {
    expect(oggCrc(new TextEncoder().encode("123456789"))).toBe(0x89a1_897f);
  });

  it("RFC 7845 §5: two pages come before all sound", () => {
    const [head, tags, ...more] = pages(new OggOpusWriter(7).head(16_000, "Offhook"));
    expect([head?.flags, head?.granule, head?.number, more.length]).toEqual([2, 0n, 0, 0]);
    expect(Buffer.from(head?.body ?? []).toString("hex")).toBe(
      `${Buffer.from("OpusHead").toString("hex")}01013801803e0000000000`,
    );
    expect([tags?.flags, tags?.granule, tags?.number]).toEqual([0, 0n, 1]);
    expect(Buffer.from(tags?.body ?? []).toString()).toBe("OpusTags\x07\0\0\0Offhook\0\0\0\0");
  });

  it("RFC 7845 §4: pages say where they end, the last one where sound ends", () => {
    const writer = new OggOpusWriter(7);
    expect(writer.flush()).toBe(undefined);
    for (let i = 0; i < 50; i++) expect(writer.add(new Uint8Array(80), 20)).toBe(undefined);
    const [second] = pages(writer.flush() ?? new Uint8Array(0));
    expect([second?.granule, second?.sizes.length]).toEqual([48_000n, 50]);
    writer.add(new Uint8Array(80), 20);
    writer.add(new Uint8Array(80), 20);
    const [last] = pages(writer.end(1010));
    expect([last?.flags, last?.granule]).toEqual([4, BigInt(312 + 48 * 1010)]);
  });

  it("RFC 3533 §5: packets of 255 bytes and more take several segments, and a page that is full is given out", () => {
    const writer = new OggOpusWriter(7);
    writer.add(new Uint8Array(255), 20);
    writer.add(new Uint8Array(600), 20);
    writer.add(new Uint8Array(3), 20);
    expect(pages(writer.flush() ?? new Uint8Array(0))[0]?.sizes).toEqual([255, 0, 255, 255, 90, 3]);
    let full: Uint8Array | undefined;
    let added = 0;
    for (; full === undefined; added++) full = writer.add(new Uint8Array(400), 20);
    const [page] = pages(full);
    expect([added, page?.sizes.length, page?.granule]).toEqual([128, 254, BigInt(960 * (3 + 127))]);
  });
});
