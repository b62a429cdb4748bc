/** The XML reader: trees, limits, and sentences for what is wrong (XML 1.0, Namespaces in XML). */
import fc from "fast-check";
import { expect, test } from "vitest";
import { child, childrenOf, childText, parseXml } from "../../../src/xml/document.ts";

function why(source: string | Uint8Array, limits = {}): string {
  const read = parseXml(source, limits);
  return read.ok ? "taken" : read.why;
}

test("XML 1.0 §2: elements, attributes, text, CDATA and the five entities become a tree", () => {
  const read = parseXml(
    '<?xml version="1.0"?>\n<a xmlns="urn:x" xmlns:p="urn:y" p:id="2" id="1"><!-- no --><p:b> 1 &lt; 2 </p:b><b/><c><![CDATA[<&]]></c></a>\n',
  );
  if (!read.ok) throw new Error(read.why);
  expect([read.root.name, read.root.space, read.root.attributes.get("id")]).toEqual(["a", "urn:x", "1"]);
  expect(childrenOf(read.root, "b").map((b) => [b.space, b.text])).toEqual([
    ["urn:y", "1 < 2"],
    ["urn:x", ""],
  ]);
  expect([childText(read.root, "c"), childText(read.root, "none"), child(undefined, "a")]).toEqual([
    "<&",
    undefined,
    undefined,
  ]);
});

test("XML 1.0 §2.1: what is not well-formed is refused with line and column", () => {
  expect(why("<a>\n <b></a>")).toMatch(/^line 2, column \d+: /);
  expect(why("")).toContain("root element");
  expect(why("  <a/><b/>")).toMatch(/^line 1/);
  expect(why("<a>&huge;</a>")).toContain("entity");
  expect(why("<p:a/>")).toContain("p");
  expect(why(Uint8Array.of(0xff, 0xfe, 0x00))).not.toBe("taken");
});

test("XML 1.0 §2.8: document types, and with them entities that unfold, are refused", () => {
  expect(why('<!DOCTYPE a [<!ENTITY x "xxxx">]><a>&x;</a>')).toContain("document type is not taken");
});

test("XML 1.0: size, depth, number of elements and of attributes are bounded", () => {
  const deep = (n: number) => "<a>".repeat(n) + "</a>".repeat(n);
  expect([why(deep(32)), why(deep(33))]).toEqual(["taken", "line 1, column 99: elements deeper than 32"]);
  expect(why(`<a>${"<b/>".repeat(99)}</a>`, { elements: 100 })).toBe("taken");
  expect(why(`<a>${"<b/>".repeat(100)}</a>`, { elements: 100 })).toContain("more than 100 elements");
  const wide = (n: number) => `<a ${Array.from({ length: n }, (_, i) => `x${i}="1"`).join(" ")}/>`;
  expect([why(wide(64)), why(wide(65)).endsWith("more than 64 attributes")]).toEqual(["taken", true]);
  expect(why("é".repeat(5), { sizeBytes: 9 })).toBe("10 bytes, more than 9");
});

test("XML 1.0: nothing that comes makes the reader throw", () => {
  const seed = Date.now() % 100_000;
  console.log(`seed ${seed}`);
  const piece = fc.constantFrom(
    "<a>",
    "</a>",
    "<a",
    " x='1'",
    "&lt;",
    "&#0;",
    "<![CDATA[",
    "]]>",
    "<?x",
    "?>",
    "<!--",
    "\u{1f600}",
    ">",
    "xmlns:p=''",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(piece, { maxLength: 30 }).map((p) => p.join("")),
        fc.string({ unit: "binary" }),
      ),
      (text) => {
        const read = parseXml(text);
        return read.ok || read.why.length > 0;
      },
    ),
    { seed, numRuns: 3000 },
  );
});
