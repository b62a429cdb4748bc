/** SIP-T21P_E2 as data (feature map §0.3): two accounts on two line keys. */
import type { Model } from "../model.ts";

export const t21pE2: Model = {
  id: "t21p_e2",
  name: "SIP-T21P_E2",
  commonFile: "y000000000052.cfg",
  firmwarePrefix: 52,
  lcd: { width: 132, height: 64, format: "mono" },
  accounts: 2,
  lineKeys: 2,
  lineKeysPerPage: 2,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 14],
  expansion: undefined,
  keys: ["speaker", "headset", "mute", "transfer", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
