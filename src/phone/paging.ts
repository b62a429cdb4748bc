/** Pages: speaking to a multicast group, and hearing those that this phone listens to, without signalling (feature rows CAL-81, CAL-82). */
import type { AudioPath } from "../../hal/audio.ts";
import type { Clock } from "../../hal/clock.ts";
import { reasonOf } from "../base/error.ts";
import type { Log } from "../base/log.ts";
import { codecs } from "../codec/index.ts";
import type { CodecName, PageChoice, StreamSettings } from "../media/protocol.ts";
import type { Transducer } from "./audio.ts";
import { groupsOf, isHeard, type PageGroup, type PageSituation, pageView } from "./paging-rules.ts";
import { type PhoneMedia, type Settings, tell } from "./ports.ts";
import type { CallView } from "./state.ts";

export interface PagingParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly media: PhoneMedia;
  readonly settings: Settings;
  /** Numeric local address of RTP, of the interface that pages go by. */
  readonly address: () => string;
  readonly call: () => PageSituation["call"];
  readonly dnd: () => boolean;
  /** Puts aside what is heard now; what it returns brings that back. */
  readonly putAside: () => () => void;
  readonly chosen: () => AudioPath;
  readonly choose: (path: AudioPath) => void;
  /** Where something new is heard. */
  readonly somewhere: () => Transducer;
  readonly account: () => number;
  /** Who pages, as those see it who page on channels. */
  readonly callerId: () => string;
  /** Loudness of this page alone, 1 to 15; undefined: as usual. */
  readonly loudness: (step: number | undefined) => void;
  readonly say: (text: string) => void;
  readonly changed: () => void;
}

/** Streams of calls have their calls' numbers; these are out of their way. */
const firstStream = 1_000_000;
/** A frame of group paging on a channel, ms. */
const channelPtimeMs = 30;
/** multicast.receive.enhance_volume makes pages that much louder, dB: two steps of the volume keys. */
const enhancedDb = 6;
/** A page is over when nothing came for this long, ms. */
const pageQuietMs = 1000;

interface Running {
  readonly id: number;
  readonly stream: number;
  readonly group: PageGroup;
  readonly way: "in" | "out";
  readonly sinceMs: number;
  /** As it was before. */
  readonly bringBack: () => void;
}

export class Paging {
  readonly #parts: PagingParts;
  #running: Running | undefined;
  /** Groups that are listened to, by their streams. */
  #listening = new Map<number, PageGroup>();
  /** Of those, the ones that somebody pages now; "dismissed": the person wants to hear no more of it. */
  readonly #paged = new Map<number, "heard" | "dismissed">();
  #told = "";
  /** What goes on beside is being put aside or brought back: each such change asks us to look. */
  #standing: "still" | "turning" = "still";
  /** Streams and views are never used twice. */
  #serial = 0;

  constructor(parts: PagingParts) {
    this.#parts = parts;
  }

  /** The stream that is heard or spoken into instead of calls. */
  get stream(): number | undefined {
    return this.#running?.stream;
  }

  get view(): CallView | undefined {
    return this.#running === undefined ? undefined : pageView(this.#running, this.#parts.account());
  }

