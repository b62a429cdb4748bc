/** SIP and SDP parsing and writing beside npm's parsers, all interleaved in one run; prints nothing. */
import { createRequire } from "node:module";
import { parseSdp } from "../../src/sdp/parse.ts";
import { SipRequest } from "../../src/sip/message.ts";
import { parseMessage } from "../../src/sip/parse.ts";
import type { Effort, Row } from "./row.ts";

/** What we use of packages that have no types. */
interface SipPackage {
  parse(text: string): SipPackageMessage | undefined;
  stringify(message: SipPackageMessage): string;
}
interface SipPackageMessage {
  headers: Record<string, unknown> & { via: { host: string }[]; from: { params: { tag: string } } };
}
type DrachtioMessage = new (
  text: string,
) => {
  getParsedHeader(name: string): unknown;
  get(name: string): unknown;
};
interface JssipParser {
  parseMessage(text: string, ua: unknown): { via_branch: string; from_tag: string; call_id: string } | undefined;
}
interface SdpTransform {
  parse(text: string): { media: unknown[] };
}

const load = createRequire(import.meta.url);
const rounds = 7;
const roundMs = 100;
/** Before the first round that counts: until the compiler has settled. */
const warmUpMs = 1200;
const quickWarmUpMs = 200;

/** An INVITE as a call through two proxies has it: 16 headers, an offer of five codecs. */
const body = [
  "v=0",
  "o=- 1806942413 1 IN IP4 192.0.2.105",
  "s=-",
  "c=IN IP4 192.0.2.105",
  "t=0 0",
  "m=audio 49170 RTP/AVP 9 0 8 18 101",
  "a=rtpmap:9 G722/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:18 G729/8000",
  "a=fmtp:18 annexb=no",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-15",
  "a=ptime:20",
  "a=sendrecv",
  "",
].join("\r\n");
export const invite = [
  "INVITE sip:+14155550142@198.51.100.7:5066;transport=udp;line=4f2a91c0 SIP/2.0",
  "Via: SIP/2.0/UDP 203.0.113.12:5060;rport;branch=z9hG4bK776asdhds.9f3a7c51b2d40e86",
  "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK4b43c2ff8.1;received=203.0.113.40;rport=5062",
  "Via: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK74bf9a1e77",
  "Max-Forwards: 68",
  "Record-Route: <sip:p2.biloxi.example.com;lr;ftag=9fxced76sl>",
  "Record-Route: <sip:p1.atlanta.example.com;lr=on>",
  'From: "Alice Liddell" <sip:alice@atlanta.example.com>;tag=9fxced76sl',
  "To: Bob <sip:+14155550142@biloxi.example.com;user=phone>",
  "Call-ID: 3848276298220188511-8f1c@client.atlanta.example.com",
  "CSeq: 314159 INVITE",
  'Contact: "Alice" <sip:alice@192.0.2.105:5060;transport=tcp;ob>;+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"',
  "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, UPDATE, PRACK",
  "Supported: replaces, timer, outbound, path, gruu",
  "User-Agent: Reference Phone 4.1.9 (build 20261104)",
  "Content-Type: application/sdp",
  `Content-Length: ${body.length}`,
  "",
  body,
].join("\r\n");

interface Contender {
  readonly name: string;
  /** Returns something that depends on the work, so that none of it is left out. */
  readonly once: () => number;
}

