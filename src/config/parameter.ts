/** What a row of the registry is: a parameter, its values, its place and who applies it. Not the rows: see registry/. */

/** When a change takes effect. "new calls": calls that run keep what they have. "register": the account registers anew. */
export type Effect = "at once" | "new calls" | "register" | "reboot";

/** The parts of the phone that apply parameters. */
export type Part = "phone" | "sip" | "media" | "directory" | "ui" | "network" | "web" | "provision" | "diag";

/** Who cares: a part that applies it, nobody and why, or nobody yet (the value is kept for the day when one does). */
export type Use = { readonly appliedBy: Part } | { readonly ignored: string } | { readonly later: true };

/** What may stand for an index place of a name. Numbers begin at 1, as everywhere in the guide's files. */
export type Place =
  | { readonly to: number }
  /** As many as the model has. */
  | { readonly limit: Limit };

export type Limit = "accounts" | "lineKeys" | "programableKeys" | "expansionModules" | "expansionKeys";

/** The sorts of values. Lengths are in characters. */
export type Kind =
  | { readonly type: "text"; readonly most: number }
  /** Text that is never shown, logged or exported in clear. */
  | { readonly type: "password"; readonly most: number }
  /** "0" or "1". */
  | { readonly type: "flag" }
  /** `also` are values outside the range that mean something of their own; a blank default means "not limited". */
  | {
      readonly type: "number";
      readonly least: number;
      readonly most: number;
      readonly decimals: boolean;
      readonly also: readonly number[];
    }
  /** Codes that have no order: anything else is wrong. */
  | { readonly type: "choice"; readonly choices: Readonly<Record<string, string>> }
  /** Numbers that have an order: anything else is moved to the nearest. */
  | { readonly type: "steps"; readonly steps: readonly number[] }
  | { readonly type: "port" }
  /** A numeric IPv4 or IPv6 address. */
  | { readonly type: "ip" }
  /** A numeric address or a domain name. */
  | { readonly type: "host" }
  | { readonly type: "url"; readonly most: number }
  /** What a keypad can dial, letters included: feature codes, numbers, PINs. */
  | { readonly type: "code"; readonly most: number }
  | { readonly type: "list"; readonly separator: string; readonly most: number }
  /** `right` says in words what `pattern` wants. */
  | { readonly type: "pattern"; readonly pattern: RegExp; readonly right: string };

export interface Parameter {
  /** With X, Y and so on for the index places, in the spelling without "static.": "account.X.sip_server.Y.port". */
  readonly name: string;
  /** One for each index place of the name, in order. */
  readonly places: readonly Place[];
  readonly kind: Kind;
  /** As written in a file; "" where there is none. */
  readonly default: string;
  /** The file of registry/ that it stands in. */
  readonly area: string;
  readonly effect: Effect;
  /** One sentence for people. */
  readonly help: string;
  /** Row of the feature map, "" where it has none. */
  readonly feature: string;
  readonly use: Use;
  /** Where our default is safer than the reference's: its default, and why we differ. */
  readonly safer?: string;
}

/** An index place in a name of the registry. */
export const placeLetters: readonly string[] = ["X", "Y", "Z"];

/** Passwords and the like: shown as stars in reports, logs and exports. */
export function isSecret(parameter: Parameter): boolean {
  return parameter.kind.type === "password";
}
