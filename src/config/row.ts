/** The words that the files of registry/ are written in: a function for each kind of value, and `area` that puts rows in their place. */
import type { Effect, Kind, Parameter, Part, Place, Use } from "./parameter.ts";
import { placeLetters } from "./parameter.ts";

/** A row before it knows its area and places. */
export type Draft = Omit<Parameter, "area" | "places">;

export interface More {
  /** The part that applies it; absent: nothing does yet. */
  readonly by?: Part;
  /** Why this phone accepts it without effect. */
  readonly ignored?: string;
  /** "at once" unless told. */
  readonly effect?: Effect;
  readonly safer?: string;
  /** Characters at most, for text kinds. */
  readonly most?: number;
  /** Numbers that mean something besides the range. */
  readonly also?: readonly number[];
  readonly decimals?: boolean;
  readonly separator?: string;
}

function draft(name: string, kind: Kind, value: string | number, feature: string, help: string, more: More): Draft {
  const use: Use =
    more.by !== undefined
      ? { appliedBy: more.by }
      : more.ignored !== undefined
        ? { ignored: more.ignored }
        : { later: true };
  const row = { name, kind, default: String(value), feature, help, use, effect: more.effect ?? "at once" };
  return more.safer === undefined ? row : { ...row, safer: more.safer };
}

export function text(name: string, value: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "text", most: more.most ?? 512 }, value, feature, help, more);
}

/** A parameter of which no range is attested: any text is kept as written. */
export function written(name: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "text", most: more.most ?? 512 }, "", feature, help, more);
}

export function password(name: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "password", most: more.most ?? 128 }, "", feature, help, more);
}

export function flag(name: string, value: 0 | 1, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "flag" }, value, feature, help, more);
}

/** `value` "" is "not set": readers use `optionalNumber`. */
export function number(
  name: string,
  value: number | "",
  range: readonly [number, number],
  feature: string,
  help: string,
  more: More = {},
): Draft {
  const [least, most] = range;
  const kind: Kind = { type: "number", least, most, decimals: more.decimals ?? false, also: more.also ?? [] };
  return draft(name, kind, value, feature, help, more);
}

export function choice(
  name: string,
  value: number | string,
  choices: Readonly<Record<string, string>>,
  feature: string,
  help: string,
  more: More = {},
): Draft {
  return draft(name, { type: "choice", choices }, value, feature, help, more);
}

export function steps(
  name: string,
  value: number,
  allowed: readonly number[],
  feature: string,
  help: string,
  more: More = {},
): Draft {
  return draft(name, { type: "steps", steps: allowed }, value, feature, help, more);
}

export function port(name: string, value: number | "", feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "port" }, value, feature, help, more);
}

export function ip(name: string, value: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "ip" }, value, feature, help, more);
}

export function host(name: string, value: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "host" }, value, feature, help, more);
}

export function url(name: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "url", most: more.most ?? 511 }, "", feature, help, more);
}

export function code(name: string, value: string, feature: string, help: string, more: More = {}): Draft {
  return draft(name, { type: "code", most: more.most ?? 32 }, value, feature, help, more);
}

export function list(name: string, value: string, feature: string, help: string, more: More = {}): Draft {
  const kind: Kind = { type: "list", separator: more.separator ?? ",", most: more.most ?? 1024 };
  return draft(name, kind, value, feature, help, more);
}

export function pattern(
  name: string,
  value: string,
  form: RegExp,
  right: string,
  feature: string,
  help: string,
  more: More = {},
): Draft {
  return draft(name, { type: "pattern", pattern: form, right }, value, feature, help, more);
}

export const accounts: Place = { limit: "accounts" };

export function to(last: number): Place {
  return { to: last };
}

/** Rows of an area, whose index places X, Y and Z (in that order in each name) may hold what `places` says. */
export function area(
  name: string,
  places: Readonly<Partial<Record<"X" | "Y" | "Z", Place>>>,
  drafts: readonly Draft[],
): readonly Parameter[] {
  const inOrder = [places.X, places.Y, places.Z];
  return drafts.map((row) => {
    const letters = row.name.split(".").filter((segment) => placeLetters.includes(segment));
    const own = letters.map((letter) => {
      const place = inOrder[placeLetters.indexOf(letter)];
      if (place === undefined)
        throw new TypeError(`bug: the registry does not say what ${letter} of ${row.name} may be`);
      return place;
    });
    return { ...row, area: name, places: own };
  });
}
