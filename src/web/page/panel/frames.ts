/**
 * Binary frames of the panel's WebSocket, the page's side. Numbers are little-endian; the layout is drawn at the
 * server's side, in src/web/panel/frames.ts.
 */

export type Frame =
  | {
      readonly kind: "picture";
      readonly format: "mono" | "rgb565";
      readonly width: number;
      readonly height: number;
      readonly firstRow: number;
      readonly rows: number;
      readonly bytes: Uint8Array;
    }
  | { readonly kind: "heard"; readonly rateHz: number; readonly samples: Int16Array };

/** Undefined for a frame of a kind that this page does not know. */
export function readFrame(data: ArrayBuffer): Frame | undefined {
  const view = new DataView(data);
  if (data.byteLength >= 12 && view.getUint8(0) === 1)
    return {
      kind: "picture",
      format: view.getUint8(1) === 0 ? "mono" : "rgb565",
      width: view.getUint16(2, true),
      height: view.getUint16(4, true),
      firstRow: view.getUint16(6, true),
      rows: view.getUint16(8, true),
      bytes: new Uint8Array(data, 12),
    };
  if (data.byteLength >= 4 && view.getUint8(0) === 2) {
    const samples = new Int16Array((data.byteLength - 4) >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(4 + i * 2, true);
    return { kind: "heard", rateHz: view.getUint16(2, true) * 100, samples };
  }
  return undefined;
}

export function saidFrame(samples: Int16Array, rateHz: number): ArrayBuffer {
  const frame = new ArrayBuffer(4 + samples.length * 2);
  const view = new DataView(frame);
  view.setUint8(0, 3);
  view.setUint16(2, rateHz / 100, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(4 + i * 2, samples[i] ?? 0, true);
  return frame;
}
