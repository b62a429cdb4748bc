/** Handset, headset and loudspeaker on one card with a mixer, or on several cards: one AudioDevice over them. The active card paces. */
import type { AudioDevice, AudioFigures, AudioPath, AudioTrouble, FrameListener, PathAcoustics } from "../audio.ts";
import { HalError } from "../error.ts";
import type { AlsaMixer } from "./alsa-mixer.ts";
import { FrameBridge } from "./frame-bridge.ts";

export interface AudioRoute {
  readonly device: AudioDevice;
  readonly paths: readonly AudioPath[];
  readonly mixer?: AlsaMixer;
  /** The phone is whole without this card, such as a USB headset. */
  readonly optional?: boolean;
}

export class RoutedAudio implements AudioDevice {
  readonly rateHz: number;
  readonly frameSamples: number;
  readonly paths: readonly AudioPath[];
  /** Paths of different cards: one card has one signal. */
  readonly together: readonly (readonly [AudioPath, AudioPath])[];
  /** Each path's as its own card says. */
  readonly acoustics: Readonly<Partial<Record<AudioPath, PathAcoustics>>>;
  readonly figures: AudioFigures = {
    playDelayMs: 0,
    captureDelayMs: 10,
    underruns: 0,
    overruns: 0,
    frames: 0,
    worstLatenessMs: 0,
  };
  onFrame: FrameListener | undefined;
  onTrouble: ((trouble: AudioTrouble) => void) | undefined;
  readonly #routes: readonly [AudioRoute, ...AudioRoute[]];
  /** What could not be opened, with the name under which that was told. */
  readonly #absent = new Map<AudioRoute, string>();
  #active: AudioRoute;
  #path: AudioPath = "none";
  #second: AudioPath = "none";
  /** The card that plays the second path, while it does. */
  #beside: AudioRoute | undefined;
  readonly #toBeside: Int16Array;
  readonly #bridge: FrameBridge;

  /** The first route takes paths that no route names. All devices must have the same rate. */
  constructor(routes: readonly [AudioRoute, ...AudioRoute[]]) {
    this.#routes = routes;
    this.#active = routes[0];
    this.rateHz = routes[0].device.rateHz;
    this.frameSamples = routes[0].device.frameSamples;
    this.paths = [...new Set(routes.flatMap((route) => route.paths))];
    this.together = this.paths.flatMap((path) =>
      this.paths
        .filter((second) => this.#routeOf(path).device !== this.#routeOf(second).device)
        .map((second) => [path, second] as const),
    );
    this.#toBeside = new Int16Array(this.frameSamples);
    this.#bridge = new FrameBridge(this.frameSamples);
    const acoustics: Partial<Record<AudioPath, PathAcoustics>> = {};
    for (const path of this.paths) {
      const own = this.#routeOf(path).device.acoustics?.[path];
      if (own !== undefined) acoustics[path] = own;
    }
    this.acoustics = acoustics;
    for (const route of routes) this.#connect(route);
  }

  /** Opens as soon as one card does; a card that fails is told, unless it is optional. */
  async open(): Promise<void> {
    const failures: { route: AudioRoute; error: HalError }[] = [];
    for (const route of this.#routes) {
      try {
        await route.device.open();
        route.mixer?.open();
      } catch (error) {
        if (!(error instanceof HalError)) throw error;
        failures.push({ route, error });
      }
    }
    const first = failures[0];
    if (first !== undefined && failures.length === this.#routes.length) throw first.error;
    for (const { route, error } of failures) {
      this.#absent.set(route, error.device);
      if (route.optional !== true) this.onTrouble?.({ type: "lost", device: error.device, why: error.message });
    }
    this.setPath(this.#path);
  }

  setPath(path: AudioPath): void {
    this.#path = path;
    if (path !== "none") this.#active = this.#routeOf(path);
    const beside = this.#chooseBeside();
    // Off before on: two cards must not hear each other.
    for (const { device } of this.#routes)
      if (device !== this.#active.device && device !== beside?.device) device.setPath("none");
    this.#active.mixer?.setPath(path);
    this.#active.device.setPath(path);
    if (path !== "none" && this.#absent.has(this.#active)) void this.#openLate(this.#active, path);
    this.setSecond(this.#second);
  }

  setSecond(second: AudioPath): void {
    this.#second = second;
    const before = this.#beside;
    const beside = this.#chooseBeside();
    if (before !== undefined && before !== beside && before.device !== this.#active.device)
      before.device.setPath("none");
    if (beside === undefined) return;
    beside.mixer?.setPath(second);
    beside.device.setPath(second);
    if (this.#absent.has(beside)) void this.#openLate(beside, second);
  }

  #chooseBeside(): AudioRoute | undefined {
    const before = this.#beside;
    const possible = this.together.some(([path, second]) => path === this.#path && second === this.#second);
    this.#beside = possible ? this.#routeOf(this.#second) : undefined;
    if (this.#beside !== before) this.#bridge.clear();
    return this.#beside;
  }

  setMute(muted: boolean): void {
    for (const { mixer } of this.#routes) mixer?.setMute(muted);
  }

  async close(): Promise<void> {
    for (const route of this.#routes) {
      await route.device.close();
      await route.mixer?.close();
    }
  }

  #routeOf(path: AudioPath): AudioRoute {
    return this.#routes.find((route) => route.paths.includes(path)) ?? this.#routes[0];
  }

  /** A card that was absent at the start is looked for when somebody wants to use it. */
  async #openLate(route: AudioRoute, path: AudioPath): Promise<void> {
    const told = this.#absent.get(route) ?? "";
    this.#absent.delete(route);
    try {
      await route.device.open();
      route.mixer?.open();
      route.mixer?.setPath(path);
      this.onTrouble?.({ type: "back", device: told });
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      this.#absent.set(route, error.device);
      this.onTrouble?.({ type: "lost", device: error.device, why: error.message });
    }
  }

  #connect(route: AudioRoute): void {
    const { device, mixer } = route;
    device.onTrouble = (trouble) => this.onTrouble?.(trouble);
    if (mixer !== undefined)
      mixer.onTrouble = (error) => this.onTrouble?.({ type: "lost", device: error.device, why: error.message });
    device.onFrame = (captured, toPlay) => {
      if (this.#active !== route) {
        if (this.#beside === route) this.#bridge.pull(toPlay);
        // A card that winds down after its path was closed is not what paces.
        return;
      }
      const { figures } = this;
      figures.frames++;
      figures.playDelayMs = device.figures.playDelayMs;
      figures.captureDelayMs = device.figures.captureDelayMs;
      figures.underruns = this.#sum("underruns");
      figures.overruns = this.#sum("overruns");
      figures.worstLatenessMs = Math.max(figures.worstLatenessMs, device.figures.worstLatenessMs);
      const beside = this.#beside === undefined ? undefined : this.#toBeside;
      this.onFrame?.(captured, toPlay, beside);
      if (beside !== undefined) this.#bridge.push(beside);
    };
  }

  #sum(which: "underruns" | "overruns"): number {
    let sum = 0;
    for (const { device } of this.#routes) sum += device.figures[which];
    return sum;
  }
}
