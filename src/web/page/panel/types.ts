/** What the server tells the page: the JSON of the panel's calls, as far as the page reads it. */

export interface Model {
  readonly id: string;
  readonly name: string;
  readonly lcd: { readonly width: number; readonly height: number; readonly format: "mono" | "rgb565" };
  readonly lineKeysPerPage: number;
  readonly expansion?: { readonly module: "EXP20" | "EXP40"; readonly most: number; readonly keys: number };
  readonly keys: readonly string[];
  readonly handset: boolean;
  readonly headset: boolean;
}

export interface LampState {
  readonly color: "off" | "green" | "red" | "amber";
  readonly pattern: "off" | "on" | "slow" | "fast";
}

export interface PanelState {
  readonly screen: {
    readonly id: string;
    readonly title: string;
    readonly lines: readonly string[];
    readonly softkeys: readonly string[];
  };
  readonly keys: readonly { readonly key: string; readonly label: string; readonly lamp: LampState }[];
  readonly powerLamp: LampState;
  readonly lamps: Readonly<Record<"message" | "mute" | "headset" | "speaker", LampState>>;
  readonly hook: "on" | "off";
  readonly path: "none" | "handset" | "headset" | "speaker";
  readonly mute: boolean;
  readonly volume: number;
  readonly backlight: number;
  readonly jacks: { readonly headset: boolean; readonly ethernet: boolean };
}

export interface CallFigures {
  readonly stream: number;
  readonly codec?: string;
  readonly remote: string;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly lost: number;
  readonly lossPercent: number;
  readonly jitterMs: number;
  readonly bufferDelayMs: number;
  readonly bufferTargetMs: number;
  readonly late: number;
  readonly concealedFrames: number;
  readonly roundTripMs?: number;
  readonly remoteLossPercent?: number;
  readonly mos?: number;
  readonly levelInDbov: number;
  readonly levelOutDbov: number;
}

export interface MediaFigures {
  readonly calls: readonly CallFigures[];
  readonly underruns: number;
  readonly loopDelayMs: { readonly median: number; readonly worst: number };
}

export const dark: LampState = { color: "off", pattern: "off" };
