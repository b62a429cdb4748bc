/**
 * Our scenarios are SIPp's XML with five elements more, which are put in place here because SIPp has no include:
 * `<use part="ack" cseq="2"/>` a part of parts.xml with its `{parameters}`; `<must in="Via:" be="regexp"/>` and
 * `<must-not .../>` a condition on a header or, without `in`, on the whole message; `<keep as="name" in="From:"/>`;
 * `<same a="name" b="name"/>` and `<differ .../>` of two that were kept. It is no XML parser: SIPp judges the result.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "../interop/kit/process.ts";

export type Words = Readonly<Record<string, string | number>>;

const place = (name: string) => new URL(`./${name}`, import.meta.url);
const folder = temporaryFolder("conformance");
const parts = new Map<string, string>();
for (const [, name, text] of readFileSync(place("parts.xml"), "utf8").matchAll(
  /<part name="([a-z-]+)">\n?([\s\S]*?)<\/part>/g,
))
  if (name !== undefined && text !== undefined) parts.set(name, text);

let counter = 0;

/** Path of a file that SIPp can read. @throws Error naming the scenario when a part or parameter is missing. */
export function scenarioFile(name: string, words: Words): string {
  const text = expand(name, readFileSync(place(`scenarios/${name}.xml`), "utf8"), words);
  counter += 1;
  const path = join(folder, `${name}-${counter}.xml`);
  writeFileSync(path, text, "latin1");
  return path;
}

export function expand(name: string, text: string, words: Words): string {
  let xml = fill(name, text, words);
  for (let depth = 0; xml.includes("<use ") && depth < 8; depth++)
    xml = xml.replace(/<use((?:\s+[\w-]+=(?:"[^"]*"|'[^']*'))*)\s*\/>/g, (_whole, list: string) => {
      const given = attributes(list);
      const part = parts.get(given["part"] ?? "");
      if (part === undefined) throw new Error(`${name}: there is no part "${given["part"]}" in parts.xml`);
      return fill(`${name}, part ${given["part"]}`, part, given);
    });
  xml = xml.replace(
    /<(must|must-not|keep|same|differ)((?:\s+[\w-]+=(?:"[^"]*"|'[^']*'))*)\s*\/>/g,
    (_whole, element, list) => action(name, element, attributes(list)),
  );
  // SIPp refuses a scenario with a variable that is named only once.
  const kept = new Set([...xml.matchAll(/assign_to="([a-z0-9]+)"/g)].map(([, variable]) => variable));
  if (kept.size === 0) return xml;
  return xml.replace("</scenario>", `<Reference variables="${[...kept].join(",")}"/>\n</scenario>`);
}

/** `{name}` and `{name=default}`; `\n` is a line's end, and a line that holds an empty parameter only is left out. */
function fill(where: string, text: string, words: Words): string {
  const wordFor = (name: string, fallback: string | undefined) => {
    const value = words[name] ?? fallback;
    if (value === undefined) throw new Error(`${where}: nothing is given for {${name}}`);
    return String(value).replaceAll("\\n", "\n");
  };
  return text
    .replace(/^\{([a-z]+)(?:=([^{}]*))?\}\n/gm, (_whole, name: string, fallback: string | undefined) => {
      const value = wordFor(name, fallback);
      return value === "" ? "" : `${value}\n`;
    })
    .replace(/\{([a-z]+)(?:=([^{}]*))?\}/g, (_whole, name: string, fallback: string | undefined) =>
      wordFor(name, fallback),
    );
}

function attributes(list: string): Record<string, string> {
  const plain = (text: string) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return Object.fromEntries(
    [...list.matchAll(/([\w-]+)=(?:"([^"]*)"|'([^']*)')/g)].map(([, name = "", value, other = ""]) => [
      name,
      plain(value ?? other),
    ]),
  );
}

function action(name: string, element: string, given: Record<string, string>): string {
  const { in: header, be, as, a, b } = given;
  const where = header === undefined ? 'search_in="msg"' : `search_in="hdr" header="${header}"`;
  const regexp = (text: string) => `<ereg regexp="${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}" ${where}`;
  if (element === "keep" && as !== undefined) return `${regexp(be ?? ".*")} check_it="true" assign_to="${as}"/>`;
  if (element === "must" && be !== undefined) return `${regexp(be)} check_it="true" assign_to="seen"/>`;
  if (element === "must-not" && be !== undefined) return `${regexp(be)} check_it_inverse="true" assign_to="seen"/>`;
  if (a === undefined || b === undefined) throw new Error(`${name}: <${element}> lacks an attribute`);
  const check = element === "same" ? "check_it" : "check_it_inverse";
  return `<strcmp assign_to="order" variable="${a}" variable2="${b}" ${check}="true"/>`;
}
