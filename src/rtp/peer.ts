/** Whose packets are taken: the negotiated address and port before all others, latched by valid packets. Not symmetric sending. */

/** After this long without a packet from the latched source another one may take its place, ms. */
const staleMs = 3000;

/** 0: as said of `Peer`; 1: no other address than negotiated; 2: no other port; 3: neither (feature row NET-31). */
export type SymmetryRule = 0 | 1 | 2 | 3;

/**
 * Answers for each datagram whether it may be looked at. The negotiated port wins at once. Another port of the
 * negotiated address (a NAT before it) is believed from its second valid packet on, and so is another address, as peers
 * with several addresses have it, but only as long as nothing comes from the negotiated one.
 */
export class Peer {
  #address = "";
  #port = 0;
  #latchedAddress = "";
  #latchedPort = 0;
  #candidateAddress = "";
  #candidatePort = 0;
  #heardMs = 0;
  #rule: SymmetryRule = 0;
  #unknown = false;

  /** Which packets are dropped although nothing comes from where it was negotiated (feature row NET-31). */
  demand(rule: SymmetryRule): void {
    this.#rule = rule;
    if (this.#latchedPort !== 0 && !this.#allowed(this.#latchedAddress, this.#latchedPort)) this.#latchedPort = 0;
  }

  /**
   * A new negotiation: what was latched is forgotten only when the address or port has changed. Without an address
   * nobody knows yet who answers: whoever sends two valid packets is believed, unless a rule forbids what it cannot judge.
   */
  expect(address: string, port: number): void {
    this.#unknown = address === "";
    const canonical = canonicalAddress(address);
    if (canonical === this.#address && port === this.#port) return;
    this.#address = canonical;
    this.#port = port;
    this.forget();
  }

  /** Whoever comes next may be somebody else, although nothing was negotiated anew. */
  forget(): void {
    this.#latchedAddress = "";
    this.#latchedPort = 0;
    this.#candidatePort = 0;
  }

  get fromExpected(): boolean {
    return this.#latchedPort !== 0 && this.#rank(this.#latchedAddress, this.#latchedPort) === 2;
  }

  /** Where packets come from; "" before the first. */
  get address(): string {
    return this.#latchedAddress;
  }

  /** Before parsing: cheap enough for a flood from a stranger. */
  mayBe(address: string, port: number, nowMs: number): boolean {
    if (this.#port === 0 && !this.#unknown) return false;
    if (this.#rule !== 0 && !this.#allowed(address, port)) return false;
    if (this.#latchedPort === 0 || (port === this.#latchedPort && address === this.#latchedAddress)) return true;
    if (nowMs - this.#heardMs > staleMs) return true;
    return this.#rank(address, port) > this.#rank(this.#latchedAddress, this.#latchedPort);
  }

  /** After parsing: a valid packet came from there. Returns false when that is not (yet) the source to be believed. */
  heard(address: string, port: number, nowMs: number): boolean {
    if (this.#rule !== 0 && !this.#allowed(address, port)) return false;
    const latched = port === this.#latchedPort && address === this.#latchedAddress;
    const again = port === this.#candidatePort && address === this.#candidateAddress;
    if (!latched && !again && this.#rank(address, port) !== 2) {
      this.#candidateAddress = address;
      this.#candidatePort = port;
      return false;
    }
    this.#latchedAddress = address;
    this.#latchedPort = port;
    this.#heardMs = nowMs;
    return true;
  }

  #allowed(address: string, port: number): boolean {
    if ((this.#rule & 1) !== 0 && address !== this.#address && canonicalAddress(address) !== this.#address)
      return false;
    return (this.#rule & 2) === 0 || port === this.#port;
  }

  /** 2: as negotiated, 1: another port of that address, 0: another address. */
  #rank(address: string, port: number): 0 | 1 | 2 {
    if (address !== this.#address && canonicalAddress(address) !== this.#address) return 0;
    return port === this.#port ? 2 : 1;
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
