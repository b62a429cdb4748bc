/** Datagrams of a simulated network as a capture file (libpcap, raw IPv4), for programs that read such files. */
import { writeFileSync } from "node:fs";
import type { Datagram } from "../../unit/media/wire.ts";

const rawIp = 101;
const ipBytes = 20;
const udpBytes = 8;

export function writePcap(path: string, datagrams: readonly Datagram[]): void {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(rawIp, 20);
  writeFileSync(path, Buffer.concat([head, ...datagrams.map(recordOf)]));
}

function recordOf({ from, to, bytes, atMs }: Datagram): Buffer {
  const size = ipBytes + udpBytes + bytes.length;
  const record = Buffer.alloc(16 + size);
  record.writeUInt32LE(Math.floor(atMs / 1000), 0);
  record.writeUInt32LE(Math.floor((atMs % 1000) * 1000), 4);
  record.writeUInt32LE(size, 8);
  record.writeUInt32LE(size, 12);
  const ip = record.subarray(16);
  ip[0] = 0x45;
  ip.writeUInt16BE(size, 2);
  ip[8] = 64;
  ip[9] = 17;
  ip.set(from.address.split(".").map(Number), 12);
  ip.set(to.address.split(".").map(Number), 16);
  ip.writeUInt16BE(checksum(ip.subarray(0, ipBytes)), 10);
  const udp = ip.subarray(ipBytes);
  udp.writeUInt16BE(from.port, 0);
  udp.writeUInt16BE(to.port, 2);
  // A checksum of 0: none was made.
  udp.writeUInt16BE(udpBytes + bytes.length, 4);
  udp.set(bytes, udpBytes);
  return record;
}

function checksum(head: Buffer): number {
  let sum = 0;
  for (let i = 0; i < head.length; i += 2) sum += head.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
