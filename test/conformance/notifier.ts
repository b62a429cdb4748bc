/** A registrar and notifier of one account, by hand: it binds whoever comes, and answers a SUBSCRIBE only as a row says (RFC 6665 §4.2). */
import { eventually } from "../interop/kit/process.ts";
import { fresh, type Heard, RawUdp, request, tagOf, value } from "../interop/kit/raw-sip.ts";

type Fields = Readonly<Record<string, string | undefined>>;

export interface Notify {
  /** Value of Subscription-State; undefined leaves it out. */
  readonly state: string | undefined;
  readonly event?: string;
  /** Of the dialog, instead of ours. */
  readonly fromTag?: string;
  readonly callId?: string;
  readonly sequence?: number;
}

export class Notifier {
  readonly tag = fresh();
  readonly #phone: string;
  readonly #udp: RawUdp;
  #sequence = 0;
  #registrar: NodeJS.Timeout;

  private constructor(phone: string, udp: RawUdp) {
    this.#phone = phone;
    this.#udp = udp;
    const bound = new Set<string>();
    this.#registrar = setInterval(() => {
      for (const asked of udp.heard.filter((m) => m.startLine.startsWith("REGISTER "))) {
        const key = `${value(asked, "Call-ID")} ${value(asked, "CSeq")}`;
        if (bound.has(key)) continue;
        bound.add(key);
        void this.answer(asked, 200, { Contact: `${value(asked, "Contact")};expires=3600` });
      }
    }, 20);
  }

  static async open(address: string, phone: string): Promise<Notifier> {
    return new Notifier(phone, await RawUdp.open(address, 5060));
  }

  get address(): string {
    return this.#udp.address;
  }

  /** Every SUBSCRIBE in the order they came, each once. */
  get subscribes(): readonly Heard[] {
    const seen = new Set<string>();
    return this.#udp.heard.filter((m) => {
      const key = `${value(m, "Call-ID")} ${value(m, "CSeq")}`;
      if (!m.startLine.startsWith("SUBSCRIBE ") || seen.has(key)) return false;
      seen.add(key);
      return true;
    });
  }

  /** The SUBSCRIBE of this number, counted from 1, seen already or to come. */
  subscribe(number: number, ms = 20_000): Promise<Heard> {
    return eventually(
      `${this.address}: SUBSCRIBE number ${number}`,
      () => this.subscribes[number - 1],
      ms,
      () => this.#udp.heard.map((m) => m.startLine).join(" | "),
    );
  }

  answer(to: Heard, status: number, fields: Fields = {}): Promise<void> {
    const theirs = value(to, "To");
    const lines = Object.entries({
      Via: value(to, "Via"),
      From: value(to, "From"),
      To: tagOf(theirs) === "" ? `${theirs};tag=${this.tag}` : theirs,
      "Call-ID": value(to, "Call-ID"),
      CSeq: value(to, "CSeq"),
      ...fields,
      "Content-Length": "0",
    }).flatMap(([name, text]) => (text === undefined ? [] : [`${name}: ${text}\r\n`]));
    return this.#udp.send(`SIP/2.0 ${status} As The Row Says\r\n${lines.join("")}\r\n`, this.#phone);
  }

  accept(to: Heard, expiresSeconds = 600): Promise<void> {
    return this.answer(to, 200, { Expires: String(expiresSeconds), Contact: `<sip:box@${this.address}:5060>` });
  }

  /** In the dialog of that SUBSCRIBE; gives the phone's response. */
  async notify(to: Heard, { state, event = "message-summary", ...other }: Notify): Promise<Heard> {
    this.#sequence += 1;
    const { fromTag = this.tag, callId = value(to, "Call-ID"), sequence = this.#sequence } = other;
    const uri = /<([^>]*)>/.exec(value(to, "Contact"))?.[1] ?? "";
    const branch = `z9hG4bK${fresh()}`;
    const theirs = value(to, "To").replace(/;tag=.*/, "");
    const fields = {
      Via: `SIP/2.0/UDP ${this.address}:5060;branch=${branch};rport`,
      "Max-Forwards": "70",
      From: `${theirs};tag=${fromTag}`,
      To: value(to, "From"),
      "Call-ID": callId,
      CSeq: `${sequence} NOTIFY`,
      Contact: `<sip:box@${this.address}:5060>`,
      Event: event,
      "Subscription-State": state,
      "Content-Type": "application/simple-message-summary",
    };
    await this.#udp.send(request(`NOTIFY ${uri}`, fields, "Messages-Waiting: no\r\n"), this.#phone);
    return this.#udp.next("response to NOTIFY", (m) => m.status >= 200 && value(m, "Via").includes(branch));
  }

  /** Accepts, and tells that it is so. */
  async grant(to: Heard, expiresSeconds = 600): Promise<void> {
    await this.accept(to, expiresSeconds);
    await this.notify(to, { state: `active;expires=${expiresSeconds}` });
  }

  close(): void {
    clearInterval(this.#registrar);
    this.#udp.close();
  }
}
