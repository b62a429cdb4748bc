/** Rows of a phone that calls without an offer and answers that of the 2xx: RFC 3261 §13.2.1, §13.2.2.4, RFC 3262 §5. */
import { checked, type Row, type Step } from "./table.ts";

const talksAndHangsUp: readonly Step[] = ["dial", "talking", "cancel"];
const answered = '<must in="Content-Type:" be="application/sdp"/>';

const rows: readonly Row[] = [
  {
    section: "RFC 3261 §13.2.1",
    must: "an INVITE without an offer has no body and does without Content-Type",
    scenario: "refuses",
    with: { invite: '<must-not be="m=audio|Content-Type:"/><must in="Content-Length:" be="^ ?0$"/>' },
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.2.4",
    must: "the ACK answers the offer of the 2xx",
    scenario: "answers",
    with: { media: "m=audio 6000 RTP/AVP 8", ack: `${answered}<must be="m=audio [1-9][0-9]* RTP/AVP 8"/>` },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3264 §6",
    must: "the answer in an ACK has a line for each stream, one that is not wanted at port 0",
    scenario: "answers",
    with: {
      media: "m=video 6002 RTP/AVP 31\\nm=audio 6000 RTP/AVP 0",
      ack: `${answered}<must be="m=video 0 .*m=audio [1-9][0-9]* RTP/AVP 0"/>`,
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.2.4",
    must: "an offer in the 2xx that cannot be is answered all the same, and then the call is ended",
    scenario: "answers",
    with: { media: "m=audio 6000 RTP/AVP 3", ack: `${answered}<must be="m=audio 0 RTP/AVP 3"/>` },
    steps: ["dial", "over"],
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.2.4",
    must: "a 2xx without the offer it owes ends the call",
    scenario: "no-answer",
    steps: ["dial", "over"],
    phone: "client",
  },
  {
    section: "RFC 3262 §5",
    must: "PRACK answers an offer that cannot be too, and the 200 then ends in ACK and BYE",
    scenario: "answer-in-183",
    with: { media: "m=audio 6000 RTP/AVP 3", prack: `${answered}<must be="m=audio 0 RTP/AVP 3"/>` },
    steps: ["dial", "over"],
    phone: "client",
  },
  {
    section: "RFC 3262 §5",
    must: "PRACK answers the offer of a reliable response, and the ACK has none",
    scenario: "answer-in-183",
    with: { prack: `${answered}<must be="m=audio [1-9][0-9]* RTP/AVP 0"/>` },
    steps: talksAndHangsUp,
    phone: "client",
  },
];

export const lateOfferRows = checked(rows);
