/** IPv4 addresses and masks as text (RFC 791, RFC 950). Pure. */

/** Four numbers of 0 to 255 with points. */
export function isIpv4(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) && text.split(".").every((part) => Number(part) <= 255);
}

/** Undefined where the mask is none: "255.0.255.0". */
export function prefixLengthOf(mask: string): number | undefined {
  if (!isIpv4(mask)) return undefined;
  const bits = mask
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  return /^1*0*$/.test(bits) ? bits.replace(/0/g, "").length : undefined;
}

/** As an unsigned number of 32 bits. @param address that `isIpv4` */
export function ipv4Number(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
