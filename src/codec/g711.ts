/** PCMU and PCMA (ITU-T G.711) by tables, with the 16-bit scaling and rounding of ITU-T G.191; no companding of odd bits apart. */
import type { Codec, CodecFormat, Decoder, Encoder } from "./codec.ts";

/** Bias that makes the segments of the mu-law powers of two, in 14-bit units (G.711 table 2). */
const MU_BIAS = 33;

function muCode(linear: number): number {
  const magnitude = Math.min((linear < 0 ? ~linear : linear) >> 2, 0x1fff - MU_BIAS) + MU_BIAS;
  const segment = 26 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 1)) & 15;
  return ((linear < 0 ? 0 : 0x80) | ((segment << 4) ^ 0x70) | (15 - step)) & 0xff;
}

function muValue(code: number): number {
  const segment = (~code >> 4) & 7;
  const step = ~code & 15;
  const magnitude = (((step << 1) + MU_BIAS) << segment) - MU_BIAS;
  return (code & 0x80 ? magnitude : -magnitude) << 2;
}

function aCode(linear: number): number {
  const magnitude = (linear < 0 ? ~linear : linear) >> 4;
  const segment = magnitude < 32 ? magnitude >> 4 : 28 - Math.clz32(magnitude);
  const step = (segment < 2 ? magnitude : magnitude >> (segment - 1)) & 15;
  return ((linear < 0 ? 0 : 0x80) | (segment << 4) | step) ^ 0x55;
}

function aValue(code: number): number {
  const even = code ^ 0x55;
  const segment = (even >> 4) & 7;
  const step = ((even & 15) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 256) << (segment - 1);
  return even & 0x80 ? magnitude : -magnitude;
}

function encodeTable(code: (linear: number) => number): Uint8Array {
  return Uint8Array.from({ length: 65_536 }, (_, index) => code((index << 16) >> 16));
}
function decodeTable(value: (code: number) => number): Int16Array {
  return Int16Array.from({ length: 256 }, (_, code) => value(code));
}

function g711(name: "pcmu" | "pcma", code: (linear: number) => number, value: (code: number) => number): Codec {
  const toCode = encodeTable(code);
  const toLinear = decodeTable(value);
  const format: CodecFormat = { name, rateHz: 8000, rtpClockHz: 8000, samplesPerMs: 8, bytesPerMs: 8 };
  const encoder: Encoder = {
    format,
    encode(pcm, out) {
      const count = Math.min(pcm.length, out.length);
      for (let i = 0; i < count; i++) out[i] = toCode[(pcm[i] ?? 0) & 0xffff] ?? 0;
      return count;
    },
    reset() {},
  };
  const decoder: Decoder = {
    format,
    decode(bytes, out, size = bytes.length) {
      const count = Math.min(size, bytes.length, out.length);
      for (let i = 0; i < count; i++) out[i] = toLinear[bytes[i] ?? 0] ?? 0;
      return count;
    },
    packetSamples: (bytes, size = bytes.length) => size,
    reset() {},
    copyFrom() {},
    absorb() {},
    absorbMargin: 0,
  };
  // Neither direction has a state, so one of each serves everybody.
  return {
    ...format,
    missing: undefined,
    packetMs: (wantedMs) => wantedMs,
    createEncoder: () => encoder,
    createDecoder: () => decoder,
  };
}

export const pcmu: Codec = g711("pcmu", muCode, muValue);
export const pcma: Codec = g711("pcma", aCode, aValue);
