import { expect, test } from "vitest";
import { SipRequest } from "../../../src/sip/message.ts";
import { descriptionIn } from "../../../src/sip/session-body.ts";

const sdp = "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\n\r\ns=-\r\n";

function found(type: string, body: string, disposition?: string): string | undefined {
  const request = new SipRequest("INVITE", "sip:x@y");
  if (disposition !== undefined) request.addHeader("Content-Disposition", disposition);
  const verdict = descriptionIn(request.setBody(type, body));
  return verdict.ok ? verdict.text : undefined;
}

function parts(...of: string[]): string {
  return `preamble\r\n${of.map((part) => `--b1\r\n${part}\r\n`).join("")}--b1--\r\n`;
}

const one = `Content-Type: application/sdp;x=y\r\nContent-Disposition: session\r\n\r\n${sdp}`;
const map = "Content-Type: application/pidf+xml\r\n\r\n<presence/>";
const optional = "Content-Type: application/isup\r\nContent-Disposition: signal;handling=optional\r\n\r\nxx";

for (const [what, type, body, disposition, text] of [
  ["alone", "application/sdp", sdp, undefined, sdp],
  ["alone, in capitals", "Application/SDP; charset=utf-8", sdp, "Session", sdp],
  ["a description of something else", "application/sdp", sdp, "early-session", ""],
  ["another type", "text/plain", "hi", undefined, undefined],
  ["another type that is optional", "text/plain", "hi", "render;handling=optional", ""],
  ["the one part", "multipart/mixed;boundary=b1", parts(one), undefined, `${sdp}\r\n`],
  ["behind an optional part", 'multipart/mixed; boundary="b1"', parts(optional, one), undefined, `${sdp}\r\n`],
  ["beside a part that must be understood", "multipart/mixed;boundary=b1", parts(one, map), undefined, undefined],
  ["only optional parts", "multipart/mixed;boundary=b1", parts(optional), undefined, ""],
  ["no boundary named", "multipart/mixed", parts(one), undefined, undefined],
  ["no part at all", "multipart/mixed;boundary=b1", "nothing", undefined, ""],
] as const)
  test(`RFC 5621 §3: session description: ${what}`, () => expect(found(type, body, disposition)).toBe(text));
