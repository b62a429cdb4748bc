/**
 * Throws damaged messages at a running phone, over UDP and TCP, and sees that what must be answered is answered.
 * `node dist/test/fuzz/fuzzer.js SEED FROM TO COUNT A-SECOND`; one line of JSON at the end. Loopback only, a fixed count.
 * FROM has three parts ("127.0.5"): what must be answered comes from many addresses in there by turns, since an address
 * gets few answers to nonsense.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { address, mustBeAnswered, requests } from "./answerable.ts";
import { Mutator, torture } from "./mutate.ts";

const [seedText = "", from = "", to = "", countText = "", rateText = ""] = process.argv.slice(2);
const count = Number(countText);
const rate = Number(rateText);
/** One of so many goes over TCP. */
const tcpShare = 10;
/** A request is repeated so often, a second apart, before it counts as unanswered. */
const repeats = 10;

interface Waiting {
  readonly bytes: Buffer;
  readonly socket: UdpSocket;
  tries: number;
  dueMs: number;
}

const waiting = new Map<string, Waiting>();
const given: string[] = [];
let answered = 0;
let connections = 0;
let asked = 0;

const own = new Mutator(Number(seedText), requests);
const others = new Mutator(Number(seedText) + 1, [...torture().values()]);

async function open(host: string): Promise<UdpSocket> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 });
  socket.on("message", (bytes) => {
    const text = bytes.toString("latin1");
    if (!text.startsWith("SIP/2.0 ")) return;
    // In Via alone: the reason may quote the piece of a branch that damage made into a line of its own.
    const id = /^via:.*branch=z9hG4bK(f[0-9a-z]+)/im.exec(text)?.[1] ?? "";
    if (waiting.delete(id)) answered += 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  return socket;
}

const nobody = `${from}.251`;
const udp = await open(nobody);
const asking: UdpSocket[] = [];
for (let n = 1; n <= 250; n++) asking.push(await open(`${from}.${n}`));

function placeOf(socket: UdpSocket): string {
  const { address: host, port } = socket.address();
  return `${host}:${port}`;
}

let tcp: Socket | undefined;

/** What is broken ends the connection, so there is soon another. */
function overTcp(bytes: Buffer): void {
  if (tcp === undefined || tcp.destroyed || tcp.writableLength > 1 << 20) {
    tcp?.destroy();
    connections += 1;
    const socket = connect({ host: to, port: 5060, localAddress: nobody, noDelay: true });
    socket.on("error", () => undefined);
    socket.on("data", () => undefined);
    socket.on("end", () => socket.destroy());
    tcp = socket;
  }
  const middle = bytes.length >> 1;
  tcp.write(bytes.subarray(0, middle));
  tcp.write(bytes.subarray(middle));
}

function send(n: number): void {
  const id = `f${seedText}x${n.toString(36)}`;
  if (n % tcpShare === 0) {
    const place = { phone: to, ours: placeOf(udp), transport: "TCP" } as const;
    overTcp(own.next((text) => address(text, place, id)));
    return;
  }
  const socket = asking[n % asking.length] ?? udp;
  const place = { phone: to, ours: placeOf(socket), transport: "UDP" } as const;
  if (n % 2 === 0) {
    const bytes = others.next((text) => address(text, place, id));
    udp.send(bytes, 5060, to);
    return;
  }
  let prepared = "";
  const bytes = own.next((text) => {
    prepared = address(text, place, id);
    return prepared;
  });
  if (!mustBeAnswered(prepared, bytes.toString("latin1"))) {
    udp.send(bytes, 5060, to);
    return;
  }
  asked += 1;
  waiting.set(id, { bytes, socket, tries: 1, dueMs: performance.now() + 1000 });
  socket.send(bytes, 5060, to);
}

/** UDP loses; a client asks again (RFC 3261 §17.1). */
function repeat(nowMs: number): void {
  for (const [id, one] of waiting) {
    if (one.dueMs > nowMs) continue;
    if (one.tries === repeats) {
      waiting.delete(id);
      given.push(one.bytes.toString("latin1").slice(0, 3000));
      continue;
    }
    one.tries += 1;
    one.dueMs = nowMs + 1000;
    one.socket.send(one.bytes, 5060, to);
  }
}

const started = performance.now();
await new Promise<void>((resolve) => {
  let sent = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const due = Math.min(count, Math.floor(((nowMs - started) / 1000) * rate), sent + rate / 20);
    while (sent < due) send(sent++);
    repeat(nowMs);
    if (sent < count || waiting.size > 0) return;
    clearInterval(timer);
    resolve();
  }, 5);
});
for (const socket of [udp, ...asking]) socket.close();
tcp?.destroy();
const unanswered = given.length;
console.log(JSON.stringify({ count, asked, answered, unanswered, connections, first: given[0] ?? "" }));
