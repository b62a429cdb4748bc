/** The LCD, the keys and the lamps joined to the phone: keys in, screens out; decides nothing about calls. */
import type { Panel } from "../../board/board.ts";
import type { Model } from "../../board/model.ts";
import type { Clock, Timer } from "../../hal/clock.ts";
import type { Key } from "../../hal/keypad.ts";
import type { LampId, LampState } from "../../hal/lamp.ts";
import { reasonOf } from "../base/error.ts";
import { Event } from "../base/event.ts";
import type { Log } from "../base/log.ts";
import type { PhoneControl, PhoneView } from "../phone/state.ts";
import type { Fonts } from "./fonts.ts";
import { KeyTimer } from "./key-timer.ts";
import { actionOf, repeats, type SoftKeyFacts, type SoftKeys, softKeysOf } from "./keys.ts";
import { layoutFor } from "./layout/choose.ts";
import type { Layout } from "./layout/layout.ts";
import { Light } from "./light.ts";
import { dark, lampsOf } from "./line-keys.ts";
import { Navigator } from "./navigator.ts";
import type { ScreenModel } from "./screen.ts";
import { buildScreen } from "./screens/build.ts";
import { rollWait } from "./screens/calls.ts";
import { entryRows } from "./screens/history.ts";
import { menuRows } from "./screens/menu.ts";
import type { ScreenSources } from "./screens/sources.ts";
import { statusRows } from "./screens/status.ts";
import { defaultUiSettings, type MenuItem, type StatusFacts, type UiSettings } from "./settings.ts";
import { contextOf, entriesOf, participantsOf, type UiState } from "./state.ts";
import { type Surface, surfaceFor } from "./surface.ts";
import { Windows } from "./windows.ts";

export interface UserInterfaceParts {
  readonly phone: PhoneControl;
  readonly panel: Pick<Panel, "keypad" | "display" | "lamps" | "backlight">;
  readonly model: Model;
  readonly clock: Clock;
  readonly log: Log;
  readonly fonts: Fonts;
  readonly facts: () => StatusFacts;
  /** Read anew at each use, so that changes of the configuration show at once; default `defaultUiSettings`. */
  readonly settings?: () => UiSettings;
  /** Further lines of the menus Features and Settings. */
  readonly items?: readonly MenuItem[];
}

/** A key with a label, as a person sees it. */
export interface KeyView {
  /** "line1". */
  readonly id: string;
  readonly label: string;
  readonly lamp: LampState;
}

export class UserInterface {
  readonly #parts: UserInterfaceParts;
  readonly #settings: () => UiSettings;
  readonly #items: readonly MenuItem[];
  readonly #surface: Surface;
  readonly #layout: Layout;
  readonly #navigator: Navigator;
  readonly #keys: KeyTimer;
  readonly #light: Light;
  readonly #changed: Event<void>;
  #lamps: ReadonlyMap<LampId, LampState> = new Map();
  #screen: ScreenModel;
  #seenCalls: readonly number[] = [];
  #seenDial = false;
  #seenLifted = false;
  readonly #windows: Windows;
  #dirty = false;
  #redraw: Timer | undefined;
  #tick: Timer | undefined;
  #detach: (() => void) | undefined;

