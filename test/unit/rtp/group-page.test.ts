/** Packets of group paging, byte by byte, and what is no such packet. */
import { describe, expect, it } from "vitest";
import {
  emptyGroupPage,
  mostPageBytes,
  pageHeaderBytes,
  parseGroupPage,
  writeGroupPageAudio,
  writeGroupPageHeader,
} from "../../../src/rtp/group-page.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const from = { channel: 26, serial: 0x04f2_aabb, callerId: new TextEncoder().encode("Reception desk 1") };

describe("group paging", () => {
  it("CAL-81: header, codec, count and frames lie where the advisory says", () => {
    const bytes = new Uint8Array(mostPageBytes);
    writeGroupPageHeader(bytes, "transmit", from);
    expect(hex(bytes.subarray(0, pageHeaderBytes))).toBe(`101a04f2aabb0d${hex(from.callerId.subarray(0, 13))}`);
    const frame = new Uint8Array(240).fill(2);
    expect(writeGroupPageAudio(bytes, 9, 0x0102_0304, frame, undefined)).toBe(266);
    expect(hex(bytes.subarray(20, 28))).toBe("0900010203040202");
    const size = writeGroupPageAudio(bytes, 9, 480, frame, new Uint8Array(240).fill(1));
    expect(size).toBe(506);
    const read = emptyGroupPage();
    expect(parseGroupPage(bytes.subarray(0, size), read)).toBe(true);
    expect(read).toEqual({
      ...{ op: "transmit", channel: 26, serial: 0x04f2_aabb, codec: 9, sampleCount: 480, frameBytes: 240 },
      ...{ beforeStart: 26, frameStart: 266 },
    });
    writeGroupPageHeader(bytes, "alert", { ...from, callerId: new Uint8Array(0) });
    expect(hex(bytes.subarray(0, pageHeaderBytes))).toBe(`0f1a04f2aabb0d${"00".repeat(13)}`);
    expect([parseGroupPage(bytes.subarray(0, pageHeaderBytes), read), read.op]).toEqual([true, "alert"]);
  });

  it("CAL-82: 20 ms and 30 ms, alone or with the frame before, and caller IDs of any length are understood", () => {
    const read = emptyGroupPage();
    for (const [audio, frameBytes, two] of [
      [160, 160, false],
      [240, 240, false],
      [320, 160, true],
      [480, 240, true],
    ] as const)
      for (const idBytes of [0, 13, 40]) {
        const bytes = new Uint8Array(7 + idBytes + 6 + audio);
        bytes[0] = 0x10;
        bytes[6] = idBytes;
        expect(parseGroupPage(bytes, read)).toBe(true);
        expect([read.frameBytes, read.beforeStart >= 0, read.frameStart]).toEqual([
          frameBytes,
          two,
          bytes.length - frameBytes,
        ]);
      }
  });

  it("CAL-82: RTP, cut packets and noise are refused and never throw", () => {
    const read = emptyGroupPage();
    const packet = new Uint8Array(26 + 240);
    packet[0] = 0x10;
    packet[6] = 13;
    for (let size = 0; size <= 26; size++)
      expect(parseGroupPage(packet.subarray(0, size), read), `${size}`).toBe(false);
    packet[0] = 0x80;
    expect(parseGroupPage(packet, read)).toBe(false);
    packet[0] = 0x10;
    packet[6] = 255;
    expect(parseGroupPage(packet, read)).toBe(false);
  });
});