  /** Those that a person can choose from. */
  get list(): readonly PageGroup[] {
    return groupsOf(this.#parts.settings, "paging_address").groups;
  }

  /** Listens to what is configured; again after the configuration or our address has changed. */
  listen(): void {
    const { settings, log, address } = this.#parts;
    const { groups, wrong } = groupsOf(settings, "listen_address");
    const told = JSON.stringify([address(), groups, wrong]);
    if (told === this.#told) return;
    this.#told = told;
    for (const why of wrong) log.warn({}, why);
    this.#deafen();
    for (const group of groups) void this.#join(group);
  }

  /** Nobody is heard any more. */
  close(): void {
    this.end();
    this.#deafen();
    this.#told = "";
  }

  /** Speaks to a group; a page that runs makes way. @param index of its row, from 1 */
  page(index: number): void {
    const { settings, say, log } = this.#parts;
    const { groups, wrong } = groupsOf(settings, "paging_address");
    const group = groups.find((one) => one.index === index);
    if (group === undefined) {
      const why = wrong.find((text) => text.startsWith(`multicast.paging_address.${index}.`));
      if (why !== undefined) log.warn({}, why);
      say("No such paging group");
      return;
    }
    if (this.#running === undefined && this.#parts.call() === "busy") {
      say("Not possible now");
      return;
    }
    const running = this.#begin(group, "out", firstStream + ++this.#serial, this.#parts.somewhere());
    log.info({ group: `${group.address}:${group.port}` }, `paging ${group.label}`);
    this.#open(running.stream, group, "send").catch((error: unknown) => {
      if (this.#running !== running) return;
      log.error({}, `paging ${group.label}: ${reasonOf(error)}`);
      say("Paging failed");
      this.end();
    });
  }

  /** The person is done with it. Returns false where none runs. */
  end(): boolean {
    const running = this.#stop();
    if (running === undefined) return false;
    if (this.#paged.has(running.stream)) this.#paged.set(running.stream, "dismissed");
    this.#turn(running.bringBack);
    this.#parts.changed();
    return true;
  }

  /** Calls have come or gone: a page that had to wait may be heard now, the highest rank first. */
  look(): void {
    if (this.#running !== undefined || this.#standing === "turning") return;
    const waiting = [...this.#listening].filter(([stream]) => this.#paged.get(stream) === "heard");
    const next = waiting.find(([, group]) => this.#hears(group));
    if (next !== undefined) this.#hear(...next);
  }

  /** Somebody began or ended to page a group. */
  receiving(stream: number, on: boolean): void {
    const group = this.#listening.get(stream);
    if (group === undefined) return;
    if (!on) {
      this.#paged.delete(stream);
      if (this.#running?.stream === stream) this.end();
      return;
    }
    this.#paged.set(stream, "heard");
    if (this.#hears(group)) this.#hear(stream, group);
  }

  #hears(group: PageGroup): boolean {
    const { settings, dnd } = this.#parts;
    const running = this.#running;
    const page = running?.way === "out" ? "ours" : running?.group.index;
    // A call under a page is put aside already, and was of lower rank.
    const call = running === undefined ? this.#parts.call() : "none";
    return isHeard(settings, group.index, { page, call, dnd: dnd() });
  }

  #hear(stream: number, group: PageGroup): void {
    const { settings, log, loudness, somewhere } = this.#parts;
    const path = settings.flag("multicast.receive.use_speaker") ? "speaker" : somewhere();
    const step = settings.number(`multicast.listen_address.${group.index}.volume`);
    this.#begin(group, "in", stream, path);
    if (step > 0) loudness(step);
    const enhanced = settings.flag("multicast.receive.enhance_volume");
    tell(this.#parts.log, this.#parts.media.setLevel(stream, enhanced ? enhancedDb : 0));
    log.info({ group: `${group.address}:${group.port}` }, `a page to ${group.label}`);
  }

  /** In place of the page that runs, if one does: what that put aside stays aside. */
  #begin(group: PageGroup, way: "in" | "out", stream: number, path: Transducer): Running {
    const bringBack = this.#stop()?.bringBack ?? this.#turn(() => this.#putAside());
    this.#parts.choose(path);
    const id = firstStream + ++this.#serial;
    const running = { id, stream, group, way, sinceMs: this.#parts.clock.now(), bringBack };
    this.#running = running;
    this.#parts.changed();
    return running;
  }

  #turn<T>(change: () => T): T {
    this.#standing = "turning";
    try {
      return change();
    } finally {
      this.#standing = "still";
    }
  }

  #stop(): Running | undefined {
    const running = this.#running;
    this.#running = undefined;
    if (running?.way === "out") tell(this.#parts.log, this.#parts.media.closeStream(running.stream));
    if (running !== undefined) this.#parts.loudness(undefined);
    return running;
  }

  #putAside(): () => void {
    const { chosen, choose, putAside } = this.#parts;
    const before = chosen();
    const back = putAside();
    return () => {
      choose(before);
      back();
    };
  }

  async #join(group: PageGroup): Promise<void> {
    const stream = firstStream + ++this.#serial;
    this.#listening.set(stream, group);
    try {
      await this.#open(stream, group, "listen");
    } catch (error) {
      if (this.#listening.delete(stream))
        this.#parts.log.error({}, `pages to ${group.label} cannot be heard: ${reasonOf(error)}`);
    }
  }

  #deafen(): void {
    if (this.#running?.way === "in") this.end();
    for (const stream of this.#listening.keys()) tell(this.#parts.log, this.#parts.media.closeStream(stream));
    this.#listening.clear();
    this.#paged.clear();
  }

  async #open(stream: number, { address, port, channel }: PageGroup, role: "send" | "listen"): Promise<void> {
    const { media, settings } = this.#parts;
    const group = { address, port };
    const onChannel = channel === 0 ? {} : { channel, callerId: this.#parts.callerId() };
    const page: PageChoice = { role, group, ...onChannel };
    await media.openStream(stream, { address: this.#parts.address(), portMin: 0, portMax: 0, page });
    const codec = role === "send" ? codecOf(settings, channel) : "g722";
    const remote = role === "send" ? { ...group, rtcpPort: 0 } : { address: "", port: 0, rtcpPort: 0 };
    const direction: StreamSettings["direction"] = role === "send" ? "sendonly" : "recvonly";
    await media.configureStream(stream, {
      ...{
        remote,
        direction,
        codec,
        payloadType: payloadTypes[codec],
        ptimeMs: channel === 0 ? 20 : channelPtimeMs,
        dtmf: undefined,
      },
      ...{ quietMs: pageQuietMs, receive: heardFormats },
    });
  }
}

type PageCodec = Extract<CodecName, "pcmu" | "pcma" | "g722" | "g729">;

/** RFC 3551 §6: what a listener knows without having been told. */
const payloadTypes: Readonly<Record<PageCodec, number>> = { pcmu: 0, pcma: 8, g722: 9, g729: 18 };

const heardFormats = (["pcmu", "pcma", "g722", "g729"] as const)
  .filter((codec) => codecs[codec].missing === undefined)
  .map((codec) => ({ codec, payloadType: payloadTypes[codec] }));

/** The configured one; G.722 where this phone has not got it. */
function codecOf(settings: Settings, channel: number): PageCodec {
  const name = settings.text("multicast.codec").toLowerCase();
  // Group paging on a channel knows no G.729.
  const known = name === "pcmu" || name === "pcma" || (name === "g729" && channel === 0) ? name : "g722";
  return codecs[known].missing === undefined ? known : "g722";
}
