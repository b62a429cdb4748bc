/**
 * A stranger that means no good, as a program of its own: fixed counts, loopback only, one line of JSON at the end.
 * `node dist/test/abuse/stranger.js KIND FROM TO PORT COUNT SECONDS`, KIND one of those at the foot of this file.
 */
import { createSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

const [kind = "", from = "", to = "", portText = "", countText = "", secondsText = ""] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);
const seconds = Number(secondsText);
const run = process.pid.toString(36);

const description = [
  "v=0",
  `o=stranger 1 1 IN IP4 ${from}`,
  "s=-",
  `c=IN IP4 ${from}`,
  "t=0 0",
  "m=audio 40000 RTP/AVP 0",
  "",
].join("\r\n");

function request(method: string, n: number, transport: string, ownPort: number): string {
  const body = method === "INVITE" ? description : "";
  const user = method === "INVITE" ? "phone" : String(100 + n);
  return [
    `${method} sip:${method === "REGISTER" ? "" : `${user}@`}${to} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${from}:${ownPort};rport;branch=z9hG4bK${run}.${n}`,
    "Max-Forwards: 70",
    `From: <sip:${user}@${to}>;tag=${run}${n}`,
    `To: <sip:${user}@${to}>`,
    `Call-ID: ${n}.${run}@${from}`,
    `CSeq: ${n + 1} ${method}`,
    `Contact: <sip:stranger@${from}:${ownPort}>`,
    "User-Agent: friendly-scanner",
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** Datagrams at an even pace; what the timer missed is made up for. */
async function flood(make: (n: number, ownPort: number) => Buffer): Promise<Record<string, number>> {
  const heard: Record<string, number> = {};
  const socket = createSocket({ type: "udp4", recvBufferSize: 4 << 20, sendBufferSize: 4 << 20 });
  socket.on("message", (bytes) => {
    const status = /^SIP\/2\.0 (\d{3})/.exec(bytes.toString("latin1", 0, 16))?.[1] ?? "other";
    heard[status] = (heard[status] ?? 0) + 1;
  });
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  const started = performance.now();
  let sent = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - started) / 1000 / seconds) * count));
      for (; sent < due; sent++) socket.send(make(sent, socket.address().port), port, to);
      if (sent < count) return;
      clearInterval(timer);
      resolve();
    }, 2);
  });
  // What is still on its way.
  await new Promise((resolve) => setTimeout(resolve, 300));
  socket.close();
  return heard;
}

/** Connections that say `first` and then a byte of the rest each second. */
async function connections(first: string | Buffer, rest: string): Promise<Record<string, number>> {
  const heard = { open: 0, refused: 0, closed: 0 };
  const sockets: Socket[] = [];
  let over = false;
  for (let n = 0; n < count; n++) {
    const socket = connect({ host: to, port, localAddress: from, noDelay: true });
    socket.on("connect", () => {
      heard.open += 1;
      socket.write(first);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (!over) heard.closed += 1;
    });
    sockets.push(socket);
  }
  for (let second = 0; second < seconds; second++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    for (const socket of sockets) if (rest !== "" && !socket.destroyed) socket.write(rest.charAt(second));
  }
  over = true;
  heard.refused = count - heard.open;
  for (const socket of sockets) socket.destroy();
  return heard;
}

/** A TLS record that promises a ClientHello of 512 octets, and the first 40 of them. */
const helloBegun = Buffer.concat([Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]), Buffer.alloc(34, 0x5a)]);

/** Whole handshakes, as many as are let, each given up as soon as it stands. */
async function handshakes(): Promise<Record<string, number>> {
  const heard = { secure: 0, refused: 0 };
  const ends: Promise<void>[] = [];
  const started = performance.now();
  for (let n = 0; n < count; n++) {
    const waitMs = started + (n * seconds * 1000) / count - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const socket = connectTls({ socket: connect({ host: to, port, localAddress: from }), rejectUnauthorized: false });
    ends.push(
      new Promise((resolve) => {
        socket.on("secureConnect", () => {
          heard.secure += 1;
          socket.destroy();
        });
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
        socket.setTimeout(1000, () => socket.destroy());
      }),
    );
  }
  await Promise.all(ends);
  heard.refused = count - heard.secure;
  return heard;
}

function rtp(n: number): Buffer {
  const packet = Buffer.alloc(172, 0x55);
  packet[0] = 0x80;
  packet.writeUInt16BE(n & 0xffff, 2);
  packet.writeUInt32BE((n * 160) >>> 0, 4);
  packet.writeUInt32BE(0x0bad0bad, 8);
  return packet;
}

const kinds: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  /** Calls that are never acknowledged. */
  invite: () => flood((n, own) => Buffer.from(request("INVITE", n, "UDP", own), "latin1")),
  /** One extension after the other is looked for, as scanners do. */
  scan: () => flood((n, own) => Buffer.from(request(n % 2 === 0 ? "REGISTER" : "OPTIONS", n, "UDP", own), "latin1")),
  /** Connections with half a message in each. */
  "half-open": () => connections(request("INVITE", 1, "TCP", 5060).slice(0, 200), ""),
  /** A byte a second. */
  slow: () => connections("", request("INVITE", 1, "TCP", 5060)),
  /** TLS handshakes that are begun and never finished. */
  "half-open-tls": () => connections(helloBegun, ""),
  handshakes,
  rtp: () => flood((n) => rtp(n)),
};

const attack = kinds[kind];
if (attack === undefined) throw new Error(`no such kind: "${kind}"; there are ${Object.keys(kinds).join(", ")}`);
console.log(JSON.stringify({ kind, count, ...(await attack()) }));
