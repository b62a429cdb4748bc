/** The page's line to the phone: the WebSocket, found again when the phone was restarted, and the few HTTP calls. */
import { readFrame, saidFrame } from "./frames.ts";
import type { MediaFigures, PanelState } from "./types.ts";

export interface Told {
  onState(state: PanelState): void;
  onPicture(frame: Extract<ReturnType<typeof readFrame>, { kind: "picture" }>): void;
  onHeard(samples: Int16Array, rateHz: number): void;
  onFigures(figures: MediaFigures | undefined, trouble: string | undefined): void;
  /** The phone neither takes our sound nor gives its own. */
  onUnheard(why: string): void;
  onLine(up: boolean): void;
  onTrouble(words: string): void;
}

const againMs = 1000;

export class Connection {
  readonly #told: Told;
  #socket: WebSocket | undefined;
  /** What we asked for, to be asked again of a phone that was restarted. */
  readonly #wants = { listen: false, media: false };
  /** Keys that were pressed while the line was being made. */
  #unsent: object[] = [];

  constructor(told: Told) {
    this.#told = told;
  }

  open(): void {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/panel/live`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#told.onLine(true);
      for (const type of ["listen", "media"] as const) if (this.#wants[type]) this.#send({ type, on: true });
      for (const message of this.#unsent.splice(0)) this.#send(message);
    };
    socket.onmessage = ({ data }) => (data instanceof ArrayBuffer ? this.#binary(data) : this.#text(String(data)));
    socket.onclose = () => {
      this.#told.onLine(false);
      this.#unsent = [];
      setTimeout(() => this.open(), againMs);
    };
  }

  key(key: string, down: boolean): void {
    const message = { type: "key", key, down };
    if (this.#socket?.readyState === WebSocket.CONNECTING) this.#unsent.push(message);
    else this.#send(message);
  }

  want(type: "listen" | "media", on: boolean): void {
    this.#wants[type] = on;
    this.#send({ type, on });
  }

  say(samples: Int16Array, rateHz: number): void {
    // Speech that cannot leave at once is of no use later.
    if (this.#socket?.readyState === WebSocket.OPEN && this.#socket.bufferedAmount < 32_000)
      this.#socket.send(saidFrame(samples, rateHz));
  }

  hook(off: boolean): void {
    void this.#post("/panel/hook", { off });
  }

  plug(jack: "headset" | "ethernet", plugged: boolean): void {
    void this.#post("/panel/plug", { [jack]: plugged });
  }

  async #post(path: string, body: object): Promise<void> {
    try {
      const answer = await fetch(path, { method: "POST", body: JSON.stringify(body) });
      if (!answer.ok) this.#told.onTrouble(((await answer.json()) as { error: string }).error);
    } catch {
      this.#told.onTrouble("The phone cannot be reached.");
    }
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #binary(data: ArrayBuffer): void {
    const frame = readFrame(data);
    if (frame?.kind === "picture") this.#told.onPicture(frame);
    else if (frame !== undefined) this.#told.onHeard(frame.samples, frame.rateHz);
  }

  #text(text: string): void {
    const message = JSON.parse(text) as
      | { type: "state"; state: PanelState }
      | { type: "media"; media?: MediaFigures; error?: string }
      | { type: "unheard"; why: string }
      | { type: "error"; error: string };
    if (message.type === "state") this.#told.onState(message.state);
    else if (message.type === "media") this.#told.onFigures(message.media, message.error);
    else if (message.type === "unheard") this.#told.onUnheard(message.why);
    else this.#told.onTrouble(message.error);
  }
}
