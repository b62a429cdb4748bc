/**
 * Reads a whole XML document that somebody sent into a tree: XML 1.0 with namespaces, by saxes, within limits of our own.
 * No document types, no entities beyond XML's five, no validation, and no writing.
 */
import { SaxesParser } from "saxes";

export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** Namespace, "" for none. */
  readonly space: string;
  /** By name without prefix; where two differ in their prefix only, the one without a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Text directly in it, joined, without white space at its ends. */
  readonly text: string;
}

export interface XmlLimits {
  readonly sizeBytes: number;
  /** Elements inside each other, the outermost counted. */
  readonly depth: number;
  readonly elements: number;
  /** Of one element, declarations of namespaces included. */
  readonly attributes: number;
}

/** A notification of a conference with hundreds of members is within them; nothing that a phone shows is larger. */
export const defaultXmlLimits: XmlLimits = { sizeBytes: 262_144, depth: 32, elements: 10_000, attributes: 64 };

export type XmlResult =
  | { readonly ok: true; readonly root: XmlElement }
  /** For people and the log: "line 3, column 7: unclosed tag: dialog". */
  | { readonly ok: false; readonly why: string };

interface Growing {
  readonly name: string;
  readonly space: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  readonly text: string[];
}

/** What ends the reading from within a callback. */
class Unfit extends Error {}

export function parseXml(source: string | Uint8Array, limits: Partial<XmlLimits> = {}): XmlResult {
  const { sizeBytes, ...most } = { ...defaultXmlLimits, ...limits };
  const size = typeof source === "string" ? Buffer.byteLength(source) : source.length;
  if (size > sizeBytes) return { ok: false, why: `${size} bytes, more than ${sizeBytes}` };
  const text = typeof source === "string" ? source : Buffer.from(source).toString("utf8");
  const reader = new Reader(most);
  try {
    return { ok: true, root: reader.read(text) };
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, why: error.message };
    throw error;
  }
}

/** The first child of that name. */
export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

export function childrenOf(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  return element?.children.filter((one) => one.name === name) ?? [];
}

/** Text of the first child of that name; undefined where there is none. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  return child(element, name)?.text;
}

class Reader {
  readonly #limits: Omit<XmlLimits, "sizeBytes">;
  readonly #parser = new SaxesParser({ xmlns: true });
  readonly #open: Growing[] = [];
  #root: XmlElement | undefined;
  #elements = 0;
  #attributes = 0;

  constructor(limits: Omit<XmlLimits, "sizeBytes">) {
    this.#limits = limits;
    const parser = this.#parser;
    parser.on("error", (error) => {
      throw new Unfit(where(error.message));
    });
    parser.on("doctype", () => this.#fail("a document type is not taken"));
    parser.on("opentagstart", () => {
      this.#attributes = 0;
      this.#elements++;
      if (this.#elements > this.#limits.elements) this.#fail(`more than ${this.#limits.elements} elements`);
      if (this.#open.length >= this.#limits.depth) this.#fail(`elements deeper than ${this.#limits.depth}`);
    });
    parser.on("attribute", () => {
      this.#attributes++;
      if (this.#attributes > this.#limits.attributes) this.#fail(`more than ${this.#limits.attributes} attributes`);
    });
    parser.on("opentag", ({ local, uri, attributes }) => {
      const own = new Map<string, string>();
      for (const attribute of Object.values(attributes)) {
        if (attribute.prefix === "xmlns" || attribute.name === "xmlns") continue;
        if (attribute.prefix === "" || !own.has(attribute.local)) own.set(attribute.local, attribute.value);
      }
      this.#open.push({ name: local, space: uri, attributes: own, children: [], text: [] });
    });
    parser.on("text", (text) => void this.#open.at(-1)?.text.push(text));
    parser.on("cdata", (text) => void this.#open.at(-1)?.text.push(text));
    parser.on("closetag", () => this.#close());
  }

  read(text: string): XmlElement {
    this.#parser.write(text).close();
    if (this.#root === undefined) throw new Unfit("there is no element");
    return this.#root;
  }

  #close(): void {
    const ended = this.#open.pop();
    if (ended === undefined) return;
    const element = { ...ended, text: ended.text.join("").trim() };
    const outer = this.#open.at(-1);
    if (outer === undefined) this.#root = element;
    else outer.children.push(element);
  }

  #fail(why: string): never {
    throw new Unfit(`line ${this.#parser.line}, column ${this.#parser.column}: ${why}`);
  }
}

/** saxes begins with "3:7: ". */
function where(message: string): string {
  return message.replace(/^(\d+):(\d+): /, "line $1, column $2: ");
}
