/** A phone that is only a front: it notes what is done to it and shows what it is told. For tests of the panel. */
import type { Model } from "../../../board/model.ts";
import { systemClock } from "../../../hal/driver/os/clock.ts";
import type { Jack } from "../../../hal/jack.ts";
import { isDigit, type Key } from "../../../hal/keypad.ts";
import type { LampId, LampState } from "../../../hal/lamp.ts";
import type { PersonAtFront } from "../../../hal/person.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { MediaStatistics } from "../../../src/media/protocol.ts";
import type { PhoneView } from "../../../src/phone/state.ts";
import { encodePng } from "../../../src/ui/png.ts";
import type { PanelPort, ScreenSeen } from "../../../src/web/panel/panel-port.ts";

const off: LampState = { color: "off", pattern: "off" };

export class FakeFront implements PersonAtFront {
  readonly done: string[] = [];
  readonly lamps = new Map<LampId, LampState>();
  readonly #jacks = new Set<Jack>(["ethernet"]);
  readonly #model: Model;
  readonly picture: Uint8Array | Uint16Array;
  handsetLifted = false;
  backlight = 8;
  digits = "";
  onSeen: (() => void) | undefined;

  constructor(model: Model) {
    this.#model = model;
    const { width, height, format } = model.lcd;
    this.picture = format === "mono" ? new Uint8Array(((width + 7) >> 3) * height) : new Uint16Array(width * height);
    this.draw();
  }

  press(key: Key): void {
    this.done.push(`+${key}`);
    if (isDigit(key)) this.digits += key;
    if (key === "cancel") this.digits = "";
    this.draw();
  }

  release(key: Key): void {
    this.done.push(`-${key}`);
  }

  liftHandset(lifted: boolean): void {
    this.handsetLifted = lifted;
    this.done.push(lifted ? "lifted" : "replaced");
    this.onSeen?.();
  }

  plug(jack: Jack, plugged: boolean): void {
    this.done.push(`${jack} ${plugged}`);
    if (plugged) this.#jacks.add(jack);
    else this.#jacks.delete(jack);
    this.onSeen?.();
  }

  plugged(jack: Jack): boolean {
    return this.#jacks.has(jack);
  }

  lamp(lamp: LampId): LampState {
    return this.lamps.get(lamp) ?? off;
  }

  light(lamp: LampId, state: LampState): void {
    this.lamps.set(lamp, state);
    this.onSeen?.();
  }

  /** A bar for each digit, of its height, so that a digit can be told from the pixels. */
  draw(): void {
    const { width, height, format } = this.#model.lcd;
    const bar = Math.floor(width / 16);
    const stride = (width + 7) >> 3;
    this.picture.fill(format === "mono" ? 0 : 0x19ec);
    [...this.digits].forEach((digit, at) => {
      const tall = Math.floor((height * ("1234567890*#".indexOf(digit) + 2)) / 16);
      for (let y = height - tall; y < height; y++)
        for (let x = (at + 1) * bar; x < (at + 2) * bar - 2 && x < width; x++)
          if (format === "mono")
            this.picture[y * stride + (x >> 3)] = (this.picture[y * stride + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
          else this.picture[y * width + x] = 0xffe0;
    });
    this.onSeen?.();
  }
}

export class FakeMedia {
  readonly said: { samples: Int16Array; rateHz: number }[] = [];
  listening = false;
  dead = false;
  onHeardFrame: ((samples: Int16Array, rateHz: number) => void) | undefined;

  personSay(samples: Int16Array, rateHz: number): void {
    this.said.push({ samples, rateHz });
  }

  async personHeard(seconds: number): Promise<{ samples: Int16Array; rateHz: number }> {
    if (this.dead) throw new Error("no reply within 1000 ms");
    return { samples: new Int16Array(Math.round(seconds * 16_000)).fill(1000), rateHz: 16_000 };
  }

  personListen(on: boolean): void {
    this.listening = on;
  }

  onHeard(listener: (samples: Int16Array, rateHz: number) => void): () => void {
    this.onHeardFrame = listener;
    return () => {
      this.onHeardFrame = undefined;
    };
  }

  async statistics(): Promise<MediaStatistics> {
    if (this.dead) throw new Error("no reply within 1000 ms");
    return fakeStatistics;
  }
}

const fakeStatistics: MediaStatistics = {
  streams: [
    {
      stream: 1,
      codec: "g722",
      remote: "127.0.24.9:12000",
      direction: "sendrecv",
      packetsSent: 3011,
      packetsReceived: 2987,
      bytesSent: 481_760,
      bytesReceived: 477_920,
      lost: 24,
      lossPercent: 0.8,
      jitterMs: 3.2,
      bufferDelayMs: 41.5,
      bufferTargetMs: 40,
      late: 2,
      duplicates: 0,
      rejected: 0,
      concealedFrames: 48,
      roundTripMs: 12.4,
      remoteLossPercent: 0,
      remoteJitterMs: 1.1,
      mos: 4.21,
      levelInDbov: -24.3,
      levelOutDbov: -31,
    },
  ],
  device: {
    path: "handset",
    playDelayMs: 10,
    captureDelayMs: 10,
    underruns: 0,
    overruns: 0,
    frames: 6000,
    worstLatenessMs: 1.2,
  },
  loopDelayMs: { median: 0.4, worst: 2.1 },
};

export interface FakePhone {
  readonly port: PanelPort;
  readonly front: FakeFront;
  readonly media: FakeMedia;
  readonly dialled: string[];
  readonly labels: Map<LampId, string>;
}

export function fakePhone(model: Model): FakePhone {
  const front = new FakeFront(model);
  const media = new FakeMedia();
  const dialled: string[] = [];
  const labels = new Map<LampId, string>([["line1", "Anna 101"]]);
  const account = { id: 1, label: "101", displayName: "Anna", userName: "101", state: { name: "registered" } } as const;
  const view = (): PhoneView => ({
    accounts: [account],
    defaultAccount: 1,
    calls: [],
    dial: undefined,
    handsetLifted: front.handsetLifted,
    headsetPlugged: front.plugged("headset"),
    networkUp: front.plugged("ethernet"),
    path: front.handsetLifted ? "handset" : "none",
    mute: false,
    volume: 8,
    volumeShownUntilMs: 0,
    volumeOf: "ringer",
    missedCalls: 0,
    dnd: false,
    notices: [],
  });
  const screen = (): ScreenSeen => ({
    id: front.digits === "" ? "idle" : "dialling",
    title: "Anna 101",
    lines: front.digits === "" ? [] : [front.digits],
    softkeys: ["History", "Directory", "DND", "Menu"],
    icons: [],
  });
  const port: PanelPort = {
    model,
    clock: systemClock,
    log: silentLog,
    person: front,
    media,
    ui: { screen, label: (key) => labels.get(key) ?? "", png: () => encodePng(model.lcd, front.picture) },
    phone: {
      get view() {
        return view();
      },
      onChange: () => () => undefined,
      dial: (to, account) => dialled.push(account === undefined ? to : `${to} by ${account}`),
    },
  };
  return { port, front, media, dialled, labels };
}
