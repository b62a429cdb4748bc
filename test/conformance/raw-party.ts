/** One who calls the phone or is called by it, by hand: INVITE, ACK, BYE and their answers (RFC 3261 §13), for rows that need several dialogs. */
import { fresh, type Heard, RawUdp, request, tagOf, value } from "../interop/kit/raw-sip.ts";

/** A dialog as this side sees it. */
export interface PartyDialog {
  readonly callId: string;
  readonly ourTag: string;
  readonly theirTag: string;
  readonly branch: string;
}

/** For Replaces: named as the phone sees it (RFC 3891 §3). */
export const replacesOf = ({ callId, ourTag, theirTag }: PartyDialog, more = "") =>
  `${callId};to-tag=${theirTag};from-tag=${ourTag}${more}`;

export class RawParty {
  readonly #udp: RawUdp;
  readonly #phone: string;
  /** Begins each branch (RFC 3261 §8.1.1.7); "" as those did that came before. */
  cookie = "z9hG4bK";
  #last = "";

  private constructor(udp: RawUdp, phone: string) {
    this.#udp = udp;
    this.#phone = phone;
  }

  static async open(address: string, phone: string): Promise<RawParty> {
    return new RawParty(await RawUdp.open(address, 5060), phone);
  }

  get uri(): string {
    return `sip:party@${this.#udp.address}:5060`;
  }

  close(): void {
    this.#udp.close();
  }

  /** An INVITE with these headers beyond the usual; gives its Call-ID, tag and branch, without waiting. */
  async invite(fields: Readonly<Record<string, string>> = {}) {
    const dialog = { callId: fresh(), ourTag: fresh(), branch: this.cookie + fresh() };
    const body = this.#description();
    this.#last = this.#request("INVITE", { ...dialog, theirTag: "", sequence: 1, fields, body });
    await this.again();
    return dialog;
  }

  /** The last INVITE, as it was. */
  again(): Promise<void> {
    return this.#udp.send(this.#last, this.#phone);
  }

  /** Responses of this status to that INVITE, copies counted. */
  count({ callId }: { readonly callId: string }, status: number): number {
    return this.#udp.heard.filter((m) => m.status === status && value(m, "Call-ID") === callId).length;
  }

  /** The first response from `least` on to that INVITE. */
  response({ callId }: { readonly callId: string }, least: number): Promise<Heard> {
    return this.#udp.next(
      `${least} or above to INVITE`,
      (m) => m.status >= least && value(m, "Call-ID") === callId && value(m, "CSeq").endsWith("INVITE"),
    );
  }

  /** INVITE, and its final response, acknowledged. */
  async finalOf(fields: Readonly<Record<string, string>>): Promise<{ status: number; dialog: PartyDialog }> {
    const begun = await this.invite(fields);
    const final = await this.response(begun, 200);
    const dialog = { ...begun, theirTag: tagOf(value(final, "To")) };
    await this.acknowledge(dialog, final.status);
    return { status: final.status, dialog };
  }

  acknowledge(dialog: PartyDialog, status: number): Promise<void> {
    // The ACK of a refusal belongs to its INVITE, that of a 2xx is a transaction of its own.
    const branch = status >= 300 ? dialog.branch : `z9hG4bK${fresh()}`;
    return this.#udp.send(this.#request("ACK", { ...dialog, branch, sequence: 1 }), this.#phone);
  }

  /** A request in the dialog; its final response. */
  async ask(method: string, dialog: PartyDialog, sequence: number): Promise<number> {
    const branch = `z9hG4bK${fresh()}`;
    await this.#udp.send(this.#request(method, { ...dialog, branch, sequence }), this.#phone);
    return (await this.#udp.next(`answer to ${method}`, (m) => m.status >= 200 && value(m, "Via").includes(branch)))
      .status;
  }

  /** A request of the phone's. */
  asked(method: string, callId?: string): Promise<Heard> {
    return this.#udp.next(
      method,
      (m) => m.startLine.startsWith(`${method} `) && (callId === undefined || value(m, "Call-ID") === callId),
    );
  }

  heardOf(method: string): number {
    return this.#udp.heard.filter((m) => m.startLine.startsWith(`${method} `)).length;
  }

  /** @param tag of ours, for a request outside of dialogs */
  answer(to: Heard, status: number, tag = ""): Promise<void> {
    const body = status === 200 && to.startLine.startsWith("INVITE ") ? this.#description() : "";
    const theirs = value(to, "To");
    const lines = Object.entries({
      Via: value(to, "Via"),
      From: value(to, "From"),
      To: tagOf(theirs) === "" && tag !== "" ? `${theirs};tag=${tag}` : theirs,
      "Call-ID": value(to, "Call-ID"),
      CSeq: value(to, "CSeq"),
      Contact: `<${this.uri}>`,
      ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
      "Content-Length": String(body.length),
    }).map(([name, text]) => `${name}: ${text}\r\n`);
    return this.#udp.send(`SIP/2.0 ${status} As The Row Says\r\n${lines.join("")}\r\n${body}`, this.#phone);
  }

  #request(
    method: string,
    words: PartyDialog & { sequence: number; fields?: Readonly<Record<string, string>>; body?: string },
  ): string {
    const { callId, ourTag, theirTag, branch, sequence, fields = {}, body = "" } = words;
    const { address } = this.#udp;
    return request(
      `${method} sip:phone@${this.#phone}:5060`,
      {
        Via: `SIP/2.0/UDP ${address}:5060;branch=${branch};rport`,
        "Max-Forwards": "70",
        From: `<sip:party@${address}>;tag=${ourTag}`,
        To: `<sip:phone@${this.#phone}>${theirTag === "" ? "" : `;tag=${theirTag}`}`,
        "Call-ID": callId,
        CSeq: `${sequence} ${method}`,
        Contact: `<${this.uri}>`,
        ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
        ...fields,
      },
      body,
    );
  }

  #description(): string {
    const { address } = this.#udp;
    const lines = ["v=0", `o=party 1 1 IN IP4 ${address}`, "s=-", `c=IN IP4 ${address}`, "t=0 0"];
    return [...lines, "m=audio 6000 RTP/AVP 0", ""].join("\r\n");
  }
}
