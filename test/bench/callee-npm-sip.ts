/**
 * The npm package `sip` as a callee for benchmarks: 180 and 200 to every INVITE, 200 to the rest.
 * `node dist/test/bench/callee-npm-sip.js ADDRESS PORT` prints a line of JSON when it is ready.
 */
import { createRequire } from "node:module";

interface Message {
  readonly method?: string;
  readonly headers: Record<string, unknown> & { readonly to: { readonly params: Record<string, string> } };
  content?: string;
}
interface SipPackage {
  create(
    options: { address: string; port: number; tcp: boolean; logger: { error(error: unknown): void } },
    onRequest: (request: Message) => void,
  ): { send(message: Message): void };
  makeResponse(request: Message, status: number, reason: string): Message;
}

const [address = "127.0.0.1", portText = "5060"] = process.argv.slice(2);
const sip = createRequire(import.meta.url)("sip") as SipPackage;
const description = [
  "v=0",
  `o=- 1 1 IN IP4 ${address}`,
  "s=-",
  `c=IN IP4 ${address}`,
  "t=0 0",
  "m=audio 40000 RTP/AVP 0 8 101",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "",
].join("\r\n");
let calls = 0;
const stack = sip.create(
  { address, port: Number(portText), tcp: false, logger: { error: (error) => console.error(error) } },
  (request) => {
    if (request.method === "ACK") return;
    if (request.method !== "INVITE") {
      stack.send(sip.makeResponse(request, 200, "OK"));
      return;
    }
    calls += 1;
    request.headers.to.params["tag"] ??= `t${calls}`;
    const contact = [{ uri: `sip:bench@${address}:${portText}` }];
    const ringing = sip.makeResponse(request, 180, "Ringing");
    ringing.headers["contact"] = contact;
    stack.send(ringing);
    const ok = sip.makeResponse(request, 200, "OK");
    Object.assign(ok.headers, { contact, "content-type": "application/sdp" });
    ok.content = description;
    stack.send(ok);
  },
);
console.log(JSON.stringify({ event: "ready" }));
