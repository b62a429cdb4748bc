/** What an Opus packet says of itself: how long it plays, and whether it repeats the one before (RFC 6716 §3.1, §3.2, §4.2.4); its sound is libopus's affair. */

/** Frame lengths, in samples at 16 kHz. */
const silkFrames = [160, 320, 640, 960] as const;
const celtFrames = [40, 80, 160, 320] as const;
/** 120 ms. */
const longest = 1920;
/** Frames of SILK within a frame of Opus are 20 ms, or one of 10 ms. */
const silkFrame = 320;

/** Configurations below this have a SILK layer; the upper four of them CELT besides. */
const celtOnly = 16;
const hybrid = 12;

function frameSamples(toc: number): number {
  const config = toc >> 3;
  if (config >= celtOnly) return celtFrames[config & 3] ?? 0;
  return (config >= hybrid ? silkFrames[config & 1] : silkFrames[config & 3]) ?? 0;
}

/** Samples at 16 kHz; 0 for what is no Opus packet. */
export function packetSamples(bytes: Uint8Array, size: number): number {
  if (size < 1) return 0;
  const toc = bytes[0] ?? 0;
  const code = toc & 3;
  if (code === 3 && size < 2) return 0;
  const frames = code === 0 ? 1 : code === 3 ? (bytes[1] ?? 0) & 63 : 2;
  const samples = frames * frameSamples(toc);
  return samples > longest ? 0 : samples;
}

/** Whether the packet carries the one before it again, at a lower rate (LBRR). Of packets of several frames only the first counts. */
export function repeatsBefore(bytes: Uint8Array, size: number): boolean {
  const toc = bytes[0] ?? 0;
  if (size < 2 || toc >> 3 >= celtOnly) return false;
  const at = firstFrameAt(bytes, size);
  if (at >= size) return false;
  // The frame begins with a bit of voice activity for each SILK frame and then the bit that is asked for; all are equally
  // likely, so that the range coder leaves them as they are. The second channel has the same behind them.
  const bits = bytes[at] ?? 0;
  const activity = Math.max(1, frameSamples(toc) / silkFrame);
  const first = (bits >> (7 - activity)) & 1;
  const second = (toc & 4) === 0 ? 0 : (bits >> (6 - 2 * activity)) & 1;
  return (first | second) === 1;
}

/** Where the first frame begins (§3.2). */
function firstFrameAt(bytes: Uint8Array, size: number): number {
  const code = (bytes[0] ?? 0) & 3;
  if (code < 2) return 1;
  if (code === 2) return 1 + lengthBytes(bytes, 1);
  const head = bytes[1] ?? 0;
  let at = 2;
  if ((head & 0x40) !== 0) {
    // Padding: each 255 says that another byte follows.
    while (at < size && bytes[at] === 255) at++;
    at++;
  }
  if ((head & 0x80) !== 0) for (let frame = 1; frame < (head & 63) && at < size; frame++) at += lengthBytes(bytes, at);
  return at;
}

/** Bytes that a frame's length takes. */
function lengthBytes(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) < 252 ? 1 : 2;
}
