/** The registry as a Markdown document, so that documentation and code cannot differ. */
import type { Parameter, Use } from "./parameter.ts";
import { aliases } from "./registry/alias.ts";
import { parameters } from "./registry.ts";
import { kindInWords } from "./value.ts";

/** One table per area; a row per parameter, with its other spellings. */
export function configurationTable(): string {
  const areas = new Map<string, Parameter[]>();
  for (const parameter of parameters) areas.set(parameter.area, [...(areas.get(parameter.area) ?? []), parameter]);
  return [
    "# Parameters",
    "",
    "Every name may also be written with `static.` before it. X, Y stand for numbers from 1.",
    ...[...areas].flatMap(([area, rows]) => [
      "",
      `## ${area}`,
      "",
      "| parameter | values | default | takes effect | what it does | row | applied by |",
      "|---|---|---|---|---|---|---|",
      ...rows.map(tableRow),
    ]),
    "",
    "## Where the default is safer than the reference's",
    "",
    "| parameter | default here | the reference's, and why not |",
    "|---|---|---|",
    ...parameters.flatMap(({ name, safer, default: value }) =>
      safer === undefined ? [] : [`| \`${name}\` | ${value === "" ? "blank" : value} | ${cell(safer)} |`],
    ),
    "",
  ].join("\n");
}

function tableRow(parameter: Parameter): string {
  const others = aliases.filter(([, name]) => placeless(name) === placeless(parameter.name)).map(([alias]) => alias);
  const cells = [
    [parameter.name, ...others].map((name) => `\`${name}\``).join(", "),
    kindInWords(parameter.kind),
    parameter.default === "" ? "" : `\`${parameter.default}\``,
    parameter.effect,
    parameter.help,
    parameter.feature,
    useInWords(parameter.use),
  ];
  return `| ${cells.map(cell).join(" | ")} |`;
}

function useInWords(use: Use): string {
  if ("appliedBy" in use) return use.appliedBy;
  return "ignored" in use ? `nobody: ${use.ignored}` : "not yet";
}

/** An alias may name a fixed index where the registry has a place. */
function placeless(name: string): string {
  return name.replaceAll(/\.([XYZ]|[0-9]+)(?=\.|$)/g, ".#");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
