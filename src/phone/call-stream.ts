/** The media stream of one call as the media worker is told of it: opened, described for SDP, configured and closed. What it is told is the session's (RFC 3264). */
import type { Log } from "../base/log.ts";
import type { StreamSettings } from "../media/protocol.ts";
import type { LocalMedia } from "../sdp/media.ts";
import type { CallMedia } from "./call-parts.ts";
import { type PhoneMedia, tell } from "./ports.ts";

export class CallStream {
  readonly #id: number;
  readonly #media: PhoneMedia;
  readonly #log: Log;
  #number: number | undefined;
  #holdMusic = true;

  /** @param id of the call: its stream has the same */
  constructor(id: number, media: PhoneMedia, log: Log) {
    this.#id = id;
    this.#media = media;
    this.#log = log;
  }

  /** undefined while there is none. */
  get number(): number | undefined {
    return this.#number;
  }

  /** What to say of it in SDP. Rejects with a message that names what could not be had. */
  async open(media: CallMedia): Promise<LocalMedia> {
    const { address, portMin, portMax, local } = media;
    const port = await this.#media.openStream(this.#id, { address, portMin, portMax });
    this.#number = this.#id;
    this.#holdMusic = media.musicElsewhere !== true;
    return { ...local, port, ...(await this.#outside(media)) };
  }

  /** Where the stream is reached from outside, where that is not where it is. */
  async #outside({ nat }: CallMedia): Promise<Partial<LocalMedia>> {
    const choice = await nat?.();
    if (choice === undefined || this.#number === undefined) return {};
    const { rtp, rtcp, ice } = await this.#media.gather(this.#number, choice);
    return { ...rtp, rtcp, ice };
  }

  /**
   * Hears whoever answers an offer before the answer is here (RFC 3264 §5.1).
   * @returns false where that is not possible: by which key sound is encrypted, the answer says
   */
  listen({ codecs, ptimeMs, srtp }: LocalMedia): boolean {
    const [first] = codecs;
    if (first === undefined || srtp !== undefined || this.#number === undefined) return false;
    const receive = codecs.map(({ name, payloadType }) => ({ codec: name, payloadType }));
    this.configure({
      ...{ remote: { address: "", port: 0, rtcpPort: 0 }, direction: "recvonly", dtmf: undefined },
      ...{ codec: first.name, payloadType: first.payloadType, ptimeMs, receive },
    });
    return true;
  }

  configure(settings: StreamSettings): void {
    const all = this.#holdMusic ? settings : { ...settings, holdMusic: false };
    if (this.#number !== undefined) tell(this.#log, this.#media.configureStream(this.#number, all));
  }

  sendDtmf(digit: string, durationMs: number): void {
    if (this.#number !== undefined) tell(this.#log, this.#media.sendDtmf(this.#number, digit, durationMs));
  }

  close(): void {
    const stream = this.#number;
    this.#number = undefined;
    if (stream !== undefined) tell(this.#log, this.#media.closeStream(stream));
  }
}
