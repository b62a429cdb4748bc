/** What the tests of the transport layer share: the answering peer and requests as text. */
import type { StreamSocket } from "../../../src/base/network.ts";
import { SipResponse } from "../../../src/sip/message.ts";
import { type Peer, rawRequest, World } from "./transaction-peers.ts";

export const bob = { address: "10.0.0.2", port: 5060 };

export function answer(peer: Peer): void {
  peer.transactions.onRequest = (transaction) => {
    peer.requests.push(transaction);
    transaction.respond(SipResponse.to(transaction.request, 200, undefined, "x"));
  };
}

export async function pair(world = new World(), settings: Parameters<World["peer"]>[1] = {}) {
  const a = await world.peer("10.0.0.1", settings).listen("udp", "tcp");
  const b = await world.peer("10.0.0.2", settings).listen("udp", "tcp");
  answer(b);
  return { world, a, b };
}

export async function connect(world: World, address = "10.0.0.9") {
  const connecting = world.network.host(address).connectStream(bob, { address, port: 0 }, 1000);
  await world.clock.advanceAsync(5);
  const socket: StreamSocket = await connecting;
  const heard = { text: "", closed: false };
  socket.onData = (bytes) => {
    heard.text += Buffer.from(bytes).toString("latin1");
  };
  socket.onClose = () => {
    heard.closed = true;
  };
  return { heard, say: (text: string) => socket.send(Buffer.from(text, "latin1")), socket };
}

export const headers = (via: string, cseq = "1 OPTIONS") => [
  `Via: ${via}`,
  "From: <sip:c@x>;tag=1",
  "To: <sip:bob@10.0.0.2>",
  "Call-ID: c",
  `CSeq: ${cseq}`,
];
export const options = (via: string) => rawRequest("OPTIONS", headers(via));
