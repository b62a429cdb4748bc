/** What the main side has told the media worker so far: enough to tell it all to a new one. Pure data, no requests of its own. */
import type { GatheredNat, MediaRequest } from "./protocol.ts";

type Of<T extends MediaRequest["type"]> = Extract<MediaRequest, { type: T }>;

interface OpenStream {
  open: Of<"open-stream">;
  gather: Of<"gather"> | undefined;
  configure: Of<"configure-stream"> | undefined;
  /** How often the far end's sequence numbers have wrapped. */
  rollover?: { readonly ssrc: number; readonly rollovers: number };
}

export class MediaMemory {
  #streams = new Map<number, OpenStream>();
  /** The last of each kind; tones and volumes by their target. */
  #last = new Map<string, MediaRequest>();

  /** A request that is about to be sent. */
  note(request: MediaRequest): void {
    switch (request.type) {
      case "configure-stream": {
        const stream = this.#streams.get(request.stream);
        if (stream !== undefined) stream.configure = request;
        return;
      }
      case "close-stream":
        this.#streams.delete(request.stream);
        this.#last.delete(`level ${request.stream}`);
        return;
      case "level":
        this.#last.set(`level ${request.stream}`, request);
        return;
      case "tone":
        // One that ends by itself is over by the time a new worker runs.
        if (request.tone !== undefined && request.tone.repeat === 0) this.#last.set(`tone ${request.target}`, request);
        else this.#last.delete(`tone ${request.target}`);
        return;
      case "volume":
        this.#last.set(`volume ${request.target}`, request);
        return;
      case "focus":
      case "path":
      case "second":
      case "mute":
      case "record":
      case "hold-music":
      case "announcement":
      case "tune":
      case "person-listen":
        this.#last.set(request.type, request);
        return;
      case "open-stream":
      case "gather":
      case "dtmf":
      case "statistics":
      case "flight":
      case "person-say":
      case "person-heard":
      case "close":
        return;
      default:
        request satisfies never;
    }
  }

  /** A stream was opened and got that port: it is to get it again. */
  opened(request: Of<"open-stream">, port: number): void {
    this.#streams.set(request.stream, { open: { ...request, port }, gather: undefined, configure: undefined });
  }

  /** It was told to the far end with these credentials: a new worker is to use them too. */
  gathered(request: Of<"gather">, nat: GatheredNat): void {
    const stream = this.#streams.get(request.stream);
    if (stream === undefined) return;
    stream.gather = { ...request, nat: { ...request.nat, credentials: nat.ice?.credentials } };
  }

  /** A new worker could not know, and would take no packet of the far end's for authentic (RFC 3711 §3.3.1). */
  rolledOver(id: number, rollover: { readonly ssrc: number; readonly rollovers: number }): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) stream.rollover = rollover;
  }

  forget(stream: number): void {
    this.#streams.delete(stream);
  }

  /** Settings that were refused are not to be tried again. */
  refused(request: MediaRequest): void {
    if (request.type !== "configure-stream") return;
    const stream = this.#streams.get(request.stream);
    if (stream?.configure === request) stream.configure = undefined;
  }

  /** Before any stream: how they are to be. */
  get before(): readonly MediaRequest[] {
    const tune = this.#last.get("tune");
    return tune === undefined ? [] : [tune];
  }

  get streams(): readonly Readonly<OpenStream>[] {
    return [...this.#streams.values()].map((stream) => ({ ...stream, configure: resumed(stream) }));
  }

  /** After the streams. */
  get after(): readonly MediaRequest[] {
    return [...this.#last].filter(([key]) => key !== "tune").map(([, request]) => request);
  }
}

/** The settings, with what the worker before had counted. */
function resumed({ configure, rollover }: OpenStream): OpenStream["configure"] {
  const security = configure?.settings.security;
  if (configure === undefined || security === undefined || rollover === undefined) return configure;
  const { ssrc, rollovers } = rollover;
  return { ...configure, settings: { ...configure.settings, security: { ...security, resume: { ssrc, rollovers } } } };
}