  constructor(parts: UserInterfaceParts) {
    this.#parts = parts;
    const { phone, panel, model, clock, log } = parts;
    this.#settings = parts.settings ?? (() => defaultUiSettings);
    this.#items = [...ownItems(phone), ...(parts.items ?? [])];
    this.#surface = surfaceFor(panel.display);
    this.#layout = layoutFor(this.#surface, parts.fonts);
    this.#navigator = new Navigator({
      phone,
      clock,
      model,
      items: () => this.#items,
      mailboxes: () => this.#settings().mailboxes,
      rows: this.#layout.rows,
      scrollRows: (state) => {
        if (state.name === "status") return statusRows({ facts: parts.facts(), model, view: phone.view }).length;
        return state.name === "entry" ? entryRows(this.#sources(), state).length : 0;
      },
    });
    this.#windows = new Windows(this.#navigator, this.#settings);
    this.#light = new Light(clock, panel.backlight, this.#settings);
    this.#keys = new KeyTimer(
      clock,
      (key) => repeats(this.#actionOf(key)),
      (key, event) => {
        if (event === "release") this.#navigator.released(key);
        else if (event === "long") this.#navigator.long(key);
        else this.#pressed(key, event === "repeat");
        this.#invalidate();
      },
    );
    this.#changed = new Event((error) => log.error({ why: reasonOf(error) }, "a listener of the LCD failed"));
    this.#screen = buildScreen(this.#sources());
  }

  /** Takes the keys and draws the first picture. */
  open(): void {
    if (this.#detach !== undefined) return;
    const { phone, panel } = this.#parts;
    panel.keypad.onKey = (key, down) => {
      if (down) this.#light.wake();
      this.#keys.key(key, down);
    };
    const stop = phone.onChange(() => this.#phoneChanged());
    this.#detach = () => {
      panel.keypad.onKey = undefined;
      stop();
    };
    this.#light.wake();
    this.#windows.open(phone.view);
    this.#phoneChanged();
    this.#refresh(true);
  }

  /** Takes no more keys; the last picture stays. */
  close(): void {
    this.#keys.close();
    this.#detach?.();
    this.#detach = undefined;
    this.#redraw?.cancel();
    this.#tick?.cancel();
    this.#light.close();
  }

  /** What is on the LCD now, drawn or about to be. */
  get screen(): ScreenModel {
    this.#flush();
    return this.#screen;
  }

  /** The LCD's pixels, as `Display.show` takes them; reused on the next picture. */
  get pixels(): Uint8Array | Uint16Array {
    this.#flush();
    return this.#surface.pixels;
  }

  /** The line keys on the case with the labels beside them. */
  get keys(): readonly KeyView[] {
    return this.screen.keys.map((key) => ({
      id: `line${key.index}`,
      label: key.label,
      lamp: this.lamp(`line${key.index}`),
    }));
  }

  lamp(lamp: LampId): LampState {
    this.#flush();
    return this.#lamps.get(lamp) ?? dark;
  }

  /** 0 to 10. */
  get backlight(): number {
    return this.#light.level;
  }

  /** The picture or a lamp has changed; at most once per turn of the event loop. */
  onChange(listener: () => void): () => void {
    return this.#changed.on(listener);
  }

  /** Says something in a box for three seconds. */
  say(text: string): void {
    this.#navigator.say(text);
    this.#light.wake();
    this.#invalidate();
  }

  /** Something that the screens are made of has changed elsewhere: settings, facts. */
  refresh(): void {
    this.#invalidate();
  }

  #phoneChanged(): void {
    const view = this.#parts.phone.view;
    const calls = view.calls.map((call) => call.id);
    const dialing = view.dial !== undefined;
    const newCall = calls.some((id) => !this.#seenCalls.includes(id));
    // Whoever dials or is called wants to see that, whatever page was open.
    if (newCall || (dialing && !this.#seenDial)) this.#navigator.goHome();
    if (!dialing && this.#seenDial) this.#navigator.endInput();
    // The conference is over, and with it the list of its people.
    if (this.#navigator.state.name === "people" && participantsOf(view).length === 0) this.#navigator.goHome();
    if (this.#windows.look(view)) this.#light.wake();
    if (newCall || calls.length !== this.#seenCalls.length || view.handsetLifted !== this.#seenLifted)
      this.#light.wake();
    this.#seenCalls = calls;
    this.#seenDial = dialing;
    this.#seenLifted = view.handsetLifted;
    this.#light.busy = calls.length > 0 || dialing;
    this.#invalidate();
  }

  #pressed(key: Key, again: boolean): void {
    const action = this.#actionOf(key);
    // The key may mean something else by now: Delete held until nothing is left must not go on to do that.
    if (!again || repeats(action)) this.#navigator.do(action, key);
  }

  #actionOf(key: Key): ReturnType<typeof actionOf> {
    const context = contextOf(this.#parts.phone.view, this.#navigator.state);
    return actionOf(key, context, this.#softKeys());
  }

  #softKeys(): SoftKeys {
    const { phone } = this.#parts;
    const ui = this.#navigator.state;
    const context = contextOf(phone.view, ui);
    const target = ui.name === "menu" ? menuRows(ui.menu, this.#items)[ui.selected]?.target : undefined;
    const item = target === undefined ? "none" : target.type === "item" ? "change" : "open";
    const entry = ui.name === "history" && entriesOf(phone.history, ui.tab).length > 0;
    const window = ui.name === "message" && ui.opens !== undefined;
    const participant = participantKind(phone.view, ui);
    return softKeysOf(context, phone.view, { input: this.#navigator.input, item, entry, window, participant });
  }

  #sources(): ScreenSources {
    const { phone, model, clock, facts } = this.#parts;
    const ui = this.#navigator.state;
    return {
      view: phone.view,
      history: phone.history,
      ui,
      context: contextOf(phone.view, ui),
      softKeys: this.#softKeys(),
      input: this.#navigator.input,
      page: this.#navigator.page,
      model,
      settings: this.#settings(),
      facts: facts(),
      items: this.#items,
      rows: this.#layout.rows,
      nowMs: clock.now(),
      epochMs: clock.epochMs(),
    };
  }

  #invalidate(): void {
    if (this.#dirty || this.#detach === undefined) return;
    this.#dirty = true;
    this.#redraw = this.#parts.clock.after(0, () => this.#flush());
  }

  #flush(): void {
    if (this.#dirty) this.#refresh(false);
  }

  #refresh(always: boolean): void {
    this.#dirty = false;
    this.#redraw?.cancel();
    this.#navigator.expire();
    const next = buildScreen(this.#sources());
    const lamps = lampsOf(this.#parts.phone.view, next.keys, this.#settings());
    const lampsChanged = this.#setLamps(lamps);
    const changed = always || JSON.stringify(next) !== JSON.stringify(this.#screen);
    if (changed) {
      this.#screen = next;
      this.#layout.draw(next);
      this.#parts.panel.display.show(this.#surface.pixels);
    }
    this.#scheduleTick();
    if (changed || lampsChanged) this.#changed.emit();
  }

  #setLamps(lamps: ReadonlyMap<LampId, LampState>): boolean {
    let changed = false;
    for (const [lamp, state] of lamps) {
      const before = this.#lamps.get(lamp);
      if (before !== undefined && before.color === state.color && before.pattern === state.pattern) continue;
      this.#parts.panel.lamps.set(lamp, state);
      changed = true;
    }
    this.#lamps = lamps;
    return changed;
  }

  /** Wakes up when time alone changes the picture: a call's seconds, the minute, the end of a message or of the volume bar. */
  #scheduleTick(): void {
    const { phone, clock } = this.#parts;
    this.#tick?.cancel();
    if (this.#detach === undefined) return;
    const nowMs = clock.now();
    const ui = this.#navigator.state;
    const waits = [60_000 - (clock.epochMs() % 60_000), ...timerWaits(phone.view, nowMs)];
    for (const call of phone.view.calls) waits.push(rollWait(call, nowMs, this.#settings()));
    if (ui.name === "message" && Number.isFinite(ui.untilMs)) waits.push(ui.untilMs - nowMs);
    // A fraction over, or a timer that runs a little early would find nothing changed and wait again.
    this.#tick = clock.after(Math.max(1, Math.min(...waits) + 1), () => this.#invalidate());
  }
}

function participantKind(view: PhoneView, ui: UiState): NonNullable<SoftKeyFacts["participant"]> {
  const people = participantsOf(view);
  const chosen = ui.name === "people" ? people[Math.min(ui.selected, people.length - 1)] : undefined;
  if (chosen === undefined) return "none";
  if (chosen.call === undefined) return "elsewhere";
  return chosen.call.peerMuted === true ? "muted" : "heard";
}

function timerWaits(view: PhoneView, nowMs: number): number[] {
  const waits: number[] = [];
  for (const call of view.calls)
    if (call.phase.name === "talking") waits.push(1000 - ((nowMs - call.phase.sinceMs) % 1000));
  if (view.volumeShownUntilMs > nowMs) waits.push(view.volumeShownUntilMs - nowMs);
  if (view.news !== undefined && view.news.untilMs > nowMs) waits.push(view.news.untilMs - nowMs);
  return waits;
}

/** Menu items that the phone itself carries out. */
function ownItems(phone: PhoneControl): MenuItem[] {
  return [
    {
      menu: "features",
      label: "Do not disturb",
      visible: () => phone.view.keys?.dnd !== false && phone.view.keys?.dndByAccount !== true,
      value: () => (phone.view.dnd ? "On" : "Off"),
      change: () => phone.toggleDnd(),
    },
    {
      menu: "settings",
      get label() {
        return phone.view.volumeOf === "ringer" ? "Ring volume" : "Volume";
      },
      value: () => String(phone.view.volume),
      change: (step) => phone.changeVolume(step),
    },
  ];
}
