/** Redundant audio: what is written is read again, sizes keep within a datagram, hostile lengths are refused. */
import { describe, expect, it } from "vitest";
import { RedReader, RedWriter } from "../../../src/rtp/red.ts";

function payload(value: number, size: number): Uint8Array {
  return new Uint8Array(size).fill(value);
}

describe("audio/red", () => {
  it("RFC 2198 §3: a packet carries the two before it, the oldest first, with their distance in time", () => {
    const writer = new RedWriter(1400);
    const out = new Uint8Array(2000);
    expect(writer.write(0, 1000, payload(1, 160), 160, 2, out, 0)).toBe(161);
    writer.write(0, 1160, payload(2, 160), 160, 2, out, 0);
    const size = writer.write(0, 1320, payload(3, 160), 160, 2, out, 12);
    expect(size).toBe(4 + 4 + 1 + 3 * 160);
    // F = 1, PCMU, offset 320, length 160.
    expect([...out.subarray(12, 16)]).toEqual([0x80, 320 >> 6, (320 & 63) << 2, 160]);
    const reader = new RedReader();
    expect(reader.read(out, 12, 12 + size)).toBeUndefined();
    const read = reader.blocks.slice(0, reader.count);
    expect(read.map((block) => block.offsetTicks)).toEqual([320, 160, 0]);
    expect(read.map((block) => out[block.start])).toEqual([1, 2, 3]);
    expect(read.map((block) => block.end - block.start)).toEqual([160, 160, 160]);
  });

  it("RFC 2198 §3: timestamps that wrap have their distance all the same", () => {
    const writer = new RedWriter(1400);
    const out = new Uint8Array(2000);
    writer.write(9, 0xffff_ffb0, payload(1, 80), 80, 1, out, 0);
    const size = writer.write(9, 0, payload(2, 80), 80, 1, out, 0);
    const reader = new RedReader();
    reader.read(out, 0, size);
    expect(reader.blocks[0]?.offsetTicks).toBe(80);
  });

  it("RFC 2198 §3: what does not fit into a datagram is left out, the oldest first; so is what lies too far back", () => {
    const writer = new RedWriter(1400);
    const out = new Uint8Array(2000);
    for (let i = 0; i < 4; i++) writer.write(0, i * 480, payload(i, 480), 480, 3, out, 0);
    const reader = new RedReader();
    reader.read(out, 0, writer.write(0, 4 * 480, payload(4, 480), 480, 3, out, 0));
    expect(reader.count).toBe(2);
    reader.read(out, 0, writer.write(0, 60_000, payload(5, 480), 480, 3, out, 0));
    expect(reader.count).toBe(1);
  });

  it("RFC 2198 §3: after a pause nothing old is carried", () => {
    const writer = new RedWriter(1400);
    const out = new Uint8Array(2000);
    writer.write(0, 0, payload(1, 160), 160, 1, out, 0);
    writer.clear();
    expect(writer.write(0, 160, payload(2, 160), 160, 1, out, 0)).toBe(161);
  });

  it("RFC 2198 §3: hostile lengths and endless headers are refused", () => {
    const reader = new RedReader();
    expect(reader.read(Uint8Array.of(), 0, 0)).toBe("truncated");
    expect(reader.read(Uint8Array.of(0x80, 0, 0), 0, 3)).toBe("truncated");
    expect(reader.read(Uint8Array.of(0x80, 0, 3, 255, 0, 1, 2), 0, 7)).toBe("lengths");
    const endless = new Uint8Array(400).fill(0x80);
    expect(reader.read(endless, 0, 400)).toBe("blocks");
    // The end of the packet counts, not the end of the buffer.
    expect(reader.read(Uint8Array.of(0x80, 0, 0, 4, 0, 1, 2, 3, 4), 0, 7)).toBe("lengths");
  });

  it("RFC 2198 §3: random bytes are refused or lie within the packet", () => {
    const seed = 2198;
    let state = seed;
    const random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    };
    const reader = new RedReader();
    for (let round = 0; round < 5000; round++) {
      const bytes = Uint8Array.from({ length: random() }, random);
      if (reader.read(bytes, 0, bytes.length) !== undefined) continue;
      for (const block of reader.blocks.slice(0, reader.count)) {
        expect(block.start, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(block.end);
        expect(block.end, `seed ${seed}, round ${round}`).toBeLessThanOrEqual(bytes.length);
      }
    }
  });
});