/** Runs per second of each: the median of rounds in which everybody has a turn. */
function race(contenders: readonly Contender[], firstMs: number): Record<string, number> {
  const rates = contenders.map((): number[] => []);
  let kept = 0;
  for (let round = -1; round < rounds; round++)
    contenders.forEach(({ once }, i) => {
      let runs = 0;
      const start = performance.now();
      let end = start;
      while (end - start < (round < 0 ? firstMs : roundMs)) {
        for (let n = 0; n < 50; n++) kept += once();
        runs += 50;
        end = performance.now();
      }
      if (round >= 0) rates[i]?.push((runs * 1000) / (end - start));
    });
  if (!(kept > 0)) throw new Error("nothing was measured");
  return Object.fromEntries(contenders.map(({ name }, i) => [name, median(rates[i] ?? [])]));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** The goal is three times the fastest peer of this very run. */
function row(what: string, rates: Record<string, number>): Row {
  const { offhook = 0, ...peers } = rates;
  return { what, ours: offhook, unit: "per second", peers, goal: 3 * Math.max(...Object.values(peers)) };
}

export async function run({ quick }: Effort): Promise<Row[]> {
  const firstMs = quick ? quickWarmUpMs : warmUpMs;
  const sip = load("sip/sip.js") as SipPackage;
  const Drachtio = load("drachtio-sip/lib/message.js") as DrachtioMessage;
  const jssip = load("jssip/lib/Parser.js") as JssipParser;
  const transform = load("sdp-transform") as SdpTransform;
  const bytes = Buffer.from(invite);

  const parse = race(
    [
      {
        name: "offhook",
        once: () => {
          const parsed = parseMessage(bytes);
          if (!parsed.ok) throw new Error(parsed.why);
          const { via, from, to, callId, cseq } = parsed.message;
          return (via?.host.length ?? 0) + (from.tag?.length ?? 0) + to.uri.length + callId.length + cseq.number;
        },
      },
      {
        name: "sip",
        once: () => {
          const message = sip.parse(bytes.toString("binary"));
          return (message?.headers.via[0]?.host.length ?? 0) + (message?.headers.from.params.tag.length ?? 0);
        },
      },
      {
        name: "drachtio-sip",
        once: () => {
          const message = new Drachtio(bytes.toString());
          const typed = ["via", "from", "to", "cseq"].map((name) => message.getParsedHeader(name));
          return typed.length + String(message.get("call-id")).length;
        },
      },
      {
        name: "jssip",
        once: () => {
          const message = jssip.parseMessage(bytes.toString(), {});
          return (message?.via_branch.length ?? 0) + (message?.from_tag.length ?? 0);
        },
      },
    ],
    firstMs,
  );

  const ours = parseMessage(bytes);
  const theirs = sip.parse(bytes.toString("binary"));
  if (!ours.ok || theirs === undefined) throw new Error("the INVITE was not read");
  const write = race(
    [
      { name: "offhook", once: () => ours.message.toBytes().length },
      { name: "sip", once: () => Buffer.from(sip.stringify(theirs), "binary").length },
    ],
    firstMs,
  );

  const build = race(
    [
      { name: "offhook", once: () => builtByUs().toBytes().length },
      { name: "sip", once: () => Buffer.from(sip.stringify(builtForSip()), "binary").length },
    ],
    firstMs,
  );

  const sdp = race(
    [
      {
        name: "offhook",
        once: () => {
          const parsed = parseSdp(body);
          if (!parsed.ok) throw new Error(parsed.why);
          return parsed.description.media.length;
        },
      },
      { name: "sdp-transform", once: () => transform.parse(body).media.length },
    ],
    firstMs,
  );

  return [
    row(`parse an INVITE of ${bytes.length} bytes; Via, From, To, Call-ID, CSeq typed`, parse),
    row(`write that INVITE again`, write),
    row(`make and write an INVITE with 10 headers and a body`, build),
    row(`parse an offer of ${body.length} bytes`, sdp),
  ];
}

const contact = "<sip:alice@192.0.2.105:5060>";

function builtByUs(): SipRequest {
  return new SipRequest("INVITE", "sip:bob@biloxi.example.com")
    .addHeader("Via", "SIP/2.0/UDP 192.0.2.105:5060;branch=z9hG4bK74bf9a1e77;rport")
    .addHeader("Max-Forwards", "70")
    .addHeader("From", '"Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl')
    .addHeader("To", "<sip:bob@biloxi.example.com>")
    .addHeader("Call-ID", "3848276298220188511@client.atlanta.example.com")
    .addHeader("CSeq", "1 INVITE")
    .addHeader("Contact", contact)
    .addHeader("Allow", "INVITE, ACK, CANCEL, OPTIONS, BYE")
    .addHeader("User-Agent", "Reference Phone 4.1.9")
    .setBody("application/sdp", body);
}

function builtForSip(): SipPackageMessage {
  const message = {
    method: "INVITE",
    uri: "sip:bob@biloxi.example.com",
    version: "2.0",
    headers: {
      via: [
        {
          version: "2.0",
          protocol: "UDP",
          host: "192.0.2.105",
          port: 5060,
          params: { branch: "z9hG4bK74bf9a1e77", rport: null },
        },
      ],
      "max-forwards": 70,
      from: { name: '"Alice"', uri: "sip:alice@atlanta.example.com", params: { tag: "9fxced76sl" } },
      to: { uri: "sip:bob@biloxi.example.com", params: {} },
      "call-id": "3848276298220188511@client.atlanta.example.com",
      cseq: { seq: 1, method: "INVITE" },
      contact: [{ uri: "sip:alice@192.0.2.105:5060", params: {} }],
      allow: "INVITE, ACK, CANCEL, OPTIONS, BYE",
      "user-agent": "Reference Phone 4.1.9",
      "content-type": "application/sdp",
    },
    content: body,
  };
  return message;
}
