/** For a name that nobody knows: the parameter that was probably meant. Only for reports; nothing is ever set by a guess. */
import { fillTemplate } from "./name-tree.ts";
import { aliases } from "./registry/alias.ts";
import { parameters } from "./registry.ts";

const mostEdits = 2;
const templates: readonly string[] = [...parameters.map((row) => row.name), ...aliases.map(([alias]) => alias)];

/** The known name nearest to `name`, at most two letters away and with the same indexes; undefined when there is none. */
export function suggestName(name: string): string | undefined {
  const indexes: string[] = [];
  const letters = ["X", "Y", "Z"];
  const template = name
    .split(".")
    .map((segment) => {
      if (!/^[1-9][0-9]{0,4}$/.test(segment)) return segment.toLowerCase();
      indexes.push(segment);
      return letters[indexes.length - 1] ?? segment;
    })
    .join(".");
  let nearest: string | undefined;
  let fewest = mostEdits + 1;
  for (const known of templates) {
    const edits = editsBetween(template, known, fewest);
    if (edits < fewest) [nearest, fewest] = [known, edits];
  }
  return nearest === undefined ? undefined : fillTemplate(nearest, indexes);
}

/** Letters to insert, delete, change or swap (optimal string alignment); stops counting at `limit`. */
function editsBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let edits = Math.min((last[j] ?? limit) + 1, (row[j - 1] ?? limit) + 1, (last[j - 1] ?? limit) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        edits = Math.min(edits, (beforeLast[j - 2] ?? limit) + 1);
      row.push(edits);
      least = Math.min(least, edits);
    }
    if (least >= limit) return limit;
    [beforeLast, last] = [last, row];
  }
  return Math.min(last[b.length] ?? limit, limit);
}
