/** Rows of the extensions: RFC 3262, 3311, 3515, 3891, 4028, 6665. */
import { checked, type Row, type Step } from "./table.ts";

/** The person waits for what SIPp changes. */
const answersAndHangsUp: readonly Step[] = ["incoming", "answer", "changed", "cancel"];
const audio = "m=audio 6000 RTP/AVP 0";

interface Asked {
  readonly section: string;
  readonly must: string;
  readonly method: string;
  readonly headers?: string;
  readonly status: number;
  readonly response?: string;
}

/** Requests inside a call, each with what it must get; the call goes on. */
const inside: readonly Asked[] = [
  {
    section: "RFC 3515 §2.4.2",
    must: "REFER without Refer-To gets 400",
    method: "REFER",
    headers: "Contact: <sip:peer@[local_ip]:[local_port]>",
    status: 400,
  },
  {
    section: "RFC 3515 §2.4.2",
    must: "REFER with two Refer-To gets 400",
    method: "REFER",
    headers: "Contact: <sip:peer@[local_ip]>\\nRefer-To: <sip:a@192.0.2.1>\\nRefer-To: <sip:b@192.0.2.1>",
    status: 400,
  },
  {
    section: "RFC 3515 §2.4.2",
    must: "REFER to what cannot be called is refused",
    method: "REFER",
    headers: "Contact: <sip:peer@[local_ip]>\\nRefer-To: <mailto:somebody@192.0.2.1>",
    status: 416,
  },
  {
    section: "RFC 4028 §9",
    must: "UPDATE that wants an interval below our least gets 422 with Min-SE",
    method: "UPDATE",
    headers: "Contact: <sip:peer@[local_ip]:[local_port]>\\nSupported: timer\\nSession-Expires: 30",
    status: 422,
    response: '<must in="Min-SE:" be="^ ?[0-9]{2,}$"/>',
  },
  {
    section: "RFC 3262 §3",
    must: "PRACK that belongs to no response gets 481",
    method: "PRACK",
    headers: "RAck: 1 1 INVITE",
    status: 481,
  },
  {
    section: "RFC 3891 §3",
    must: "Replaces outside of an INVITE gets 400",
    method: "OPTIONS",
    headers: "Replaces: nothing@here;to-tag=a;from-tag=b",
    status: 400,
  },
];

const outside: readonly Asked[] = [
  {
    section: "RFC 6665 §4.1.3",
    must: "NOTIFY that belongs to no subscription gets 481",
    method: "NOTIFY",
    headers: "Event: presence\\nSubscription-State: active\\nContact: <sip:peer@[local_ip]:[local_port]>",
    status: 481,
  },
  {
    section: "RFC 3891 §3",
    must: "an INVITE that replaces a dialog nobody knows gets 481",
    method: "INVITE",
    headers: "Replaces: nothing@here;to-tag=a;from-tag=b",
    status: 481,
  },
  {
    section: "RFC 3891 §3",
    must: "an INVITE with two Replaces gets 400",
    method: "INVITE",
    headers: "Replaces: one@here;to-tag=a;from-tag=b\\nReplaces: two@here;to-tag=a;from-tag=b",
    status: 400,
  },
  {
    section: "RFC 3311 §5.2",
    must: "UPDATE that belongs to no dialog gets 481",
    method: "UPDATE",
    headers: "Contact: <sip:peer@[local_ip]:[local_port]>",
    status: 481,
  },
];

const words = ({ method, headers = "", status, response = "" }: Asked) => ({ method, headers, status, response });

