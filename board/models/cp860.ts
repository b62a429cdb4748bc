/** CP860 as data (feature map §0.3): a conference phone: loudspeaker only, one account, five-way conference. */
import type { Model } from "../model.ts";

export const cp860: Model = {
  id: "cp860",
  name: "CP860",
  commonFile: "y000000000037.cfg",
  firmwarePrefix: 37,
  lcd: { width: 192, height: 64, format: "mono" },
  accounts: 1,
  lineKeys: 0,
  lineKeysPerPage: 0,
  programableKeys: [1, 2, 3, 4, 5, 6, 9, 13],
  expansion: undefined,
  keys: ["speaker", "mute", "redial", "volume_up", "volume_down"],
  handset: false,
  headset: false,
  conferenceParties: 4,
};
