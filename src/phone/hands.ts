/** Hook switch, speaker and headset keys: which of handset, headset and loudspeaker a call or a number is heard by (CAL-19, AUD-21). */
import type { AudioPath } from "../../hal/audio.ts";
import type { Transducer } from "./audio.ts";
import type { Call } from "./call.ts";
import type { CallKeys } from "./call-keys.ts";
import type { Calls } from "./calls.ts";
import type { Dialler } from "./dialler.ts";
import type { DialPurpose } from "./dialling.ts";
import type { Joining } from "./joining.ts";
import type { Output } from "./output.ts";
import { transducerAction } from "./transducer.ts";

export interface HandsParts {
  readonly output: Output;
  readonly calls: Calls;
  readonly dial: Dialler;
  readonly keys: CallKeys;
  readonly joining: () => Joining;
  /** Ends a page that runs; false where none does (CAL-81). */
  readonly endPage: () => boolean;
  /** Whether the loudspeaker can play beside that path. */
  readonly canListenIn: (path: AudioPath) => boolean;
  /** Somebody listens. */
  readonly engaged: () => boolean;
  /** For a new call. */
  readonly account: () => number;
}

export class Hands {
  #parts: HandsParts;

  constructor(parts: HandsParts) {
    this.#parts = parts;
  }

  /** Nobody listens to the call: it was held and the handset put down. */
  get parked(): boolean {
    return this.#parts.output.chosen === "none";
  }

  /** Where something new is heard: as what goes on now, if anything does. */
  get somewhere(): Transducer {
    const { chosen, preferred } = this.#parts.output;
    return this.#parts.engaged() && chosen !== "none" ? chosen : preferred;
  }

  lift(): void {
    const ringing = this.#parts.calls.ringing;
    if (this.#parts.dial.state.name === "collecting" || this.#parts.engaged()) this.moveTo("handset");
    else if (ringing !== undefined) this.answer(ringing, "handset");
    else if (this.#parts.calls.current !== undefined) this.moveTo("handset");
    else this.open("handset");
  }

  /** The handset is replaced, or the key of the transducer in use is pressed again. */
  putDown(): void {
    const ended = this.#parts.endPage();
    const { chosen, lifted } = this.#parts.output;
    // What the page had put aside goes on, unless it was heard by the handset that lies down now.
    if (ended && (chosen !== "handset" || lifted)) return;
    const { active: call, list } = this.#parts.calls;
    const joined = this.#parts.joining().putDown();
    if (this.#parts.dial.state.name === "collecting") this.#parts.dial.input({ type: "close" });
    if (!joined && call !== undefined && list.includes(call) && call.state.name !== "incoming" && !call.heldHere)
      this.#parts.keys.hangUp(call.id);
    this.#parts.output.choose("none");
  }

  /** The handset is put down; who listened in by the loudspeaker goes on by it (CAL-91). */
  layDown(): void {
    if (this.#parts.output.beside === "none") this.putDown();
    else this.moveTo("speaker");
  }

  /** Others listen in by the loudspeaker, or no longer (CAL-91). Returns why that cannot be. */
  listenIn(allowed: boolean): string | undefined {
    const { output, canListenIn, engaged } = this.#parts;
    if (output.beside !== "none") {
      output.listenIn(false);
      return undefined;
    }
    if (!allowed || !engaged() || this.#parts.calls.active?.state.name !== "talking") return "Not possible now";
    // From hands-free talking it needs something that a microphone hangs on.
    const path = output.chosen === "speaker" ? this.#atEar : output.chosen;
    if (path === undefined || path === "none") return "Lift the handset first";
    if (!canListenIn(path)) return "This sound card cannot";
    this.moveTo(path);
    output.listenIn(true);
    return undefined;
  }

  get #atEar(): "handset" | "headset" | undefined {
    const { lifted, headsetPlugged } = this.#parts.output;
    return lifted ? "handset" : headsetPlugged ? "headset" : undefined;
  }

  key(pressed: "speaker" | "headset"): void {
    const ringing = this.#parts.calls.ringing;
    const action = transducerAction({
      pressed,
      output: this.#parts.output.chosen,
      engaged: this.#parts.engaged(),
      lifted: this.#parts.output.lifted,
      parked: this.parked && this.#parts.calls.current !== undefined,
      ringing: ringing !== undefined,
      collected: this.#parts.dial.collected,
    });
    if (pressed === "headset" && (action === "put-down" || action === "back to handset"))
      this.#parts.output.leaveHeadset();
    if (action === "answer" && ringing !== undefined) this.answer(ringing, pressed);
    else if (action === "open") this.open(pressed);
    else if (action === "put-down") this.putDown();
    else if (action === "back to handset") this.moveTo("handset");
    else this.moveTo(pressed);
    if (action === "send") this.#parts.dial.input({ type: "send" });
  }

  moveTo(output: Transducer): void {
    this.#parts.output.choose(output);
    this.#parts.dial.input({ type: "path", path: output });
  }

  open(path: Transducer, account = this.#parts.account()): void {
    this.#parts.output.choose(path);
    this.#parts.dial.input({ type: "open", path, account });
  }

  /** A second number; where a call is to be sent elsewhere nobody listens and nothing is opened. */
  collect(purpose: DialPurpose, account: number): void {
    const path = purpose === "forward" ? "none" : this.somewhere;
    if (path !== "none") this.#parts.output.choose(path);
    this.#parts.dial.input({ type: "open", path, account, purpose });
  }

  answer(call: Call, output: Transducer): void {
    this.#parts.endPage();
    this.#parts.dial.input({ type: "close" });
    if (call !== this.#parts.calls.active) this.#parts.calls.holdActive();
    this.#parts.output.choose(output);
    this.#parts.calls.select(call);
    void call.answer(this.#parts.calls.terms.media(call.account, call.peerAddress));
  }
}
