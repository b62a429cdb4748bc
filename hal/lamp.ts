export type LampColor = "off" | "green" | "red" | "amber";
/** `fast` is 200 ms on, 200 ms off; `slow` is 1 s on, 1 s off (feature row UIX-10). */
export type LampPattern = "off" | "on" | "slow" | "fast";
export interface LampState {
  readonly color: LampColor;
  readonly pattern: LampPattern;
}
/** `ring`, `off-hook` and `hold` tell the state of all calls together: USB telephones and some boards have them, models do not. */
export type LampId =
  | "power"
  | "message"
  | "mute"
  | "headset"
  | "speaker"
  | "ring"
  | "off-hook"
  | "hold"
  | `line${number}`
  | `exp${number}.${number}`;

/** All lamps of a front. Contract: a lamp that is not there is ignored; a lamp without that colour shows the one it has. */
export interface Lamps {
  set(lamp: LampId, state: LampState): void;
  close(): Promise<void>;
}
