/** What is wrong with a message that every element must refuse (RFC 3261 §8.1.1, §8.2, RFC 4475 §3.1.2, §3.3); not what a user agent cannot serve. */

import { NameAddress } from "./address.ts";
import { header } from "./header-name.ts";
import type { SipMessage } from "./message.ts";
import { parseNumber } from "./syntax.ts";
import type { SipUri } from "./uri.ts";

export interface Problem {
  /** What a request is answered with; a response that has a problem is dropped. */
  readonly status: number;
  /** For people, and fit for a reason phrase. */
  readonly why: string;
}

/** Contact members beyond which nobody means well. */
const maxContacts = 100;

/** What of a request is not in its headers. */
export interface RequestLine {
  readonly method: string;
  readonly requestUri: SipUri | undefined;
}

/** The first problem, or undefined. `line` is given for requests. */
export function problemOf(message: SipMessage, line: RequestLine | undefined): Problem | undefined {
  const why = headersWrong(message) ?? (line === undefined ? undefined : requestWrong(message, line));
  return why === undefined ? undefined : { status: 400, why };
}

function headersWrong(message: SipMessage): string | undefined {
  const fields = message.fields;
  if (message.via === undefined) return fields.lines(header.via) === 0 ? "no Via" : "malformed Via";
  if (message.from === NameAddress.none) return wrong(fields.lines(header.from), "From");
  if (message.to === NameAddress.none) return wrong(fields.lines(header.to), "To");
  if (message.callId === "") return wrong(fields.lines(header.callId), "Call-ID");
  if (message.cseq.method === "") return wrong(fields.lines(header.cseq), "CSeq");
  const twice = fields.repeatedSingle();
  if (twice !== undefined) return `more than one ${twice}`;
  const length = fields.first(header.contentLength);
  if (length !== undefined && parseNumber(length, Number.MAX_SAFE_INTEGER) === undefined)
    return "malformed Content-Length";
  return undefined;
}

function requestWrong(message: SipMessage, line: RequestLine): string | undefined {
  const uri = line.requestUri;
  if (uri === undefined) return "malformed Request-URI";
  // RFC 3261 §19.1.1, Table 1: no headers in a Request-URI.
  if (uri.hasHeaders) return "headers in Request-URI";
  if (message.cseq.method !== line.method) return "CSeq does not match the method";
  const fields = message.fields;
  const hops = fields.first(header.maxForwards);
  // More than 255 is read as absent, as RFC 4475 §3.1.2.4 allows.
  if (hops !== undefined && parseNumber(hops, Number.MAX_VALUE) === undefined) return "malformed Max-Forwards";
  const contact = contactWrong(message);
  if (contact !== undefined) return contact;
  // RFC 4475 §3.1.2.12: SIP knows GMT alone.
  const date = fields.first(header.date);
  return date !== undefined && !date.endsWith("GMT") ? "Date is not in GMT" : undefined;
}

function contactWrong(message: SipMessage): string | undefined {
  const only = message.fields.only(header.contact);
  if (only === undefined || only === "*") return undefined;
  if (only !== null) return message.contacts.length === 1 ? undefined : malformedContact(only);
  if (message.contactIsStar) return "Contact * beside another";
  const members = message.values("contact");
  if (members.length > maxContacts) return `more than ${maxContacts} Contacts`;
  if (message.contacts.length === members.length && members.length > 0) return undefined;
  return malformedContact(members.find((text) => NameAddress.parse(text) === undefined) ?? "");
}

function malformedContact(text: string): string {
  return `malformed Contact ${text.slice(0, 60)}`.trimEnd();
}

function wrong(lines: number, name: string): string {
  return lines === 0 ? `no ${name}` : `malformed ${name}`;
}
