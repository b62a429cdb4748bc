/** A media worker's client that records what it is asked for and gives out ports; it has no sound. */
import type { AudioPath } from "../../hal/audio.ts";
import type {
  GatheredNat,
  NatChoice,
  PageChoice,
  StreamSettings,
  Tone,
  ToneTarget,
  VolumeTarget,
} from "../../src/media/protocol.ts";
import type { PhoneMedia } from "../../src/phone/ports.ts";

export type Played = { readonly target: ToneTarget; readonly tone: Tone | undefined };

export class FakePhoneMedia implements PhoneMedia {
  /** As it stands after all requests. */
  path: AudioPath = "none";
  mute = false;
  focus: readonly number[] = [];
  /** What plays beside the path, and whether the card can play two at all. */
  second: AudioPath = "none";
  together = true;
  readonly volumes = new Map<VolumeTarget, number>();
  readonly tones = new Map<ToneTarget, Tone>();
  readonly streams = new Map<number, { readonly port: number; settings: StreamSettings | undefined }>();
  readonly pages = new Map<number, PageChoice & { settings: StreamSettings | undefined }>();
  readonly levels = new Map<number, number>();
  recording = false;
  /** In order. */
  readonly paths: AudioPath[] = [];
  readonly played: Played[] = [];
  readonly digits: string[] = [];
  readonly ranges: { portMin: number; portMax: number }[] = [];
  /** Set: the next streams cannot be opened, for this reason. */
  noPort: string | undefined;

  async openStream(
    stream: number,
    choice: { address: string; portMin: number; portMax: number; page?: PageChoice },
  ): Promise<number> {
    if (this.noPort !== undefined) throw new Error(this.noPort);
    if (this.streams.has(stream) || this.pages.has(stream)) throw new Error(`stream ${stream} is open already`);
    if (choice.page !== undefined) {
      this.pages.set(stream, { ...choice.page, settings: undefined });
      return 0;
    }
    this.ranges.push({ portMin: choice.portMin, portMax: choice.portMax });
    const used = new Set([...this.streams.values()].map((s) => s.port));
    let port = choice.portMin;
    while (used.has(port)) port += 2;
    this.streams.set(stream, { port, settings: undefined });
    return port;
  }

  /** A NAT that passes our ports as they are. */
  async gather(stream: number, { publicAddress }: NatChoice): Promise<GatheredNat> {
    const port = this.streams.get(stream)?.port ?? 0;
    const address = publicAddress ?? "203.0.113.1";
    return { rtp: { address, port }, rtcp: { address, port: port + 1 }, ice: undefined, problems: [] };
  }

  async configureStream(stream: number, settings: StreamSettings): Promise<void> {
    const open = this.streams.get(stream) ?? this.pages.get(stream);
    if (open === undefined) throw new Error(`stream ${stream} is not open`);
    open.settings = settings;
  }

  async closeStream(stream: number): Promise<void> {
    if (!this.streams.delete(stream) && !this.pages.delete(stream)) throw new Error(`stream ${stream} is not open`);
  }

  async setFocus(streams: readonly number[]): Promise<void> {
    this.focus = streams;
  }

  async setPath(path: AudioPath): Promise<void> {
    this.path = path;
    this.paths.push(path);
  }

  async setSecond(path: AudioPath): Promise<void> {
    this.second = path;
  }

  canPlayBeside(path: AudioPath, second: AudioPath): boolean {
    return this.together && path !== "none" && second !== "none" && path !== second;
  }

  async setMute(on: boolean): Promise<void> {
    this.mute = on;
  }

  async setVolume(target: VolumeTarget, step: number): Promise<void> {
    this.volumes.set(target, step);
  }

  async playTone(target: ToneTarget, tone: Tone | undefined): Promise<void> {
    this.played.push({ target, tone });
    if (tone === undefined) this.tones.delete(target);
    else this.tones.set(target, tone);
  }

  async setLevel(stream: number, db: number): Promise<void> {
    this.levels.set(stream, db);
  }

  async record(on: boolean): Promise<void> {
    this.recording = on;
  }

  async sendDtmf(stream: number, digit: string, durationMs: number): Promise<void> {
    if (!this.streams.has(stream)) throw new Error(`stream ${stream} is not open`);
    this.digits.push(`${stream}:${digit}:${durationMs}`);
  }
}
