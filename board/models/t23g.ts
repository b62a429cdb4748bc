/** SIP-T23G as data (feature map §0.3): the T23P with a gigabit switch. */
import type { Model } from "../model.ts";

export const t23g: Model = {
  id: "t23g",
  name: "SIP-T23G",
  commonFile: "y000000000044.cfg",
  firmwarePrefix: 44,
  lcd: { width: 132, height: 64, format: "mono" },
  accounts: 3,
  lineKeys: 3,
  lineKeysPerPage: 3,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14],
  expansion: undefined,
  keys: ["speaker", "headset", "mute", "transfer", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
