/** A USB handset, headset or keypad of the telephony usage page as a part of the front: keys, hook switch or jack, lamps. */
import type { Clock } from "../clock.ts";
import { HalError } from "../error.ts";
import type { Hook } from "../hook.ts";
import type { Jacks } from "../jack.ts";
import type { Keypad } from "../keypad.ts";
import type { LampId, LampState, Lamps } from "../lamp.ts";
import { Blinker } from "./blinker.ts";
import type { FrontPart } from "./front-part.ts";
import { HookState, JackState, PressedKeys } from "./front-state.ts";
import { type HidLayout, type HidUsage, readHidDescriptor } from "./hid-descriptor.ts";
import { type HidConnection, type HidFound, type HidSystem, nodeHidSystem } from "./hid-node.ts";
import { quirkOf } from "./hid-quirks.ts";
import { readInput, writeOutputs } from "./hid-report.ts";
import { type HidRole, type HidTelephone, lampUsages, next, telephoneOf } from "./hid-telephone.ts";
import { lampOfUsage, leds } from "./hid-usages.ts";

export interface HidChoice {
  /** What people call it on this board: "USB handset". */
  readonly title: string;
  /** The first device of that kind is taken. A keypad is anything with keys of a phone, so it should be named by its numbers. */
  readonly role: HidRole;
  readonly vendorId?: number;
  readonly productId?: number;
  /** What the call button of a headset or speakerphone presses: default "headset", which also makes it a jack. */
  readonly callKey?: "headset" | "speaker";
  /** The phone is whole without it. */
  readonly optional?: boolean;
  /** Other than the machine's, for tests. */
  readonly system?: HidSystem;
}

interface Candidate {
  readonly found: HidFound;
  readonly layout: HidLayout;
  readonly telephone: HidTelephone;
}

export class HidTelephony implements FrontPart {
  readonly name: string;
  readonly optional: boolean;
  readonly keypad: Keypad;
  readonly lamps: Lamps;
  /** A handset's. */
  readonly hook?: Hook;
  /** A headset that is there is plugged. */
  readonly jacks?: Jacks;
  onLost: ((error: HalError) => void) | undefined;
  onFault: ((device: string, why: string | undefined) => void) | undefined;
  readonly #clock: Clock;
  readonly #choice: HidChoice;
  readonly #system: HidSystem;
  readonly #keys = new PressedKeys(() => this.close());
  readonly #hook = new HookState(() => this.close());
  readonly #jacks = new JackState(["headset"], () => this.close());
  readonly #blinker: Blinker<HidUsage>;
  readonly #states = new Map<LampId, LampState>();
  readonly #lit = new Set<HidUsage>();
  #open: (Candidate & { connection: HidConnection }) | undefined;
  #telephone: HidTelephone | undefined;
  #lampUsages: ReadonlySet<HidUsage> = new Set();
  /** The reports of lamps that were sent last, so that only changes go out; and one after the other. */
  #sent = new Map<number, string>();
  #sending: Promise<void> = Promise.resolve();