const rows: readonly Row[] = [
  ...inside.map(
    (asked): Row => ({
      section: asked.section,
      must: asked.must,
      scenario: "asks-inside",
      with: words(asked),
      phone: "server",
    }),
  ),
  ...outside.map(
    (asked): Row => ({
      section: asked.section,
      must: asked.must,
      scenario: asked.method === "INVITE" ? "refused-outside" : "out-of-dialog",
      with: words(asked),
      steps: [],
      phone: "server",
    }),
  ),

  {
    section: "RFC 6665 §4.2.1.1",
    must: "SUBSCRIBE for an event that is unknown gets 489 with Allow-Events, or 405 where nothing is served",
    scenario: "subscribes-in-vain",
    steps: [],
    phone: "server",
  },
  {
    section: "RFC 3262 §3",
    must: "where reliable provisional responses are demanded, 180 has RSeq and is sent again after T1 until PRACK",
    scenario: "reliable",
    steps: [],
    phone: "server",
    counted: true,
  },
  {
    section: "RFC 3262 §3",
    must: "PRACK with the wrong number gets 481, and the response goes on waiting",
    scenario: "prack-unknown",
    steps: [],
    phone: "server",
  },
  {
    section: "RFC 3262 §3",
    must: "a reliable response that nobody acknowledges for 64*T1 ends in 504",
    scenario: "never-pracked",
    steps: [],
    phone: "server",
    long: true,
  },
  {
    section: "RFC 3311 §5.2",
    must: "an offer in UPDATE before the first is answered gets 500 with Retry-After",
    scenario: "early-update",
    steps: [],
    phone: "server",
  },
  {
    section: "RFC 4028 §10",
    must: "who refreshes does so at half the interval, with UPDATE where the other side knows it",
    scenario: "session-refreshed",
    phone: "server",
    long: true,
  },
  {
    section: "RFC 4028 §10",
    must: "a session that nobody refreshes ends with BYE before its time is over",
    scenario: "session-runs-out",
    phone: "server",
    long: true,
  },
  {
    section: "RFC 3311 §5.2",
    must: "UPDATE inside a call gets 200 with a Contact, and its own Contact is the new target",
    scenario: "updates",
    steps: answersAndHangsUp,
    phone: "server",
  },
  {
    section: "RFC 3311 §5.2",
    must: "an offer in UPDATE is answered in its 200",
    scenario: "updates-media",
    with: { media: `${audio}\\na=sendonly`, response: '<must be="a=recvonly"/>' },
    phone: "server",
  },
  {
    section: "RFC 3311 §5.2",
    must: "an offer in UPDATE that cannot be gets 488, and the call goes on as it was",
    scenario: "updates-media",
    with: { media: "m=audio 6000 RTP/AVP 3", status: 488 },
    phone: "server",
  },
  {
    section: "RFC 4028 §9",
    must: "an interval below our least gets 422 with Min-SE, from a caller that knows session timers",
    scenario: "too-short",
    with: { headers: "Supported: timer\\nSession-Expires: 30" },
    steps: [],
    phone: "server",
  },
  {
    section: "RFC 4028 §9",
    must: "200 tells interval and refresher; where the caller refreshes it requires timer",
    scenario: "calls",
    with: {
      headers: "Supported: timer\\nSession-Expires: 1800;refresher=uac",
      answer: '<must in="Session-Expires:" be="1800; ?refresher=uac"/><must in="Require:" be="timer"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 4028 §9",
    must: "where the caller leaves open who refreshes, the 200 says it",
    scenario: "calls",
    with: {
      headers: "Supported: timer\\nSession-Expires: 1800",
      answer: '<must in="Session-Expires:" be="1800; ?refresher=ua[cs]"/>',
    },
    phone: "server",
  },
  {
    section: "RFC 4028 §9",
    must: "a short interval that a proxy asks for, of a caller without session timers, is no reason for 422",
    scenario: "calls",
    with: { headers: "Session-Expires: 30", answer: '<must-not be="refresher=uac"/>' },
    phone: "server",
  },
  {
    section: "RFC 4028 §9",
    must: "UPDATE that refreshes is told interval and refresher, and that timer is required",
    scenario: "updates",
    with: {
      headers: "\\nSupported: timer\\nSession-Expires: 1800;refresher=uac",
      response: '<must in="Session-Expires:" be="1800; ?refresher=uac"/><must in="Require:" be="timer"/>',
    },
    steps: answersAndHangsUp,
    phone: "server",
  },
  {
    section: "RFC 4028 §9",
    must: "a caller that knows no session timers is asked to refresh nothing",
    scenario: "calls",
    with: { answer: '<must-not be="refresher=uac"/><must-not be="Require:.*timer"/>' },
    phone: "server",
  },
  {
    section: "RFC 3515 §2.4.4",
    must: "an accepted REFER makes a subscription: NOTIFY at once, and a last one with how the call ended",
    scenario: "asks-for-transfer",
    second: { scenario: "refuses", with: { invite: '<must be="^INVITE sip:second@"/>' } },
    phone: "server",
  },
];

export const extensionRows = checked(rows);
