/** WAV files of 16-bit PCM: parsed from bytes, written as bytes. No file access; other sample formats are refused by name. */

export interface WavSound {
  readonly rateHz: number;
  readonly channels: number;
  /** Interleaved, 16 bit. */
  readonly samples: Int16Array;
}

export class WavError extends Error {
  override readonly name = "WavError";
}

export const wavHeaderBytes = 44;

const formatPcm = 1;
/** WAVE_FORMAT_EXTENSIBLE: the true format is the first word of the sub-format. */
const formatExtensible = 0xfffe;
/** Written by recorders that do not know the length yet; also 0. */
const unknownLength = 0x7fff_0000;

/**
 * Reads a WAV file. A data chunk whose length is 0, unknown or greater than the file (a recorder that was cut off)
 * reaches to the file's end.
 * @throws WavError that says what is wrong
 */
export function parseWav(bytes: Uint8Array): WavSound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || name(bytes, 0) !== "RIFF" || name(bytes, 8) !== "WAVE") throw new WavError("not a WAV file");
  let rateHz = 0;
  let channels = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const chunk = name(bytes, at);
    const length = view.getUint32(at + 4, true);
    const start = at + 8;
    if (chunk === "fmt ") {
      if (length < 16 || start + length > bytes.length) throw new WavError("the format chunk is cut off");
      let format = view.getUint16(start, true);
      if (format === formatExtensible && length >= 26) format = view.getUint16(start + 24, true);
      channels = view.getUint16(start + 2, true);
      rateHz = view.getUint32(start + 4, true);
      const bits = view.getUint16(start + 14, true);
      if (format !== formatPcm || bits !== 16)
        throw new WavError(`16-bit PCM is wanted, this is format ${format} with ${bits} bits`);
      if (channels < 1 || channels > 16) throw new WavError(`${channels} channels`);
      if (rateHz < 1000 || rateHz > 384_000) throw new WavError(`a sampling rate of ${rateHz} Hz`);
    } else if (chunk === "data") {
      if (rateHz === 0) throw new WavError("sound before its format");
      const room = bytes.length - start;
      const size = length === 0 || length >= unknownLength || length > room ? room : length;
      const frames = Math.floor(size / (2 * channels));
      const samples = new Int16Array(frames * channels);
      for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(start + 2 * i, true);
      return { rateHz, channels, samples };
    }
    at = start + length + (length & 1);
  }
  throw new WavError(rateHz === 0 ? "no format chunk" : "no sound in it");
}

/** The 44 bytes before `dataBytes` of 16-bit samples. */
export function wavHeader(rateHz: number, channels: number, dataBytes: number): Uint8Array {
  const bytes = new Uint8Array(wavHeaderBytes);
  const view = new DataView(bytes.buffer);
  put(bytes, 0, "RIFF");
  view.setUint32(4, 36 + dataBytes, true);
  put(bytes, 8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, formatPcm, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  put(bytes, 36, "data");
  view.setUint32(40, dataBytes, true);
  return bytes;
}

/** A whole file. */
export function writeWav(rateHz: number, samples: Int16Array, channels = 1): Uint8Array {
  const bytes = new Uint8Array(wavHeaderBytes + 2 * samples.length);
  bytes.set(wavHeader(rateHz, channels, 2 * samples.length));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples.length; i++) view.setInt16(wavHeaderBytes + 2 * i, samples[i] ?? 0, true);
  return bytes;
}

/** The mean of all channels. */
export function toMono(sound: WavSound): Int16Array {
  if (sound.channels === 1) return sound.samples;
  const mono = new Int16Array(Math.floor(sound.samples.length / sound.channels));
  for (let i = 0; i < mono.length; i++) {
    let sum = 0;
    for (let c = 0; c < sound.channels; c++) sum += sound.samples[i * sound.channels + c] ?? 0;
    mono[i] = Math.round(sum / sound.channels);
  }
  return mono;
}

function name(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0, bytes[at + 3] ?? 0);
}

function put(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
