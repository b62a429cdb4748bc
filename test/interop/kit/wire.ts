/** A phone on its panel and a peer without a stack that speaks to it: what the tests of its conduct on the wire share. */
import { basename } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { openToAll, PhoneProcess } from "./phone.ts";
import { endAllPrograms } from "./process.ts";
import { fresh, type Heard, RawUdp, request, tagOf, value } from "./raw-sip.ts";

/** Files that run side by side have a place each. */
const files = ["conduct", "conduct-calls", "srtp-wire", "torture"];
const place = 1 + files.indexOf(basename(expect.getState().testPath ?? "", ".test.ts"));
if (place === 0) throw new Error(`a file that is not in the list of kit/wire.ts: ${expect.getState().testPath}`);
/** An address of this file's own; 1 and 2 are ours and the phone's. */
export const ownAddress = (n: number) => `127.40.${place}.${n}`;
export const ourAddress = ownAddress(1);
export const phoneAddress = ownAddress(2);
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const offer = (payloads = "0 8", media = "RTP/AVP") =>
  [
    "v=0",
    `o=raw 1 1 IN IP4 ${ourAddress}`,
    "s=-",
    `c=IN IP4 ${ourAddress}`,
    "t=0 0",
    `m=audio 40000 ${media} ${payloads}`,
    "",
  ].join("\r\n");

export interface Words {
  readonly transport?: string;
  readonly branch?: string;
  readonly callId?: string;
  readonly from?: string;
  readonly toTag?: string;
  readonly sequence?: number;
  readonly uri?: string;
  /** Headers beyond the usual, and the usual ones otherwise; undefined leaves one out. */
  readonly fields?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** A whole request of ours to the phone. */
export function compose(method: string, port: number, words: Words = {}): string {
  const { transport = "UDP", branch = `z9hG4bK${fresh()}`, callId = fresh(), from = fresh() } = words;
  const body = words.body ?? "";
  return request(
    `${method} ${words.uri ?? `sip:phone@${phoneAddress}`}`,
    {
      Via: `SIP/2.0/${transport} ${ourAddress}:${port};branch=${branch};rport`,
      "Max-Forwards": "70",
      From: `<sip:raw@${ourAddress}>;tag=${from}`,
      To: `<sip:phone@${phoneAddress}>${words.toTag === undefined ? "" : `;tag=${words.toTag}`}`,
      "Call-ID": callId,
      CSeq: `${words.sequence ?? 1} ${method}`,
      ...(method === "INVITE" ? { Contact: `<sip:raw@${ourAddress}:${port}>` } : {}),
      ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
      ...words.fields,
    },
    body,
  );
}

/** What begins and continues a dialog of ours. */
export interface Dialog {
  readonly callId: string;
  readonly from: string;
  readonly toTag: string;
}

/** One phone for all tests of a file, open to anybody; it must be alive after each. */
export function onTheWire(config: Readonly<Record<string, string | number>> = {}) {
  endAllPrograms();
  let phone: PhoneProcess;
  let udp: RawUdp;

  beforeAll(async () => {
    phone = await PhoneProcess.start({
      address: phoneAddress,
      panelPort: 7600 + place,
      config: { ...openToAll, ...config },
    });
    udp = await RawUdp.open(ourAddress);
  });
  afterAll(async () => {
    udp.close();
    expect(await phone.stop(), phone.program.output.slice(-3000)).toBe(0);
  });
  afterEach(async () => {
    expect(phone.program.alive, phone.program.output.slice(-3000)).toBe(true);
    await phone.endCalls();
  });

  /** The final response to a request of our own, told by its Call-ID and CSeq. */
  const final = (callId: string, sequence: string, status = 200) =>
    udp.next(
      `final response to ${sequence}`,
      (m) => m.status >= status && value(m, "Call-ID") === callId && value(m, "CSeq") === sequence,
    );

  async function ask(method: string, words: Words = {}): Promise<Heard> {
    const callId = words.callId ?? fresh();
    await udp.send(compose(method, udp.port, { ...words, callId }), phoneAddress);
    return final(callId, `${words.sequence ?? 1} ${method}`);
  }

  /** An INVITE that rings; gives what is needed to go on in its dialog. */
  async function ring(words: Words = {}) {
    const dialog = { callId: fresh(), from: fresh(), branch: `z9hG4bK${fresh()}` };
    const text = compose("INVITE", udp.port, { body: offer(), ...dialog, ...words });
    await udp.send(text, phoneAddress);
    const ringing = await udp.next("180", (m) => m.status === 180 && value(m, "Call-ID") === dialog.callId);
    return { ...dialog, text, ringing, toTag: tagOf(value(ringing, "To")) };
  }

  /** An INVITE that the phone's person answers, acknowledged. */
  async function talk() {
    const dialog = await ring();
    await phone.keys("ok");
    const answer = await udp.next("200", (m) => m.status === 200 && value(m, "Call-ID") === dialog.callId);
    await udp.send(compose("ACK", udp.port, { ...dialog, branch: `z9hG4bK${fresh()}` }), phoneAddress);
    await phone.screen("talking");
    return { ...dialog, answer };
  }

  const inDialog = (dialog: Dialog) => ({
    callId: dialog.callId,
    from: dialog.from,
    toTag: dialog.toTag,
  });

  return {
    /** Once the tests run. */
    get phone() {
      return phone;
    },
    get udp() {
      return udp;
    },
    final,
    ask,
    ring,
    talk,
    inDialog,
  };
}
