/** Rows in which the phone registers: RFC 3261 §10.2, §22; RFC 7616. Each is an account of the same phone. */
import { checked, type Row } from "./table.ts";

const challenge = (parameters: string) => `WWW-Authenticate: Digest realm="here", nonce="abc", ${parameters}`;
const authorized = (regexp: string) => `<must in="Authorization:" be="${regexp}"/>`;

const conditions = [
  [
    "§10.2",
    "the Request-URI of REGISTER is the domain, without a user",
    '<must be="^REGISTER sip:[0-9.]+(:[0-9]+)?[; ]"/>',
  ],
  [
    "§10.2",
    "To and From of REGISTER are the address of record, To without a tag",
    '<must in="To:" be="^[^;]*<sip:u[0-9]+@[0-9.]+>$"/><must in="From:" be="<sip:u[0-9]+@[0-9.]+>;tag="/>',
  ],
  ["§10.2.1.1", "REGISTER asks for a time, in Expires or at the Contact", '<must be="Expires: [1-9]|;expires=[1-9]"/>'],
  [
    "§10.2",
    "Contact of REGISTER is where the phone is reached",
    '<must in="Contact:" be="<sip:[^>]*@127[.]47[.]4[.]1:5060"/>',
  ],
  [
    "§8.1.1",
    "REGISTER has Max-Forwards, a branch with the cookie, and no Route of its own",
    '<must in="Max-Forwards:" be="70"/><must in="Via:" be="branch=z9hG4bK"/>',
  ],
] as const;

const rows: readonly Row[] = [
  ...conditions.map(
    ([section, must, register]): Row => ({
      section: `RFC 3261 ${section}`,
      must,
      scenario: "registers",
      with: { register },
      phone: "client",
    }),
  ),
  {
    section: "RFC 3261 §10.2.4",
    must: "a refresh comes before the binding ends, with the same Call-ID and Contact and the next CSeq number",
    scenario: "refreshes",
    phone: "client",
  },
  {
    section: "RFC 3261 §10.2",
    must: "Record-Route of a response to REGISTER is passed over",
    scenario: "refreshes",
    with: { headers: "Record-Route: <sip:192.0.2.1;lr>", second: '<must-not be="Route:"/>' },
    phone: "client",
  },
  {
    section: "RFC 3261 §10.2.4",
    must: "bindings of others in the response are others'",
    scenario: "others-bound",
    phone: "client",
  },
  {
    section: "RFC 3261 §10.2",
    must: "no new REGISTER is sent before the last has its answer; that one is repeated as it was",
    scenario: "register-repeated",
    phone: "client",
    counted: true,
  },
  {
    section: "RFC 3261 §20.33",
    must: "Retry-After is waited for",
    scenario: "retry-after",
    phone: "client",
  },
  {
    section: "RFC 3261 §10.2.7",
    must: "a redirected REGISTER goes where the Contact says",
    scenario: "register-redirected",
    second: { scenario: "registers", with: { register: '<must be="^REGISTER sip:[0-9.]+:5070 SIP"/>' } },
    phone: "client",
  },
  {
    section: "RFC 3261 §22.2",
    must: "401 is answered in a new request: same Call-ID, next CSeq number, realm, nonce and opaque repeated",
    scenario: "register-challenged",
    with: {
      challenge: challenge('qop="auth", algorithm=MD5, opaque="xyz"'),
      second: ["username=.u", "realm=.here.", "nonce=.abc.", "opaque=.xyz.", "uri=.sip:", "response=.[0-9a-f]{32}."]
        // A dot for each quotation mark, which would end the attribute.
        .map(authorized)
        .join(""),
    },
    phone: "client",
  },
  {
    section: "RFC 3261 §22.3",
    must: "407 is answered by Proxy-Authorization",
    scenario: "register-challenged",
    with: {
      status: 407,
      challenge: 'Proxy-Authenticate: Digest realm="there", nonce="def", qop="auth", algorithm=MD5',
      second: '<must in="Proxy-Authorization:" be="nonce=.def."/>',
    },
    phone: "client",
  },
  {
    section: "RFC 7616 §3.4",
    must: "with qop the answer has qop, cnonce and a count of eight digits that begins with one",
    scenario: "register-challenged",
    with: {
      challenge: challenge('qop="auth,auth-int", algorithm=MD5'),
      second: `${authorized("qop=auth[,; ]")}${authorized("nc=00000001")}${authorized("cnonce=.[^ ]+")}`,
    },
    phone: "client",
  },
  {
    section: "RFC 3261 §22.4",
    must: "without qop the answer has neither qop nor count",
    scenario: "register-challenged",
    with: {
      challenge: challenge("algorithm=MD5"),
      second: '<must in="Authorization:" be="response="/><must-not in="Authorization:" be="qop=|nc="/>',
    },
    phone: "client",
  },
  {
    section: "RFC 8760 §2.4",
    must: "of several challenges the first that is understood is answered",
    scenario: "register-challenged",
    with: {
      challenge: `WWW-Authenticate: Digest realm="here", nonce="no", algorithm=NEVER-HEARD\\n${challenge('qop="auth", algorithm=SHA-256')}\\nWWW-Authenticate: Digest realm="here", nonce="late", qop="auth", algorithm=MD5`,
      second: `${authorized("algorithm=SHA-256")}${authorized("response=.[0-9a-f]{64}")}`,
    },
    phone: "client",
  },
  {
    section: "RFC 3261 §22.1",
    must: "credentials that were refused are not sent again",
    scenario: "register-challenged",
    with: {
      challenge: challenge('qop="auth", algorithm=MD5'),
      second: authorized("nonce=.abc."),
      end: `<use part="refused" headers='${challenge('qop="auth", algorithm=MD5').replaceAll("abc", "abd")}'/><pause milliseconds="2500"/>`,
    },
    phone: "client",
  },
  {
    section: "RFC 7616 §3.3",
    must: "a nonce that is stale is no wrong password: the new one is answered at once",
    scenario: "register-challenged",
    with: {
      challenge: challenge('qop="auth", algorithm=MD5'),
      second: authorized("nonce=.abc."),
      end: `<use part="refused" headers='${challenge('qop="auth", algorithm=MD5, stale=true').replaceAll("abc", "fresh")}'/><recv request="REGISTER" timeout="1000"><action><use part="keep-register"/><must in="Authorization:" be="nonce=.fresh."/></action></recv><use part="granted"/>`,
    },
    phone: "client",
  },
  {
    section: "RFC 7616 §3.4",
    must: "the count goes on for each request with the same nonce",
    scenario: "nonce-counted",
    phone: "client",
  },
];

export const registrationRows = checked(rows);
