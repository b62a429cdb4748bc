/** SIP-T40P as data (feature map §0.3): three accounts on three line keys. */
import type { Model } from "../model.ts";

export const t40p: Model = {
  id: "t40p",
  name: "SIP-T40P",
  commonFile: "y000000000054.cfg",
  firmwarePrefix: 54,
  lcd: { width: 132, height: 64, format: "mono" },
  accounts: 3,
  lineKeys: 3,
  lineKeysPerPage: 3,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13],
  expansion: undefined,
  keys: ["speaker", "headset", "mute", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
