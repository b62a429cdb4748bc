/** The tones a phone makes, by name: cadences and frequencies of ITU-T E.180, levels of Q.35; no country's own set. */
import type { Tone, TonePart } from "../media/protocol.ts";

export type ToneName =
  | "dial"
  | "special-dial"
  | "secondary-dial"
  | "message-waiting"
  | "ring-back"
  | "busy"
  | "congestion"
  | "call-waiting"
  | "caller-waiting"
  | "intrusion"
  | "record"
  | "hold"
  | "held"
  | "auto-answer"
  | "information"
  | "confirmation"
  | "error"
  | "key";

/** Preferred frequency of E.180 §3. */
const HZ = 425;

function on(ms: number, ...hz: number[]): TonePart {
  return { hz: hz.length > 0 ? hz : [HZ], ms };
}
function soft(ms: number, levelDbm0: number, ...hz: number[]): TonePart {
  return { hz, ms, levelDbm0 };
}
function off(ms: number): TonePart {
  return { hz: [], ms };
}
function forEver(...parts: TonePart[]): Tone {
  return { parts, repeat: 0 };
}
function once(...parts: TonePart[]): Tone {
  return { parts, repeat: 1 };
}

/** The set named "Custom" in the configuration, as long as nothing else was configured. */
export const standardTones: Readonly<Record<ToneName, Tone>> = {
  dial: forEver(on(0)),
  "special-dial": forEver(on(400), off(40)),
  "secondary-dial": forEver(on(0, 350, HZ)),
  "message-waiting": forEver(on(100), off(100)),
  "ring-back": forEver(on(1000), off(4000)),
  busy: forEver(on(500), off(500)),
  congestion: forEver(on(250), off(250)),
  "call-waiting": forEver(soft(200, -20, HZ), off(600), soft(200, -20, HZ), off(3000)),
  "caller-waiting": forEver(on(1000), off(4000), soft(200, -20, HZ), off(200)),
  intrusion: forEver(soft(150, -25, HZ), off(150), soft(150, -25, HZ), off(1500)),
  record: forEver(soft(500, -25, 1400), off(14_500)),
  hold: forEver(soft(100, -25, HZ), off(100), soft(100, -25, HZ), off(29_700)),
  held: forEver(soft(200, -25, 600), off(100), soft(200, -25, HZ), off(59_500)),
  "auto-answer": once(soft(200, -18, 850), off(50), soft(200, -18, 1100)),
  information: forEver(on(330, 950), on(330, 1400), on(330, 1800), off(1000)),
  confirmation: once(on(100), off(100), on(100)),
  error: once(on(150, 300), off(80), on(150, 300)),
  key: once(soft(60, -24, 1000)),
};

/** What the ringer plays, by the name a person chooses; -8 dBm0 leaves the volume steps room both ways. */
export const ringMelodies: Readonly<Record<string, Tone>> = {
  Bell: forEver(...warble(20, [1330, 1670], 48), off(3000)),
  Chime: forEver(ring(380, 784, 1568), ring(380, 659, 1318), ring(760, 523, 1046), off(2400)),
  Melody: forEver(
    ring(160, 659),
    ring(160, 784),
    ring(160, 988),
    ring(320, 1318),
    off(60),
    ring(160, 1175),
    ring(160, 988),
    ring(480, 784),
    off(2300),
  ),
  Pulse: forEver(ring(400, 950, 1150), off(200), ring(400, 950, 1150), off(2000)),
};

function ring(ms: number, ...hz: number[]): TonePart {
  return { hz, ms, levelDbm0: -8 - 3 * (hz.length - 1) };
}
/** Two notes in turn, `times` of each, `ms` a note: what the clapper between two gongs does. */
function warble(times: number, hz: readonly [number, number], ms: number): TonePart[] {
  return Array.from({ length: 2 * times }, (_, i) => ring(ms, hz[i % 2 === 0 ? 0 : 1]));
}
