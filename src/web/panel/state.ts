/** What a person could see of the phone, as `GET /panel/state` tells it. */
import type { Model } from "../../../board/model.ts";
import type { LampId, LampState } from "../../../hal/lamp.ts";
import type { PanelPort, ScreenSeen } from "./panel-port.ts";

export interface KeySeen {
  readonly key: LampId;
  readonly label: string;
  readonly lamp: LampState;
}

export interface PanelState {
  readonly screen: ScreenSeen;
  /** Line keys in their order, then those expansion keys that are labelled or lit. */
  readonly keys: readonly KeySeen[];
  readonly powerLamp: LampState;
  /** Lamps of the keys that have one besides line keys. */
  readonly lamps: Readonly<Record<"message" | "mute" | "headset" | "speaker", LampState>>;
  readonly hook: "on" | "off";
  readonly path: "none" | "handset" | "headset" | "speaker";
  /** What plays beside the path: the loudspeaker while others listen in, a second headset. */
  readonly second: "none" | "handset" | "headset" | "speaker";
  readonly mute: boolean;
  /** 0 to 15. */
  readonly volume: number;
  /** 0 to 10. */
  readonly backlight: number;
  readonly jacks: { readonly headset: boolean; readonly ethernet: boolean };
}

export function panelState(port: PanelPort): PanelState {
  const { model, ui, person, phone } = port;
  const seen = (key: LampId): KeySeen => ({ key, label: ui.label(key), lamp: person.lamp(key) });
  const { id, title, lines, softkeys, icons } = ui.screen();
  return {
    screen: { id, title, lines, softkeys: [0, 1, 2, 3].map((at) => softkeys[at] ?? ""), icons },
    keys: [
      ...lineKeys(model).map(seen),
      ...expansionKeys(model)
        .map(seen)
        .filter(({ label, lamp }) => label !== "" || lamp.pattern !== "off"),
    ],
    powerLamp: person.lamp("power"),
    lamps: {
      message: person.lamp("message"),
      mute: person.lamp("mute"),
      headset: person.lamp("headset"),
      speaker: person.lamp("speaker"),
    },
    hook: person.handsetLifted ? "off" : "on",
    path: phone.view.path,
    second: phone.view.second ?? "none",
    mute: phone.view.mute,
    volume: phone.view.volume,
    backlight: person.backlight,
    jacks: { headset: person.plugged("headset"), ethernet: person.plugged("ethernet") },
  };
}

function lineKeys(model: Model): LampId[] {
  return Array.from({ length: model.lineKeysPerPage }, (_, at): LampId => `line${at + 1}`);
}

function expansionKeys(model: Model): LampId[] {
  const { most, keys } = model.expansion ?? { most: 0, keys: 0 };
  return Array.from({ length: most * keys }, (_, at): LampId => `exp${Math.floor(at / keys) + 1}.${(at % keys) + 1}`);
}
