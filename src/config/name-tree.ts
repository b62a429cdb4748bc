/** Finds the row of a written name: literal segments first, then index places. Not the rows themselves, and no ranges. */
import { bug } from "../base/error.ts";
import { placeLetters } from "./parameter.ts";

interface Node<T> {
  readonly literal: Map<string, Node<T>>;
  number: Node<T> | undefined;
  leaf: T | undefined;
}

export interface Found<T> {
  readonly leaf: T;
  /** What stands in the index places, in order. */
  readonly indexes: readonly string[];
}

export class NameTree<T> {
  readonly #root: Node<T> = emptyNode();

  add(template: string, leaf: T): void {
    let node = this.#root;
    for (const segment of template.split("."))
      node = placeLetters.includes(segment) ? numbered(node) : child(node, segment);
    if (node.leaf !== undefined) bug(`the registry has ${template} twice`);
    node.leaf = leaf;
  }

  find(name: string): Found<T> | undefined {
    return findIn(this.#root, name.split("."), 0, []);
  }
}

/** The template with its index places filled in. */
export function fillTemplate(template: string, indexes: readonly string[]): string {
  let place = 0;
  return template
    .split(".")
    .map((segment) => (placeLetters.includes(segment) ? (indexes[place++] ?? segment) : segment))
    .join(".");
}

function emptyNode<T>(): Node<T> {
  return { literal: new Map(), number: undefined, leaf: undefined };
}

function child<T>(node: Node<T>, segment: string): Node<T> {
  const next = node.literal.get(segment) ?? emptyNode();
  node.literal.set(segment, next);
  return next;
}

function numbered<T>(node: Node<T>): Node<T> {
  node.number ??= emptyNode();
  return node.number;
}

function findIn<T>(
  node: Node<T>,
  segments: readonly string[],
  at: number,
  indexes: readonly string[],
): Found<T> | undefined {
  const segment = segments[at];
  if (segment === undefined) return node.leaf === undefined ? undefined : { leaf: node.leaf, indexes };
  const literal = node.literal.get(segment);
  const found = literal && findIn(literal, segments, at + 1, indexes);
  if (found !== undefined) return found;
  if (node.number !== undefined && /^[1-9][0-9]{0,4}$/.test(segment))
    return findIn(node.number, segments, at + 1, [...indexes, segment]);
  return undefined;
}
