/** WAV files in memory: 16-bit PCM, one or two channels, in and out. No other encodings. */

export type WavRead =
  | { readonly ok: true; readonly samples: Int16Array; readonly rateHz: number }
  | { readonly ok: false; readonly why: string };

const pcm = 1;
const extensible = 0xfffe;

/** Two channels are mixed to one. A data chunk cut short by the end of the file is taken as far as it goes. */
export function readWav(bytes: Uint8Array): WavRead {
  const no = (why: string): WavRead => ({ ok: false, why });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || text(0) !== "RIFF" || text(8) !== "WAVE")
    return no("it is no WAV file (no RIFF/WAVE header)");
  let format: { channels: number; rateHz: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = text(at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (id === "fmt ") {
      if (size < 16 || start + size > bytes.length) return no("its fmt chunk is cut short");
      let encoding = view.getUint16(start, true);
      if (encoding === extensible && size >= 26) encoding = view.getUint16(start + 24, true);
      const channels = view.getUint16(start + 2, true);
      const rateHz = view.getUint32(start + 4, true);
      const bits = view.getUint16(start + 14, true);
      if (encoding !== pcm || bits !== 16) return no(`it is not 16-bit PCM (format ${encoding}, ${bits} bits)`);
      if (channels !== 1 && channels !== 2) return no(`it has ${channels} channels; one or two are understood`);
      if (rateHz < 4000 || rateHz > 192_000) return no(`its rate is ${rateHz} Hz; 4000 to 192000 are understood`);
      format = { channels, rateHz };
    } else if (id === "data") {
      if (format === undefined) return no("its data chunk comes before its fmt chunk");
      const end = Math.min(bytes.length, start + size);
      return { ok: true, samples: mono(view, start, end, format.channels), rateHz: format.rateHz };
    }
    // Chunks begin on even offsets.
    at = start + size + (size & 1);
  }
  return no(format === undefined ? "it has no fmt chunk" : "it has no data chunk");
}

function mono(view: DataView, start: number, end: number, channels: number): Int16Array {
  const samples = new Int16Array(Math.floor((end - start) / (2 * channels)));
  for (let i = 0; i < samples.length; i++) {
    const at = start + i * 2 * channels;
    const left = view.getInt16(at, true);
    samples[i] = channels === 1 ? left : (left + view.getInt16(at + 2, true)) >> 1;
  }
  return samples;
}

export function writeWav(samples: Int16Array, rateHz: number): Uint8Array {
  const bytes = new Uint8Array(44 + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string): void => {
    for (let i = 0; i < word.length; i++) bytes[at + i] = word.charCodeAt(i);
  };
  text(0, "RIFF");
  view.setUint32(4, bytes.length - 8, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, pcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rateHz, true);
  view.setUint32(28, rateHz * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(44 + i * 2, samples[i] ?? 0, true);
  return bytes;
}