  constructor(clock: Clock, choice: HidChoice) {
    this.#clock = clock;
    this.#choice = choice;
    this.#system = choice.system ?? nodeHidSystem();
    this.name = choice.title;
    this.optional = choice.optional === true;
    this.keypad = this.#keys;
    if (choice.role === "handset") this.hook = this.#hook;
    if (choice.role === "headset" && choice.callKey !== "speaker") this.jacks = this.#jacks;
    this.lamps = { set: (lamp, state) => this.#setLamp(lamp, state), close: () => this.close() };
    this.#blinker = new Blinker(clock, (usage, on) => {
      if (on) this.#lit.add(usage);
      else this.#lit.delete(usage);
      this.#sendLamps();
    });
  }

  async open(): Promise<void> {
    if (this.#open !== undefined) return;
    const candidate = this.#find();
    const { path } = candidate.found;
    const connection = await this.#system
      .open(path, {
        report: (bytes) => this.#report(bytes),
        failed: (error) => void this.#lost(error),
      })
      .catch((error: unknown) => {
        if (!(error instanceof HalError)) throw error;
        throw new HalError(this.name, error.code, error.message, { cause: error });
      });
    this.#open = { ...candidate, connection };
    // What it tells first is compared with what the phone believes since the plug was pulled.
    this.#telephone = { ...candidate.telephone, lifted: this.#choice.role === "handset" && this.#hook.lifted };
    this.#lampUsages = lampUsages(candidate.layout);
    this.#sent.clear();
    this.#keys.begin();
    this.#hook.begin();
    this.#jacks.begin();
    this.#jacks.move("headset", true);
    for (const [lamp, state] of this.#states) this.#setLamp(lamp, state);
    // A lamp that another program left on goes off.
    this.#sendLamps();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#keys.end();
    this.#hook.end();
    this.#jacks.end();
    if (open === undefined) return;
    // The last reports put the lamps out.
    this.#blinker.clear();
    this.#sendLamps();
    this.#open = undefined;
    this.#telephone = undefined;
    await this.#sending;
    await open.connection.close();
  }

  /** @throws HalError "absent", telling what was looked for and what was found instead */
  #find(): Candidate {
    const { role, vendorId, productId } = this.#choice;
    const rejected: string[] = [];
    for (const found of this.#system.list()) {
      const id = `${found.vendorId.toString(16).padStart(4, "0")}:${found.productId.toString(16).padStart(4, "0")}`;
      if (vendorId !== undefined && found.vendorId !== vendorId) continue;
      if (productId !== undefined && found.productId !== productId) continue;
      const wanted = vendorId !== undefined;
      try {
        const reading = readHidDescriptor(this.#system.descriptor(found.path));
        if (!reading.ok) {
          if (wanted) rejected.push(`the report descriptor of ${found.product} (${id}) is wrong: ${reading.why}`);
          continue;
        }
        const telephone = telephoneOf(reading.layout, quirkOf(found.vendorId, found.productId));
        if (telephone?.role === role) return { found, layout: reading.layout, telephone };
        if (wanted) rejected.push(`${found.product} (${id}) is no ${role}`);
      } catch (error) {
        // Unplugged while it was looked at.
        if (!(error instanceof HalError)) throw error;
      }
    }
    throw new HalError(this.name, "absent", rejected[0] ?? `no USB ${role} is plugged in`);
  }

  #report(bytes: Uint8Array): void {
    const open = this.#open;
    if (open === undefined || this.#telephone === undefined) return;
    const [state, effects] = next(this.#telephone, readInput(open.layout, bytes), this.#clock.now());
    this.#telephone = state;
    for (const effect of effects)
      switch (effect.type) {
        case "key":
          this.#keys.move(effect.key, effect.down);
          break;
        case "tap":
          this.#keys.tap(effect.key === "headset" ? (this.#choice.callKey ?? "headset") : effect.key);
          break;
        case "hook":
          this.#hook.move(effect.lifted);
          break;
        default:
          effect satisfies never;
      }
  }

  #setLamp(lamp: LampId, state: LampState): void {
    this.#states.set(lamp, state);
    if (this.#open === undefined) return;
    const steady = this.#telephone?.quirk?.steadyLamps === true;
    for (const usage of this.#lampUsages) {
      if (lampOfUsage.get(usage) !== lamp) continue;
      const dark = state.color === "off" || state.pattern === "off";
      this.#blinker.set(usage, dark ? "off" : steady ? "on" : state.pattern);
    }
  }

  #sendLamps(): void {
    const open = this.#open;
    if (open === undefined || this.#lampUsages.size === 0) return;
    if (this.#telephone !== undefined)
      this.#telephone = { ...this.#telephone, offHookLed: this.#lit.has(leds.offHook) };
    for (const report of writeOutputs(open.layout, this.#lampUsages, this.#lit)) {
      const text = report.join(",");
      if (this.#sent.get(report[0] ?? 0) === text) continue;
      this.#sent.set(report[0] ?? 0, text);
      this.#sending = this.#sending
        .then(() => open.connection.write(report))
        .catch((error: unknown) => {
          if (!(error instanceof HalError)) throw error;
          return this.#lost(error);
        });
    }
  }

  async #lost(error: HalError): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#telephone = undefined;
    this.#keys.end();
    this.#hook.end();
    // Unplugged is a fact of the jack before it is a failure of the part.
    this.#jacks.move("headset", false);
    this.#jacks.end();
    this.#blinker.clear();
    await open.connection.close();
    this.onLost?.(new HalError(this.name, "lost", error.message, { cause: error }));
  }
}
