/** Rows in which the phone calls, until the call is up: RFC 3261 §8.1.1, §12.1, §13.2, §17.1.1. */
import type { Row, Step } from "./table.ts";

const talksAndHangsUp: readonly Step[] = ["dial", "talking", "cancel"];

/** Two proxies between us, the nearer one first in the phone's route set, as a proxy writes them: last passed first. */
const twoProxies =
  "Record-Route: <sip:[local_ip]:[local_port];lr;hop=far>\\nRecord-Route: <sip:[local_ip]:[local_port];lr;hop=near>";
const strictRouter =
  "Record-Route: <sip:far@[local_ip]:[local_port];lr;hop=far>, <sip:near@[local_ip]:[local_port];hop=near>";

export const callingRows: readonly Row[] = [
  // §8.1.1: what each request holds.
  ...(
    [
      ["§8.1.1.1", "the Request-URI is the URI of To", '<must be="^INVITE (sip:[a-z]+@[0-9.]+).*To: <\\1"/>'],
      ["§8.1.1.2", "To has no tag outside a dialog", '<must-not in="To:" be="tag="/>'],
      ["§8.1.1.3", "From has a tag", '<must in="From:" be=";tag=[^; ]+"/>'],
      ["§8.1.1.4", "Call-ID is one word", '<must in="Call-ID:" be="^ ?[^ @]+(@[^ @]+)?$"/>'],
      ["§8.1.1.5", "CSeq is a number below 2^31 and the method", '<must in="CSeq:" be="^ ?[0-9]{1,9} INVITE$"/>'],
      ["§8.1.1.6", "Max-Forwards is 70", '<must in="Max-Forwards:" be="^ ?70$"/>'],
      ["§8.1.1.7", "the branch of Via begins with the cookie", '<must in="Via:" be="branch=z9hG4bK[^; ]+"/>'],
      ["§8.1.1.8", "Contact is one SIP URI", '<must in="Contact:" be="^ ?<sip:[^<>,]*>[^<>,]*$"/>'],
      ["§13.2.1", "INVITE names the methods we know in Allow", '<must in="Allow:" be="INVITE.*ACK.*BYE"/>'],
      ["§13.2.1", "INVITE holds the extensions we know in Supported", '<must in="Supported:" be="[a-z]"/>'],
      [
        "§13.2.1",
        "the offer is a session description, told so by Content-Type",
        '<must in="Content-Type:" be="^ ?application/sdp$"/><must be="v=0.*m=audio"/>',
      ],
    ] as const
  ).map(
    ([section, must, invite]): Row => ({
      section: `RFC 3261 ${section}`,
      must,
      scenario: "refuses",
      with: { invite },
      phone: "client",
    }),
  ),
  {
    section: "RFC 3261 §18.1.1",
    must: "Via names the transport that was used",
    scenario: "refuses",
    with: { invite: '<must in="Via:" be="^ ?SIP/2.0/TCP "/><must in="Contact:" be="transport=tcp"/>' },
    phone: "client",
    transport: "tcp",
  },
  {
    section: "RFC 3581 §3",
    must: "Via asks for the response at the source port by rport without a value",
    scenario: "refuses",
    with: { invite: '<must in="Via:" be=";rport(;|$)"/>' },
    phone: "client",
  },
  {
    section: "RFC 3261 §18.3",
    must: "a request over TCP tells the length of its body",
    scenario: "refuses",
    with: { invite: '<must in="Content-Length:" be="[1-9][0-9]+"/>' },
    phone: "client",
    transport: "tcp",
  },

  // §17.1.1: the INVITE client transaction.
  ...(["udp", "tcp"] as const).map(
    (transport): Row => ({
      section: "RFC 3261 §17.1.1.3",
      must: "ACK to a refusal has the one Via, From, Call-ID, Request-URI and CSeq number of its INVITE, and the To of the refusal",
      scenario: "refuses",
      with: {
        invite: '<keep as="line" be="sip:[^ ]*"/>',
        ack: [
          '<same a="via" b="viaofack"/><keep as="other" in="From:"/><same a="from" b="other"/>',
          '<keep as="other" be="sip:[^ ]*"/><same a="line" b="other"/><must in="To:" be="tag=[0-9]+u1"/>',
          '<must in="CSeq:" be="^ ?1 ACK$"/><must in="Max-Forwards:" be="70"/><must-not be="Via: .*Via: "/>',
        ].join(""),
      },
      phone: "client",
      transport,
    }),
  ),
  {
    section: "RFC 3261 §17.1.1.2",
    must: "INVITE is sent again after T1, 2*T1, 4*T1 with the same branch and CSeq, and no more after a provisional response",
    scenario: "timer-a",
    phone: "client",
    counted: true,
  },
  {
    section: "RFC 3261 §17.1.1.2",
    must: "INVITE is never sent again over a reliable transport",
    scenario: "no-repeat",
    phone: "client",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §17.1.1.2",
    must: "seven INVITEs in 64*T1, then the transaction has timed out and the call is over",
    scenario: "timer-b",
    steps: ["dial", "over"],
    phone: "client",
    counted: true,
    long: true,
  },
  {
    section: "RFC 3261 §17.1.1.2",
    must: "each copy of a refusal is acknowledged again, with the same ACK, and told to nobody",
    scenario: "refusal-repeated",
    phone: "client",
    counted: true,
  },
  ...([400, 499, 500, 503, 599, 600, 699] as const).map(
    (status): Row => ({
      section: "RFC 3261 §8.1.3.2",
      must: `a final response ${status} is acknowledged and ends the call, whether its code is known or not`,
      scenario: "refuses",
      with: { status },
      steps: ["dial", "over"],
      phone: "client",
    }),
  ),
  ...([181, 182, 199] as const).map(
    (status): Row => ({
      section: "RFC 3261 §8.1.3.2",
      must: `a provisional response ${status} keeps the call going, whether its code is known or not`,
      scenario: "provisional-then-answer",
      with: { status },
      steps: talksAndHangsUp,
      phone: "client",
    }),
  ),
  {
    section: "RFC 3261 §8.1.3.3",
    must: "a response with more than one Via is dropped",
    scenario: "foreign-response",
    with: { foreign: 'extra="Via: SIP/2.0/[transport] 192.0.2.1;branch=z9hG4bKnotyours"' },
    phone: "client",
    counted: true,
  },

  // §13.2.2, §12: dialogs of the caller.
  ...(["udp", "tcp"] as const).map(
    (transport): Row => ({
      section: "RFC 3261 §13.2.2.4",
      must: "ACK to 2xx is a transaction of its own: new branch, CSeq number of the INVITE, sent to the Contact of the 2xx",
      scenario: "answers",
      with: {
        ack: '<must be="^ACK sip:answer@[0-9.]+:5060;transport="/><differ a="branch" b="branchofack"/><must in="CSeq:" be="^ ?1 ACK$"/><must in="Max-Forwards:" be="70"/><must-not be="m=audio"/>',
        bye: '<differ a="branchofack" b="branchofbye"/>',
      },
      steps: talksAndHangsUp,
      phone: "client",
      transport,
    }),
  ),
  {
    section: "RFC 3261 §12.1.2",
    must: "the route set is Record-Route in reverse order, parameters kept; ACK and BYE follow it",
    scenario: "answers",
    with: {
      headers: twoProxies,
      ack: '<must be="^ACK sip:answer@"/><must be="Route: <[^>]*;lr;hop=near>.*<[^>]*;lr;hop=far>"/>',
      bye: '<must be="^BYE sip:answer@"/><must be="Route: <[^>]*;lr;hop=near>.*<[^>]*;lr;hop=far>"/>',
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "a strict router gets itself as Request-URI, and the target as the last Route",
    scenario: "answers",
    with: {
      headers: strictRouter,
      ack: '<must be="^ACK sip:near@[0-9.]+:5060;hop=near SIP"/><must be="Route: <[^>]*;hop=far>.*<sip:answer@[^>]*>"/><must-not be="Route: [^>]*hop=near"/>',
      bye: '<must be="^BYE sip:near@[0-9.]+:5060;hop=near SIP"/><must be="Route: <[^>]*;hop=far>.*<sip:answer@[^>]*>"/>',
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.2.4",
    must: "the route set of the 2xx replaces that of the early dialog",
    scenario: "answers",
    with: {
      early: "Record-Route: <sip:[local_ip]:[local_port];lr;hop=early>\\nContact: <sip:early@[local_ip]>",
      headers: "Record-Route: <sip:[local_ip]:[local_port];lr;hop=late>",
      ack: '<must be="^ACK sip:answer@"/><must in="Route:" be="hop=late"/><must-not be="hop=early"/>',
      bye: '<must be="^BYE sip:answer@"/><must in="Route:" be="hop=late"/><must-not be="hop=early"/>',
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "a request in the dialog has the dialog's tags and Call-ID, and the next CSeq number",
    scenario: "answers",
    with: {
      bye: '<must in="CSeq:" be="^ ?2 BYE$"/><must in="To:" be="tag=[0-9]+u1"/><keep as="other" in="From:"/><same a="from" b="other"/><must in="Max-Forwards:" be="70"/>',
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.2.4",
    must: "each copy of a 2xx is acknowledged again",
    scenario: "answer-repeated",
    steps: ["dial", "talking"],
    phone: "client",
    counted: true,
  },
  {
    section: "RFC 3261 §13.2.2.4",
    must: "of two callees that answer both get ACK, and the one not wanted gets BYE",
    scenario: "forked",
    steps: ["dial", "talking"],
    phone: "client",
  },
  {
    section: "RFC 3261 §12.1.2",
    must: "of two early dialogs the one that is answered becomes the call, with its own target and route set",
    scenario: "second-of-two",
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §12.1",
    must: "a provisional response without a To tag makes no dialog; the 2xx does",
    scenario: "untagged-provisional",
    steps: talksAndHangsUp,
    phone: "client",
  },
];
