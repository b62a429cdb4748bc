/** Rows of responses to the phone that are odd and legal, or none of its own: RFC 3261 §8.1.3, §12, §13.2.2, §14.1, §17.1.3, §18. */
import { checked, type Row, type Step } from "./table.ts";

const talksAndHangsUp: readonly Step[] = ["dial", "talking", "cancel"];
const untilOver: readonly Step[] = ["dial", "over"];

/** Not a response to the INVITE; the right one follows. */
const foreign = (section: string, must: string, attributes: string): Row => ({
  section: `RFC 3261 ${section}`,
  must,
  scenario: "foreign-response",
  with: { foreign: attributes },
  phone: "client",
  counted: true,
});

const rows: readonly Row[] = [
  {
    section: "RFC 3261 §8.1.1.9",
    must: "Supported names only extensions of the standards track",
    scenario: "refuses",
    with: {
      invite:
        '<must in="Supported:" be="^ ?((replaces|timer|100rel|path|outbound|gruu|norefersub|from-change|eventlist|histinfo|precondition|answermode|tdialog|resource-priority|join|multiple-refer|sec-agree|pref|privacy|ice)(, ?|$))+$"/><must-not be="Require:"/>',
    },
    phone: "client",
  },
  foreign("§17.1.3", "a response to another method is none to the INVITE", 'cseq=" 1 OPTIONS"'),
  foreign("§17.1.3", "a response with another branch is none", `via=" SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnobody"`),
  foreign(
    "§18.1.2",
    "a response whose Via names another host is dropped",
    'via=" SIP/2.0/UDP 192.0.2.1:5060;[$branch]"',
  ),
  foreign("§18.3", "a response that ends before its body does is dropped", 'length="900"'),

  // §8.1.3.4.
  {
    section: "RFC 3261 §8.1.3.4",
    must: "who redirects to itself is not asked again",
    scenario: "redirects",
    with: {
      contacts: "Contact: <sip:peer@[local_ip]:[local_port];transport=udp>",
      end: '<pause milliseconds="500"/>',
    },
    steps: untilOver,
    phone: "client",
  },
  {
    section: "RFC 3261 §8.1.3.4",
    must: "of two that redirect to each other neither is asked twice",
    scenario: "redirects",
    with: { contacts: "Contact: <sip:second@[local_ip]:5070>", end: '<pause milliseconds="500"/>' },
    second: {
      scenario: "redirects",
      with: {
        contacts: "Contact: <sip:peer@[local_ip]:5060;transport=udp>, <sip:second@[local_ip]:5070>",
        end: '<pause milliseconds="400"/>',
      },
    },
    steps: untilOver,
    phone: "client",
  },
  {
    section: "RFC 3261 §8.1.3.1",
    must: "a contact where nobody listens counts as 503: the next one is asked",
    scenario: "redirects",
    with: { contacts: "Contact: <sip:gone@[local_ip]:5080;transport=tcp>;q=0.9, <sip:second@[local_ip]:5070>;q=0.5" },
    second: { scenario: "refuses", with: { invite: '<must be="^INVITE sip:second@"/>' } },
    phone: "client",
  },

  // §12, §13.2.2.
  {
    section: "RFC 3261 §12.1.2",
    must: "a callee of old, whose 200 has no To tag, is called: ACK and BYE have none either",
    scenario: "answers-untagged",
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "without a route set there is no Route, and the URIs of From and To are those of the INVITE",
    scenario: "answers",
    with: {
      ack: '<must-not be="Route:|Require:"/>',
      bye: '<must-not be="Route:"/><keep as="other" in="From:"/><same a="from" b="other"/><must in="To:" be="<sip:peer@[0-9.]+(:5060)?(;transport=udp)?>;tag="/>',
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §12.2.1.1",
    must: "a strict router's URI loses what a Request-URI may not have",
    scenario: "answers",
    with: {
      headers: "Record-Route: <sip:near@[local_ip]:[local_port];hop=near;method=INVITE>",
      ack: '<must be="^ACK sip:near@[0-9.]+:5060;hop=near SIP"/>',
      bye: '<must be="^BYE sip:near@[0-9.]+:5060;hop=near SIP"/><must be="Route: <sip:answer@[^>]*>"/>',
    },
    steps: talksAndHangsUp,
    phone: "client",
  },
  {
    section: "RFC 3261 §13.2.2.3",
    must: "what is said after a refusal is nobody's business: a 200 makes no call",
    scenario: "answers-after-refusing",
    steps: untilOver,
    phone: "client",
  },

  {
    section: "RFC 3261 §8.1.3.4",
    must: "a redirection without a contact ends the call",
    scenario: "redirects",
    with: { contacts: "Subject: nowhere" },
    steps: untilOver,
    phone: "client",
  },
  {
    section: "RFC 3261 §17.1.1.2",
    must: "a provisional response after the 200 changes nothing",
    scenario: "rings-after-answer",
    steps: ["dial", "talking"],
    phone: "client",
  },
  {
    section: "RFC 3261 §15.1.2",
    must: "BYE that crosses ours is answered, and ours is not sent again once it is",
    scenario: "byes-cross",
    steps: talksAndHangsUp,
    phone: "client",
  },

  // §14.1, RFC 3311.
  ...([302, 500, 503, 603] as const).map(
    (status): Row => ({
      section: "RFC 3261 §14.1",
      must: `a re-INVITE refused with ${status} leaves the call as it was`,
      scenario: "hold-refused",
      with: { status, end: '<pause milliseconds="300"/><use part="bye-after-change"/>' },
      steps: ["dial", "talking", "hold"],
      phone: "client",
    }),
  ),
  {
    section: "RFC 3261 §14.1",
    must: "a second re-INVITE waits until the first has its final response",
    scenario: "holds-one-by-one",
    steps: ["dial", "talking", "hold", "hold"],
    phone: "client",
  },
  {
    section: "RFC 3311 §5.2",
    must: "an offer in UPDATE while our own waits for its answer gets 491",
    scenario: "update-crosses-hold",
    steps: ["dial", "talking", "hold"],
    phone: "client",
  },
];

export const responseRows = checked(rows);
