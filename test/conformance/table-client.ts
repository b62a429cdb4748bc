/** Rows in which the phone calls, from CANCEL to BYE: RFC 3261 §8.1.3, §9.1, §12.2, §14.1, §15, §17.1.2, §18.1; RFC 3264. */
import { checked, type Row, type Step } from "./table.ts";
import { callingRows } from "./table-calling.ts";

const talksAndHangsUp: readonly Step[] = ["dial", "talking", "cancel"];
const holdsAndHangsUp: readonly Step[] = ["dial", "talking", "hold", "held", "cancel"];
const cancelsRinging: readonly Step[] = ["dial", "ringback", "cancel"];
const cancelsAtOnce: readonly Step[] = ["dial", "invited", "cancel"];

const rows: readonly Row[] = [
  // §9.1: CANCEL.
  {
    section: "RFC 3261 §9.1",
    must: "CANCEL has Request-URI, Call-ID, To, From, CSeq number and the one Via of its INVITE",
    scenario: "cancelled",
    with: {
      cancel: [
        '<same a="via" b="viaofcancel"/><same a="from" b="fromofcancel"/><same a="to" b="toofcancel"/>',
        '<same a="line" b="lineofcancel"/><must in="CSeq:" be="^ ?1 CANCEL$"/>',
        '<keep as="other" in="Call-ID:"/><same a="callid" b="other"/><must-not be="Via: .*Via: "/>',
      ].join(""),
    },
    steps: cancelsRinging,
    phone: "client",
  },
  {
    section: "RFC 3261 §9.1",
    must: "CANCEL has neither Require nor Proxy-Require",
    scenario: "cancelled",
    with: { cancel: '<must-not be="(Proxy-)?Require:"/>' },
    steps: cancelsRinging,
    phone: "client",
  },
  {
    section: "RFC 3261 §9.1",
    must: "CANCEL goes the way of its INVITE, whatever Contact and Record-Route the response has",
    scenario: "cancelled",
    with: {
      early: "Contact: <sip:elsewhere@192.0.2.1>\\nRecord-Route: <sip:192.0.2.2;lr>",
      cancel: '<same a="line" b="lineofcancel"/><must-not be="192.0.2"/>',
      ack: '<same a="branch" b="branch"/><must-not be="192.0.2"/>',
    },
    steps: cancelsRinging,
    phone: "client",
  },
  {
    section: "RFC 3261 §9.1",
    must: "CANCEL goes over the connection of its INVITE",
    scenario: "cancelled",
    with: { cancel: '<same a="via" b="viaofcancel"/>' },
    steps: cancelsRinging,
    phone: "client",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §9.1",
    must: "CANCEL waits for the first provisional response",
    scenario: "cancel-waits",
    steps: cancelsAtOnce,
    phone: "client",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §9.1",
    must: "no CANCEL is sent once the final response has come",
    scenario: "cancel-overtaken",
    steps: cancelsAtOnce,
    phone: "client",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §15",
    must: "a 2xx that crosses CANCEL is acknowledged and ended by BYE",
    scenario: "cancel-crosses",
    steps: cancelsRinging,
    phone: "client",
  },
  {
    section: "RFC 3261 §9.1",
    must: "the refusal of CANCEL changes nothing: the INVITE's own response ends the call",
    scenario: "cancel-481",
    steps: cancelsRinging,
    phone: "client",
  },

  // §14.1, §12.2: changes.
  {
    section: "RFC 3261 §14.1",
    must: "a re-INVITE has the next CSeq number, a branch of its own and the Contact",
    scenario: "hold",
    with: {
      first: '<must in="CSeq:" be=" 2 INVITE"/><keep as="other" in="Contact:"/><same a="contactone" b="other"/>',
      second: '<must in="CSeq:" be=" 3 INVITE"/>',
    },
    steps: ["dial", "talking", "hold", "held", "hold", "talking", "cancel"],
    phone: "client",
  },
  {
    section: "RFC 3261 §14.1",
    must: "488 leaves the call as it was",
    scenario: "hold-refused",
    with: { status: 488, end: '<pause milliseconds="400"/><use part="bye-after-change"/>' },
    steps: ["dial", "talking", "hold"],
    phone: "client",
  },
  ...([481, 408] as const).map(
    (status): Row => ({
      section: "RFC 3261 §14.1",
      must: `a re-INVITE refused with ${status} ends the dialog`,
      scenario: "hold-refused",
      with: { status },
      steps: ["dial", "talking", "hold", "over"],
      phone: "client",
    }),
  ),
  {
    section: "RFC 3261 §14.1",
    must: "after 491 the caller tries again between 2.1 and 4 s later",
    scenario: "hold-glare",
    steps: ["dial", "talking", "hold"],
    phone: "client",
  },
  {
    section: "RFC 3261 §12.2.1.2",
    must: "the Contact of the 2xx to a re-INVITE is the new target, its parameters kept",
    scenario: "target-refreshed",
    steps: holdsAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §12.2.2",
    must: "a CSeq number far above the last is in order; the first request of the other side may have any",
    scenario: "hangs-up",
    steps: ["dial", "talking"],
    phone: "client",
  },
  {
    section: "RFC 3261 §11.2",
    must: "OPTIONS inside a call tells what we can, and the call goes on",
    scenario: "inside",
    with: { method: "OPTIONS", response: '<must in="Allow:" be="INVITE"/><must in="Accept:" be="application/sdp"/>' },
    steps: ["dial", "talking"],
    phone: "client",
  },

  // §15, §17.1.2: BYE, and the transaction of all that is not INVITE.
  {
    section: "RFC 3261 §17.1.2.2",
    must: "BYE is sent again after T1, 2*T1, 4*T1 with the same branch, until its final response",
    scenario: "timer-e",
    steps: talksAndHangsUp,
    phone: "client",
    counted: true,
  },
  {
    section: "RFC 3261 §17.1.2.2",
    must: "after a provisional response it is sent again every T2",
    scenario: "timer-e-proceeding",
    steps: talksAndHangsUp,
    phone: "client",
    counted: true,
  },
  {
    section: "RFC 3261 §17.1.2.2",
    must: "eleven of them in 64*T1, never more than T2 apart, then none",
    scenario: "timer-f",
    steps: talksAndHangsUp,
    phone: "client",
    counted: true,
    long: true,
  },
  ...([481, 408, 500, 603] as const).map(
    (status): Row => ({
      section: "RFC 3261 §15.1.1",
      must: `a call is over once BYE was sent, also when the response is ${status}`,
      scenario: "bye-refused",
      with: { status },
      steps: [...talksAndHangsUp, "over"],
      phone: "client",
    }),
  ),

  // §8.1.3.4: redirections.
  {
    section: "RFC 3261 §8.1.3.4",
    must: "a redirected INVITE goes to the Contact as Request-URI, with the To it had and no tag of the 302",
    scenario: "redirects",
    with: { contacts: "Contact: <sip:second@[local_ip]:5070>" },
    second: {
      scenario: "refuses",
      with: {
        invite:
          '<must be="^INVITE sip:second@[0-9.]+:5070 SIP"/><must in="To:" be="sip:peer@"/><must-not in="To:" be="tag="/>',
      },
    },
    phone: "client",
  },
  {
    section: "RFC 3261 §8.1.3.4",
    must: "of several contacts the one with the highest q is tried first",
    scenario: "redirects",
    with: {
      contacts:
        "Contact: <sip:low@[local_ip]:5070>;q=0.3, <sip:high@[local_ip]:5070>;q=0.7, <sip:least@[local_ip]:5070>;q=0",
    },
    second: { scenario: "refuses", with: { status: 600, invite: '<must be="^INVITE sip:high@"/>' } },
    phone: "client",
  },
  {
    section: "RFC 3261 §19.1.5",
    must: "headers and method of a contact's URI do not get into the Request-URI",
    scenario: "redirects",
    with: { contacts: "Contact: <sip:plain@[local_ip]:5070;method=INVITE?Subject=x>" },
    second: { scenario: "refuses", with: { invite: '<must be="^INVITE sip:plain@[0-9.]+:5070 SIP"/>' } },
    phone: "client",
  },

  // §18.1.1.
  {
    section: "RFC 3261 §18.1.1",
    must: "a request that would fill a datagram goes over TCP",
    scenario: "refuses",
    with: { invite: '<must in="Via:" be="SIP/2.0/TCP"/>' },
    user: "x".repeat(400),
    parameters: "",
    phone: "client",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §18.1.1",
    must: "where TCP is refused such a request goes over UDP all the same",
    scenario: "refuses",
    with: { invite: '<must in="Via:" be="SIP/2.0/UDP"/>' },
    user: "x".repeat(400),
    parameters: "",
    phone: "client",
  },

  // RFC 3264: what the offerer does with answers.
  {
    section: "RFC 3264 §5",
    must: "the offer has one time line of zeros, a name for the session, and a mapping for each dynamic type",
    scenario: "refuses",
    with: {
      invite:
        '<must be="v=0.*o=[^ ]+ [0-9]+ [0-9]+ IN IP4 [0-9.]+.*s=.*c=IN IP4.*t=0 0.*m=audio [1-9]"/><must be="a=rtpmap:101 telephone-event/8000"/>',
    },
    phone: "client",
  },
  {
    section: "RFC 3264 §6",
    must: "an answer with another count of streams ends the call",
    scenario: "bad-answer",
    with: { media: "m=audio 6000 RTP/AVP 0\\nm=audio 6002 RTP/AVP 0" },
    steps: ["dial"],
    phone: "client",
  },
  {
    section: "RFC 3264 §6",
    must: "an answer that refuses the only stream ends the call",
    scenario: "bad-answer",
    with: { media: "m=audio 0 RTP/AVP 0" },
    steps: ["dial"],
    phone: "client",
  },
  {
    section: "RFC 3264 §6.1",
    must: "an answer of codecs that were never offered ends the call",
    scenario: "bad-answer",
    with: { media: "m=audio 6000 RTP/AVP 3" },
    steps: ["dial"],
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.1",
    must: "a 2xx without the answer it owes ends the call",
    scenario: "no-answer",
    steps: ["dial"],
    phone: "client",
  },
  {
    section: "RFC 3264 §8.4",
    must: "hold is an offer of sendonly, taking back one of sendrecv, to the same port, the count of streams kept",
    scenario: "hold",
    with: {
      first: '<must be="a=sendonly"/><must be="m=audio [1-9]"/>',
      second: '<must-not be="a=(sendonly|recvonly|inactive)"/><must be="m=audio [1-9]"/>',
    },
    steps: ["dial", "talking", "hold", "held", "hold", "talking", "cancel"],
    phone: "client",
  },
  {
    section: "RFC 3264 §8",
    must: "each changed offer has the version raised by one, name and session of its origin kept",
    scenario: "hold",
    with: {
      first: '<keep as="one" be="o=[^ ]+ [0-9]+ "/><must be="o=[^ ]+ [0-9]+ [0-9]*[0-9] IN"/>',
      second: '<keep as="two" be="o=[^ ]+ [0-9]+ "/><same a="one" b="two"/>',
    },
    steps: ["dial", "talking", "hold", "held", "hold", "talking", "cancel"],
    phone: "client",
  },
];

export const clientRows = checked([...callingRows, ...rows]);
