import type { PixelFormat } from "../hal/display.ts";
import type { Key } from "../hal/keypad.ts";

/** A model of the reference guide as data (feature map §0.3). */
export interface Model {
  /** As on the command line: "t46g", "t19p_e2". */
  readonly id: string;
  /** As in User-Agent and $PN: "SIP-T46G". */
  readonly name: string;
  /** Name of the common configuration file. */
  readonly commonFile: string;
  /** First number of the versions that this model's firmware carries: 28 in "28.80.0.95". */
  readonly firmwarePrefix: number;
  readonly lcd: { readonly width: number; readonly height: number; readonly format: PixelFormat };
  readonly accounts: number;
  /** DSS keys with label and lamp; pages of `lineKeysPerPage` where there are more than keys. */
  readonly lineKeys: number;
  /** Line keys that stand on the case (on the T48G: on its touch screen); where there are more, the last one turns the page. */
  readonly lineKeysPerPage: number;
  /** Indexes of `programablekey.N` that exist. */
  readonly programableKeys: readonly number[];
  /** `most` modules may be chained; `keys` are those of one module, both pages of an EXP20 counted. */
  readonly expansion: { readonly module: "EXP20" | "EXP40"; readonly most: number; readonly keys: number } | undefined;
  /** Keys on the case besides digits, OK, cancel, arrows and soft keys. */
  readonly keys: readonly Key[];
  readonly handset: boolean;
  readonly headset: boolean;
  /** Parties in a local conference besides this phone. */
  readonly conferenceParties: number;
}
