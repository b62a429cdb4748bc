/** SIP-T46G as data (feature map §0.3): sixteen accounts, colour, takes EXP40 modules. */
import type { Model } from "../model.ts";

export const t46g: Model = {
  id: "t46g",
  name: "SIP-T46G",
  commonFile: "y000000000028.cfg",
  firmwarePrefix: 28,
  lcd: { width: 480, height: 272, format: "rgb565" },
  accounts: 16,
  lineKeys: 27,
  lineKeysPerPage: 10,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14],
  expansion: { module: "EXP40", most: 6, keys: 40 },
  keys: ["speaker", "headset", "mute", "hold", "transfer", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
