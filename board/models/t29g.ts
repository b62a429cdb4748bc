/** SIP-T29G as data (feature map §0.3): sixteen accounts, colour, takes EXP20 modules. */
import type { Model } from "../model.ts";

export const t29g: Model = {
  id: "t29g",
  name: "SIP-T29G",
  commonFile: "y000000000046.cfg",
  firmwarePrefix: 46,
  lcd: { width: 480, height: 272, format: "rgb565" },
  accounts: 16,
  lineKeys: 27,
  lineKeysPerPage: 10,
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
