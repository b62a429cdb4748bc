/** SIP-T42G as data (feature map §0.3): twelve accounts, line keys on three pages. */
import type { Model } from "../model.ts";

export const t42g: Model = {
  id: "t42g",
  name: "SIP-T42G",
  commonFile: "y000000000029.cfg",
  firmwarePrefix: 29,
  lcd: { width: 192, height: 64, format: "mono" },
  accounts: 12,
  lineKeys: 15,
  lineKeysPerPage: 6,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13],
  expansion: undefined,
  keys: ["speaker", "headset", "mute", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
