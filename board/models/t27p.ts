/** SIP-T27P as data (feature map §0.3): six accounts, line keys on three pages, takes EXP20 modules. */
import type { Model } from "../model.ts";

export const t27p: Model = {
  id: "t27p",
  name: "SIP-T27P",
  commonFile: "y000000000045.cfg",
  firmwarePrefix: 45,
  lcd: { width: 240, height: 120, format: "mono" },
  accounts: 6,
  lineKeys: 21,
  lineKeysPerPage: 8,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  expansion: { module: "EXP20", most: 6, keys: 40 },
  keys: [
    "speaker",
    "headset",
    "mute",
    "hold",
    "transfer",
    "conference",
    "message",
    "redial",
    "volume_up",
    "volume_down",
  ],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
