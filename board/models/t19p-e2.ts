/** SIP-T19P_E2 as data (feature map §0.3): one account, no line keys. */
import type { Model } from "../model.ts";

export const t19pE2: Model = {
  id: "t19p_e2",
  name: "SIP-T19P_E2",
  commonFile: "y000000000053.cfg",
  firmwarePrefix: 53,
  lcd: { width: 132, height: 64, format: "mono" },
  accounts: 1,
  lineKeys: 0,
  lineKeysPerPage: 0,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14],
  expansion: undefined,
  keys: ["speaker", "headset", "mute", "transfer", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
