/** The list of model profiles; a new one is a file of data beside this one and a line here. */
import type { Model } from "../model.ts";
import { cp860 } from "./cp860.ts";
import { t19pE2 } from "./t19p-e2.ts";
import { t21pE2 } from "./t21p-e2.ts";
import { t23g } from "./t23g.ts";
import { t23p } from "./t23p.ts";
import { t27p } from "./t27p.ts";
import { t29g } from "./t29g.ts";
import { t40p } from "./t40p.ts";
import { t41p } from "./t41p.ts";
import { t42g } from "./t42g.ts";
import { t46g } from "./t46g.ts";
import { t48g } from "./t48g.ts";

export const models: readonly Model[] = [t19pE2, t21pE2, t23p, t23g, t27p, t29g, t40p, t41p, t42g, t46g, t48g, cp860];

/** The profile that the command line or a board names; throws an Error that lists the known ones. */
export function modelById(id: string): Model {
  const model = models.find((known) => known.id === id);
  if (model === undefined)
    throw new RangeError(`no model is called "${id}"; known are ${models.map((known) => known.id).join(", ")}`);
  return model;
}
