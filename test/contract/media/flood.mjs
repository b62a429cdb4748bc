/** A stranger: sends RTP-like packets to an address and port as fast as told, for a bounded time. Arguments: address port perSecond seconds. */
import { createSocket } from "node:dgram";

const [address = "", port = "0", perSecond = "0", seconds = "0"] = process.argv.slice(2);
const socket = createSocket("udp4");
const packet = Buffer.alloc(172, 0x55);
packet[0] = 0x80;
socket.bind(0, "127.33.9.9", () => {
  socket.connect(Number(port), address, () => {
    const started = performance.now();
    let sent = 0;
    const timer = setInterval(() => {
      const elapsed = (performance.now() - started) / 1000;
      const due = Math.min(elapsed, Number(seconds)) * Number(perSecond);
      for (; sent < due; sent++) socket.send(packet);
      if (elapsed >= Number(seconds)) {
        clearInterval(timer);
        process.stdout.write(`${sent}\n`);
        setTimeout(() => socket.close(), 100);
      }
    }, 1);
    socket.on("error", () => {});
  });
});
