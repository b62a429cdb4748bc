/** The list of all parameters, and how a written name finds its row. The rows are in registry/, one file per area. */
import { fillTemplate, NameTree } from "./name-tree.ts";
import type { Limit, Parameter } from "./parameter.ts";
import { accountRows } from "./registry/account.ts";
import { accountFeatureRows } from "./registry/account-feature.ts";
import { aliases } from "./registry/alias.ts";
import { callRows } from "./registry/call.ts";
import { codecRows } from "./registry/codec.ts";
import { diagRows } from "./registry/diag.ts";
import { dialPlanRows } from "./registry/dial-plan.ts";
import { directoryRows } from "./registry/directory.ts";
import { displayRows } from "./registry/display.ts";
import { keyRows } from "./registry/key.ts";
import { networkRows } from "./registry/network.ts";
import { provisionRows } from "./registry/provision.ts";
import { securityRows } from "./registry/security.ts";
import { sipRows } from "./registry/sip.ts";
import { vendorRows } from "./registry/vendor.ts";
import { voiceRows } from "./registry/voice.ts";

export const parameters: readonly Parameter[] = [
  ...accountRows,
  ...accountFeatureRows,
  ...codecRows,
  ...sipRows,
  ...callRows,
  ...dialPlanRows,
  ...voiceRows,
  ...networkRows,
  ...displayRows,
  ...keyRows,
  ...directoryRows,
  ...provisionRows,
  ...securityRows,
  ...diagRows,
  ...vendorRows,
];

/** How many of each the model has; a board's `Model` says all of it. */
export interface ModelLimits {
  /** For messages: "SIP-T46G". */
  readonly name: string;
  readonly accounts: number;
  readonly lineKeys: number;
  readonly programableKeys: readonly number[];
  readonly expansion: { readonly most: number; readonly keys: number } | undefined;
}

export type Lookup =
  /** `name` is the plain spelling with its indexes; every spelling of a parameter leads to the same. */
  | { readonly found: true; readonly name: string; readonly parameter: Parameter }
  /** `beyond` is set where the row exists but the index does not: the name up to it ("account.7"), and what would be right. */
  | { readonly found: false; readonly name: string; readonly beyond?: { readonly part: string; readonly why: string } };

const tree = new NameTree<Parameter | { readonly aliasOf: string }>();
for (const parameter of parameters) tree.add(parameter.name, parameter);
for (const [alias, name] of aliases) tree.add(alias, { aliasOf: name });

/** Without "static.", which is only another spelling of the same name (feature map §0.2). */
export function plainName(name: string): string {
  return name.startsWith("static.") ? name.slice("static.".length) : name;
}

/** Finds the row of a name in any of its spellings. */
export function lookUp(name: string, model: ModelLimits): Lookup {
  const plain = plainName(name);
  const hit = tree.find(plain);
  if (hit === undefined) return { found: false, name: plain };
  if ("aliasOf" in hit.leaf) return lookUp(fillTemplate(hit.leaf.aliasOf, hit.indexes), model);
  for (const [at, place] of hit.leaf.places.entries()) {
    const index = Number(hit.indexes[at]);
    const why =
      "to" in place ? (index > place.to ? `goes from 1 to ${place.to}` : "") : missing(place.limit, index, model);
    if (why !== "") return { found: false, name: plain, beyond: { part: upTo(hit.leaf.name, at, hit.indexes), why } };
  }
  return { found: true, name: plain, parameter: hit.leaf };
}

/** Why a model does not have the index; "" when it does. */
function missing(limit: Limit, index: number, model: ModelLimits): string {
  const lacks = `does not exist on a ${model.name}`;
  const has = (most: number, one: string, many: string): string =>
    index <= most ? "" : `${lacks}, which has ${most === 0 ? "no" : most} ${most === 1 ? one : many}`;
  switch (limit) {
    case "accounts":
      return has(model.accounts, "account", "accounts");
    case "lineKeys":
      return has(model.lineKeys, "line key", "line keys");
    case "expansionModules":
      return has(model.expansion?.most ?? 0, "expansion module", "expansion modules");
    case "expansionKeys":
      return has(model.expansion?.keys ?? 0, "key on a module", "keys on a module");
    case "programableKeys":
      return model.programableKeys.includes(index)
        ? ""
        : `${lacks}, whose programable keys are ${model.programableKeys.join(", ")}`;
    default:
      return limit satisfies never;
  }
}

function upTo(template: string, place: number, indexes: readonly string[]): string {
  const filled = fillTemplate(template, indexes).split(".");
  let seen = -1;
  const end = template.split(".").findIndex((segment) => /^[XYZ]$/.test(segment) && ++seen === place);
  return filled.slice(0, end + 1).join(".");
}
