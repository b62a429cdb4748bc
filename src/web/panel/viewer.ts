/** One page that watches the panel: what it has been shown, which keys it holds down, what it wants. */
import type { RawData, WebSocket } from "ws";
import type { Key } from "../../../hal/keypad.ts";
import { reasonOf } from "../../base/error.ts";
import { PictureStream, readSaid } from "./frames.ts";
import { keyOf } from "./keys.ts";
import { PanelError } from "./panel-error.ts";
import type { PanelPort } from "./panel-port.ts";
import { checked, liveRequest } from "./requests.ts";
import type { PanelState } from "./state.ts";
import { TalkLine } from "./talk-line.ts";

/** More than this unsent means that the page does not keep up. */
const mostUnsentBytes = 600_000;

export class Viewer {
  readonly #port: PanelPort;
  readonly #socket: WebSocket;
  readonly #onWants: () => void;
  readonly #pictures: PictureStream;
  readonly #talk: TalkLine;
  readonly #down = new Set<Key>();
  #stateShown = "";
  #wantsSound = false;
  #wantsFigures = false;
  /** How often sound was asked for or refused: an answer to an older question counts no more. */
  #asked = 0;

  constructor(port: PanelPort, socket: WebSocket, onWants: () => void) {
    this.#port = port;
    this.#socket = socket;
    this.#onWants = onWants;
    this.#pictures = new PictureStream(port.model.lcd);
    this.#talk = new TalkLine(port.media, port.clock);
    socket.on("message", (data, binary) => this.#message(data, binary));
    socket.on("error", (error) => port.log.debug({ error: error.message }, "a page's connection failed"));
  }

  get wantsSound(): boolean {
    return this.#wantsSound;
  }

  get wantsFigures(): boolean {
    return this.#wantsFigures;
  }

  /** False when the page does not keep up and has to be shown again. */
  show(state: PanelState): boolean {
    if (this.#socket.bufferedAmount > mostUnsentBytes) return false;
    const text = JSON.stringify({ type: "state", state });
    if (text !== this.#stateShown) {
      this.#stateShown = text;
      this.#socket.send(text);
    }
    const frame = this.#pictures.next(this.#port.person.picture);
    if (frame !== undefined) this.#socket.send(frame);
    return true;
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sound that cannot be sent at once is of no use later. */
  sendSound(frame: Uint8Array): void {
    if (this.#socket.bufferedAmount < mostUnsentBytes) this.#socket.send(frame);
  }

  close(): void {
    this.gone();
    this.#socket.close(1001, "the phone is switched off");
    this.#socket.terminate();
  }

  /** The page is no more: nobody holds its keys down. */
  gone(): void {
    for (const key of this.#down) this.#port.person.release(key);
    this.#down.clear();
    this.#asked += 1;
    this.#wantsSound = false;
    this.#wantsFigures = false;
  }

  #message(data: RawData, binary: boolean): void {
    const bytes = Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
    if (binary) {
      const said = readSaid(bytes);
      if (said !== undefined && this.#wantsSound) this.#talk.say(said.samples, said.rateHz);
      return;
    }
    try {
      this.#request(bytes.toString("utf8"));
    } catch (error) {
      if (!(error instanceof PanelError)) throw error;
      this.send({ type: "error", error: error.message });
    }
  }

  #request(text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new PanelError("bad-request", "the message is no JSON");
    }
    const request = checked(liveRequest, value);
    switch (request.type) {
      case "key":
        this.#key(keyOf(this.#port.model, request.key), request.down);
        return;
      case "listen":
        if (request.on) void this.#listen();
        else this.#stopListening();
        return;
      case "media":
        this.#wantsFigures = request.on;
        this.#onWants();
        return;
      default:
        request satisfies never;
    }
  }

  /** A board with a real sound card lends it to nobody, and the media worker may be gone: asked once, not per frame. */
  async #listen(): Promise<void> {
    this.#asked += 1;
    const asked = this.#asked;
    try {
      await this.#port.media.personHeard(0.1);
    } catch (error) {
      this.send({ type: "unheard", why: reasonOf(error) });
      return;
    }
    if (asked !== this.#asked) return;
    this.#wantsSound = true;
    this.#onWants();
  }

  #stopListening(): void {
    this.#asked += 1;
    this.#wantsSound = false;
    this.#onWants();
  }

  #key(key: Key, down: boolean): void {
    if (this.#down.has(key) === down) return;
    if (down) {
      this.#down.add(key);
      this.#port.person.press(key);
    } else {
      this.#down.delete(key);
      this.#port.person.release(key);
    }
  }
}
