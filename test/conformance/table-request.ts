/** Rows of single requests to the phone that are odd and legal, or refused without effect: RFC 3261 §8.2, §9.2, §12, §14.2, §17.2, §18. */
import { checked, type Row, type Step } from "./table.ts";

const rejects: readonly Step[] = ["incoming", "reject"];
const isSilent: readonly Step[] = [];
const answersAndHangsUp: readonly Step[] = ["incoming", "answer", "talking", "cancel"];
/** The person waits for what SIPp changes. */
const hangsUpAfterwards: readonly Step[] = ["incoming", "answer", "changed", "cancel"];

/** An offer of known size, which SIPp's own words would not have. */
const offer = "v=0\r\no=peer 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n";
const lines = (text: string) => text.replaceAll("\r\n", "\\n");

const rows: readonly Row[] = [
  // §8.2: what is passed over, and what is not.
  {
    section: "RFC 3261 §8.2.2",
    must: "headers that nobody knows, and malformed ones that nobody needs, are passed over",
    scenario: "calls",
    with: {
      headers: "X-Nobody-Knows: this, <that>;a=b\\nPriority: \\nSubject:\\nOrganization: ((\\nAccept-Language: ;;",
    },
    phone: "server",
  },
  ...(["tel:+4930123456", "sip:somebody@elsewhere.invalid", "urn:service:sos"] as const).map(
    (callee): Row => ({
      section: "RFC 3261 §8.2.2.1",
      must: `a call whose To is ${callee} rings: the Request-URI says for whom it is`,
      scenario: "calls",
      with: { callee, answer: `<must in="To:" be="<${callee.replace("+", "[+]")}>;tag="/>` },
      phone: "server",
    }),
  ),
  {
    section: "RFC 3261 §8.2.2.3",
    must: "Require and Proxy-Require of CANCEL are passed over",
    scenario: "cancels",
    with: { cancel: "Require: nothing-like-it\\nProxy-Require: nothing-like-it" },
    steps: isSilent,
    phone: "server",
  },
  {
    section: "RFC 3261 §8.2.2.3",
    must: "Require and Proxy-Require of an ACK are passed over: the refusal is not sent again",
    scenario: "refusal-acknowledged",
    with: { ack: "Require: nothing-like-it\\nProxy-Require: nothing-like-it", silence: 700 },
    steps: rejects,
    phone: "server",
  },
  {
    section: "RFC 3261 §8.2.6.2",
    must: "a refusal has the To tag of the 180 before it",
    scenario: "refusal-acknowledged",
    steps: rejects,
    phone: "server",
  },
  {
    section: "RFC 3261 §8.2.3",
    must: "a body that is optional and of a type that nobody knows is passed over: the 200 has the offer",
    scenario: "calls-with-body",
    with: {
      headers: "Content-Type: image/nothing\\nContent-Disposition: render;handling=optional",
      body: "a picture",
      answer: '<must in="Content-Type:" be="application/sdp"/><must be="m=audio [1-9]"/>',
      ack: '<use part="ack-with-answer"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §13.2.1",
    must: "a description with its disposition written out is the offer",
    scenario: "calls-with-body",
    with: {
      headers: "Content-Type: Application/SDP;charset=utf-8\\nContent-Disposition: Session;HANDLING=required",
      body: lines(offer),
      answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 0"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 5621 §3.1",
    must: "the description is found among the parts of a body",
    scenario: "calls-with-body",
    with: {
      headers: 'Content-Type: multipart/mixed;boundary="one two"\\nMIME-Version: 1.0',
      body: `--one two\\nContent-Type: text/plain\\nContent-Disposition: render;handling=optional\\n\\nhello\\n--one two\\nContent-Type: application/sdp\\n\\n${lines(offer)}--one two--`,
      answer: '<must be="m=audio [1-9][0-9]* RTP/AVP 0"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §13.2.1",
    must: "an INVITE without an offer gets one in its 200, and its ACK answers",
    scenario: "late-offer",
    with: {
      media: "m=audio 6000 RTP/AVP 8",
      answer: '<must be="m=audio [1-9][0-9]* RTP/AVP ([0-9]+ )+"/><must-not be="a=(sendonly|recvonly|inactive)"/>',
      end: '<pause milliseconds="200"/><use part="bye"/>',
    },
    phone: "server",
  },

  // §8.2, §12.2.2: a request that is refused changes nothing.
  {
    section: "RFC 3261 §8.2",
    must: "a re-INVITE refused for what it requires moves nobody: BYE goes to the Contact of before",
    scenario: "refused-change",
    with: {
      headers: "Require: nothing-like-it",
      status: 420,
      response: '<must in="Unsupported:" be="nothing-like-it"/>',
    },
    steps: hangsUpAfterwards,
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.2",
    must: "a re-INVITE refused for its offer moves nobody: BYE goes to the Contact of before",
    scenario: "refused-change",
    with: { media: "m=audio 6000 RTP/AVP 3", status: 488 },
    steps: hangsUpAfterwards,
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2",
    must: "OPTIONS inside a call changes neither target nor route set",
    scenario: "asks-then-is-hung-up",
    steps: hangsUpAfterwards,
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2",
    must: "Record-Route of a re-INVITE changes no route set",
    scenario: "moves",
    with: { headers: "Record-Route: <sip:192.0.2.1;lr>", bye: '<must-not be="Route:"/>' },
    steps: hangsUpAfterwards,
    phone: "server",
  },
  {
    section: "RFC 3261 §12.1.1",
    must: "a caller of old, whose From has no tag, is answered, and BYE to it has no To tag",
    scenario: "is-hung-up",
    with: { tag: "", bye: '<must-not in="To:" be="tag="/><must in="From:" be=";tag="/>' },
    steps: answersAndHangsUp,
    phone: "server",
  },
  ...(
    [
      ["the Request-URI", { uri: "sips:phone@[remote_ip]:5061" }],
      ["the Contact", { contact: "sips:peer@[local_ip]:5061" }],
      [
        "the first Record-Route",
        { headers: "Record-Route: <sips:[local_ip];lr>, <sip:[local_ip];lr>", contact: "sip:peer@[local_ip]" },
      ],
    ] as const
  ).map(
    ([what, words]): Row => ({
      section: "RFC 3261 §12.1.1",
      must: `where ${what} of the INVITE is of sips, so is our Contact`,
      scenario: "calls",
      with: { ...words, ringing: '<must in="Contact:" be="<sips:"/>', answer: '<must in="Contact:" be="<sips:"/>' },
      phone: "server",
    }),
  ),
  {
    section: "RFC 3261 §12.1.1",
    must: "where only a Contact behind a Record-Route is of sips, our Contact stays reachable without",
    scenario: "calls",
    with: {
      headers: "Record-Route: <sip:[local_ip]:[local_port];lr>",
      contact: "sips:peer@[local_ip]:5061",
      answer: '<must in="Contact:" be="<sip:"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "the URI of a strict router loses what a Request-URI may not have",
    scenario: "is-hung-up",
    with: {
      headers: "Record-Route: <sip:near@[local_ip]:[local_port];hop=near;method=INVITE>",
      bye: '<must be="^BYE sip:near@[0-9.]+:5060;hop=near SIP"/><must be="Route: <sip:peer@[^>]*>"/>',
    },
    steps: answersAndHangsUp,
    phone: "server",
  },
  {
    section: "RFC 3261 §14.1",
    must: "no re-INVITE goes out before the INVITE of the other side has its ACK",
    scenario: "hold-waits-for-ack",
    steps: ["incoming", "answer", "talking", "hold"],
    phone: "server",
    counted: true,
  },

  // §17.2: copies.
  {
    section: "RFC 3261 §17.2.2",
    must: "a copy of BYE gets its 200 again although the call is over; another BYE gets 481",
    scenario: "bye-repeated",
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §17.2.2",
    must: "a copy of CANCEL gets its 200 again, and the INVITE only one 487",
    scenario: "cancel-repeated",
    steps: isSilent,
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §17.2.3",
    must: "requests of the same branch by two hosts are two",
    scenario: "same-branch",
    steps: isSilent,
    phone: "server",
    counted: true,
  },

  // What crosses, or comes too early.
  {
    section: "RFC 3261 §15.1.2",
    must: "BYE before the ACK ends the call: 200, and that of the INVITE is not sent again",
    scenario: "bye-before-ack",
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §14.2",
    must: "a re-INVITE that overtakes the ACK is answered or put off, and the call lives",
    scenario: "reinvite-before-ack",
    phone: "server",
  },
  {
    section: "RFC 3261 §12.3",
    must: "after a refusal the same Call-ID and From tag may call again",
    scenario: "calls-again",
    steps: rejects,
    phone: "server",
  },
  ...(["replaces", "100rel", "timer", "norefersub", "replaces, timer, norefersub"] as const).map(
    (extension): Row => ({
      section: "RFC 3261 §8.2.2.3",
      must: `an INVITE may require ${extension}`,
      scenario: extension === "100rel" ? "reliable" : "calls",
      with: { headers: `Require: ${extension}` },
      ...(extension === "100rel" ? { steps: isSilent, counted: true } : {}),
      phone: "server",
    }),
  ),
  {
    section: "RFC 3261 §7.3.3",
    must: "compact names are the same headers",
    scenario: "calls",
    with: {
      headers: "k: timer\\nx: 1800;refresher=uac\\ns: lunch",
      answer: '<must in="Session-Expires:" be="1800; ?refresher=uac"/>',
    },
    phone: "server",
  },

  // §18: sizes.
  {
    section: "RFC 3261 §18.3",
    must: "what follows the body in a datagram is passed over",
    scenario: "calls-with-body",
    with: {
      headers: "Content-Type: application/sdp",
      length: offer.length,
      body: `${lines(offer)}m=video 6002 RTP/AVP 31`,
      answer: '<must be="m=audio [1-9]"/><must-not be="m=video"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §18.3",
    must: "a request that ends before its body does gets 400",
    scenario: "out-of-dialog",
    with: { method: "OPTIONS", length: 500, status: 400 },
    steps: isSilent,
    phone: "server",
  },
  {
    section: "RFC 3261 §18.1.1",
    must: "a request of 30,000 bytes in one datagram is understood",
    scenario: "out-of-dialog",
    with: { method: "OPTIONS", headers: `X-Long: ${"x".repeat(30_000)}` },
    steps: isSilent,
    phone: "server",
  },
];

export const requestRows = checked(rows);
