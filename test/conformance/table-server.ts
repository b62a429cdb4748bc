/** Rows in which the phone is called: RFC 3261 §8.2, §9.2, §11, §12, §13.3, §14.2, §15, §17.2; RFC 6026. */
import { checked, type Row, type Step } from "./table.ts";

const rings: readonly Step[] = ["incoming"];
const rejects: readonly Step[] = ["incoming", "reject"];
const answersAndHangsUp: readonly Step[] = ["incoming", "answer", "talking", "cancel"];

const twoProxies =
  "Record-Route: <sip:[local_ip]:[local_port];lr;hop=near>\\nRecord-Route: <sip:[local_ip]:[local_port];lr;hop=far>";
const strictRouter =
  "Record-Route: <sip:near@[local_ip]:[local_port];hop=near>, <sip:far@[local_ip]:[local_port];lr;hop=far>";

const rows: readonly Row[] = [
  // §12.1.1, §13.3.1: responses to INVITE.
  ...(["udp", "tcp"] as const).map(
    (transport): Row => ({
      section: "RFC 3261 §12.1.1",
      must: "180 and 200 have the same To tag, and a Contact where the phone is reached",
      scenario: "calls",
      with: {
        ringing: '<must in="To:" be=";tag="/><must in="Contact:" be="<sip:[^>]*@?127.47.2.1:5060"/>',
        answer: `<same a="ringing" b="to"/><must in="Contact:" be="<sip:[^>]*@?127.47.2.1:5060${transport === "tcp" ? ";transport=tcp" : ""}"/>`,
      },
      phone: "server",
      transport,
    }),
  ),
  {
    section: "RFC 3261 §12.1.1",
    must: "180 and 200 repeat Record-Route in its order, parameters and unknown ones included",
    scenario: "calls",
    with: {
      headers: twoProxies,
      ringing: '<must be="Record-Route: [^>]*;lr;hop=near>.*<[^>]*;lr;hop=far>"/>',
      answer: '<must be="Record-Route: [^>]*;lr;hop=near>.*<[^>]*;lr;hop=far>"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §13.3.1.4",
    must: "the 200 names our methods in Allow, our extensions in Supported, and holds the answer",
    scenario: "calls",
    with: {
      answer:
        '<must in="Allow:" be="INVITE.*ACK.*BYE"/><must in="Supported:" be="[a-z]"/><must in="Content-Type:" be="application/sdp"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §8.2.4",
    must: "a response requires no extension that the request did not support",
    scenario: "calls",
    with: { ringing: '<must-not be="Require:|RSeq:"/>', answer: '<must-not be="Require:|Session-Expires:"/>' },
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "the callee's route set is Record-Route in its order",
    scenario: "is-hung-up",
    with: {
      headers: twoProxies,
      bye: '<must be="^BYE sip:peer@"/><must be="Route: <[^>]*;lr;hop=near>.*<[^>]*;lr;hop=far>"/>',
    },
    steps: answersAndHangsUp,
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "a strict router gets itself as Request-URI from the callee too, and the target as the last Route",
    scenario: "is-hung-up",
    with: {
      headers: strictRouter,
      bye: '<must be="^BYE sip:near@[0-9.]+:5060;hop=near SIP"/><must be="Route: <[^>]*;hop=far>.*<sip:peer@[^>]*>"/>',
    },
    steps: answersAndHangsUp,
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "the callee's BYE goes to the Contact of the INVITE, with From and To changed over and tags kept",
    scenario: "is-hung-up",
    with: {
      contact: "sip:contact@[local_ip]:[local_port];transport=[transport];keep=this",
      bye: '<must be="^BYE sip:contact@[0-9.]+:5060;transport=[A-Z]+;keep=this SIP"/><same a="fromofbye" b="to"/><must in="To:" be="sip:peer@.*;tag=[0-9]+p1"/><must in="CSeq:" be="^ ?[0-9]{1,9} BYE$"/>',
    },
    steps: answersAndHangsUp,
    phone: "server",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §13.3.1.4",
    must: "200 is sent again after T1, 2*T1, 4*T1 until its ACK, and no more",
    scenario: "answer-unacknowledged",
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §13.3.1.4",
    must: "200 is sent again over a reliable transport too",
    scenario: "answer-unacknowledged",
    phone: "server",
    transport: "tcp",
    counted: true,
  },
  {
    section: "RFC 3261 §13.3.1.4",
    must: "without an ACK for 64*T1 the call is ended by BYE",
    scenario: "answer-never-acknowledged",
    phone: "server",
    counted: true,
    long: true,
  },
  {
    section: "RFC 3261 §13.3.1",
    must: "an INVITE whose Expires goes by unanswered gets 487",
    scenario: "expires",
    steps: rings,
    phone: "server",
  },

  {
    section: "RFC 3261 §13.3.1.1",
    must: "a call that rings for longer than a minute gets a provisional response again",
    scenario: "rings-long",
    steps: rings,
    phone: "server",
    // SIPp takes it for a copy otherwise.
    counted: true,
    long: true,
  },

  // §17.2.1, RFC 6026.
  {
    section: "RFC 3261 §17.2.1",
    must: "a refusal is sent again after T1, 2*T1, 4*T1 until its ACK; copies of the ACK are absorbed",
    scenario: "refusal-unacknowledged",
    steps: rejects,
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §17.2.1",
    must: "a refusal is sent once over a reliable transport",
    scenario: "refusal-once",
    steps: rejects,
    phone: "server",
    transport: "tcp",
  },
  {
    section: "RFC 3261 §17.2.1",
    must: "a refusal nobody acknowledges is sent eleven times in 64*T1, then the transaction ends",
    scenario: "refusal-never-acknowledged",
    steps: rejects,
    phone: "server",
    counted: true,
    long: true,
  },
  {
    section: "RFC 3261 §17.2.1",
    must: "a copy of the INVITE gets the refusal again at once; after the ACK it is absorbed",
    scenario: "refusal-invite-repeated",
    steps: rejects,
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 6026 §7.1",
    must: "a copy of an INVITE that was accepted is absorbed",
    scenario: "invite-repeated-after-answer",
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §17.2.2",
    must: "a copy of another request gets its response again",
    scenario: "request-repeated",
    with: { method: "OPTIONS" },
    phone: "server",
    counted: true,
  },

  // §9.2.
  ...(["udp", "tcp"] as const).map(
    (transport): Row => ({
      section: "RFC 3261 §9.2",
      must: "CANCEL gets 200 and its INVITE 487, both with the To tag of the 180",
      scenario: "cancels",
      steps: [],
      phone: "server",
      transport,
    }),
  ),
  {
    section: "RFC 3261 §9.2",
    must: "CANCEL of what was answered gets 200 and changes nothing",
    scenario: "cancel-after-answer",
    phone: "server",
  },

  // §15.
  {
    section: "RFC 3261 §15.1.2",
    must: "BYE inside an early dialog gets 200 and the INVITE 487",
    scenario: "early-bye",
    steps: [],
    phone: "server",
  },
  {
    section: "RFC 3261 §15",
    must: "the callee sends no BYE before its 2xx is acknowledged",
    scenario: "bye-waits-for-ack",
    steps: answersAndHangsUp,
    phone: "server",
    counted: true,
  },

  // §14.2, §12.2.2.
  {
    section: "RFC 3261 §14.2",
    must: "a re-INVITE without an offer gets one in the 200, of the whole of what we can",
    scenario: "reinvite-without-offer",
    phone: "server",
  },
  {
    section: "RFC 3261 §14.2",
    must: "the 200 to a re-INVITE is sent again until its ACK",
    scenario: "reinvite-unacknowledged",
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3261 §12.2.2",
    must: "the Contact of a re-INVITE is the new target",
    scenario: "moves",
    steps: ["incoming", "answer", "changed", "cancel"],
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.2",
    must: "CSeq numbers may leave gaps",
    scenario: "asks-inside",
    with: { cseq: 8 },
    phone: "server",
  },
  {
    section: "RFC 3261 §11.2",
    must: "OPTIONS inside a call gets 200 with Allow, Accept and Supported, and the call goes on",
    scenario: "asks-inside",
    with: {
      response:
        '<must in="Allow:" be="INVITE"/><must in="Accept:" be="application/sdp"/><must in="Supported:" be="[a-z]"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §12.2.2",
    must: "a method that is not understood inside a call is refused and the call goes on",
    scenario: "asks-inside",
    with: { method: "DANCE", status: 501 },
    phone: "server",
  },
  {
    section: "RFC 3261 §8.2.2.3",
    must: "an extension that is required and unknown inside a call gets 420, named in Unsupported",
    scenario: "asks-inside",
    with: {
      headers: "Require: nothing-like-it",
      status: 420,
      response: '<must in="Unsupported:" be="nothing-like-it"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 3261 §8.2.1",
    must: "a method that is known and not done gets 405 with Allow",
    scenario: "out-of-dialog",
    with: { method: "REGISTER", status: 405, response: '<must in="Allow:" be="INVITE"/><must in="To:" be="tag="/>' },
    steps: [],
    phone: "server",
  },
];

export const serverRows = checked(rows);
