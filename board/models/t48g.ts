/** SIP-T48G as data (feature map §0.3): sixteen accounts, line keys on a touch screen, takes EXP40 modules. */
import type { Model } from "../model.ts";

export const t48g: Model = {
  id: "t48g",
  name: "SIP-T48G",
  commonFile: "y000000000035.cfg",
  firmwarePrefix: 35,
  lcd: { width: 800, height: 480, format: "rgb565" },
  accounts: 16,
  lineKeys: 29,
  lineKeysPerPage: 11,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14],
  expansion: { module: "EXP40", most: 6, keys: 40 },
  keys: ["speaker", "headset", "mute", "hold", "transfer", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
