/** Requests that a user agent must answer whatever else is wrong with them (RFC 3261 §8.2, §18.3), and the judgement whether a damaged one still is. Knows nothing of our parser. */

const description = [
  "v=0",
  "o=fuzz 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 40000 RTP/AVP 0 8 101",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-16",
  "a=sendrecv",
  "",
].join("\r\n");

const more: Readonly<Record<string, readonly string[]>> = {
  OPTIONS: ["Accept: application/sdp"],
  INVITE: ["Supported: 100rel, timer, replaces", "Session-Expires: 1800;refresher=uac", "Min-SE: 90"],
  MESSAGE: ["Content-Type: text/plain"],
  INFO: ["Content-Type: application/dtmf-relay"],
  NOTIFY: ["Event: message-summary", "Subscription-State: active;expires=600"],
  SUBSCRIBE: ["Event: dialog", "Expires: 600", "Accept: application/dialog-info+xml"],
  REFER: ["Refer-To: <sip:somebody@127.0.0.1>", "Referred-By: <sip:fuzz@127.0.0.1>"],
  REGISTER: ["Expires: 3600", 'Authorization: Digest username="a", realm="b", nonce="c", uri="d", response="e"'],
  UPDATE: ["Supported: timer"],
  PRACK: ["RAck: 1 1 INVITE"],
  BYE: ["Reason: Q.850;cause=16"],
  PUBLISH: ["Event: presence", "SIP-If-Match: abc"],
  FETCH: ["Require: nothing-we-know"],
};

const bodies: Readonly<Record<string, string>> = {
  INVITE: description,
  UPDATE: description,
  MESSAGE: "good morning",
  INFO: "Signal=5\r\nDuration=160\r\n",
  NOTIFY: "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n",
};

/** One of each method, from and to addresses that `address` replaces. */
export const requests: readonly Buffer[] = Object.keys(more).map((method) => {
  const body = bodies[method] ?? "";
  const typed = /^(INVITE|UPDATE)$/.test(method) ? ["Content-Type: application/sdp"] : [];
  if (method === "NOTIFY") typed.push("Content-Type: application/simple-message-summary");
  const lines = [
    `${method} sip:phone@PHONE SIP/2.0`,
    "Via: SIP/2.0/UDP OURS;rport;branch=z9hG4bKBRANCH",
    "Max-Forwards: 70",
    'From: "Fuzz" <sip:fuzz@127.0.0.1>;tag=TAG',
    "To: <sip:phone@PHONE>",
    "Call-ID: CALL",
    `CSeq: 7 ${method}`,
    "Contact: <sip:fuzz@OURS>",
    ...(more[method] ?? []),
    ...typed,
    `Content-Length: ${body.length}`,
    "",
    body,
  ];
  return Buffer.from(lines.join("\r\n"), "latin1");
});

export interface Place {
  readonly phone: string;
  /** host:port at which answers are heard. */
  readonly ours: string;
  readonly transport: "UDP" | "TCP";
}

/** Fills the gaps of one of `requests`; gives messages of another corpus a branch and a Call-ID of their own. */
export function address(text: string, place: Place, id: string): string {
  const via = `Via: SIP/2.0/${place.transport} ${place.ours};rport;branch=z9hG4bK${id}`;
  return text
    .replace(/^v(?:ia)?[ \t]*:.*$/im, via)
    .replace(/^(?:call-id|i)[ \t]*:.*$/im, `Call-ID: ${id}`)
    .replace("tag=TAG", `tag=${id}`)
    .replaceAll("PHONE", place.phone)
    .replaceAll("OURS", place.ours);
}

const identifying = /^(?:via|v|from|f|to|t|call-id|i|cseq)[ \t]*:/i;

/** What of a message decides where its answer goes and whom it is for; undefined where that is not beyond doubt. */
function identity(text: string): string | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [start = "", ...fields] = text.slice(0, end).split("\r\n");
  // Folded lines, bare line ends and octets that are no text may change what a line says.
  for (const line of [start, ...fields]) if (/^[ \t]|[^\t -~]/.test(line)) return undefined;
  if (!/^(?!ACK|CANCEL)[A-Z]+ sip:phone@[0-9.]+ SIP\/2\.0$/.test(start)) return undefined;
  return [start, ...fields.filter((line) => identifying.test(line))].join("\n");
}

/** Whether what is left of `prepared`, one of `requests`, must be answered. */
export function mustBeAnswered(prepared: string, damaged: string): boolean {
  const was = identity(prepared);
  return was !== undefined && was === identity(damaged);
}
