/** Arabic letters joined: from letters to the presentation forms of Unicode's block FE70 to FEFF; ligatures are lam-alef only. */

/** The block lists the letters in alphabetical order, 0621 to 063A and 0641 to 064A, each with all its forms. */
const formCounts: readonly (readonly [first: number, counts: readonly number[]])[] = [
  [0x621, [1, 2, 2, 2, 2, 4, 2, 4, 2, 4, 4, 4, 4, 4, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4]],
  [0x641, [4, 4, 4, 4, 4, 4, 4, 2, 2, 4]],
];

/** Letter, its isolated form, and how many forms it has: 4 joins both sides, 2 only the letter before it, 1 none. */
const letters: ReadonlyMap<number, readonly [isolated: number, forms: number]> = letterForms();

function letterForms(): Map<number, readonly [number, number]> {
  const forms = new Map<number, readonly [number, number]>();
  let form = 0xfe80;
  for (const [first, counts] of formCounts)
    for (const [i, count] of counts.entries()) {
      forms.set(first + i, [form, count]);
      form += count;
    }
  return forms;
}

const lam = 0x644;
/** Alef with its signs, and the isolated form of lam joined with it. */
const lamAlef = new Map([
  [0x622, 0xfef5],
  [0x623, 0xfef7],
  [0x625, 0xfef9],
  [0x627, 0xfefb],
]);
const tatweel = 0x640;

function isTransparent(code: number): boolean {
  return code >= 0x64b && code <= 0x65f;
}

function joinsNext(code: number | undefined): boolean {
  return code !== undefined && (code === tatweel || letters.get(code)?.[1] === 4);
}

function joinsBefore(code: number | undefined): boolean {
  return code !== undefined && (code === tatweel || (letters.get(code)?.[1] ?? 1) > 1);
}

/** In reading order, before the line is turned round. Other characters pass unchanged. */
export function shapeArabic(codes: readonly number[]): number[] {
  const out: number[] = [];
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    const letter = letters.get(code);
    if (letter === undefined) {
      out.push(code);
      continue;
    }
    let before = i - 1;
    while (before >= 0 && isTransparent(codes[before] ?? 0)) before--;
    let after = i + 1;
    while (after < codes.length && isTransparent(codes[after] ?? 0)) after++;
    const left = joinsNext(codes[before]) && letter[1] > 1;
    const alef = code === lam && after === i + 1 ? lamAlef.get(codes[after] ?? 0) : undefined;
    if (alef !== undefined) {
      out.push(alef + (left ? 1 : 0));
      i = after;
      continue;
    }
    const right = letter[1] === 4 && joinsBefore(codes[after]);
    // The forms stand in the order isolated, final, initial, medial.
    out.push(letter[0] + (left ? 1 : 0) + (right ? 2 : 0));
  }
  return out;
}
