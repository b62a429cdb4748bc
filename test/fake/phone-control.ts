/** A phone that keeps what it was told and shows what the test says; no behaviour of its own. */
import type { Digit } from "../../hal/keypad.ts";
import type { AccountView, CallPhase, CallView, HistoryEntry, PhoneControl, PhoneView } from "../../src/phone/state.ts";

export function account(id: number, label: string, state: AccountView["state"] = { name: "registered" }): AccountView {
  return { id, label, displayName: label, userName: String(100 + id), state };
}

export const idleView: PhoneView = {
  accounts: [account(1, "Alice")],
  defaultAccount: 1,
  calls: [],
  dial: undefined,
  handsetLifted: false,
  headsetPlugged: false,
  networkUp: true,
  path: "none",
  mute: false,
  volume: 8,
  volumeShownUntilMs: 0,
  volumeOf: "ringer",
  missedCalls: 0,
  dnd: false,
  notices: [],
};

export function call(id: number, phase: CallPhase, more: Partial<CallView> = {}): CallView {
  return {
    id,
    account: 1,
    direction: phase.name === "incoming" ? "in" : "out",
    remote: { name: "Bob Baker", number: "102" },
    phase,
    codec: "PCMU",
    current: true,
    conference: false,
    ...more,
  };
}

/** Calls are recorded as `["name", ...arguments]`. */
export class FakePhoneControl implements PhoneControl {
  view: PhoneView;
  history: HistoryEntry[] = [];
  readonly told: unknown[][] = [];
  #listeners: (() => void)[] = [];

  constructor(view: Partial<PhoneView> = {}) {
    this.view = { ...idleView, ...view };
  }

  /** Changes the view and tells the listeners. */
  show(view: Partial<PhoneView>): void {
    this.view = { ...this.view, ...view };
    for (const listener of this.#listeners) listener();
  }

  /** What was told since the last time this was asked. */
  taken(): unknown[][] {
    return this.told.splice(0);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((l) => l !== listener);
    };
  }

  #tell(...what: unknown[]): void {
    this.told.push(what);
  }

  digit(digit: Digit, down: boolean): void {
    this.#tell("digit", digit, down);
  }
  text(text: string): void {
    this.#tell("text", text);
  }
  backspace(): void {
    this.#tell("backspace");
  }
  send(): void {
    this.#tell("send");
  }
  cancel(): void {
    this.#tell("cancel");
  }
  dial(to: string, account?: number): void {
    this.#tell("dial", to, account);
  }
  lineKey(index: number): void {
    this.#tell("lineKey", index);
  }
  answer(id?: number): void {
    this.#tell("answer", id);
  }
  reject(id?: number): void {
    this.#tell("reject", id);
  }
  silence(): void {
    this.#tell("silence");
  }
  hangUp(id?: number): void {
    this.#tell("hangUp", id);
  }
  hold(): void {
    this.#tell("hold");
  }
  resume(id?: number): void {
    this.#tell("resume", id);
  }
  swap(): void {
    this.#tell("swap");
  }
  newCall(): void {
    this.#tell("newCall");
  }
  transfer(): void {
    this.#tell("transfer");
  }
  conference(): void {
    this.#tell("conference");
  }
  split(): void {
    this.#tell("split");
  }
  party(id: number, act: string): void {
    this.#tell("party", id, act);
  }
  forward(id?: number): void {
    this.#tell("forward", id);
  }
  selectCall(id: number): void {
    this.#tell("selectCall", id);
  }
  redial(): void {
    this.#tell("redial");
  }
  record(): void {
    this.#tell("record");
  }

  recordAtServer(): void {
    this.#tell("recordAtServer");
  }

  toggleMute(): void {
    this.#tell("toggleMute");
  }
  changeVolume(steps: number): void {
    this.#tell("changeVolume", steps);
  }
  speakerKey(): void {
    this.#tell("speakerKey");
  }
  headsetKey(): void {
    this.#tell("headsetKey");
  }
  groupListen(): void {
    this.#tell("groupListen");
  }
  toggleDnd(): void {
    this.#tell("toggleDnd");
  }
  clearMissed(): void {
    this.#tell("clearMissed");
  }
}
