/** What the loudspeaker gave off, found by the card's figures of delay. */
import { expect, test } from "vitest";
import type { AudioFigures } from "../../../hal/audio.ts";
import { VoiceReference } from "../../../src/media/voice-reference.ts";

const aheadMs = 16;

/** A reference whose played samples tell their own number, read for `frames` frames while the card says `delayMs`. */
class Card {
  readonly reference = new VoiceReference();
  #frame = new Int16Array(160);
  #out = new Int16Array(160);
  #at = 0;

  /** How late the reference comes, ms; and how often it moved. */
  run(frames: number, delayMs: (frame: number) => number): { lateMs: number; moves: number } {
    let moves = 0;
    let lateMs = Number.NaN;
    for (let n = 0; n < frames; n++) {
      const figures = { playDelayMs: delayMs(n) - 10, captureDelayMs: 10 } as AudioFigures;
      if (this.reference.read(figures, this.#out)) moves++;
      lateMs = ((((this.#at - (this.#out[0] ?? 0)) % 16_000) + 16_000) % 16_000) / 16;
      for (let i = 0; i < 160; i++) this.#frame[i] = this.#at + i;
      this.reference.write(this.#frame);
      this.#at = (this.#at + 160) % 16_000;
    }
    return { lateMs, moves };
  }
}

test("AUD-06: the reference follows the card's delay at the beginning, some ms early, and never sooner than it was played", () => {
  expect(new Card().run(120, () => 70)).toEqual({ lateMs: 70 - aheadMs, moves: 1 });
  expect(new Card().run(120, () => 10)).toEqual({ lateMs: 10, moves: 0 });
  expect(new Card().run(120, () => 5000).lateMs).toBe(480);
});

test("AUD-06: figures that wander are not followed, a delay that has changed for good is within two seconds", () => {
  const card = new Card();
  card.run(100, () => 60);
  expect(card.run(3000, (n) => 60 + (n % 7) * 4 - 12)).toEqual({ lateMs: 44, moves: 0 });
  expect(card.run(300, (n) => (n % 90 < 80 ? 200 : 60))).toEqual({ lateMs: 44, moves: 0 });
  expect(card.run(200, () => 140)).toEqual({ lateMs: 124, moves: 1 });
});

test("AUD-06: after another path was chosen nothing of the old one is left, and its delay is looked at afresh", () => {
  const card = new Card();
  card.run(100, () => 60);
  card.reference.clear();
  expect(card.run(60, () => 100)).toEqual({ lateMs: 84, moves: 1 });
});
