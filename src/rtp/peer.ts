/** Whose packets are taken: the negotiated address, and one port of it, latched by valid packets. Not symmetric sending. */

/** After this long without a packet from the latched port another one of the same address may take its place, ms. */
const staleMs = 3000;

/**
 * Answers for each datagram whether it may be looked at. Only the negotiated address counts; its port may differ
 * (a NAT in front of it), so the first port that brings two valid packets is kept, and the negotiated one wins at once.
 */
export class Peer {
  #address = "";
  #port = 0;
  #latched = 0;
  #candidate = 0;
  #heardMs = 0;

  /** A new negotiation: what was latched is forgotten only when the address or port has changed. */
  expect(address: string, port: number): void {
    const canonical = canonicalAddress(address);
    if (canonical === this.#address && port === this.#port) return;
    this.#address = canonical;
    this.#port = port;
    this.#latched = 0;
    this.#candidate = 0;
  }

  get fromExpected(): boolean {
    return this.#latched !== 0 && this.#latched === this.#port;
  }

  /** Before parsing: cheap enough for a flood from a stranger. */
  mayBe(address: string, port: number, nowMs: number): boolean {
    if (address !== this.#address && canonicalAddress(address) !== this.#address) return false;
    return this.#latched === 0 || this.#latched === port || port === this.#port || nowMs - this.#heardMs > staleMs;
  }

  /** After parsing: a valid packet came from there. Returns false when the port is not (yet) the one to be believed. */
  heard(port: number, nowMs: number): boolean {
    if (port === this.#port || port === this.#latched) {
      this.#latched = port;
      this.#heardMs = nowMs;
      return true;
    }
    if (this.#candidate !== port) {
      this.#candidate = port;
      return false;
    }
    this.#latched = port;
    this.#heardMs = nowMs;
    return true;
  }
}

/** One spelling for one address: IPv6 in its short form without zone; IPv4 inside IPv6 as IPv4. */
export function canonicalAddress(address: string): string {
  if (!address.includes(":")) return address;
  const bare = address.split("%")[0] ?? "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped?.[1] !== undefined) return mapped[1];
  try {
    return new URL(`http://[${bare}]`).hostname.slice(1, -1);
  } catch {
    return address;
  }
}
