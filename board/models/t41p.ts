/** SIP-T41P as data (feature map §0.3): six accounts, line keys on three pages. */
import type { Model } from "../model.ts";

export const t41p: Model = {
  id: "t41p",
  name: "SIP-T41P",
  commonFile: "y000000000036.cfg",
  firmwarePrefix: 36,
  lcd: { width: 192, height: 64, format: "mono" },
  accounts: 6,
  lineKeys: 15,
  lineKeysPerPage: 6,
  programableKeys: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13],
  expansion: undefined,
  keys: ["speaker", "headset", "mute", "message", "redial", "volume_up", "volume_down"],
  handset: true,
  headset: true,
  conferenceParties: 2,
};
