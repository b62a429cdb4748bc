/** Rows of calls by an account: challenges (RFC 3261 §8.1.3.5, §22), and what accounts switch on (RFC 3262 §4, RFC 4028 §7.1). */
import { checked, type Row, type Step } from "./table.ts";

const server = 'WWW-Authenticate: Digest realm="here", nonce="abc", qop="auth", algorithm=MD5';
const proxy = 'Proxy-Authenticate: Digest realm="there", nonce="def", qop="auth", algorithm=MD5';
const refused = '<use part="respond" status="486"/><recv request="ACK"/><pause milliseconds="200"/>';
const answered = (ack: string) =>
  `<use part="answer"/><recv request="ACK"><action>${ack}</action></recv><recv request="BYE"/><use part="ok"/>`;
/** What the registrar says; each call out of a dialog goes by it (RFC 3608). Nothing else is in the way of the calls. */
export const serviceRoute = "Service-Route: <sip:127.47.6.10;lr;hop=home>";
const routed = '<must in="Route:" be="^ ?<sip:127[.]47[.]6[.]10;lr;hop=home>$"/>';
const talksAndHangsUp: readonly Step[] = ["dial", "talking", "cancel"];

const rows: readonly Row[] = [
  {
    section: "RFC 3261 §8.1.3.5",
    must: "a challenged INVITE comes again with the same Call-ID, From and To, the next CSeq number and a new branch",
    scenario: "challenges",
    with: {
      challenge: server,
      second:
        '<same a="fromone" b="fromtwo"/><must in="CSeq:" be="^ ?2 INVITE$"/><must-not in="To:" be="tag="/><differ a="branch" b="branchone"/><keep as="calltwo" in="Call-ID:"/><same a="callone" b="calltwo"/>',
      end: refused,
    },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §22.2",
    must: "401 is answered by Authorization with the URI of the request",
    scenario: "challenges",
    with: {
      challenge: server,
      second:
        '<must in="Authorization:" be="uri=.sip:77@"/><must in="Authorization:" be="nonce=.abc."/><must-not be="Proxy-Authorization:"/>',
      end: refused,
    },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §22.3",
    must: "407 is answered by Proxy-Authorization",
    scenario: "challenges",
    with: {
      status: 407,
      challenge: proxy,
      second: '<must in="Proxy-Authorization:" be="realm=.there."/>',
      end: refused,
    },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §22.3",
    must: "where proxy and server ask, the INVITE has the credentials of both",
    scenario: "challenges",
    with: {
      status: 407,
      challenge: proxy,
      second: '<must in="Proxy-Authorization:" be="realm=.there."/>',
      end: `<use part="respond" status="401" headers='${server}'/><recv request="ACK"/><recv request="INVITE"><action><use part="keep-invite"/><must in="Authorization:" be="realm=.here."/><must in="Proxy-Authorization:" be="realm=.there."/><must in="CSeq:" be=" 3 INVITE"/></action></recv>${refused}`,
    },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §22.1",
    must: "credentials that were refused are not sent again: the call is over",
    scenario: "challenges",
    with: {
      challenge: server,
      end: `<use part="respond" status="401" headers='${server.replace("abc", "abd")}'/><recv request="ACK"/><pause milliseconds="900"/>`,
    },
    steps: ["dial", "over"],
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §22.1",
    must: "the ACK to a 2xx has the credentials of its INVITE",
    scenario: "challenges",
    with: {
      challenge: server,
      second: '<keep as="credentials" in="Authorization:"/>',
      end: answered('<keep as="ofack" in="Authorization:"/><same a="credentials" b="ofack"/>'),
    },
    steps: talksAndHangsUp,
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §8.1.1.1",
    must: "a route set that is there before the dialog is the Route of INVITE, and the Request-URI stays the callee's",
    scenario: "refuses",
    with: { invite: `<must be="^INVITE sip:77@"/>${routed}` },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §17.1.1.3",
    must: "the ACK to a refusal has the Route of its INVITE",
    scenario: "refuses",
    with: { ack: routed },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §9.1",
    must: "CANCEL has the Route of its INVITE",
    scenario: "cancelled",
    with: { cancel: routed, ack: routed },
    steps: ["dial", "ringback", "cancel"],
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §12.1.2",
    must: "the route set of the 2xx, even an empty one, replaces that of before",
    scenario: "answers",
    with: { ack: '<must-not be="Route:"/>', bye: '<must-not be="Route:"/>' },
    steps: talksAndHangsUp,
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3262 §5",
    must: "an answer in a reliable 183 is the answer: the 200 needs none",
    scenario: "answer-in-183",
    steps: talksAndHangsUp,
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3311 §5.2",
    must: "UPDATE of a callee that still rings is answered, and its Contact is the new target",
    scenario: "answer-in-183",
    with: {
      between:
        '<use part="inside-called" method="UPDATE" cseq="3" tag="[pid]u[call_number]" headers="Contact: &lt;sip:updated@[local_ip]:[local_port]>"/><recv response="200"><action><must in="Contact:" be="sip:"/></action></recv>',
    },
    steps: talksAndHangsUp,
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3262 §4",
    must: "a provisional response with RSeq that does not require 100rel is not acknowledged",
    scenario: "provisional-then-answer",
    with: { status: 180, headers: "RSeq: 5\\nContact: <sip:answer@[local_ip]:[local_port]>" },
    steps: talksAndHangsUp,
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3262 §4",
    must: "a reliable response is acknowledged by PRACK once; one that is out of order is not",
    scenario: "rings-reliably",
    phone: "client",
    number: "77",
    counted: true,
  },
  {
    section: "RFC 4028 §7.1",
    must: "a caller that uses session timers says so in Supported and Session-Expires",
    scenario: "refuses",
    with: { invite: '<must in="Supported:" be="timer"/><must in="Session-Expires:" be="^ ?[0-9]+"/>' },
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 4028 §7.3",
    must: "422 is followed by an INVITE of the same Call-ID with that Min-SE and no shorter Session-Expires",
    scenario: "wants-longer-session",
    phone: "client",
    number: "77",
  },
  // Last, because the phone offers what it has learnt here in later calls too.
  {
    section: "RFC 3261 §22.3",
    must: "a BYE that is challenged comes again with credentials and the next CSeq number",
    scenario: "bye-challenged",
    with: { challenge: proxy, second: '<must be="realm=.there."/>' },
    steps: talksAndHangsUp,
    phone: "client",
    number: "77",
  },
  {
    section: "RFC 3261 §22.2",
    must: "a re-INVITE that is challenged comes again with credentials and the next CSeq number",
    scenario: "hold-challenged",
    with: { status: 401, challenge: server, second: '<must be="realm=.here."/>' },
    steps: ["dial", "talking", "hold"],
    phone: "client",
    number: "77",
  },
];

export const authenticationRows = checked(rows);
