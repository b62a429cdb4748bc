/** Cuts a connection with a STUN or TURN server into messages and channel data (RFC 8489 §6.2.2, RFC 8656 §12.5), and pads what goes out. Reads none of them. */

export const headerBytes = 20;
const channelHeaderBytes = 4;
/** The largest channel data; a message is smaller by far. */
const mostBytes = channelHeaderBytes + 0xffff;

const nothing = new Uint8Array(0);

/** One per connection. */
export class TurnFramer {
  #rest: Uint8Array = nothing;

  /**
   * What is whole now, in order, without padding; the pieces are views of `bytes`, or of what was kept.
   * Undefined: the other side speaks something else, and the connection has to be closed.
   */
  take(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const whole: Uint8Array[] = [];
    let at = 0;
    while (all.length - at >= channelHeaderBytes) {
      const first = all[at] ?? 0;
      const length = ((all[at + 2] ?? 0) << 8) | (all[at + 3] ?? 0);
      // RFC 7983: 0 to 3 is STUN, 64 to 79 channel data.
      if (first > 3 && (first < 64 || first > 79)) return undefined;
      const size = first <= 3 ? headerBytes + length : channelHeaderBytes + length;
      const taken = padded(size);
      // A STUN message is a multiple of four by itself.
      if (first <= 3 && taken !== size) return undefined;
      if (all.length - at < taken) break;
      whole.push(all.subarray(at, at + size));
      at += taken;
    }
    const rest = all.length - at;
    if (rest > padded(mostBytes)) return undefined;
    this.#rest = rest === 0 ? nothing : all.slice(at);
    return whole;
  }
}

/** A copy of its own, filled up to four bytes: the connection keeps it until it is out, and the sender uses its buffer again. */
export function framed(bytes: Uint8Array, size: number): Uint8Array {
  const packet = new Uint8Array(padded(size));
  packet.set(size === bytes.length ? bytes : bytes.subarray(0, size));
  return packet;
}

function padded(size: number): number {
  return (size + 3) & ~3;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
