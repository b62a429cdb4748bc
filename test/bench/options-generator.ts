/**
 * Sends OPTIONS at an even rate over UDP, sends again after T1 what has no answer (RFC 3261 §17.1.2.2, first step only).
 * `node dist/test/bench/options-generator.js ADDRESS PORT RATE SECONDS` prints what came of it as a line of JSON.
 */
import { createSocket } from "node:dgram";

const [address = "", portText = "", rateText = "", secondsText = ""] = process.argv.slice(2);
const port = Number(portText);
const rate = Number(rateText);
const durationMs = Number(secondsText) * 1000;
const t1Ms = 500;
const from = "127.43.3.1";
const socket = createSocket({
  type: "udp4",
  recvBufferSize: 4 * 1024 * 1024,
  sendBufferSize: 4 * 1024 * 1024,
  lookup: (host, _options, done) => done(null, host, 4),
});
await new Promise<void>((resolve) => socket.bind(0, from, resolve));
const own = `${from}:${socket.address().port}`;
const run = process.pid.toString(36);

function message(number: number): Buffer {
  return Buffer.from(
    `OPTIONS sip:bench@${address}:${port} SIP/2.0\r\nVia: SIP/2.0/UDP ${own};rport;branch=z9hG4bK${run}.${number}\r\n` +
      `Max-Forwards: 70\r\nFrom: <sip:generator@${own}>;tag=${run}${number}\r\nTo: <sip:bench@${address}:${port}>\r\n` +
      `Call-ID: ${number}.${run}@${from}\r\nCSeq: ${number + 1} OPTIONS\r\nContact: <sip:generator@${own}>\r\n` +
      "Accept: application/sdp\r\nContent-Length: 0\r\n\r\n",
    "latin1",
  );
}

/** When each without an answer was sent; in the order of sending. */
const open = new Map<number, number>();
const answer = Buffer.from("SIP/2.0 200");
const branch = Buffer.from(`z9hG4bK${run}.`);
let answered = 0;
socket.on("message", (bytes) => {
  if (!bytes.subarray(0, answer.length).equals(answer)) return;
  const at = bytes.indexOf(branch);
  if (at >= 0 && open.delete(Number.parseInt(bytes.toString("latin1", at + branch.length, at + branch.length + 9), 10)))
    answered += 1;
});

let sent = 0;
let retransmitted = 0;
const started = performance.now();
let sendingMs = 0;
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const nowMs = performance.now() - started;
    // What the timer missed is made up for, but not in one burst: that would measure the socket's buffer.
    const due = Math.min(Math.floor((Math.min(nowMs, durationMs) * rate) / 1000), sent + 200);
    for (; sent < due; sent++) {
      open.set(sent, nowMs);
      socket.send(message(sent), port, address);
    }
    if (nowMs < durationMs || sent < Math.floor((durationMs * rate) / 1000)) sendingMs = nowMs;
    for (const [number, atMs] of open) {
      if (nowMs - atMs < t1Ms) break;
      open.delete(number);
      open.set(number, nowMs);
      retransmitted += 1;
      socket.send(message(number), port, address);
    }
    if (sendingMs < nowMs && (open.size === 0 || nowMs > sendingMs + 3000)) {
      clearInterval(timer);
      resolve();
    }
  }, 1);
});
socket.close();
console.log(JSON.stringify({ sent, answered, retransmitted, seconds: sendingMs / 1000 }));
