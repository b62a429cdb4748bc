/**
 * A sound card through the npm packages `speaker` and `mic`, each in a child process of its own that behaves like aplay and
 * arecord: what they do wrong (they abort, leak, buffer half a second) ends there. Conversion, restarts, buffers and
 * pace are those of the ALSA driver.
 */
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import { AlsaAudio, type AlsaChoice } from "./alsa-audio.ts";
import { type StartChild, startNodeChild, temporaryProgram } from "./os/process.ts";

export interface SpeakerMicChoice extends Omit<AlsaChoice, "arecord" | "aplay" | "start"> {
  /** Another file than the compiled speaker-mic-child, for tests. */
  readonly script?: string;
}

/**
 * `mic` starts "arecord" without a word about its buffer, and with a header before the sound: this one, found earlier in
 * the PATH, says what has to be said. Its messages would be thrown away: they go where the child looks for them.
 */
const arecordShim = `#!/bin/sh
exec "$OFFHOOK_ARECORD" -q -t raw --period-time="$OFFHOOK_PERIOD" --buffer-time="$OFFHOOK_BUFFER" "$@" 2>>"$OFFHOOK_SAID"
`;

export class SpeakerMicAudio extends AlsaAudio {
  readonly #shim: { remove(): void };

  constructor(clock: Clock, choice: SpeakerMicChoice) {
    const shim = temporaryProgram("arecord", arecordShim);
    const script = choice.script ?? fileURLToPath(new URL("./speaker-mic-child.js", import.meta.url));
    super(clock, { ...choice, arecord: "mic", aplay: "speaker", start: starter(script, shim.folder) });
    this.#shim = shim;
  }

  override async close(): Promise<void> {
    await super.close();
    this.#shim.remove();
  }
}

function starter(script: string, shimFolder: string): StartChild {
  return ({ program, args, onOutput, onErrorLine, onExit }) =>
    startNodeChild(script, {
      args: [program, shimFolder, ...args],
      onOutput,
      onErrorLine,
      onExit: (end) => {
        // The package asserts while it is loaded, before anything of ours could look at the error.
        if (end.why.includes("SIGABRT"))
          onErrorLine(`${program === "mic" ? "arecord" : "aplay"}: cannot find card: ALSA has no usable default PCM`);
        onExit(end);
      },
    });
}
