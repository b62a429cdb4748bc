/** USB telephony devices that do not do what their descriptor says. Data; a device without a line is taken at its word. */

export interface HidQuirk {
  /** All products of the vendor where it is left out. */
  readonly vendorId: number;
  readonly productIds?: readonly number[];
  readonly title: string;
  /** What it is, where its descriptor says something else. */
  readonly role?: "handset" | "headset" | "keypad";
  /** The hook switch tells 1 while the handset lies on it. */
  readonly hookInverted?: true;
  /** The mute usage keeps 1 while muted: each change of it is a press. */
  readonly muteIsState?: true;
  /** After a volume key, volume keys within so many ms were not pressed by anybody. */
  readonly volumeDeadMs?: number;
  /** Its lamps cannot blink by being switched often: "slow" and "fast" are shown as "on". */
  readonly steadyLamps?: true;
}

export const hidQuirks: readonly HidQuirk[] = [
  {
    vendorId: 0x047f,
    productIds: [0xc055],
    title: "Plantronics Blackwire 3210: each volume key is followed by the opposite one",
    volumeDeadMs: 220,
  },
  {
    vendorId: 0x047f,
    productIds: [0xc056, 0xc057, 0xc058],
    title: "Plantronics Blackwire 3215, 3220, 3225: each volume key is told twice",
    volumeDeadMs: 5,
  },
  {
    vendorId: 0x0b0e,
    title: "Jabra: LEDs are states of the call for it, and it draws its own blinking",
    role: "headset",
    steadyLamps: true,
  },
  { vendorId: 0x046d, title: "Logitech headsets: mute is a switch with a state", muteIsState: true },
];

/** All that is known of a device, the line that names the product before the line of its vendor. */
export function quirkOf(vendorId: number, productId: number, table = hidQuirks): HidQuirk | undefined {
  const ofVendor = table.filter((quirk) => quirk.vendorId === vendorId);
  return (
    ofVendor.find((quirk) => quirk.productIds?.includes(productId) === true) ??
    ofVendor.find((quirk) => quirk.productIds === undefined)
  );
}
