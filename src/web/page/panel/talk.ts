/** Talking through this computer: its microphone becomes the phone's, its loudspeaker plays what the phone plays. */
import type { Connection } from "./connection.ts";

export interface TalkState {
  readonly name: "off" | "starting" | "on" | "listening";
  /** Why nobody hears us, for people. */
  readonly why?: string;
  /** Peaks of the last tenth of a second, 0 to 1. */
  readonly spoken: number;
  readonly heard: number;
}

export const silent: TalkState = { name: "off", spoken: 0, heard: 0 };
const phoneHz = 16_000;

export class Talk {
  readonly #connection: Connection;
  readonly #onState: (state: TalkState) => void;
  #state = silent;
  #context: AudioContext | undefined;
  #node: AudioWorkletNode | undefined;
  #microphone: MediaStream | undefined;

  constructor(connection: Connection, onState: (state: TalkState) => void) {
    this.#connection = connection;
    this.#onState = onState;
  }

  /** To be called from a click: browsers give neither sound nor microphone otherwise. */
  async start(): Promise<void> {
    if (this.#state.name !== "off") return;
    this.#set({ ...silent, name: "starting" });
    try {
      const context = new AudioContext({ latencyHint: "interactive" });
      this.#context = context;
      await context.audioWorklet.addModule("talk-worklet.js");
      const node = new AudioWorkletNode(context, "talk", {
        numberOfInputs: 1,
        numberOfOutputs: 1,
        outputChannelCount: [1],
      });
      this.#node = node;
      node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#fromWorklet(data);
      node.connect(context.destination);
      await context.resume();
      this.#connection.want("listen", true);
      const why = await this.#openMicrophone(context, node);
      this.#set(why === undefined ? { ...silent, name: "on" } : { ...silent, name: "listening", why });
    } catch (error) {
      await this.stop();
      this.#set({ ...silent, why: `This browser cannot play the phone's sound: ${wordsOf(error)}` });
    }
  }

  async stop(): Promise<void> {
    this.#connection.want("listen", false);
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#microphone = undefined;
    this.#node?.disconnect();
    this.#node = undefined;
    const context = this.#context;
    this.#context = undefined;
    this.#set(silent);
    await context?.close();
  }

  /** The phone has a sound card of its own, or its media worker does not answer. */
  async refused(why: string): Promise<void> {
    await this.stop();
    this.#set({ ...silent, why: `This phone cannot be talked to from here: ${why}` });
  }

  heard(samples: Int16Array, rateHz: number): void {
    if (rateHz === phoneHz) this.#node?.port.postMessage(samples, [samples.buffer]);
  }

  /** Undefined when we are heard, else why not. */
  async #openMicrophone(context: AudioContext, node: AudioWorkletNode): Promise<string | undefined> {
    // Browsers hide the microphone from pages that came over plain HTTP from another machine.
    if (navigator.mediaDevices === undefined)
      return "Browsers lend the microphone only to pages from localhost or over HTTPS.";
    try {
      this.#microphone = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: false, autoGainControl: false },
      });
      context.createMediaStreamSource(this.#microphone).connect(node);
      return undefined;
    } catch (error) {
      return `You hear the phone, but it does not hear you: ${wordsOf(error)}`;
    }
  }

  #fromWorklet(message: FromWorklet): void {
    if ("said" in message) this.#connection.say(message.said, phoneHz);
    else if (this.#state.name === "on" || this.#state.name === "listening")
      this.#set({ ...this.#state, ...message.levels });
  }

  #set(state: TalkState): void {
    this.#state = state;
    this.#onState(state);
  }
}

type FromWorklet =
  | { readonly said: Int16Array }
  | { readonly levels: { readonly spoken: number; readonly heard: number } };

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
