/**
 * `/panel/live`, the WebSocket (RFC 6455) of the panel's page: pictures of the LCD, state and media figures as they
 * change, keys that go down and up, and sound both ways.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { reasonOf } from "../../base/error.ts";
import { heardFrame } from "./frames.ts";
import { refusal } from "./guard.ts";
import { mediaReport } from "./media-report.ts";
import type { PanelPort } from "./panel-port.ts";
import { panelState } from "./state.ts";
import { Viewer } from "./viewer.ts";

/** At most 30 pictures a second. */
const pictureEveryMs = 33;
const figuresEveryMs = 1000;
const mostViewers = 16;
const mostMessageBytes = 65_536;

export class Live {
  readonly #port: PanelPort;
  readonly #host: string;
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: mostMessageBytes });
  readonly #viewers = new Set<Viewer>();
  readonly #ends: (() => void)[] = [];
  #nextPictureMs = 0;
  #scheduled = false;
  #listening = false;
  #measuring = false;
  #closed = false;

  constructor(port: PanelPort, host: string) {
    this.#port = port;
    this.#host = host;
  }

  /** Takes the upgrades of `server` and the `onSeen` of the front. */
  open(server: Server): void {
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#port.person.onSeen = () => this.#somethingChanged();
    this.#ends.push(this.#port.phone.onChange(() => this.#somethingChanged()));
    this.#ends.push(this.#port.media.onHeard((samples, rateHz) => this.#heard(samples, rateHz)));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#ends) end();
    this.#port.person.onSeen = undefined;
    for (const viewer of this.#viewers) viewer.close();
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? "").split("?")[0];
    const why = path === "/panel/live" ? refusal(request.headers, this.#host) : "there is no such WebSocket";
    socket.on("error", () => socket.destroy());
    if (why !== undefined || this.#closed || this.#viewers.size >= mostViewers) {
      const status =
        why === undefined ? "503 Service Unavailable" : path === "/panel/live" ? "403 Forbidden" : "404 Not Found";
      const body = JSON.stringify({ error: why ?? "too many pages watch the panel" });
      const length = Buffer.byteLength(body);
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
      );
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const viewer = new Viewer(this.#port, webSocket, () => this.#wantsChanged());
      this.#viewers.add(viewer);
      webSocket.on("close", () => {
        viewer.gone();
        this.#viewers.delete(viewer);
        this.#wantsChanged();
      });
      viewer.show(panelState(this.#port));
    });
  }

  #somethingChanged(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    const { clock } = this.#port;
    clock.after(Math.max(0, this.#nextPictureMs - clock.now()), () => {
      this.#scheduled = false;
      if (this.#closed || this.#viewers.size === 0) return;
      this.#nextPictureMs = clock.now() + pictureEveryMs;
      const state = panelState(this.#port);
      let behind = false;
      for (const viewer of this.#viewers) if (!viewer.show(state)) behind = true;
      // A viewer whose connection is full gets the newest picture when it has read the older ones.
      if (behind) this.#somethingChanged();
    });
  }

  #heard(samples: Int16Array, rateHz: number): void {
    if (!this.#listening) return;
    const frame = heardFrame(samples, rateHz);
    for (const viewer of this.#viewers) if (viewer.wantsSound) viewer.sendSound(frame);
  }

  #wantsChanged(): void {
    const listening = [...this.#viewers].some((viewer) => viewer.wantsSound);
    if (listening !== this.#listening) {
      this.#listening = listening;
      this.#port.media.personListen(listening);
    }
    if (!this.#measuring && this.#measuringWanted()) {
      this.#measuring = true;
      void this.#measure();
    }
  }

  #measuringWanted(): boolean {
    return !this.#closed && [...this.#viewers].some((viewer) => viewer.wantsFigures);
  }

  async #measure(): Promise<void> {
    const { media, clock } = this.#port;
    let message: object;
    try {
      message = { type: "media", media: mediaReport(await media.statistics()) };
    } catch (error) {
      message = { type: "media", error: reasonOf(error) };
    }
    for (const viewer of this.#viewers) if (viewer.wantsFigures) viewer.send(message);
    clock.after(figuresEveryMs, () => {
      if (this.#measuringWanted()) void this.#measure();
      else this.#measuring = false;
    });
  }
}
